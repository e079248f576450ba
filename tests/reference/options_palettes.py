"""PNG with a palette (quality below 100), compared with libvips, which sharp's `palette: true` calls:
quality, size and time.

CRETULA_PHOTOS may name a folder with more photographs.
"""

import os
import statistics
import time
from pathlib import Path

import numpy as np
import pyvips
from PIL import Image, ImageDraw, ImageFont

from common import Tally, main, opened, png_bytes
from options_geometry import rendered
from pixels import pictures

ROUNDS = 5
# Above this PSNR, in dB, no difference is visible.
INVISIBLE = 46


def by_vips(data, quality):
    return pyvips.Image.new_from_buffer(data, "").pngsave_buffer(
        palette=True, Q=quality, dither=1, effort=7, compression=6, bitdepth=8)


def psnr(a, b):
    """As displayed on black or white, whichever is worse."""
    worst = 0
    for ground in ("black", "white"):
        flat = [Image.alpha_composite(Image.new("RGBA", i.size, ground), i.convert("RGBA")) for i in (a, b)]
        x, y = (np.asarray(i)[..., :3].astype(float) for i in flat)
        worst = max(worst, ((x - y) ** 2).mean())
    return 99.0 if worst == 0 else 10 * np.log10(255**2 / worst)


def graphics():
    """Text, charts, gradients and translucent shapes."""
    page = Image.new("RGB", (700, 500), "white")
    draw = ImageDraw.Draw(page)
    for line in range(24):
        draw.text((20, 20 * line), "The quick brown fox jumps over the lazy dog. 0123456789 " * 2,
                  fill=((0, 0, 0), (30, 60, 160), (150, 20, 20))[line % 3], font=ImageFont.load_default(16))
    chart = Image.new("RGB", (1600, 1200), (250, 250, 252))
    draw = ImageDraw.Draw(chart)
    for at in range(24):
        color = (at * 10, 90 + at * 5, 230 - at * 7)
        draw.rectangle((60 * at + 100, 1100 - at * 37 % 900, 60 * at + 140, 1100), fill=color)
        draw.line((100, 60 + 40 * at, 1500, 1000 - 35 * at), fill=(20 * at % 255, 128, 64), width=5)
        draw.ellipse((40 * at, 30 * at, 40 * at + 180, 30 * at + 150), outline=(200, 30 + 9 * at, 90), width=7)
    # Reduced, so that edges are antialiased.
    chart = chart.resize((800, 600), Image.LANCZOS)
    y, x = np.mgrid[0:400, 0:600]
    gradient = np.stack([x * 255 // 599, y * 255 // 399, (x + y) * 255 // 998], axis=2)
    sky = np.stack([90 + y * 100 // 399, 140 + y * 90 // 399, np.full_like(y, 235)], axis=2)
    logo = Image.new("RGBA", (1000, 1000), (0, 0, 0, 0))
    draw = ImageDraw.Draw(logo)
    draw.ellipse((60, 60, 940, 940), fill=(220, 60, 40, 255))
    draw.rounded_rectangle((260, 320, 740, 680), 90, fill=(255, 255, 255, 200))
    draw.polygon([(420, 400), (420, 600), (610, 500)], fill=(40, 40, 60, 255))
    shadow = np.zeros((400, 400, 4), np.uint8)
    y, x = np.mgrid[-200:200, -200:200]
    shadow[..., 3] = 255 * np.exp(-(x**2 + y**2) / 9000)
    arrays = {"gradient": gradient, "sky": sky, "shadow": shadow}
    return {"text": page, "chart": chart, "logo": logo.resize((500, 500), Image.LANCZOS),
            **{name: Image.fromarray(values.astype(np.uint8)) for name, values in arrays.items()}}


def photographs():
    found = {name: picture for name, picture in pictures().items() if name in ("rocket", "chelsea", "soft", "hard")}
    folder = os.environ.get("CRETULA_PHOTOS")
    for path in sorted(Path(folder).iterdir()) if folder else ():
        if path.suffix in (".jpg", ".png"):
            picture = opened(path.read_bytes())
            picture = Image.fromarray(np.asarray(picture.convert("RGBA" if picture.mode == "RGBA" else "RGB")))
            picture.thumbnail((2000, 2000))
            found[path.name] = picture
    return found


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(tally, name, picture, quality, our_file, their_file):
    name = f"{name} at {quality}"
    shown, other = opened(our_file), opened(their_file)
    tally.check(f"{name}: a palette", shown.mode == "P", shown.mode)
    tally.check(f"{name}: size", shown.size == picture.size)
    our_psnr, their_psnr = psnr(shown, picture), psnr(other, picture)
    size = len(our_file) / len(their_file)
    print(f"  {name} {picture.width}x{picture.height} {picture.mode}: {our_psnr:.2f} dB, libvips {their_psnr:.2f}; "
          f"{len(our_file)} bytes, {size:.3f} of libvips'; {len(shown.getcolors())} colors, {len(other.getcolors())}")
    tally.check(f"{name}: PSNR", our_psnr >= min(their_psnr - 1, INVISIBLE),
                f"{our_psnr:.2f} dB, libvips {their_psnr:.2f}")
    # More quality may take more bytes.
    tally.check(f"{name}: bytes", size <= 1.05 or our_psnr > their_psnr + 1,
                f"{len(our_file)}, libvips {len(their_file)}")


def compare_times(tally, name, data):
    """At quality 80. `plain` is the start of the command line, which is no part of the comparison."""
    ours, theirs, plain = [], [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: rendered(data, "q=80,f=png")))
        theirs.append(seconds(lambda: by_vips(data, 80)))
        plain.append(seconds(lambda: rendered(data, "f=json")))
    our_time = max(statistics.median(ours) - statistics.median(plain), 1e-4)
    ratio = statistics.median(theirs) / our_time
    print(f"  {name}: {our_time * 1000:.1f} ms, {ratio:.1f} times as fast as libvips")
    tally.check(f"{name}: time", ratio >= 3, f"{ratio:.2f} times as fast")


def palettes():
    tally = Tally("palettes: PNG compared with libvips")
    for kind, sources in (("photograph", photographs()), ("graphic", graphics())):
        for name, picture in sources.items():
            data = png_bytes(picture)
            for quality in (35, 50, 80):
                compare(tally, name, picture, quality, rendered(data, f"q={quality},f=png"), by_vips(data, quality))
            if kind == "photograph":
                compare_times(tally, name, data)
    return tally.end()


def qualities():
    """More quality is no worse, and few colors are exact."""
    tally = Tally("palettes: each quality")
    for name, picture in {**photographs(), **graphics()}.items():
        data = png_bytes(picture)
        made = {quality: rendered(data, f"q={quality},f=png") for quality in (10, 35, 60, 80, 99)}
        values = [psnr(opened(file), picture) for file in made.values()]
        sizes = [len(file) for file in made.values()]
        tally.check(f"{name}: PSNR grows", all(b >= a - 0.3 for a, b in zip(values, values[1:])),
                    str([round(value, 1) for value in values]))
        # Between them, fewer colors may take more bytes, because there is more to dither.
        tally.check(f"{name}: the worst is the smallest", sizes[0] <= sizes[-1], str(sizes))
        exact = opened(rendered(data, "q=100,f=png"))
        tally.check(f"{name}: 100 is lossless", psnr(exact, picture) == 99.0)
    few = graphics()["chart"].quantize(200, dither=Image.Dither.NONE).convert("RGB")
    for quality in (1, 50, 99):
        shown = opened(rendered(png_bytes(few), f"q={quality},f=png"))
        tally.check(f"200 colors at {quality}", shown.mode == "P" and psnr(shown, few) == 99.0,
                    f"{shown.mode} {psnr(shown, few):.1f}")
    return tally.end()


if __name__ == "__main__":
    main(palettes, qualities)

"""A used renderer gives the same bytes as a new one, for every file in the repository and in the
larger corpus, through the Python package and thereby through C.

Each file is rendered to every format, just below its size or at half of it, by a new renderer and
by one that has just rendered noise of about the same size, in each layout that a decoder produces
in turn. Both results must be equal: the same bytes and warnings, or the same error. Runs itself
with the interpreter that has the package.
"""

import io
import os
import random
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "target" / "python" / "bin" / "python"
FORMATS = ("jpeg", "png", "webp", "gif")


@lru_cache(maxsize=64)
def noise(width, height):
    """Noise in each layout, as files."""
    from PIL import Image

    def picture(mode, size=(width, height)):
        channels = len(Image.new(mode, (1, 1)).tobytes())
        samples = random.Random(f"{mode}{size}").randbytes(size[0] * size[1] * channels)
        return Image.frombytes(mode, size, samples)

    ways = [("L", "PNG", {}), ("LA", "PNG", {}), ("RGB", "PNG", {}), ("RGBA", "PNG", {}), ("I;16", "PNG", {}),
            ("P", "PNG", {}), ("L", "JPEG", {}), ("RGB", "JPEG", {"subsampling": 2}), ("RGB", "JPEG", {"subsampling": 0}),
            ("RGB", "JPEG", {"progressive": True}), ("CMYK", "JPEG", {}), ("RGB", "WEBP", {}), ("RGBA", "WEBP", {}),
            ("RGBA", "WEBP", {"lossless": True}), ("P", "GIF", {"interlace": 0}), ("P", "GIF", {"interlace": 1}),
            ("P", "GIF", {"transparency": 7})]
    files = []
    for mode, format, options in ways:
        image = picture("L") if mode == "P" else picture(mode)
        if mode == "P":
            image = image.convert("P", palette=Image.Palette.ADAPTIVE)
        out = io.BytesIO()
        image.save(out, format, **({"compress_level": 1} if format == "PNG" else {"method": 0} if format == "WEBP" else {}), **options)
        files.append(out.getvalue())
    return files


def rounded(side):
    """The next power of the square root of 2, at most 768: a few sizes of noise suffice, and
    buffers of similar size are reused."""
    size = 1
    while size < side and size < 768:
        size *= 2 ** 0.5
    return min(round(size + 0.5), 768)


def answer(renderer, data, way):
    import cretula
    try:
        made = renderer.render(data, **way)
        return made.data, made.warnings
    except cretula.Error as error:
        return error.kind, str(error)


def check(path):
    """(results compared, images among them, differences)"""
    import cretula
    data = Path(path).read_bytes()
    try:
        info = cretula.probe(data)
    except cretula.Error:
        return 0, 0, []
    dirt = noise(rounded(info.width), rounded(info.height))
    used, count, pictures, wrong = cretula.Renderer(), 0, 0, []
    turn = hash(Path(path).name) % len(dirt)
    for number, format in enumerate(FORMATS, turn):
        side = (lambda side: -(-side // 2)) if number % 2 else (lambda side: max(side - 1, 1))
        for damaged in ("refuse", "accept") if format == "png" else ("accept",):
            way = {"fit": "scale-down", "width": side(info.width), "height": side(info.height), "format": format,
                   "damaged": damaged, "metadata": "keep"}
            for _ in range(2):
                made, _ = answer(used, dirt[turn], way)
                assert isinstance(made, bytes), made
                turn = (turn + 1) % len(dirt)
            shown = answer(used, data, way)
            if shown != answer(cretula.Renderer(), data, way):
                wrong.append(f"{path}: {way}")
            count, pictures = count + 1, pictures + isinstance(shown[0], bytes)
    return count, pictures, wrong


def main():
    larger = os.environ.get("CRETULA_CORPUS")
    folders = [ROOT / "tests" / "images", ROOT / "tests" / "corpus", *([Path(larger)] if larger else [])]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file() and p.suffix != ".md"]
    files = [str(p) for p in sorted(files, key=lambda p: p.stat().st_size)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(check, files, chunksize=8))
    wrong = [line for *_, lines in results for line in lines]
    count, pictures = sum(count for count, *_ in results), sum(pictures for _, pictures, _ in results)
    print(f"reuse: {count - len(wrong)} passed, {len(wrong)} failed; {len(files)} files, {pictures} images")
    print("".join(f"  FAILED {line}\n" for line in wrong[:40]), end="")
    sys.exit(bool(wrong) or pictures < 1000)


if __name__ == "__main__":
    if Path(sys.prefix) != PYTHON.parent.parent:
        sys.exit(subprocess.run([PYTHON, __file__]).returncode)
    main()

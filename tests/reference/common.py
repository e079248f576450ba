"""Shared by the reference checks: the command line under test, the test files, and a tally of
comparisons."""

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[2]
# A folder with the layout of tests/corpus and more files.
LARGER = os.environ.get("CRETULA_CORPUS")
CORPUS = Path(LARGER) if LARGER else ROOT / "tests" / "corpus"
CRETULA = os.environ.get("CRETULA", str(ROOT / "target" / "release" / "cretula"))
PHOTOS = [ROOT / "tests/images/rocket.jpg", ROOT / "tests/images/chelsea.png"]
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


def own(*extensions):
    """The images in the repository with these extensions."""
    folders = (ROOT / "tests" / "images", ROOT / "tests" / "corpus" / "reported")
    return sorted(p for folder in folders for p in folder.rglob("*") if p.suffix in (extensions or IMAGES))


class Refused(Exception):
    """The command line answered with an error; `.exit` is its exit code."""

    def __init__(self, exit_code, text):
        super().__init__(text)
        self.exit = exit_code


def run(*arguments, data=None):
    done = subprocess.run([CRETULA, *map(str, arguments)], input=data, capture_output=True)
    if done.returncode != 0:
        raise Refused(done.returncode, done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def render(data, fit, width, height, *more, format="png"):
    """Renders bytes to bytes: of an animation, its first frame."""
    options = f"fit={fit},width={width},height={height},metadata=none,anim=false"
    return run("render", "-", "-o", "-", "--options", options, "--format", format, *more, data=data)


def place(width, height, fit, box_width, box_height):
    return json.loads(run("place", "--source", f"{width}x{height}", "--fit", fit, "--width", box_width,
                          "--height", box_height, "--json"))


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def upright(data):
    """The image decoded by Pillow with its orientation applied, as 8-bit L, LA, RGB or RGBA."""
    return eight_bit(ImageOps.exif_transpose(opened(data)))


def eight_bit(image):
    if image.mode in ("I;16", "I;16B", "I"):
        samples = np.asarray(image).astype(np.int64)
        return Image.fromarray(((samples * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode == "CMYK":
        return image.convert("RGB")
    if image.mode == "P" or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("1",):
        return image.convert("L")
    return image


def png_bytes(image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def difference(a, b):
    """(mean, maximum) of the absolute difference as displayed: composited on black and on white."""
    if a.size != b.size:
        return (255.0, 255)
    opaque = not any("A" in image.getbands() or "transparency" in image.info for image in (a, b))
    worst = (0.0, 0)
    for ground in ("black",) if opaque else ("black", "white"):
        x, y = (shown_on(ground, image).astype(np.int16) for image in (a, b))
        d = np.abs(x - y)
        worst = max(worst, (float(d.mean()), int(d.max())))
    return worst


def shown_on(ground, image):
    if "A" in image.getbands() or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, ground), image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def chunk(kind, data, promise=None):
    """A PNG chunk; `promise` is a length to state instead of the true one."""
    length = len(data) if promise is None else promise
    return struct.pack(">I", length) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def segment(marker, data):
    """A JPEG segment."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def ifd(order, at, entries, after=0):
    """A TIFF directory at offset `at`, of (tag, type, value bytes or (count, number)), followed by
    its longer values."""
    table, values, start = [], [], at + 6 + 12 * len(entries)
    for tag, kind, value in entries:
        if isinstance(value, tuple):
            count, field = value[0], struct.pack(order + "I", value[1])
        else:
            count, field = len(value) // {3: 2, 4: 4, 5: 8}.get(kind, 1), value.ljust(4, b"\0")
            if len(value) > 4:
                field = struct.pack(order + "I", start)
                values.append(value + b"\0" * (len(value) & 1))
                start += len(values[-1])
        table.append(struct.pack(order + "HHI", tag, kind, count) + field)
    return struct.pack(order + "H", len(entries)) + b"".join(table) + struct.pack(order + "I", after) + b"".join(values)


class Tally:
    def __init__(self, name):
        self.name, self.passed, self.failures, self.worst = name, 0, [], (0.0, 0)

    def check(self, what, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {detail}")

    def near(self, what, a, b, mean, maximum):
        d = difference(a, b)
        self.worst = (max(self.worst[0], d[0]), max(self.worst[1], d[1]))
        self.check(what, a.size == b.size and d[0] <= mean and d[1] <= maximum,
                   f"{a.size} {b.size} mean {d[0]:.3f} (<= {mean}) max {d[1]} (<= {maximum})")

    def end(self):
        if not self.passed and not self.failures:
            self.failures.append("nothing was compared")
        worst = f"; worst mean {self.worst[0]:.3f}, worst maximum {self.worst[1]}" if self.worst != (0.0, 0) else ""
        print(f"{self.name}: {self.passed} passed, {len(self.failures)} failed{worst}", flush=True)
        for failure in self.failures[:40]:
            print(f"  FAILED {failure}")
        return bool(self.failures)


def main(*checks):
    wanted = sys.argv[1:]
    failed = [check() for check in checks if not wanted or check.__name__ in wanted]
    sys.exit(any(failed))

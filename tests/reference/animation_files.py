"""Writers of animated GIF, WebP and APNG files, and the frames that a viewer composes of them.

A scene is a canvas and its frames. `composed` is the rule of each format in a few lines of NumPy, which
readers are compared with.
"""

import io
import struct
import zlib
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from common import chunk

KEEP, CLEAR, RESTORE = "keep", "clear", "restore"
OVER, SOURCE = "over", "source"


@dataclass
class Frame:
    """`pixels` are RGBA, at (x, y) of the canvas."""
    pixels: np.ndarray
    x: int = 0
    y: int = 0
    ms: int = 100
    dispose: str = KEEP
    blend: str = OVER
    # How the frame is written, where the format has a choice.
    way: dict = field(default_factory=dict)


def composed(size, frames):
    """[(the canvas as RGBA, milliseconds)] of a scene."""
    width, height = size
    canvas, shown = np.zeros((height, width, 4), np.uint8), []
    for frame in frames:
        top, left = max(frame.y, 0), max(frame.x, 0)
        bottom, right = (max(at, 0) for at in (min(height, frame.y + frame.pixels.shape[0]),
                                               min(width, frame.x + frame.pixels.shape[1])))
        area = np.s_[top:max(top, bottom), left:max(left, right)]
        before = canvas.copy()
        drawn = frame.pixels[top - frame.y:max(top, bottom) - frame.y, left - frame.x:max(left, right) - frame.x]
        canvas[area] = drawn if frame.blend == SOURCE else over(drawn, canvas[area])
        shown.append((canvas.copy(), frame.ms))
        if frame.dispose == CLEAR:
            canvas[area] = 0
        elif frame.dispose == RESTORE:
            canvas = before
    return shown


def over(above, below):
    """The formula of the PNG specification, rounded once."""
    a, b = above[..., 3:] / 255, below[..., 3:] / 255 * (1 - above[..., 3:] / 255)
    alpha = a + b
    color = (above[..., :3] * a + below[..., :3] * b) / np.where(alpha == 0, 1, alpha)
    return np.uint8(np.concatenate([color, alpha * 255], 2) + 0.5)


# --- GIF
# ------------------------------------------------------------------------------------------------

DISPOSALS = {KEEP: 1, CLEAR: 2, RESTORE: 3}


def blocks(data):
    return b"".join(bytes([len(part)]) + part for part in (data[i:i + 255] for i in range(0, len(data), 255))) + b"\0"


def lzw(indices, least):
    """Codes of one size: a clear code before each time that they would grow."""
    bits, clear, codes = least + 1, 1 << least, []
    for i in range(0, len(indices), clear - 2):
        codes += [clear, *indices[i:i + clear - 2]]
    value = sum(int(code) << bits * i for i, code in enumerate([*codes, clear, clear + 1]))
    return value.to_bytes(((len(codes) + 2) * bits + 7) // 8, "little")


def palette_of(frames):
    """Every color of the frames, and a transparent one if there is one."""
    pixels = np.concatenate([frame.pixels.reshape(-1, 4) for frame in frames])
    opaque = np.unique(pixels[pixels[:, 3] > 0], axis=0)
    assert (opaque[:, 3] == 255).all() and len(opaque) < 256, "not the colors of a GIF"
    return [tuple(color) for color in opaque[:, :3].tolist()]


def color_table(colors):
    """(the exponent of its length, its bytes)"""
    exponent = max(1, (len(colors) - 1).bit_length())
    return exponent, b"".join(map(bytes, colors)) + bytes(3 * ((1 << exponent) - len(colors)))


def gif_frame(frame, colors=None):
    """Graphic control extension and image; without `colors` it has a palette of its own."""
    height, width = frame.pixels.shape[:2]
    own = colors is None
    colors = palette_of([frame]) if own else colors
    exponent, table = color_table([*colors, (1, 2, 3)])
    number, hole = {color: i for i, color in enumerate(colors)}, len(colors)
    indices = [number[tuple(p[:3])] if p[3] else hole for p in frame.pixels.reshape(-1, 4).tolist()]
    if frame.way.get("interlaced"):
        rows = np.array(indices).reshape(height, width)
        order = [*range(0, height, 8), *range(4, height, 8), *range(2, height, 4), *range(1, height, 2)]
        indices = rows[order].reshape(-1).tolist()
    flags = frame.way.get("disposal", DISPOSALS[frame.dispose]) << 2 | bool(hole in indices or frame.way.get("hole"))
    control = b"" if frame.way.get("bare") else b"!\xf9\4" + struct.pack("<BHBB", flags, frame.ms // 10, hole, 0)
    image = struct.pack("<HHHHB", frame.x, frame.y, width, height,
                        (0x80 | exponent - 1 if own else 0) | (0x40 if frame.way.get("interlaced") else 0))
    least = max(2, exponent)
    return control + b"," + image + (table if own else b"") + bytes([least]) + blocks(lzw(indices, least))


def gif_file(size, frames, loop=0, background=0, screen=None, own_palettes=False):
    """`loop` is the count of the NETSCAPE block, None for no block."""
    colors = None if own_palettes else palette_of(frames)
    exponent, table = color_table([*(colors or []), (1, 2, 3)])
    screen, flags = screen or size, 0 if own_palettes else 0x80 | exponent - 1
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, background, 0) + (b"" if own_palettes else table)
    again = b"" if loop is None else b"!\xff\x0bNETSCAPE2.0\3\1" + struct.pack("<H", loop) + b"\0"
    return head + again + b"".join(gif_frame(f, colors) for f in frames) + b";"


# --- WebP
# ------------------------------------------------------------------------------------------------


def riff_chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)


def riff_file(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def u24(number):
    return struct.pack("<I", number)[:3]


def webp_image(pixels, **options):
    """The image chunks of a still: VP8L, or VP8 with ALPH."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", **{"lossless": True, "exact": True, "method": 0, **options})
    data, at, found = out.getvalue(), 12, b""
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at + 4:at + 8], "little")
        end += end & 1
        if data[at:at + 4] in (b"VP8L", b"VP8 ", b"ALPH"):
            found += data[at:end]
        at = end
    return found


def anmf(frame, image=None):
    height, width = frame.pixels.shape[:2]
    flags = (2 if frame.blend == SOURCE else 0) | (frame.dispose == CLEAR)
    head = u24(frame.x // 2) + u24(frame.y // 2) + u24(width - 1) + u24(height - 1) + u24(frame.ms) + bytes([flags])
    image = webp_image(frame.pixels, **frame.way) if image is None else image
    return riff_chunk(b"ANMF", head + image)


def webp_head(size, loop=0, background=b"\0\0\0\0"):
    return (riff_chunk(b"VP8X", bytes([0x12, 0, 0, 0]) + u24(size[0] - 1) + u24(size[1] - 1))
            + riff_chunk(b"ANIM", background + struct.pack("<H", loop)))


def webp_file(size, frames, loop=0, background=b"\0\0\0\0"):
    return riff_file(webp_head(size, loop, background), *map(anmf, frames))


def as_decoded(frame):
    """The frame with the pixels that a decoder makes of its lossy image."""
    out = io.BytesIO()
    Image.fromarray(frame.pixels).save(out, "WEBP", **{"exact": True, "method": 0, **frame.way})
    return replace(frame, pixels=np.array(Image.open(out).convert("RGBA")))


# --- APNG
# ------------------------------------------------------------------------------------------------

DISPOSE_OPS, BLEND_OPS = {KEEP: 0, CLEAR: 1, RESTORE: 2}, {SOURCE: 0, OVER: 1}
# (color type, depth) of each kind of PNG.
KINDS = {"rgba": (6, 8), "rgb": (2, 8), "gray": (0, 8), "gray-alpha": (4, 8), "palette": (3, 8), "palette-2": (3, 2),
         "rgba16": (6, 16), "rgb16": (2, 16), "gray16": (0, 16), "gray-alpha16": (4, 16), "gray-1": (0, 1), "gray-4": (0, 4)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png_samples(pixels, kind, colors):
    """Rows of samples; a kind with 16 bits repeats each byte."""
    type, depth = KINDS[kind]
    if type == 3:
        number = {color: i for i, color in enumerate(colors)}
        return np.array([[number[tuple(p)] for p in row] for row in pixels.tolist()], np.uint16)[..., None]
    channels = {0: [0], 2: [0, 1, 2], 4: [0, 3], 6: [0, 1, 2, 3]}[type]
    samples = pixels[..., channels].astype(np.uint16)
    return samples * 257 if depth == 16 else samples >> 8 - depth


def png_rows(samples, depth):
    """Unfiltered rows, packed."""
    height = samples.shape[0]
    if depth == 16:
        rows = np.ascontiguousarray(samples, ">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        rows = samples.astype(np.uint8).reshape(height, -1)
    else:
        bits = np.unpackbits(samples.astype(np.uint8).reshape(height, -1, 1), axis=2)[..., -depth:]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in rows)


def png_data(pixels, kind, colors, interlaced):
    samples, depth = png_samples(pixels, kind, colors), KINDS[kind][1]
    if not interlaced:
        return zlib.compress(png_rows(samples, depth))
    passes = (samples[y::down, x::across] for x, y, across, down in ADAM7)
    return zlib.compress(b"".join(png_rows(part, depth) for part in passes if part.size))


def fctl(number, frame):
    height, width = frame.pixels.shape[:2]
    delay = frame.way.get("delay", (frame.ms, 1000))
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, frame.x, frame.y, *delay,
                                      DISPOSE_OPS[frame.dispose], BLEND_OPS[frame.blend]))


def apng_file(size, frames, loop=0, kind="rgba", interlaced=False, pieces=1, hidden=None, key=None, count=None):
    """`hidden` is a default image that the animation does not show, `key` a transparent color as samples."""
    colors, (type, depth), number, out = [], KINDS[kind], 0, []
    if type == 3:
        colors = sorted({tuple(p) for f in frames for p in f.pixels.reshape(-1, 4).tolist()}, key=lambda c: (c[3], c))
        out += [chunk(b"PLTE", b"".join(bytes(c[:3]) for c in colors)), chunk(b"tRNS", bytes(c[3] for c in colors))]
    if key is not None:
        out.append(chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)))
    out.append(chunk(b"acTL", struct.pack(">II", len(frames) if count is None else count, loop)))
    if hidden is not None:
        out.append(chunk(b"IDAT", png_data(hidden, kind, colors, interlaced)))
    for i, frame in enumerate(frames):
        out.append(fctl(number, frame))
        number += 1
        data = png_data(frame.pixels, kind, colors, interlaced)
        cuts = [len(data) * n // pieces for n in range(pieces + 1)]
        for start, end in zip(cuts, cuts[1:]):
            if i == 0 and hidden is None:
                out.append(chunk(b"IDAT", data[start:end]))
            else:
                out.append(chunk(b"fdAT", struct.pack(">I", number) + data[start:end]))
                number += 1
    head = struct.pack(">IIBBBBB", *size, depth, type, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(out) + chunk(b"IEND", b"")


# --- scenes
# ------------------------------------------------------------------------------------------------

RED, GREEN, BLUE, YELLOW, BLACK, WHITE = ((255, 0, 0, 255), (0, 160, 40, 255), (10, 20, 250, 255), (250, 230, 0, 255),
                                          (0, 0, 0, 255), (255, 255, 255, 255))
NONE = (0, 0, 0, 0)


def plain(width, height, color):
    return np.full((height, width, 4), color, np.uint8)


def checks(width, height, *colors):
    """Squares of one pixel, which show every misplaced row."""
    y, x = np.mgrid[:height, :width]
    return np.array(colors, np.uint8)[(x + 2 * y + x * y) % len(colors)]


def noise(width, height, seed, levels=None):
    """Any alpha, or 0 and 255 only."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    if levels == 2:
        pixels[..., 3] = (pixels[..., 3] > 90) * 255
    return pixels


def few(width, height, seed):
    """Of eight colors and none."""
    which = np.random.default_rng(seed).integers(0, 9, (height, width))
    return np.array([RED, GREEN, BLUE, YELLOW, BLACK, WHITE, (90, 90, 90, 255), (200, 100, 50, 255), NONE], np.uint8)[which]


def opaque(pixels):
    pixels = pixels.copy()
    pixels[..., 3] = 255
    return pixels


def disposed(of, blends=(OVER,), step=1, first=None):
    """Three frames in every order of disposals and blends, on a first one that covers the canvas."""
    ways = [(dispose, blend) for dispose in (KEEP, CLEAR, RESTORE) for blend in blends]
    frames = [Frame(first if first is not None else of(13, 11, 1))]
    for seed, (dispose, blend) in enumerate(ways * 2, 2):
        x, y = seed * 3 % 7 // step * step, seed * 5 % 6 // step * step
        frames.append(Frame(of(6, 5, seed), x, y, 30 * seed, dispose, blend))
        after = (KEEP, CLEAR)[seed % 2]
        frames.append(Frame(of(4, 7, seed + 50), 8 - x // 2 // step * step, y // 2 // step * step, 70, after, blend))
    return frames


def gifs():
    """{name: (file, size, frames, plays)}, where plays is 0 for ever."""
    made = {}

    def add(name, frames, size=(13, 11), plays=0, **options):
        made[f"gif-{name}"] = (gif_file(size, frames, **options), size, frames, plays)
    add("disposals", disposed(few))
    add("disposals-own-palettes", disposed(few), own_palettes=True)
    for first in (CLEAR, RESTORE):
        small = [Frame(checks(5, 4, RED, BLUE), 3, 2, 100, first), Frame(checks(4, 4, GREEN, NONE), 1, 1, 50, first),
                 Frame(checks(6, 3, WHITE, NONE), 4, 4, 70)]
        add(f"first-{first}", small)
        add(f"first-covers-{first}", [Frame(few(13, 11, 3), dispose=first), *small[1:]])
    # 4 is what early writers took for 3; others are reserved.
    for number, dispose in ((0, KEEP), (4, RESTORE), (5, KEEP), (6, KEEP), (7, KEEP)):
        middle = Frame(checks(6, 5, RED, NONE), 2, 3, dispose=dispose, way={"disposal": number})
        add(f"disposal-{number}", [Frame(few(13, 11, 8)), middle, Frame(checks(3, 3, GREEN, BLUE), 9, 1)])
    add("interlaced", [replace(frame, way={"interlaced": True}) for frame in disposed(few)])
    tall = [Frame(few(3, height, height), 1, 0, 40, way={"interlaced": True}) for height in range(1, 12)]
    add("interlaced-heights", [Frame(plain(13, 11, WHITE)), *tall])
    beyond = [Frame(plain(13, 11, YELLOW)), Frame(few(8, 8, 4), 9, 6, 50, CLEAR), Frame(few(8, 8, 5), 20, 3, 60, CLEAR),
              Frame(few(5, 30, 6), 2, 5, 70, RESTORE), Frame(few(2, 2, 7), 13, 11, 80), Frame(few(3, 3, 7), 0, 0, 90)]
    add("beyond-canvas", beyond)
    add("first-smaller", [Frame(few(4, 4, 1), 5, 5, 100), Frame(few(4, 4, 2), 0, 0, 100), Frame(few(13, 2, 3), 0, 9)])
    larger = [Frame(few(13, 11, 1)), Frame(few(13, 11, 2), 0, 0, 50), Frame(few(4, 4, 3), 10, 9, 50)]
    add("screen-4x4-first-larger", larger, screen=(4, 4))
    add("screen-0x0", larger, screen=(0, 0))
    add("screen-0x0-first-offset", [Frame(few(10, 8, 1), 3, 3), Frame(few(13, 11, 2))], screen=(0, 0))
    add("first-offset-beyond", [Frame(few(10, 8, 1), 3, 3), Frame(few(13, 11, 2))], screen=(8, 8))
    add("background-of-palette", [Frame(few(6, 6, 1), 2, 2, 100, CLEAR), Frame(few(3, 3, 2), 7, 7, 100, CLEAR), Frame(few(2, 2, 3))],
        background=3)
    holes = [Frame(few(13, 11, 1), dispose=CLEAR), Frame(plain(13, 11, NONE), ms=60, dispose=CLEAR), Frame(few(13, 11, 2), ms=70)]
    add("all-transparent", holes)
    add("opaque-background", [Frame(opaque(few(13, 11, 1)), dispose=CLEAR), Frame(opaque(few(5, 5, 2)), 4, 4, 90, CLEAR),
                              Frame(opaque(few(4, 3, 3)), 1, 1, 80)], background=1)
    empty = [Frame(few(13, 11, 1)), Frame(np.zeros((4, 0, 4), np.uint8), 2, 2, 70), Frame(few(3, 3, 2), 5, 5, 80),
             Frame(np.zeros((0, 0, 4), np.uint8), 0, 0, 90, CLEAR), Frame(few(3, 3, 3), 2, 2, 100)]
    add("zero-area", empty)
    same = few(13, 11, 6)
    add("same", [Frame(same, ms=50), Frame(same, ms=70), Frame(plain(3, 3, NONE), 2, 2, 30), Frame(few(13, 11, 7), ms=20),
                 Frame(same, ms=50)])
    delays = [Frame(few(13, 11, seed), ms=10 * cs) for seed, cs in enumerate((0, 1, 2, 3, 65535, 10))]
    add("delays", delays)
    add("bare", [Frame(opaque(few(13, 11, seed)), ms=0, way={"bare": True}) for seed in range(3)])
    two = [Frame(few(13, 11, 1)), Frame(few(13, 11, 2))]
    for loop in (None, 0, 1, 5, 65535):
        add(f"loop-{loop}", two, plays=1 if loop is None else loop and loop + 1, loop=loop)
    return made


def webps():
    made = {}

    def add(name, frames, size=(13, 11), plays=0, **options):
        shown = [as_decoded(frame) if frame.way else frame for frame in frames]
        made[f"webp-{name}"] = (webp_file(size, frames, **options), size, shown, plays)
    def without_restore(frames):
        return [replace(f, dispose=CLEAR if f.dispose == RESTORE else f.dispose) for f in frames]
    both = (OVER, SOURCE)
    def binary(w, h, seed):
        return noise(w, h, seed, 2)
    add("binary-alpha", without_restore(disposed(binary, both, 2)))
    add("alpha", without_restore(disposed(noise, both, 2)))
    add("opaque", without_restore(disposed(lambda w, h, s: opaque(noise(w, h, s)), both, 2)))
    add("background", without_restore(disposed(binary, both, 2)), background=b"\x30\x80\xf0\xff")
    def smooth(w, h, seed):
        return np.array(Image.fromarray(noise(4, 4, seed)).resize((w, h), Image.Resampling.BICUBIC))
    soft = without_restore(disposed(smooth, both, 2))
    hard = [replace(f, pixels=opaque(f.pixels)) for f in soft]
    for name, quality in (("lossy", {"quality": 80}), ("lossy-alpha-50", {"quality": 50, "alpha_quality": 50})):
        way = {"lossless": False, **quality}
        add(name, [replace(f, way=way) for f in soft])
        add(f"{name}-opaque", [replace(f, way=way) for f in hard])
    add("mixed", [replace(f, way={"lossless": False, "quality": 90}) if i % 2 else f for i, f in enumerate(soft)])
    add("first-smaller", [Frame(binary(4, 4, 1), 4, 6), Frame(binary(3, 3, 2), 0, 0, 70, CLEAR), Frame(binary(1, 1, 3), 12, 10, 90)])
    add("1x1", [Frame(plain(1, 1, color), ms=ms) for color, ms in ((RED, 10), (BLUE, 1), (NONE, 16777214), (GREEN, 0))], (1, 1))
    same = noise(13, 11, 6, 2)
    add("same", [Frame(same, ms=15), Frame(same, ms=7), Frame(plain(3, 3, NONE), 2, 2, 3), Frame(noise(13, 11, 7, 2), ms=21),
                 Frame(same, ms=5, blend=SOURCE)])
    for loop in (0, 1, 3, 65535):
        add(f"loop-{loop}", [Frame(noise(13, 11, 1, 2), blend=SOURCE), Frame(noise(13, 11, 2, 2), blend=SOURCE)], plays=loop, loop=loop)
    return made


def apngs():
    made = {}

    def add(name, frames, size=(13, 11), plays=0, **options):
        made[f"apng-{name}"] = (apng_file(size, frames, **options), size, frames, plays)
    both = (SOURCE, OVER)
    def binary(w, h, seed):
        return noise(w, h, seed, 2)
    def solid(w, h, seed):
        return opaque(noise(w, h, seed))
    add("binary-alpha", disposed(binary, both))
    add("alpha", disposed(noise, both))
    add("interlaced", disposed(binary, both), interlaced=True, pieces=3)
    add("pieces", disposed(binary, both), pieces=7)
    add("hidden-default", disposed(binary, both), hidden=noise(13, 11, 99))
    add("hidden-default-two-pieces", disposed(binary, both), hidden=noise(13, 11, 99), pieces=2)
    for first in (CLEAR, RESTORE):
        for blend in both:
            rest = [Frame(binary(5, 5, 2), 2, 2, 60, first, blend), Frame(binary(4, 4, 3), 8, 6, 70, KEEP, OVER)]
            add(f"first-{first}-{blend}", [Frame(binary(13, 11, 1), dispose=first, blend=blend), *rest])
            add(f"hidden-first-part-{first}-{blend}", [Frame(binary(6, 7, 1), 3, 2, 50, first, blend), *rest], hidden=noise(13, 11, 98))
    def gray(w, h, seed):
        pixels = opaque(noise(w, h, seed))
        pixels[..., 1] = pixels[..., 2] = pixels[..., 0]
        return pixels
    def gray_alpha(w, h, seed):
        pixels = gray(w, h, seed)
        pixels[..., 3] = binary(w, h, seed)[..., 3]
        return pixels
    def levels(bits):
        def leveled(w, h, seed):
            pixels = gray(w, h, seed)
            pixels[..., :3] = (pixels[..., :3] >> 8 - bits) * (255 // ((1 << bits) - 1))
            return pixels
        return leveled
    for kind, of in (("rgb", solid), ("gray", gray), ("gray-alpha", gray_alpha), ("palette", few), ("rgba16", binary),
                     ("rgb16", solid), ("gray16", gray), ("gray-alpha16", gray_alpha), ("gray-1", levels(1)), ("gray-4", levels(4))):
        for interlaced in (False, True):
            add(kind + "-interlaced" * interlaced, disposed(of, both), kind=kind, interlaced=interlaced)
    def four(w, h, seed):
        return np.array([RED, BLUE, WHITE, NONE], np.uint8)[np.random.default_rng(seed).integers(0, 4, (h, w))]
    add("palette-2", disposed(four, both), kind="palette-2")
    # A color key: white is transparent.
    def keyed(of):
        def made(w, h, seed):
            pixels = np.minimum(of(w, h, seed), (254, 254, 254, 255)).astype(np.uint8)
            pixels[noise(w, h, seed)[..., 0] < 80] = (255, 255, 255, 0)
            return pixels
        return made
    add("rgb-key", disposed(keyed(solid), both), kind="rgb", key=(255, 255, 255))
    add("gray-key", disposed(keyed(gray), both), kind="gray", key=(255,))
    add("rgb16-key", disposed(keyed(solid), both), kind="rgb16", key=(65535, 65535, 65535))
    same = binary(13, 11, 6)
    add("same", [Frame(same, ms=15, blend=SOURCE), Frame(same, ms=7, blend=SOURCE), Frame(plain(3, 3, NONE), 2, 2, 3),
                 Frame(binary(13, 11, 7), ms=21), Frame(same, ms=5, blend=SOURCE)])
    odd = [Frame(solid(13, 11, seed), ms=ms, way={"delay": delay}) for seed, (ms, delay) in enumerate(
        ((50, (5, 0)), (1000 / 30, (1, 30)), (0, (0, 100)), (1000, (65535, 65535)), (100, (1, 10))))]
    add("delays", odd)
    add("1x1", [Frame(plain(1, 1, color), ms=90) for color in (RED, BLUE, NONE, GREEN)], (1, 1))
    for loop in (0, 1, 3, 65535):
        add(f"loop-{loop}", [Frame(solid(13, 11, 1)), Frame(solid(13, 11, 2))], plays=loop, loop=loop)
    return made


def built():
    return gifs() | webps() | apngs()

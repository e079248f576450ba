"""Geometry of option texts, compared with exact fractions: the box of each fit, trimming, flips,
rotations, gravity, device pixel ratios and borders; the box that trim=border finds; and what
format=json and the names of qualities say.

The reference below is written from the contract, sections 1.1 and 7. It shares no code and no
representation with the library: turns are matrices, numbers are `fractions.Fraction`.
"""

import io
import itertools
import json
import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cache
from math import floor

import numpy as np
import pyvips
from PIL import Image

from common import PHOTOS, Refused, Tally, difference, main, opened, run, upright

WORKERS = 2
FITS = ("scale-down", "contain", "cover", "crop", "pad", "squeeze", "scale-up", "aspect-crop")
# What displays a stored image, by the value of the EXIF tag; x to the right, y down.
EXIF = {1: ((1, 0), (0, 1)), 2: ((-1, 0), (0, 1)), 3: ((-1, 0), (0, -1)), 4: ((1, 0), (0, -1)),
        5: ((0, 1), (1, 0)), 6: ((0, -1), (1, 0)), 7: ((0, -1), (-1, 0)), 8: ((0, 1), (-1, 0))}
FLIPS = {"none": EXIF[1], "h": EXIF[2], "v": EXIF[4], "hv": EXIF[3]}
ROTATIONS = {0: EXIF[1], 90: EXIF[6], 180: EXIF[3], 270: EXIF[8]}
# How an upright image is stored for each value: Pillow's inverse of the turn.
STORED = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
          6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
PILLOW_FLIPS = {"none": None, "h": Image.FLIP_LEFT_RIGHT, "v": Image.FLIP_TOP_BOTTOM, "hv": Image.ROTATE_180}
# Pillow counts counterclockwise.
PILLOW_ROTATIONS = {0: None, 90: Image.ROTATE_270, 180: Image.ROTATE_180, 270: Image.ROTATE_90}
SIDES = {"left": (0, None), "right": (1, None), "top": (None, 0), "bottom": (None, 1)}
HALF = Fraction(1, 2)


def planned(data, options, *more):
    """The plan for an image and an option text."""
    return json.loads(run("plan", "-", "--json", "--options", options, *more, data=data))


def rendered(data, options, *more):
    """The bytes of an image rendered by an option text."""
    return run("render", "-", "-o", "-", "--options", options, *more, data=data)


def text(options):
    """The option text of a dictionary."""
    return ",".join(f"{key}={value}" for key, value in options.items())


def stored(image, orientation, format="PNG", **more):
    """The file of an image that is displayed as `image`."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = STORED[orientation]
    out = io.BytesIO()
    (image if turn is None else image.transpose(turn)).save(out, format, exif=exif, **more)
    return out.getvalue()


# --- The reference.


def product(a, b):
    return tuple(tuple(sum(a[i][k] * b[k][j] for k in range(2)) for j in range(2)) for i in range(2))


def swaps(turn):
    return turn[0][0] == 0


def turned(size, turn):
    return size[::-1] if swaps(turn) else size


def unturned(box, turn, size):
    """The box in the picture of `size` before the turn, of a box after it."""
    after = turned(size, turn)
    corners = []
    for corner in ((box[0], box[1]), (box[0] + box[2], box[1] + box[3])):
        x, y = (value - Fraction(side, 2) for value, side in zip(corner, after))
        # The inverse of an orthogonal matrix is its transpose.
        corners.append((turn[0][0] * x + turn[1][0] * y + Fraction(size[0], 2),
                        turn[0][1] * x + turn[1][1] * y + Fraction(size[1], 2)))
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*corners))
    return left, top, right - left, bottom - top


def half_up(value):
    return floor(value + HALF)


def side(value):
    return max(1, half_up(value))


def focus(gravity):
    """The point that stays where it is, as fractions of the sides."""
    if "x" in gravity and gravity[0].isdigit():
        return tuple(Fraction(part) for part in gravity.split("x"))
    point = [None, None]
    for name in gravity.split("-") if gravity != "center" else ():
        for axis, value in enumerate(SIDES[name]):
            if value is not None:
                point[axis] = value
    return tuple(HALF if value is None else Fraction(value) for value in point)


def fitted(w, h, fit, W, H, gravity):
    """(crop, resize, canvas, offset) of a picture of `w` by `h` in a box; a side may be None."""
    whole, nowhere = (0, 0, w, h), (0, 0)
    ratios = [Fraction(given, own) for given, own in ((W, w), (H, h)) if given is not None] or [Fraction(1)]
    both = len(ratios) == 2
    least, most = min(ratios), max(ratios)
    if both and fit == "squeeze":
        return whole, (W, H), (W, H), nowhere
    if both and fit in ("cover", "crop", "aspect-crop"):
        x, y = focus(gravity)
        if fit == "aspect-crop" and most > 1:
            # Never enlarged: whole pixels are cut to the ratio of the box, and copied.
            size = min(w, side(W / most)), min(h, side(H / most))
            return (floor(x * (w - size[0])), floor(y * (h - size[1])), *size), size, size, nowhere
        scale = min(most, 1) if fit == "crop" else most
        cut = min(W / scale, w), min(H / scale, h)
        size = (min(W, side(w * scale)), min(H, side(h * scale))) if fit == "crop" else (W, H)
        return (x * (w - cut[0]), y * (h - cut[1]), *cut), size, size, nowhere
    scale = {"scale-down": min(least, 1), "crop": min(least, 1), "aspect-crop": min(least, 1),
             "scale-up": max(least, 1)}.get(fit, least)
    size = side(w * scale), side(h * scale)
    if both and fit == "pad":
        return whole, size, (W, H), ((W - size[0]) // 2, (H - size[1]) // 2)
    return whole, size, size, nowhere


def expected(size, orientation, options):
    """What `cretula plan` must answer for an image of `size` as displayed."""
    trim = [int(part) for part in options.get("trim", "0;0;0;0").split(";")]
    w, h = size[0] - trim[1] - trim[3], size[1] - trim[0] - trim[2]
    if w <= 0 or h <= 0:
        trim, (w, h) = [0] * 4, size
    turn = product(ROTATIONS[options.get("rotate", 0)], FLIPS[options.get("flip", "none")])
    picture = turned((w, h), turn)
    ratio = Fraction(options.get("dpr", "1"))
    box = [side(options[key] * ratio) if key in options else None for key in ("width", "height")]
    crop, resize, canvas, offset = fitted(*picture, options.get("fit", "scale-down"), *box,
                                          options.get("gravity", "center"))
    x, y, *cut = unturned(crop, turn, (w, h))
    in_file = unturned((x + trim[3], y + trim[0], *cut), EXIF[orientation], turned(size, EXIF[orientation]))
    whole = product(turn, EXIF[orientation])
    border = [int(part) for part in str(options.get("border", 0)).split(";")]
    border = border * 4 if len(border) == 1 else border
    return {"picture": picture, "crop": crop, "resize": resize, "canvas": canvas, "offset": offset,
            "output": (canvas[0] + border[1] + border[3], canvas[1] + border[0] + border[2]),
            "storedCrop": in_file, "storedResize": turned(resize, whole),
            "orientation": next(tag for tag, matrix in EXIF.items() if matrix == whole)}


# --- The checks.

SIZES = ((1, 1), (7, 5), (64, 48), (97, 31), (33, 200), (300, 200), (240, 321), (612, 613), (11, 250))
SHORT = {"width": "w", "height": "h", "gravity": "g"}
DPRS = ("1", "1.5", "2", "3", "0.5", "0.333333", "2.625", "1.000001", "0.01")


@cache
def sample(size, orientation, format):
    more = {"JPEG": {"quality": 40}, "WEBP": {"quality": 1}, "PNG": {}}[format]
    return stored(Image.new("RGB", size, (90, 140, 200)), orientation, format, **more)


def some_gravity(chance):
    kind = chance.randrange(3)
    if kind == 0:
        return chance.choice(("center", *SIDES))
    if kind == 1:
        pair = [chance.choice(("left", "right")), chance.choice(("top", "bottom"))]
        chance.shuffle(pair)
        return "-".join(pair)
    simple = ("0", "1", "0.0", "1.0", "0.5", "0.25")
    return "x".join(chance.choice((*simple, f"{chance.random():.3f}", f"{chance.random():.6f}")) for _ in range(2))


def some_options(chance, size, large=900):
    """A dictionary of options; sides near those of the picture are as likely as any."""
    options = {"fit": chance.choice(FITS)}
    given = chance.choice((("width", "height"), ("width", "height"), ("width", "height"), ("width",), ("height",), ()))
    for key in given:
        near = chance.choice(size) + chance.randrange(-2, 3)
        options[key] = max(1, chance.choice((chance.randint(1, large), chance.randint(1, 60), near)))
    if chance.random() < 0.5:
        options["gravity"] = some_gravity(chance)
    if chance.random() < 0.4:
        # One in some is as large as the picture, or larger: nothing is left then.
        parts = [chance.randint(0, max(1, size[at % 2 == 0] // chance.choice((1, 2, 3, 8)))) for at in range(4)]
        options["trim"] = ";".join(str(part * chance.choice((0, 1, 1))) for part in parts)
    if chance.random() < 0.4:
        options["flip"] = chance.choice(list(FLIPS))
    if chance.random() < 0.5:
        options["rotate"] = chance.choice(list(ROTATIONS))
    if chance.random() < 0.4:
        options["dpr"] = chance.choice(DPRS)
    if chance.random() < 0.2:
        options["border"] = chance.choice(("3", "0", "1;2;3;4", "0;5;0;0"))
    items = list(options.items())
    chance.shuffle(items)
    return dict(items)


def differences(found, wanted):
    for key, value in wanted.items():
        if key in ("crop", "storedCrop"):
            off = max(abs(Fraction(a) - b) for a, b in zip(found[key], value, strict=True))
            if off > Fraction(1, 10**6):
                yield f"{key} {found[key]}, not {[float(part) for part in value]}"
        elif key == "orientation":
            if found[key] != value:
                yield f"{key} {found[key]}, not {value}"
        elif tuple(found[key]) != tuple(value):
            yield f"{key} {found[key]}, not {list(value)}"


def geometry():
    tally = Tally("geometry: 5000 combinations of options compared with exact fractions")
    chance = random.Random(7)
    jobs, fits = [], set()
    while len(jobs) < 5000:
        size = chance.choice(SIZES)
        options = some_options(chance, size)
        orientation, format = chance.randint(1, 8), chance.choice(("PNG", "JPEG", "WEBP"))
        if max(expected(size, orientation, options)["output"]) > 12000:
            continue
        short = chance.random() < 0.5
        line = text({SHORT.get(key, key) if short else key: value for key, value in options.items()})
        jobs.append((size, orientation, format, options, line))
        fits.add((options["fit"], orientation))

    def compare(job):
        size, orientation, format, options, line = job
        what = f"{size[0]}x{size[1]} {format} {orientation} {line}"
        try:
            found = planned(sample(size, orientation, format), line)
            return what, list(differences(found, expected(size, orientation, options)))
        except Refused as error:
            return what, [str(error)]

    with ThreadPoolExecutor(WORKERS) as pool:
        for what, off in pool.map(compare, jobs):
            tally.check(what, not off, "; ".join(off))
    tally.check("every fit in every orientation", len(fits) == 64, f"{len(fits)} of 64")
    return tally.end()


def contract():
    """The sizes that the contract lists."""
    tally = Tally("geometry: the tables of the contract")
    names = ("scale-down", "contain", "cover", "crop", "pad")
    table = {
        (1080, 720, 500, 500): ((500, 333), (500, 333), (500, 500), (500, 500), (500, 500)),
        (1080, 720, 2000, 2000): ((1080, 720), (2000, 1333), (2000, 2000), (1080, 720), (2000, 2000)),
        (1080, 720, 1296, 500): ((750, 500), (750, 500), (1296, 500), (1080, 500), (1296, 500)),
        (1080, 720, 500, 1296): ((500, 333), (500, 333), (500, 1296), (500, 720), (500, 1296)),
        (612, 613, 1920, 1120): ((612, 613), (1118, 1120), (1920, 1120), (612, 613), (1920, 1120)),
        (101, 51, 50, 50): ((50, 25), (50, 25), (50, 50), (50, 50), (50, 50)),
        (3, 1000, 10, 10): ((1, 10), (1, 10), (10, 10), (3, 10), (10, 10)),
        (10, 10, 3, 7): ((3, 3), (3, 3), (3, 7), (3, 7), (3, 7)),
        (1366, 768, 100, 100): ((100, 56), (100, 56), (100, 100), (100, 100), (100, 100)),
        (1, 1, 768, 1366): ((1, 1), (768, 768), (768, 1366), (1, 1), (768, 1366)),
    }
    cases = [(*key, fit, size) for key, sizes in table.items() for fit, size in zip(names, sizes)]
    cases += [(612, 613, 1920, 1120, "aspect-crop", (612, 357)), (612, 613, 192, 112, "aspect-crop", (192, 112)),
              (612, 613, 1920, 1120, "squeeze", (1920, 1120)), (612, 613, 50, 500, "squeeze", (50, 500)),
              (612, 613, 1920, 1120, "scale-up", (1118, 1120)), (612, 613, 300, 300, "scale-up", (612, 613)),
              (612, 613, 300, 1226, "scale-up", (612, 613))]
    for w, h, W, H, fit, size in cases:
        what = f"{w}x{h} in {W}x{H} {fit}"
        reference = expected((w, h), 1, {"width": W, "height": H, "fit": fit})["output"]
        tally.check(f"{what}: the reference", reference == size, f"{reference}")
        found = planned(sample((w, h), 1, "PNG"), f"w={W},h={H},fit={fit}")["output"]
        tally.check(what, tuple(found) == size, f"{found}, not {size}")
    return tally.end()


def content(size, far, channels=3, seed=5):
    """Noise, no sample of which is within `far` of white or black."""
    noise = np.random.default_rng(seed).integers(far, 256 - far, (size[1], size[0], channels), np.uint8)
    return Image.fromarray(noise.squeeze())


def framed(size, sides, color, mode="RGB", far=40):
    """A picture of `size` with a border of the widths (top, right, bottom, left) around noise, and
    the box of the noise."""
    top, right, bottom, left = sides
    box = (left, top, size[0] - left - right, size[1] - top - bottom)
    picture = Image.new(mode, size, color)
    picture.paste(content(box[2:], far).convert(mode), box[:2])
    return picture, box


def file_of(picture, format="PNG", **more):
    out = io.BytesIO()
    picture.save(out, format, **more)
    return out.getvalue()


def flat_borders():
    """(name, file, options, box) of pictures with flat borders in every layout."""
    around, size = (5, 7, 11, 3), (60, 45)
    for name, mode, color in (("white", "RGB", "white"), ("black", "RGB", "black"), ("gray", "L", 255),
                              ("black gray", "L", 0), ("opaque", "RGBA", "white"), ("gray with alpha", "LA", (255, 255))):
        picture, box = framed(size, around, color, mode)
        yield name, file_of(picture), {}, box
    picture, box = framed(size, around, "white")
    yield "palette", file_of(picture.quantize(64)), {}, box
    yield "WebP", file_of(picture, "WEBP", lossless=True), {}, box
    yield "GIF", file_of(picture.quantize(64), "GIF"), {}, box
    bits = np.pad(np.zeros((20, 30), np.uint8), ((3, 4), (5, 6)), constant_values=255)
    yield "one bit", file_of(Image.fromarray(bits).convert("1")), {}, (5, 3, 30, 20)
    samples = np.asarray(picture).astype(np.uint16) * 257
    sixteen = pyvips.Image.new_from_array(samples, interpretation="rgb16").pngsave_buffer(bitdepth=16)
    yield "16 bits", sixteen, {}, box
    for name, sides in (("left", (0, 0, 0, 9)), ("top", (9, 0, 0, 0)), ("left and right", (0, 4, 0, 5)),
                        ("top and bottom", (6, 0, 1, 0)), ("top left", (3, 0, 0, 4))):
        picture, box = framed(size, sides, "white")
        yield f"only {name}", file_of(picture), {}, box
    for name, sides in (("right", (0, 9, 0, 0)), ("bottom", (0, 0, 9, 0)), ("bottom right", (0, 2, 3, 0))):
        picture, box = framed(size, sides, "white")
        # The top left pixel is noise, so the border needs its color.
        yield f"only {name}", file_of(picture), {}, (0, 0, *size)
        yield f"only {name}, white", file_of(picture), {"trim.border.color": "white"}, box


def special_borders():
    """The same of borders with noise, transparency and options."""
    around, size = (5, 7, 11, 3), (60, 45)
    picture, box = framed(size, around, "white")
    plain = file_of(picture)
    yield "no border", file_of(content(size, 40)), {}, (0, 0, *size)
    yield "one color", file_of(Image.new("RGB", size, "teal")), {}, (0, 0, *size)
    yield "one color, transparent", file_of(Image.new("RGBA", size, (9, 9, 9, 0))), {}, (0, 0, *size)
    yield "one pixel", file_of(Image.new("RGB", (1, 1), "teal")), {}, (0, 0, 1, 1)
    yield "everything in tolerance", plain, {"trim.border.tolerance": 255}, (0, 0, *size)
    yield "another color", plain, {"trim.border.color": "red"}, (0, 0, *size)
    yield "its color", plain, {"trim.border.color": "%23fff"}, box
    yield "its color, nearly", plain, {"trim.border.color": "rgb(250,255,245)"}, box
    yield "its color, not quite", plain, {"trim.border.color": "rgb(250,255,244)"}, (0, 0, *size)
    for keep, kept in ((1, (2, 4, 52, 31)), (4, (0, 1, 57, 37)), (8, (0, 0, 60, 42)), (500, (0, 0, 60, 45))):
        yield f"keep {keep}", plain, {"trim.border.keep": keep}, kept
    # Levels 0 to 10 apart from the first pixel, in every row and column.
    noisy = np.random.default_rng(3).integers(100, 111, (45, 60, 3), np.uint8)
    noisy[:, ::7], noisy[::7] = 110, 110
    noisy[0, 0] = 100
    left, top, width, height = box
    noisy[top:top + height, left:left + width] = np.asarray(content(box[2:], 40)) // 3
    noisy = Image.fromarray(noisy)
    yield "noise in tolerance", file_of(noisy), {}, box
    yield "noise out of tolerance", file_of(noisy), {"trim.border.tolerance": 9}, (0, 0, *size)
    around_middle = {"trim.border.color": "rgb(105,105,105)", "trim.border.tolerance": 5}
    yield "noise around a color", file_of(noisy), around_middle, box
    dot = Image.new("RGB", size, (100, 100, 100))
    dot.putpixel((20, 30), (100, 111, 100))
    yield "a dot out of tolerance", file_of(dot), {}, (20, 30, 1, 1)
    dot.putpixel((41, 7), (89, 100, 100))
    yield "two dots", file_of(dot), {}, (20, 7, 22, 24)
    yield "dots in tolerance", file_of(dot), {"trim.border.tolerance": 11}, (0, 0, *size)
    # Hidden colors differ, and do not count.
    hidden = np.dstack([np.asarray(content(size, 1, seed=8)), np.zeros((45, 60), np.uint8)])
    hidden[top:top + height, left:left + width] = (0, 0, 0, 255)
    hidden = Image.fromarray(hidden)
    yield "transparent", file_of(hidden), {}, box
    yield "transparent WebP", file_of(hidden, "WEBP", lossless=True, exact=True), {}, box
    yield "transparent, by color", file_of(hidden), {"trim.border.color": "rgba(0,0,0,0)"}, box
    glass = np.full((20, 30, 4), (255, 255, 255, 60), np.uint8)
    glass = np.pad(glass, ((3, 4), (5, 6), (0, 0)), constant_values=255)
    yield "opaque white around white glass", file_of(Image.fromarray(glass)), {}, (5, 3, 30, 20)
    two, _ = framed(size, (6, 0, 0, 0), "red")
    two.paste((0, 0, 255), (0, 39, 60, 45))
    yield "two colors, the first", file_of(two), {}, (0, 6, 60, 39)
    yield "two colors, the other", file_of(two), {"trim.border.color": "blue"}, (0, 0, 60, 39)


def by_definition(data, color, tolerance):
    """The box of the pixels that differ from `color` by more than `tolerance`, as Pillow decodes them."""
    differs = np.abs(np.asarray(upright(data)).astype(int) - color).max(axis=2) > tolerance
    (top, bottom), (left, right) = (np.flatnonzero(differs.any(axis=axis))[[0, -1]].tolist() for axis in (1, 0))
    return left, top, right - left + 1, bottom - top + 1


def compressed_borders():
    """The same as JPEG. Where the noise begins at a block and is gray, or chroma is not subsampled, the
    border is flat; elsewhere, what counts is which decoded pixels are within the tolerance."""
    for quality, sampling, level in itertools.product((50, 80, 95), (0, 2), (0, 255)):
        for mode in ("L", "RGB"):
            picture = Image.new("RGB", (176, 144), (level,) * 3)
            picture.paste(content((128, 80), 60).convert(mode), (16, 16))
            data = file_of(picture, "JPEG", quality=quality, subsampling=sampling)
            box = by_definition(data, level, 10) if mode == "RGB" and sampling == 2 else (16, 16, 128, 80)
            yield f"JPEG {quality} {sampling} {level} {mode}", data, {}, box
    square = Image.new("RGB", (101, 90), "white")
    square.paste((20, 30, 60), (21, 13, 77, 68))
    for quality in (60, 97):
        data = file_of(square, "JPEG", quality=quality, subsampling=0)
        for tolerance in (0, 3, 10, 20, 60):
            # The first pixel of a flat block keeps its level.
            box = by_definition(data, 255, tolerance)
            yield f"JPEG {quality}, off the blocks", data, {"trim.border.tolerance": tolerance}, box


def turned_borders():
    """The same with each orientation, and turned after trimming."""
    picture, box = framed((60, 45), (5, 7, 11, 3), "white")
    picture.paste((0, 0, 0), (0, 40, 60, 45))
    for orientation in STORED:
        # The black strip is not of the first pixel's color, wherever it is stored.
        yield f"orientation {orientation}", stored(picture, orientation), {}, (0, 5, 60, 40)
    plain, box = framed((60, 45), (5, 7, 11, 3), "white")
    for orientation, flip, rotate in ((1, "h", 90), (6, "v", 0), (3, "hv", 270), (7, "none", 180)):
        yield (f"{orientation}, {flip}, {rotate}", stored(plain, orientation),
               {"flip": flip, "rotate": rotate}, box)


def borders():
    tally = Tally("trim=border: made pictures, the exact box")
    cases = list(itertools.chain(flat_borders(), special_borders(), compressed_borders(), turned_borders()))
    for name, data, options, (left, top, width, height) in cases:
        flip, rotate = options.get("flip", "none"), options.get("rotate", 0)
        wanted = upright(data).convert("RGBA").crop((left, top, left + width, top + height))
        for turn in (PILLOW_FLIPS[flip], PILLOW_ROTATIONS[rotate]):
            wanted = wanted if turn is None else wanted.transpose(turn)
        line = text({"trim": "border", **options})
        try:
            tally.near(f"{name}: {line}", opened(rendered(data, f"{line},f=png")), wanted, 0, 0)
            described = json.loads(rendered(data, f"{line},f=json"))
            tally.check(f"{name}: {line}, described", (described["width"], described["height"]) == wanted.size, described)
        except Refused as error:
            tally.check(f"{name}: {line}", False, str(error))
    # The pictures must be able to show a box that is wrong by one pixel.
    for name, data, _, (left, top, width, height) in cases[:5]:
        shown = upright(data).convert("RGBA")
        right, here = (shown.crop((x, top, x + width, top + height)) for x in (left, left + 1))
        tally.check(f"{name}: one pixel off is seen", difference(right, here)[0] > 5)
    tally.check("cases", len(cases) >= 50, f"only {len(cases)}")
    return tally.end()


def names():
    """Names of qualities, the quality of slow connections, and format=json."""
    tally = Tally("names: qualities, slow connections, format=json")
    photo = PHOTOS[0].read_bytes()
    for format in ("jpeg", "webp"):
        by_number = {quality: rendered(photo, f"w=160,f={format},q={quality}") for quality in (35, 50, 70, 90)}
        tally.check(f"{format}: qualities differ", len(set(by_number.values())) == 4)
        for name, quality in (("low", 35), ("medium-low", 50), ("medium-high", 70), ("high", 90)):
            tally.check(f"{format} {name}", rendered(photo, f"w=160,f={format},quality={name}") == by_number[quality])
            for key in ("scq", "slow-connection-quality"):
                line = f"w=160,f={format},q=80,{key}={name}"
                slow, quick = rendered(photo, line, "--slow-connection"), rendered(photo, line)
                tally.check(f"{line}, slow", slow == by_number[quality])
                tally.check(f"{line}, not slow", quick == rendered(photo, f"w=160,f={format},q=80"))
        tally.check(f"{format}: slow, without a quality for it",
                    rendered(photo, f"w=160,f={format},q=70", "--slow-connection") == by_number[70])
    chance = random.Random(8)
    types = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
    for number in range(60):
        size, orientation, format = chance.choice(SIZES), chance.randint(1, 8), chance.choice(list(types))
        options = some_options(chance, size)
        data, width, height = sample(size, orientation, format), *expected(size, orientation, options)["output"]
        if max(width, height) > 12000:
            continue
        wanted = {"width": width, "height": height,
                  "original": {"file_size": len(data), "width": size[0], "height": size[1], "format": types[format]}}
        what = f"json {number} {text(options)}"
        try:
            found = json.loads(rendered(data, f"{text(options)},f=json"))
        except (Refused, ValueError) as error:
            found = str(error)
        tally.check(what, found == wanted, f"{found}, not {wanted}")
    return tally.end()


if __name__ == "__main__":
    main(geometry, contract, borders, names)

"""Pixels of option texts, compared with Pillow's crops, turns and filters, and with the definitions
of the effects in floating point: NumPy, matrices, no approximation.

The comments at the head of src/render/effects/ define the effects; the reference is written from
them and shares no code with the library.
"""

import itertools
import random

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from common import PHOTOS, Refused, Tally, main, opened, png_bytes, upright
from options_geometry import PILLOW_FLIPS, PILLOW_ROTATIONS, expected, rendered, some_options, stored, text
from pixels import pictures

FAR = ("--shrink", "never")


def samples(image):
    """Red, green, blue and alpha, or gray and alpha, as floating point; alpha is 255 without one."""
    values = np.asarray(image).astype(float)
    values = values[..., None] if values.ndim == 2 else values
    opaque = values.shape[2] in (1, 3)
    return np.dstack([values, np.full(values.shape[:2], 255.0)]) if opaque else values


def premultiplied(values):
    return np.dstack([values[..., :-1] * values[..., -1:] / 255, values[..., -1]])


def shown(data, line, *more):
    return opened(rendered(data, f"{line},f=png", *more))


# --- Crops, turns and resampling.


def resampled(picture, crop, size):
    """Each axis by its own filter: Lanczos where it shrinks, Catmull-Rom where it grows."""
    x, y, w, h = (float(part) for part in crop)
    across = Image.LANCZOS if size[0] <= w else Image.BICUBIC
    down = Image.LANCZOS if size[1] <= h else Image.BICUBIC
    picture = picture.resize((size[0], picture.height), across, box=(x, 0, min(x + w, picture.width), picture.height))
    return picture.resize(size, down, box=(0, y, size[0], min(y + h, picture.height)))


def by_pillow(data, options):
    """What the options make of an opaque image, without effects."""
    picture = upright(data).convert("RGB")
    found = expected(picture.size, 1, options)
    top, right, bottom, left = (int(part) for part in options.get("trim", "0;0;0;0").split(";"))
    if left + right < picture.width and top + bottom < picture.height:
        picture = picture.crop((left, top, picture.width - right, picture.height - bottom))
    for turn in (PILLOW_FLIPS[options.get("flip", "none")], PILLOW_ROTATIONS[options.get("rotate", 0)]):
        picture = picture if turn is None else picture.transpose(turn)
    picture = resampled(picture, found["crop"], found["resize"])
    output = Image.new("RGB", found["output"], "white")
    border = [int(part) for part in str(options.get("border", 0)).split(";")]
    output.paste(picture, (found["offset"][0] + border[-1], found["offset"][1] + border[0]))
    return output


def framing():
    tally = Tally("framing: photographs compared with Pillow's crop, transpose and resize")
    chance = random.Random(9)
    photo = pictures()["chelsea"].crop((60, 20, 380, 250))
    wanted, orientations = 120, set()
    while wanted:
        options, orientation = some_options(chance, photo.size, large=700), chance.randint(1, 8)
        size = expected(photo.size, 1, options)["output"]
        if size[0] * size[1] > 2_000_000 or max(size) > 6000:
            continue
        wanted -= 1
        orientations.add(orientation)
        if wanted % 3:
            data = stored(photo, orientation)
        else:
            data = stored(photo, orientation, "JPEG", quality=95, subsampling=0)
        what = f"{'JPEG' if wanted % 3 == 0 else 'PNG'} {orientation} {text(options)}"
        try:
            tally.near(what, shown(data, text(options), *FAR), by_pillow(data, options), 0.6, 16)
        except Refused as error:
            tally.check(what, False, str(error))
    tally.check("orientations", len(orientations) == 8, str(orientations))
    return tally.end()


def planes():
    """A JPEG that becomes a JPEG or WebP keeps its planes of luma and subsampled chroma, where the
    options allow; the picture must be the same."""
    tally = Tally("framing and effects: planes of a JPEG compared with Pillow")
    chance = random.Random(10)
    photo = pictures()["chelsea"].crop((60, 20, 381, 251))
    for number in range(240):
        options, orientation = some_options(chance, photo.size, large=500), chance.randint(1, 8)
        size = expected(photo.size, 1, options)["output"]
        # A blur compares little of a picture of some pixels, and chroma has half of them.
        if min(size) < 24 or max(size) > 1500:
            continue
        data = stored(photo, orientation, "JPEG", quality=95, subsampling=number % 3)
        wanted = by_pillow(data, options)
        format, quality = ("jpeg", 100) if number % 2 else ("webp", 99)
        what = f"{number % 3} {orientation} {text(options)} {format}"
        try:
            ours = opened(rendered(data, f"{text(options)},f={format},q={quality}", *FAR))
        except Refused as error:
            tally.check(what, False, str(error))
            continue
        tally.near(what, ours, wanted, 1.6 if format == "jpeg" else 3.2, 200)
    effects = ("blur=4", "brightness=1.3", "contrast=1.7,gamma=0.8", "saturation=0", "saturation=2,sharpen=2,w=211",
               "blur=30,rotate=90")
    for subsampling, line, format in itertools.product((0, 2), effects, ("jpeg", "webp")):
        data = stored(photo, 6, "JPEG", quality=95, subsampling=subsampling)
        ours = opened(rendered(data, f"{line},f={format},q={100 if format == 'jpeg' else 99}", *FAR))
        tally.near(f"{subsampling} {line} {format}", ours, shown(data, line, *FAR), 1.6 if format == "jpeg" else 3.2, 200)
    tally.check("cases", tally.passed > 100, f"only {tally.passed}")
    return tally.end()


def trimmed():
    """Nothing of what is trimmed shows: resampling does not read beyond the cut."""
    tally = Tally("trim: no pixel beyond the cut has weight")
    cuts = ("trim=16;32;32;48", "trim=border", "trim=border,trim.border.color=black")
    lines = ("w=57", "w=300,h=300,fit=cover,g=left", "w=90,h=90,fit=crop,g=bottom-right",
             "w=77,h=201,fit=squeeze,rotate=90", "w=30", "blur=9", "sharpen=10")
    for orientation, keys, line in itertools.product(range(1, 9), cuts, lines):
        for format, more in (("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True})):
            # The cut is between blocks of a JPEG, so that white is white up to it.
            picture = Image.new("RGB", (240, 176), "black")
            picture.paste("white", (48, 16, 208, 144))
            ours = np.asarray(shown(stored(picture, orientation, format, **more), f"{keys},{line}").convert("RGB"))
            least = int(ours.min())
            tally.check(f"{format} {orientation} {keys},{line}", least >= 254, f"a level of {least}")
    return tally.end()


# --- Effects.


def gaussian(n, sigma):
    """The filter along an axis of `n` pixels, as a matrix; beyond the ends, the nearest pixel."""
    reach = int(np.ceil(6 * sigma))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-offsets**2 / (2 * sigma**2))
    matrix = np.zeros((n, n))
    for offset, weight in zip(offsets, weights / weights.sum()):
        np.add.at(matrix, (np.arange(n), np.clip(np.arange(n) + offset, 0, n - 1)), weight)
    return matrix


def blurred(values, amount):
    """Premultiplied levels, blurred."""
    h, w = values.shape[:2]
    down, across = (gaussian(n, amount / 2) for n in (h, w))
    return np.stack([down @ values[..., at] @ across.T for at in range(values.shape[2])], axis=2)


def straight(values):
    """Levels from premultiplied ones, and where they show enough to be compared."""
    alpha = values[..., -1:]
    return np.dstack([values[..., :-1] * 255 / np.maximum(alpha, 1e-9), alpha]), alpha[..., 0] >= 32


def band(values, width):
    """The pixels within `width` of an edge."""
    inside = np.zeros(values.shape[:2], bool)
    inside[width:-width, width:-width] = True
    return values[~inside]


def by_gaussian_blur(picture, amount):
    """Pillow's filter. It consists of passes that each extend their own input at the edges, so the
    picture is extended before the first."""
    reach = 2 * amount
    values = np.asarray(picture)
    wide = np.pad(values, [(reach, reach)] * 2 + [(0, 0)] * (values.ndim - 2), mode="edge")
    return np.asarray(Image.fromarray(wide).filter(ImageFilter.GaussianBlur(amount / 2)))[reach:-reach, reach:-reach]


def tiny():
    """Sizes about those of strips and vectors, and far smaller than the filters."""
    tally = Tally("blur and sharpen: small and narrow pictures")
    noise = np.random.default_rng(6)
    sizes = [(1, 1), (1, 2), (2, 1), (3, 70), (190, 1), (1, 333), (17, 16), (63, 65), (128, 33), (5, 5)]
    for (w, h), channels in itertools.product(sizes, (1, 2, 3, 4)):
        values = noise.integers(0, 256, (h, w, channels), np.uint8)
        picture = Image.fromarray(values.squeeze(axis=2) if channels == 1 else values)
        for amount in (1, 3, 4, 9, 60, 250):
            ours = samples(shown(png_bytes(picture), f"blur={amount}"))
            off = np.abs(premultiplied(ours) - blurred(premultiplied(samples(picture)), amount))
            tally.check(f"{w}x{h} {picture.mode} blur={amount}", off.mean() < 0.6 and off.max() < 3,
                        f"mean {off.mean():.3f} max {off.max():.2f}")
        for amount in (1, 8):
            wanted = sharpened(samples(picture), amount)
            off = np.abs(samples(shown(png_bytes(picture), f"sharpen={amount}")) - wanted)[wanted[..., -1] > 0]
            tally.check(f"{w}x{h} {picture.mode} sharpen={amount}", off.max(initial=0) <= 1 + amount / 4,
                        f"max {off.max(initial=0):.2f}")
    return tally.end()


def blur():
    tally = Tally("blur: compared with a Gaussian matrix and with Pillow")
    worst = {}
    for (name, picture), amount in itertools.product(pictures().items(), (1, 2, 5, 20, 100, 250)):
        ours = shown(png_bytes(picture), f"blur={amount}")
        tally.check(f"{name} {amount}: layout", (ours.mode, ours.size) == (picture.mode, picture.size),
                    f"{ours.mode} {ours.size}")
        exact = blurred(premultiplied(samples(picture)), amount)
        off = np.abs(premultiplied(samples(ours)) - exact)
        edge = band(off, max(2, min(amount, 40)))
        key = amount
        worst[key] = tuple(max(pair) for pair in zip(worst.get(key, (0, 0, 0)), (off.mean(), edge.mean(), off.max())))
        tally.check(f"{name} {amount}", off.mean() < 0.5 and off.max() < 3, f"mean {off.mean():.3f} max {off.max():.2f}")
        tally.check(f"{name} {amount}: edge", edge.mean() < 0.6, f"mean {edge.mean():.3f}")
        if picture.mode in ("RGB", "L"):
            theirs = np.abs(by_gaussian_blur(picture, amount).astype(float) - np.asarray(ours))
            tally.check(f"{name} {amount}: Pillow", theirs.mean() < 1.5, f"mean {theirs.mean():.3f}")
            edge = band(theirs, max(2, min(amount, 40)))
            tally.check(f"{name} {amount}: Pillow, edge", edge.mean() < 1.5, f"mean {edge.mean():.3f}")
    for amount, (mean, edge, most) in worst.items():
        print(f"  blur={amount}: mean {mean:.3f}, edge {edge:.3f}, maximum {most:.2f} from the matrix")
    # In pixels of the output, whatever the source's size.
    photo = png_bytes(pictures()["rocket"])
    for line in ("w=200", "w=100,dpr=2", "w=180,h=90,fit=cover,rotate=90"):
        plain = shown(photo, line)
        off = np.abs(samples(shown(photo, f"{line},blur=7")) - blurred(samples(plain), 7))
        tally.check(f"after {line}", off.mean() < 0.5 and off.max() < 3, f"mean {off.mean():.3f} max {off.max():.2f}")
    return tally.end()


def luma(values):
    return values[..., 0] if values.shape[2] == 2 else values[..., :3] @ (0.299, 0.587, 0.114)


def neighbors(values, reach):
    """The values of each pixel's neighborhood along a new last axis; beyond the edges, the nearest."""
    h, w = values.shape
    wide = np.pad(values, reach, mode="edge")
    return np.stack([wide[y:y + h, x:x + w] for y in range(2 * reach + 1) for x in range(2 * reach + 1)], axis=2)


def sharpened(values, amount):
    y, alpha = luma(values), values[..., -1]
    row = np.array([1, 4, 6, 4, 1]) / 16
    weights = np.outer(row, row).ravel() * neighbors(alpha, 2)
    visible = alpha > 0
    mean = (weights * neighbors(y, 2)).sum(axis=2) / np.where(visible, weights.sum(axis=2), 1)
    around, counts = neighbors(y, 1), neighbors(alpha, 1) > 0
    low = np.where(counts, around, np.inf).min(axis=2) - amount
    high = np.where(counts, around, -np.inf).max(axis=2) + amount
    with np.errstate(invalid="ignore"):
        change = np.where(visible, np.clip(y + amount / 2 * (y - mean), low, high) - y, 0)
    return np.dstack([np.clip(values[..., :-1] + change[..., None], 0, 255), alpha])


def sharpen():
    tally = Tally("sharpen: compared with its definition")
    for name, picture in pictures().items():
        data, values = png_bytes(picture), samples(picture)
        tally.check(f"{name} 0", rendered(data, "sharpen=0,f=png") == rendered(data, "f=png"))
        for amount in ("0.3", "1", "2.5", "6", "10"):
            ours = samples(shown(data, f"sharpen={amount}"))
            wanted = sharpened(values, float(amount))
            visible = wanted[..., -1] > 0
            off = np.abs(ours - wanted)[visible]
            # Luma is rounded to a level before it is multiplied.
            limit = 1 + float(amount) / 4
            tally.check(f"{name} {amount}", off.max() <= limit and off.mean() < limit / 3,
                        f"mean {off.mean():.3f} max {off.max():.2f} (<= {limit})")
            tally.check(f"{name} {amount}: alpha", np.array_equal(ours[..., -1], values[..., -1]))
            moved = np.abs(wanted - values)[visible].mean()
            tally.check(f"{name} {amount}: it changes something", moved > 2 * off.mean() or moved > 1, f"by {moved:.3f}")
    # Planes of a JPEG, in video range, are sharpened without a conversion to colors.
    photo = pictures()["chelsea"]
    for format, more, amount in itertools.product(("jpeg", "webp"), ({"subsampling": 0}, {"subsampling": 2}), (1, 4)):
        data = stored(photo, 1, "JPEG", quality=95, **more)
        plain, ours = (samples(opened(rendered(data, f"{line}f={format},q={99 if format == 'webp' else 100}")))
                       for line in ("", f"sharpen={amount},"))
        off = np.abs(luma(ours) - luma(sharpened(plain, amount)))
        tally.check(f"JPEG to {format} {more} {amount}", off.mean() < 1 + amount / 4, f"mean {off.mean():.3f}")
    return tally.end()


def toned(values, brightness=1, contrast=1, gamma=1, saturation=1):
    colors = np.clip(values[..., :-1] * brightness, 0, 255)
    colors = np.clip((colors - 127.5) * contrast + 127.5, 0, 255)
    colors = np.clip(255 * (colors / 255) ** (1 / gamma), 0, 255)
    if colors.shape[2] == 3:
        gray = (colors @ (0.213, 0.715, 0.072))[..., None]
        colors = np.clip(gray + saturation * (colors - gray), 0, 255)
    return np.dstack([colors, values[..., -1]])


def tone():
    tally = Tally("tone: brightness, contrast, gamma, saturation compared with their definitions")
    each = {"brightness": (0.01, 0.5, 0.93, 1.4, 30), "contrast": (0.01, 0.5, 1.1, 2.5, 100),
            "gamma": (0.1, 0.45, 1.2, 2.2, 9), "saturation": (0, 0.4, 1.3, 5)}
    single = [{key: value} for key, values in each.items() for value in values]
    chance = random.Random(4)
    # In any order of the text.
    mixed = [{key: round(chance.uniform(0.3, 2.5), 3) for key in chance.sample(list(each), 4)} for _ in range(20)]
    # Every level of every channel, too.
    ramp = np.stack(np.meshgrid(np.arange(0, 256, 5), np.arange(0, 256, 5), np.arange(0, 256, 5)), axis=-1)
    everything = {**{name: picture.crop((100, 60, 260, 180)) for name, picture in pictures().items()},
                  "cube": Image.fromarray(ramp.reshape(52, 52 * 52, 3).astype(np.uint8)),
                  "levels": Image.fromarray(np.arange(256, dtype=np.uint8)[None])}
    for (name, picture), options in itertools.product(everything.items(), single + mixed):
        ours, wanted = samples(shown(png_bytes(picture), text(options))), toned(samples(picture), **options)
        what = f"{name} {text(options)}"
        if ours.shape != wanted.shape:
            tally.check(what, False, f"{ours.shape}, not {wanted.shape}")
            continue
        off = np.abs(ours - wanted)[..., :-1][wanted[..., -1] > 0]
        tally.check(what, off.max() <= 1, f"max {off.max():.3f}")
        tally.check(f"{what}: alpha", np.array_equal(ours[..., -1], wanted[..., -1]))
    return tally.end()


def order():
    """Tone, then blur, then sharpen; padding and border after them."""
    tally = Tally("effects: their order, and that they end where the picture does")
    for name, picture in pictures().items():
        data = png_bytes(picture)
        for line, (brightness, saturation, blurs, amount) in (
                ("sharpen=4,blur=3,brightness=2.5", (2.5, 1, 3, 4)),
                ("blur=12,saturation=3,brightness=1.7,sharpen=9", (1.7, 3, 12, 9))):
            values = np.round(toned(samples(picture), brightness=brightness, saturation=saturation))
            values, _ = straight(blurred(premultiplied(values), blurs))
            values = np.round(values)
            wanted = premultiplied(sharpened(values, amount))
            off = np.abs(premultiplied(samples(shown(data, line))) - wanted)
            tally.check(f"{name} {line}", off.mean() < 1.5, f"mean {off.mean():.3f} max {off.max():.1f}")
        for effect in ("blur=30", "sharpen=8", "brightness=0.5,contrast=3"):
            inner = np.asarray(shown(data, f"w=150,h=120,fit=contain,{effect}").convert("RGBA"))
            h, w = inner.shape[:2]
            frame = "background=%23102030,border=5,border.color=lime"
            padded = np.asarray(shown(data, f"w=150,h=120,fit=pad,{effect},{frame}").convert("RGBA"))
            y, x = 5 + (120 - h) // 2, 5 + (150 - w) // 2
            within = padded[y:y + h, x:x + w]
            off = np.abs(within.astype(int) - over(inner, (16, 32, 48, 255))).max()
            tally.check(f"{name} {effect}: inside", off <= (1 if picture.mode in ("LA", "RGBA") else 0), f"off by {off}")
            around = padded[5:-5, 5:-5].reshape(-1, 4).tolist()
            count = sum(pixel == [16, 32, 48, 255] for pixel in around)
            tally.check(f"{name} {effect}: padding", count >= 150 * 120 - w * h, f"{count} pixels")
            ring = band(padded, 5)
            tally.check(f"{name} {effect}: border", (ring == (0, 255, 0, 255)).all())
    return tally.end()


def fringes():
    """A white figure on transparent black, and the reverse, keep their color when they are blurred or
    sharpened."""
    tally = Tally("effects with transparency: no fringe")
    for figure, hidden in (((255, 255, 255), (0, 0, 0)), ((0, 0, 0), (255, 255, 255)), ((200, 30, 90), (30, 200, 160))):
        source = Image.new("RGBA", (300, 300), (*hidden, 0))
        ImageDraw.Draw(source).ellipse((25, 25, 275, 275), fill=(*figure, 255))
        # At a source's edge, resampling overshoots its color as much as its alpha, which only white and
        # black hide.
        resized = ("w=111,blur=4", "w=450,fit=contain,sharpen=6") if figure[0] in (0, 255) else ()
        for line in ("blur=1", "blur=5", "blur=40", "blur=250", "sharpen=1", "sharpen=10", "blur=6,sharpen=10", *resized):
            ours = np.asarray(shown(png_bytes(source), line).convert("RGBA")).astype(int)
            # A level of a faint pixel weighs little: compared as it shows.
            off = (np.abs(ours[..., :3] - figure).max(axis=2) * ours[..., 3] / 255).max()
            tally.check(f"{figure} {line}", off <= 1, f"off by {off:.2f}")
            tally.check(f"{figure} {line}: visible", (ours[..., 3] > 100).any())
    return tally.end()


# --- Canvas.


def laid(inner, size, offset, color):
    output = np.empty((size[1], size[0], 4), np.uint8)
    output[:] = color
    output[offset[1]:offset[1] + inner.shape[0], offset[0]:offset[0] + inner.shape[1]] = inner
    return output


def over(inner, color):
    """Pixels with a background under them."""
    top, ground = inner[..., 3:] / 255, color[3] / 255
    alpha = top + (1 - top) * ground
    mixed = inner[..., :3] * top + np.array(color[:3]) * (1 - top) * ground
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed = np.where(alpha > 0, mixed / alpha, 0)
    return np.round(np.dstack([mixed, alpha * 255])).astype(np.uint8)


def canvas():
    tally = Tally("canvas: border, background and padding, exact pixels")
    white, red, glass = (255, 255, 255, 255), (255, 0, 0, 255), (10, 20, 30, 128)
    backgrounds = (("", white), (",background=red", red), (",background=%230a141e80", glass),
                   (",background=rgba(1,2,3,0)", (0, 0, 0, 0)))
    boxes = (("w=90,h=70", (90, 70)), ("w=200,h=50", (200, 50)), ("w=51,h=150", (51, 150)), ("w=40,h=20,dpr=1.5", (60, 30)))

    def same(what, data, line, wanted, allowed=0):
        ours = np.asarray(shown(data, line).convert("RGBA"))
        if ours.shape != wanted.shape:
            tally.check(what, False, f"{ours.shape}, not {wanted.shape}")
            return
        off = np.where(wanted[..., 3:] > 0, np.abs(ours.astype(int) - wanted), np.maximum(ours, wanted)[..., 3:]).max()
        tally.check(what, off <= allowed, f"off by {off}")

    for name, picture in pictures().items():
        data = png_bytes(picture)
        for (line, size), (more, color) in itertools.product(boxes, backgrounds):
            inner = np.asarray(shown(data, f"{line},fit=contain").convert("RGBA"))
            # A background that is given goes under the picture, too; it is rounded to a level.
            allowed = 1 if more and picture.mode in ("LA", "RGBA") else 0
            inner = over(inner, color) if more else inner
            offset = [(a - b) // 2 for a, b in zip(size, inner.shape[1::-1])]
            padded = laid(inner, size, offset, color)
            same(f"{name} pad {line}{more}", data, f"{line},fit=pad{more}", padded, allowed)
            # Outside of the canvas; without a color, it continues the padding.
            for sides, (top, right, bottom, left), given, shade in (
                    ("3", (3, 3, 3, 3), ",border.color=%2300ff0040", (0, 255, 0, 64)), ("1;2;3;4", (1, 2, 3, 4), "", color),
                    ("0;7;0;0", (0, 7, 0, 0), ",border.color=navy", (0, 0, 128, 255))):
                wanted = laid(padded, (size[0] + left + right, size[1] + top + bottom), (left, top), shade)
                whole = f"{line},fit=pad{more},border={sides}{given}"
                same(f"{name} {whole}", data, whole, wanted, allowed)
        plain = np.asarray(shown(data, "w=80,h=80,fit=cover").convert("RGBA"))
        for more, color in backgrounds[1:]:
            same(f"{name} cover{more}", data, f"w=80,h=80,fit=cover{more}", over(plain, color), 1)
    return tally.end()


def flattened():
    """An output without alpha is flattened on the background; that of a translucent one on white."""
    tally = Tally("canvas: JPEG on a background")
    sources = {name: png_bytes(picture) for name, picture in pictures().items()}
    sources["photo as JPEG"] = PHOTOS[0].read_bytes()
    for (name, data), (given, solid), line in itertools.product(
            sources.items(), (("white", "white"), ("red", "red"), ("%230a141e80", "rgb(132,137,142)")),
            ("w=160,h=160,fit=pad", "w=160,border=16", "w=160,h=160,fit=pad,border=16;0;32;16,border.color=teal")):
        exact = shown(data, f"{line},background={solid}").convert("RGBA")
        wanted = Image.alpha_composite(Image.new("RGBA", exact.size, solid), exact).convert("RGB")
        ours = opened(rendered(data, f"{line},background={given},f=jpeg,q=100"))
        tally.near(f"{name} {line} {given}", ours, wanted, 1.5, 40)
    given = rendered(sources["soft"], "w=90,f=jpeg,background=white")
    tally.check("the default is white", rendered(sources["soft"], "w=90,f=jpeg") == given)
    return tally.end()


def colors():
    """Every name of a color, and the other notations."""
    tally = Tally("colors: names and notations")
    dot = png_bytes(Image.new("RGB", (1, 1), (7, 7, 7)))
    notations = {name: (*ImageColor.getrgb(name), 255) for name in ImageColor.colormap}
    notations |= {"%23a1b": (170, 17, 187, 255), "%23A1B2C3": (161, 178, 195, 255), "%23a1b2c3d4": (161, 178, 195, 212),
                  "rgb(1,2,3)": (1, 2, 3, 255), "rgba(9,8,7,1)": (9, 8, 7, 255), "rgba(9,8,7,0.2)": (9, 8, 7, 51),
                  "rgba(9%2C8%2C7%2C0.6)": (9, 8, 7, 153), "transparent": (0, 0, 0, 0)}
    tally.check("names", len(notations) > 140)
    for name, wanted in notations.items():
        for key in ("background={},w=3,h=1,fit=pad", "border=1,border.color={}"):
            pixel = shown(dot, key.format(name)).convert("RGBA").getpixel((0, 0))
            tally.check(f"{key.format(name)}", pixel == wanted, f"{pixel}, not {wanted}")
    return tally.end()


if __name__ == "__main__":
    main(framing, planes, trimmed, blur, tiny, sharpen, tone, order, fringes, canvas, flattened, colors)

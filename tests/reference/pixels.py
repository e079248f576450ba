"""Pixels against decoders, a resampler and a color engine that no one here wrote: Pillow with libjpeg-turbo, libwebp,
zlib, its own Lanczos, and LittleCMS."""

import io
import itertools

import numpy as np
from PIL import Image, ImageCms, ImageDraw

from common import CORPUS, PHOTOS, Refused, Tally, eight_bit, main, opened, place, png_bytes, render, upright

# (folder, pattern) -> (mean, maximum) that the codec's own freedom allows.
EXACT = (0.0, 0)
# 16-bit RGB: Pillow cuts to 8 bits, we round.
ROUNDED = (0.51, 1)
# IDCT and chroma upsampling are the decoder's choice; at strong chroma edges the choice shows.
JPEG = (1.2, 90)
WEBP = (0.5, 30)

# Pillow does not decode these, or decodes them by another rule.
OTHER_RULE = {
    "ycck.jpg": "see cmyk()", "jpg-cmyk-1.jpg": "see cmyk()", "jpg-cmyk-2.jpg": "see cmyk()",
}


def files(folder, *extensions):
    return sorted(p for p in (CORPUS / folder).rglob("*") if p.suffix.lower() in extensions)


def decode():
    tally = Tally("decode: every valid file against Pillow")
    for folder in ("jpeg", "orientation", "png", "pngsuite", "webp", "gif", "exif"):
        for path in files(folder, ".jpg", ".jpeg", ".png", ".webp", ".gif"):
            if (folder == "pngsuite" and path.name.startswith("x")) or path.name in OTHER_RULE:
                continue
            data = path.read_bytes()
            try:
                theirs = upright(data)
            except Exception as error:  # what Pillow refuses cannot be compared
                print(f"  not compared, Pillow: {path.name}: {error}")
                continue
            try:
                ours = opened(render(data, "scale-down", 12000, 12000, "--color", "preserve"))
            except Refused as error:
                tally.check(path.name, "truncated" in path.name or "12" in path.name or "bad" in path.name
                            or "testimgari" in path.name, str(error))
                continue
            if data[:4] == b"\x89PNG":
                sixteen = data[24] == 16
                limit = ROUNDED if sixteen else EXACT
            else:
                limit = {b"\xff": JPEG, b"R": WEBP, b"G": EXACT}[data[:1]]
            tally.near(path.name, ours, theirs, *limit)
    return tally.end()


def orientation():
    tally = Tally("orientation: all eight are the same picture")
    for aspect in ("Landscape", "Portrait"):
        for fit, (w, h) in itertools.product(("scale-down", "contain", "cover", "crop", "pad"),
                                             ((300, 200), (200, 300), (2500, 2500))):
            reference = None
            for number in range(0, 9):
                data = (CORPUS / "orientation" / f"{aspect}_{number}.jpg").read_bytes()
                ours = opened(render(data, fit, w, h))
                if number == 1:
                    reference = ours
            for number in range(0, 9):
                data = (CORPUS / "orientation" / f"{aspect}_{number}.jpg").read_bytes()
                # The files were compressed each on its own after turning.
                tally.near(f"{aspect}_{number} {fit} {w}x{h}", opened(render(data, fit, w, h)), reference, 1.5, 120)
    return tally.end()


def plain_photo(path):
    """A photograph's samples without its profile."""
    return Image.fromarray(np.asarray(opened(path.read_bytes()).convert("RGB")))


def pictures():
    """RGB, RGBA with soft and hard edges, gray, gray with alpha."""
    rocket, chelsea = (plain_photo(p) for p in PHOTOS)
    mask = Image.new("L", chelsea.size, 0)
    ImageDraw.Draw(mask).ellipse((40, 20, 400, 280), fill=255)
    hard = chelsea.copy()
    hard.putalpha(mask)
    soft = chelsea.copy()
    soft.putalpha(Image.linear_gradient("L").resize(chelsea.size))
    graya = chelsea.convert("LA")
    graya.putalpha(mask)
    return {"rocket": rocket, "chelsea": chelsea, "hard": hard, "soft": soft, "gray": rocket.convert("L"),
            "graya": graya}


def resample():
    tally = Tally("resample: against Pillow's resize(box=...)")
    for (name, picture), fit, (w, h) in itertools.product(
            pictures().items(), ("scale-down", "contain", "cover", "crop", "pad"),
            ((100, 100), (331, 77), (64, 199), (449, 299), (900, 700), (1500, 200))):
        p = place(*picture.size, fit, w, h)
        crop, resize = p["crop"], (p["resize"]["width"], p["resize"]["height"])
        box = (crop["x"], crop["y"], crop["x"] + crop["width"], crop["y"] + crop["height"])
        enlarges = resize[0] > crop["width"] or resize[1] > crop["height"]
        filter = Image.BICUBIC if enlarges else Image.LANCZOS
        theirs = picture.resize(resize, filter, box=box)
        if resize != (p["canvas"]["width"], p["canvas"]["height"]):
            white = {"L": 255, "RGB": (255,) * 3, "LA": (255, 255), "RGBA": (255,) * 4}[picture.mode]
            canvas = Image.new(picture.mode, (p["canvas"]["width"], p["canvas"]["height"]), white)
            canvas.paste(theirs, (p["offset"]["x"], p["offset"]["y"]))
            theirs = canvas
        ours = opened(render(png_bytes(picture), fit, w, h))
        tally.check(f"{name} {fit} {w}x{h} mode", ours.mode == picture.mode, f"{ours.mode} for {picture.mode}")
        tally.near(f"{name} {fit} {w}x{h}", ours, theirs, 0.6, 5)
    return tally.end()


def sixteen():
    tally = Tally("sixteen bits: against the same in floating point")
    x = np.linspace(0, 65535, 900)[None, :].repeat(300, 0)
    y = np.linspace(0, 1, 300)[:, None]
    gray = (x * y).astype(np.uint16)
    for fit, (w, h) in itertools.product(("scale-down", "cover"), ((301, 100), (77, 190))):
        p = place(900, 300, fit, w, h)
        c = p["crop"]
        box = (c["x"], c["y"], c["x"] + c["width"], c["y"] + c["height"])
        size = (p["resize"]["width"], p["resize"]["height"])
        ideal = np.asarray(Image.fromarray(gray.astype(np.float32)).resize(size, Image.LANCZOS, box=box))
        ours = np.asarray(opened(render(png_bytes(Image.fromarray(gray)), fit, w, h))).astype(float)
        d = np.abs(ours - np.clip(ideal, 0, 65535) * 255 / 65535)
        tally.check(f"{fit} {w}x{h}", d.max() <= 0.6, f"max {d.max():.3f}")
    return tally.end()


def profiles():
    tally = Tally("profiles: against LittleCMS")
    srgb = ImageCms.createProfile("sRGB")
    rgb = [plain_photo(p) for p in PHOTOS]
    for path in sorted((CORPUS / "icc").glob("*.icc")):
        icc = path.read_bytes()
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        space = profile.profile.xcolor_space.strip()
        for i, photo in enumerate(rgb):
            mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[space]
            if mode == "CMYK":
                source = ink(photo)
                out = io.BytesIO()
                source.save(out, "JPEG", quality=100, subsampling=0, icc_profile=icc)
                data = out.getvalue()
                source = opened(data)
            else:
                source = photo.convert(mode)
                data = png_bytes(source, icc_profile=icc)
            theirs = ImageCms.profileToProfile(source, profile, srgb, outputMode="L" if mode == "L" and False else "RGB")
            ours = opened(render(data, "scale-down", 12000, 12000))
            tally.check(f"{path.name} mode", ours.mode == ("L" if mode == "L" else "RGB"), ours.mode)
            tally.near(f"{path.name} photo {i}", ours.convert("RGB"), theirs, 2.0, 40)
    return tally.end()


def ink(photo):
    """CMYK with some black in it, by the plain formula."""
    rgb = np.asarray(photo).astype(float) / 255
    k = (1 - rgb.max(2)) * 0.7
    cmy = 1 - rgb / (1 - k)[..., None]
    cmyk = np.concatenate([np.clip(cmy, 0, 1), k[..., None]], 2)
    return Image.fromarray((cmyk * 255 + 0.5).astype(np.uint8), "CMYK")


def plain(cmyk):
    """Contract section 1.3's plain formula."""
    c = np.asarray(cmyk).astype(float)
    return Image.fromarray(((255 - c[..., :3]) * (255 - c[..., 3:]) / 255 + 0.5).astype(np.uint8))


def cmyk():
    tally = Tally("CMYK and YCCK: against Pillow's inks and the plain formula")
    for path in sorted((CORPUS / "jpeg" / "reftest").glob("*cmyk*.jpg")) + [CORPUS / "jpeg" / "reftest" / "ycck.jpg"]:
        data = path.read_bytes()
        source = opened(data)
        assert source.mode == "CMYK" and not source.info.get("icc_profile"), path
        ours = opened(render(data, "scale-down", 12000, 12000))
        tally.near(path.name, ours, plain(source), 2.0, 60)
    for i, photo in enumerate(PHOTOS):
        source = ink(plain_photo(photo))
        out = io.BytesIO()
        source.save(out, "JPEG", quality=98, subsampling=0)
        with_marker = out.getvalue()
        tally.near(f"photo {i} with Adobe marker", opened(render(with_marker, "contain", *source.size)),
                   plain(opened(with_marker)), 1.0, 8)
        # The same samples without the marker are ink as they stand; Pillow wrote their complement.
        at = with_marker.index(b"\xff\xee")
        length = int.from_bytes(with_marker[at + 2:at + 4], "big")
        bare = with_marker[:at] + with_marker[at + 2 + length:]
        theirs = plain(Image.fromarray(255 - np.asarray(opened(with_marker)), "CMYK"))
        tally.near(f"photo {i} without Adobe marker", opened(render(bare, "contain", *source.size)), theirs, 1.0, 8)
    return tally.end()


def fringes():
    """A white figure on transparent black, and a black one on transparent white: no seam on its own ground."""
    tally = Tally("alpha edges: no dark or light fringe")
    for figure, hidden in (((255, 255, 255), (0, 0, 0)), ((0, 0, 0), (255, 255, 255))):
        source = Image.new("RGBA", (600, 600), (*hidden, 0))
        ImageDraw.Draw(source).ellipse((50, 50, 550, 550), fill=(*figure, 255))
        for side, fit in ((97, "cover"), (250, "contain"), (601, "contain")):
            ours = opened(render(png_bytes(source), fit, side, side)).convert("RGBA")
            flat = np.asarray(Image.alpha_composite(Image.new("RGBA", ours.size, (*figure, 255)), ours))[..., :3]
            d = np.abs(flat.astype(int) - np.array(figure)).max()
            tally.check(f"{figure} {side}", d <= 1, f"off by {d}")
            for format in ("webp", "gif"):
                lossy = eight_bit(opened(render(png_bytes(source), fit, side, side, format=format))).convert("RGBA")
                flat = np.asarray(Image.alpha_composite(Image.new("RGBA", lossy.size, (*figure, 255)), lossy))
                d = np.abs(flat[..., :3].astype(int) - np.array(figure)).max()
                tally.check(f"{figure} {side} {format}", d <= 6, f"off by {d}")
    return tally.end()


if __name__ == "__main__":
    main(decode, orientation, resample, sixteen, profiles, cmyk, fringes)

"""Pixels compared with independent decoders, a resampler and a color engine: Pillow with
libjpeg-turbo, libwebp and zlib, Pillow's Lanczos, and LittleCMS."""

import io
import itertools
import struct
import zlib
from pathlib import Path

import numpy as np
import pyvips
from PIL import Image, ImageCms, ImageDraw

from common import CORPUS, IMAGES, PHOTOS, ROOT, Refused, Tally, difference, eight_bit, main, opened, own, place, png_bytes, render, upright

# (mean, maximum) difference that each codec allows.
EXACT = (0.0, 0)
# 16-bit RGB: Pillow truncates to 8 bits, we round.
ROUNDED = (0.51, 1)
WEBP = (0.5, 12)

UNFINISHED = "later scans are missing on purpose: libjpeg then smooths between blocks"
UNCOVERED = "vips: canvas outside the frame is transparent, as in browsers; Pillow fills it"

# Pillow does not decode these, or by another rule. "vips": compared with libvips instead.
OTHER_RULE = {
    "ycck.jpg": "inks: see cmyk()", "jpg-cmyk-1.jpg": "inks: see cmyk()", "jpg-cmyk-2.jpg": "inks: see cmyk()",
    **{f"peacock.progressive.scan00{n}.jpeg": UNFINISHED for n in range(9)},
    "tbbn0g04.png": "vips: Pillow compares tRNS with samples it has widened",
    "tbwn0g16.png": "vips: Pillow compares tRNS with samples it has narrowed",
    "metadata-empty.gif": UNCOVERED, "metadata-full.gif": UNCOVERED,
    "multiple-loop-counts.gif": UNCOVERED, "small-frame-interlaced.gif": UNCOVERED,
    "background-color.gif": "uncovered canvas, one row: libvips drops alpha, Pillow fills",
    "gif_frame_beside_canvas.gif": UNCOVERED,
    "webp_anim_one_lossy_frame.webp": "canvas outside the frame is transparent; Pillow fills it",
    "webp_anim_uncovered.webp": "canvas outside the frame is transparent; Pillow fills it",
    "png-raw-profile-exif-orientation-6.png": "vips: Pillow applies the orientation in a text chunk",
    "png_cicp_pq.png": "HDR: see hdr()",
    "frame-out-of-bounds.gif": "clipped to the canvas, as browsers do; Pillow and libvips enlarge the canvas",
}


def files(folder, *extensions):
    return sorted(p for p in (CORPUS / folder).rglob("*") if p.suffix.lower() in extensions)


def vips(data):
    """The image decoded by libvips, as 8-bit L, LA, RGB or RGBA."""
    samples = pyvips.Image.new_from_buffer(data, "").numpy().astype(np.int64)
    if samples.max() > 255:
        samples = (samples * 255 + 32767) // 65535
    return Image.fromarray(samples.astype(np.uint8).squeeze())


def decode():
    tally = Tally("decode: every valid file compared with Pillow")
    folders = ("jpeg", "orientation", "png", "pngsuite", "webp", "gif", "exif")
    for found in (own(), *(files(folder, *IMAGES) for folder in folders)):
        for path in found:
            if path.parent.name == "pngsuite" and path.name.startswith("x"):
                continue
            rule = OTHER_RULE.get(path.name, "")
            data = path.read_bytes()
            try:
                theirs = vips(data) if rule.startswith("vips") else upright(data)
            except Exception as error:  # Pillow does not decode it
                print(f"  not compared, Pillow: {path.name}: {error}")
                continue
            try:
                ours = opened(render(data, "scale-down", 12000, 12000, "--color", "preserve"))
            except Refused as error:
                tally.check(path.name, "truncated" in path.name or "12" in path.name or "bad" in path.name
                            or "testimgari" in path.name or "partial" in path.name or "hippopotamus-bad" in path.name, str(error))
                continue
            if rule and not rule.startswith("vips"):
                tally.check(path.name, ours.size == theirs.size or "canvas" in rule)
                continue
            if rule == UNCOVERED:
                # libvips gives no alpha here, and black outside the frame.
                ours = Image.alpha_composite(Image.new("RGBA", ours.size, (0, 0, 0, 255)), ours.convert("RGBA"))
            if data[:4] == b"\x89PNG":
                sixteen = data[24] == 16
                limit = ROUNDED if sixteen else EXACT
            else:
                limit = {b"\xff": EXACT, b"R": WEBP, b"G": EXACT}[data[:1]]
            tally.near(path.name, ours, theirs, *limit)
    return tally.end()


# How an upright image is stored in each orientation: the inverse of what Pillow does to display it.
STORED = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
          6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}


def orientation():
    tally = Tally("orientation: all eight give the same image")
    fits = ("scale-down", "contain", "cover", "crop", "pad")
    boxes = [*itertools.product(fits, ((300, 200), (200, 300))), ("scale-down", (2500, 2500)), ("pad", (2500, 2500))]
    aspects = [a for a in ("Landscape", "Portrait") if (CORPUS / "orientation" / f"{a}_1.jpg").exists()]
    for aspect, (fit, (w, h)) in itertools.product(aspects, boxes):
        shown = [opened(render((CORPUS / "orientation" / f"{aspect}_{n}.jpg").read_bytes(), fit, w, h))
                 for n in range(9)]
        # Each file was compressed separately after rotation, and has its number drawn on it.
        for number, picture in enumerate(shown):
            tally.near(f"{aspect}_{number} {fit} {w}x{h}", picture, shown[1], 4.0, 255)
        upside_down = shown[1].transpose(Image.ROTATE_180)
        tally.check(f"{aspect} {fit} {w}x{h} turned", difference(upside_down, shown[1])[0] > 12, "the check cannot tell orientations apart")
    # The same without loss: every orientation must give the same pixels, up to the order of
    # rounding.
    photo = plain_photo(PHOTOS[1])
    for fit, (w, h) in boxes:
        for tag, turn in STORED.items():
            exif = Image.Exif()
            exif[0x0112] = tag
            stored = photo.transpose(turn) if turn is not None else photo
            ours = opened(render(png_bytes(stored, exif=exif), fit, w, h))
            if tag == 1:
                first = ours
            tally.near(f"photo as {tag} {fit} {w}x{h}", ours, first, 0.5, 9)
    return tally.end()


def own_profiles():
    """The ICC profiles of images in the repository, by the names of the images."""
    names = ("images/rocket.jpg", "images/chelsea.png", "corpus/reported/jpeg-icc-corbis-xyz.jpg",
             "corpus/reported/preserve_p3.png", "corpus/reported/preserve_gray_profile.png")
    return {name: opened((ROOT / "tests" / name).read_bytes()).info["icc_profile"] for name in names}


def plain_photo(path):
    """The samples of a photograph without its profile."""
    return Image.fromarray(np.asarray(opened(path.read_bytes()).convert("RGB")))


def pictures():
    """Images: RGB, RGBA with soft and hard edges, gray, gray with alpha."""
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
    tally = Tally("resample: compared with Pillow's resize(box=...)")
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
    tally = Tally("16 bits: compared with floating point")
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
    tally = Tally("profiles: compared with LittleCMS")
    srgb = ImageCms.createProfile("sRGB")
    rgb = [plain_photo(p) for p in PHOTOS]
    corpus = [(path.name, path.read_bytes()) for path in sorted((CORPUS / "icc").glob("*.icc"))]
    for name, icc in [*own_profiles().items(), *corpus]:
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
            tally.check(f"{name} mode", ours.mode == ("L" if mode == "L" else "RGB"), ours.mode)
            tally.near(f"{name} photo {i}", ours.convert("RGB"), theirs, 2.0, 40)
    return tally.end()


def ink(photo):
    """CMYK with some black, by the plain formula."""
    rgb = np.asarray(photo).astype(float) / 255
    k = (1 - rgb.max(2)) * 0.7
    cmy = 1 - rgb / (1 - k)[..., None]
    cmyk = np.concatenate([np.clip(cmy, 0, 1), k[..., None]], 2)
    return Image.fromarray((cmyk * 255 + 0.5).astype(np.uint8), "CMYK")


def plain(cmyk):
    """The plain formula of section 1.3 of the contract."""
    c = np.asarray(cmyk).astype(float)
    return Image.fromarray(((255 - c[..., :3]) * (255 - c[..., 3:]) / 255 + 0.5).astype(np.uint8))


def cmyk():
    tally = Tally("CMYK and YCCK: compared with Pillow's CMYK samples and the plain formula")
    reftest = CORPUS / "jpeg" / "reftest"
    sources = [*sorted(reftest.glob("*cmyk*.jpg")), *reftest.glob("ycck.jpg")]
    for path in [ROOT / "tests" / "corpus" / "reported" / "cmyk_no_adobe_marker.jpg", *sources]:
        data = path.read_bytes()
        source = opened(data)
        assert source.mode == "CMYK", path
        theirs = plain(source)
        if icc := source.info.get("icc_profile"):
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            theirs = ImageCms.profileToProfile(source, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        tally.near(path.name, opened(render(data, "scale-down", 12000, 12000)), theirs, 2.0, 60)
    for i, photo in enumerate(PHOTOS):
        source = ink(plain_photo(photo))
        out = io.BytesIO()
        source.save(out, "JPEG", quality=98, subsampling=0)
        with_marker = out.getvalue()
        tally.near(f"photo {i} with Adobe marker", opened(render(with_marker, "contain", *source.size)),
                   plain(opened(with_marker)), 1.0, 8)
        # Without the marker, the same samples mean the same ink: readers based on libjpeg ignore
        # it.
        at = with_marker.index(b"\xff\xee")
        length = int.from_bytes(with_marker[at + 2:at + 4], "big")
        bare = with_marker[:at] + with_marker[at + 2 + length:]
        tally.near(f"photo {i} without Adobe marker", opened(render(bare, "contain", *source.size)),
                   plain(opened(bare)), 1.0, 8)
    return tally.end()


def black_points():
    """CMYK profiles with black point compensation, as converted by libvips (and sharp): perceptual
    intent."""
    tally = Tally("CMYK: black point compensation, compared with LittleCMS and libvips")
    icc = {"CGATS001": (CORPUS / "icc" / "CGATS001Compat-v2-micro.icc").read_bytes()}
    swop = CORPUS / "jpeg" / "reftest" / "ycck.jpg"
    if swop.exists():
        icc["SWOP"] = opened(swop.read_bytes()).info["icc_profile"]
    for path in (Path("/usr/share/color/icc/ghostscript/default_cmyk.icc"),):
        if path.exists():
            icc[path.name] = path.read_bytes()
    srgb = ImageCms.createProfile("sRGB")
    levels = np.stack(np.meshgrid(*[np.linspace(0, 255, 9)] * 4, indexing="ij"), -1).reshape(81, 81, 4)
    grid = Image.fromarray((levels.repeat(8, 0).repeat(8, 1) + 0.5).astype(np.uint8), "CMYK")
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    for (name, profile), (kind, source) in itertools.product(
            icc.items(), [("grid", grid), *((p.name, ink(plain_photo(p))) for p in PHOTOS)]):
        out = io.BytesIO()
        source.save(out, "JPEG", quality=100, subsampling=0, icc_profile=profile)
        data = out.getvalue()
        opened_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(opened_profile, srgb, "CMYK", "RGB", flags=flags)
        ours = opened(render(data, "scale-down", 12000, 12000))
        # Our color engine interpolates in a grid of 17 points; the CGATS profile has a curve
        # between two of them.
        tally.near(f"{name} {kind}, LittleCMS", ours, ImageCms.applyTransform(opened(data), transform), 0.7, 8)
        theirs = pyvips.Image.new_from_buffer(data, "").icc_transform(
            "srgb", embedded=True, intent="perceptual", black_point_compensation=True).numpy()
        tally.near(f"{name} {kind}, libvips", ours, Image.fromarray(theirs), 0.7, 8)
        d = np.abs(np.asarray(ours).astype(int) - theirs)
        if kind != "grid":
            worst = np.percentile(d, 99)
            tally.check(f"{name} {kind}: within 2 for 99 of 100 samples", worst <= 2, worst)
    return tally.end()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rwtmo(x):
    """The reference white tone mapping without headroom of SMPTE ST 2094-50 annex D, by the
    equation of the curve."""
    top = 1000 / 203
    t = np.linspace(0, 1, 20001)
    curve_x = (1 - t) ** 2 * 1 + 2 * t * (1 - t) * 1.65 + t ** 2 * top
    curve_y = (1 - t) ** 2 * 0.5 + 2 * t * (1 - t) * 0.825 + t ** 2 * 1
    return np.where(x <= 1, x / 2, np.where(x >= top, 1, np.interp(x, curve_x, curve_y)))


def hdr():
    """PQ and HLG in PNG, compared with BT.2100 and the tone mapping in floating point, and with
    Chromium's grays."""
    tally = Tally("HDR: compared with Chromium and floating point")
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128

    def eotf(transfer, v):
        if transfer == 16:
            power = v ** (1 / m2)
            return 10000 / 203 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
        scene = np.where(v <= 0.5, v * v / 3, (np.exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        return scene * (scene @ np.array([0.2627, 0.6780, 0.0593]))[..., None] ** 0.2 * 1000 / 203

    to_srgb = np.array([[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]])
    rng = np.random.default_rng(2094)
    colors = np.concatenate([np.linspace(0, 1, 64)[:, None].repeat(3, 1), rng.random((64 * 63, 3))]).reshape(64, 64, 3)
    samples = np.round(colors * 65535).astype(">u2")
    for transfer in (16, 18):
        rows = b"".join(b"\0" + row.tobytes() for row in samples)
        data = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0))
                + chunk(b"cICP", bytes([9, transfer, 0, 1])) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
        light = eotf(transfer, samples / 65535)
        peak = light.max(-1, keepdims=True)
        mapped = light * np.divide(rwtmo(peak), peak, out=np.full_like(peak, 0.5), where=peak > 0)
        linear = np.clip(mapped @ to_srgb.T, 0, 1)
        encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
        theirs = Image.fromarray((encoded * 255 + 0.5).astype(np.uint8))
        tally.near(f"transfer {transfer}", opened(render(data, "scale-down", 64, 64)), theirs, 0.05, 1)
    pq = (ROOT / "tests" / "corpus" / "reported" / "png_cicp_pq.png").read_bytes()
    seen = np.asarray(opened(render(pq, "scale-down", 64, 8)))[4, :, 0]
    for level in (63, 136, 187, 223, 255):
        tally.check(f"PQ, Chromium's {level}", np.abs(seen.astype(int) - level).min() <= 8)
    return tally.end()


def seen_through(image):
    """The image converted to sRGB by LittleCMS with its embedded profile, which must match its
    layout."""
    base = image.convert({"LA": "L", "RGBA": "RGB", "P": "RGB"}.get(image.mode, image.mode))
    icc = image.info.get("icc_profile")
    if not icc:
        return np.asarray(base.convert("RGB")).astype(int)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    assert profile.profile.xcolor_space.strip() == {"L": "GRAY", "RGB": "RGB"}[base.mode], (base.mode, image.mode)
    shown = ImageCms.profileToProfile(base, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return np.asarray(shown).astype(int)


def preserved():
    """`preserve`: LittleCMS converts output and source to the same colors, and the background is
    the requested one."""
    tally = Tally("preserve: the same colors, converted by LittleCMS")
    ramp = Image.fromarray(np.linspace(0, 255, 64).astype(np.uint8)[None].repeat(64, 0))
    photo = plain_photo(PHOTOS[1]).resize((64, 64))
    kinds = {"RGB": photo, "L": ramp, "LA": Image.merge("LA", (ramp, Image.new("L", ramp.size, 255))),
             "RGBA": Image.merge("RGBA", (*photo.split(), Image.new("L", photo.size, 255)))}
    embedded = own_profiles()
    chosen = {name: embedded[name] for name in
              ("images/rocket.jpg", "corpus/reported/preserve_p3.png", "corpus/reported/preserve_gray_profile.png")}
    for name in ("DisplayP3-v4", "AdobeCompat-v4", "ProPhoto-v2-magic", "sGrey-v4", "Rec2020-g24-v4"):
        chosen[name] = (CORPUS / "icc" / f"{name}.icc").read_bytes()
    for name, icc in chosen.items():
        gray = icc[16:20] == b"GRAY"
        for kind, source in kinds.items():
            if gray and kind.startswith("RGB"):
                continue
            data = png_bytes(source, icc_profile=icc)
            plain_source = source.convert("L" if gray else "RGB")
            plain_source.info["icc_profile"] = icc
            theirs = seen_through(plain_source)
            for format, background, fit in itertools.product(
                    ("png", "jpeg", "webp"), ("#ffffff", "#ff0000", "#808080"), ("scale-down", "pad")):
                what = f"{name} {kind} {format} {background} {fit}"
                ours = opened(render(data, fit, 96 if fit == "pad" else 64, 64, "--color", "preserve",
                                     "--background", background, "--quality", "100", format=format))
                try:
                    shown = seen_through(ours)
                except AssertionError as error:
                    tally.check(what, False, f"the profile does not match the layout: {error}")
                    continue
                inner = shown[8:-8, 24:-24] if fit == "pad" else shown[8:-8, 8:-8]
                d = np.abs(inner - theirs[8:-8, 8:-8])
                tally.check(what, d.max() <= 1 if format == "png" else d.mean() <= 4, f"mean {d.mean()} max {d.max()}")
                if fit == "pad":
                    wanted = [int(background[at:at + 2], 16) for at in (1, 3, 5)]
                    d = np.abs(shown[32, 4] - wanted).max()
                    tally.check(f"{what}: background", d <= (2 if format == "png" else 12), f"{shown[32, 4]}")
    return tally.end()


def adobe_rgb():
    """EXIF that states Adobe RGB, compared with LittleCMS and an Adobe RGB (1998) profile."""
    tally = Tally("Adobe RGB by EXIF: compared with LittleCMS")
    photo = plain_photo(PHOTOS[1])
    profile = ImageCms.ImageCmsProfile(io.BytesIO(own_profiles()["images/rocket.jpg"]))
    theirs = ImageCms.profileToProfile(photo, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    for name, color_space, index, adobe in (("DCF", 0xffff, b"R03", True), ("ColorSpace 2", 2, b"R98", True),
                                            ("sRGB", 1, b"R98", False), ("uncalibrated", 0xffff, b"R98", False)):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0xa001] = color_space
        exif.get_ifd(0x8769)[0xa005] = {1: index.decode(), 2: b"0100"}
        # Pillow would omit an Exif object without tags in IFD0; as bytes it is written.
        data = png_bytes(photo, exif=exif.tobytes())
        tally.near(name, opened(render(data, "scale-down", 12000, 12000)), theirs if adobe else photo, 0.6, 3)
    return tally.end()


def fringes():
    """A white figure on transparent black and a black one on transparent white show no seam on a
    background of their color."""
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
    main(decode, orientation, resample, sixteen, profiles, cmyk, black_points, hdr, preserved, adobe_rgb, fringes)

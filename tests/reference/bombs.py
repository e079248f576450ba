"""Bombs: files that claim more than they hold, unpack to far more than their size, or cost far too
much time.

Each maker writes its files into FILES; its docstring names the category.
"""

import io
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from animation_files import (CLEAR, KEEP, RESTORE, Frame, anmf, apng_file, fctl, gif_frame, plain, png_data, riff_chunk, riff_file,
                             webp_head, webp_image)
from common import PHOTOS, ROOT, chunk, ifd, segment

FILES = Path(tempfile.mkdtemp(prefix="cretula-hostile-"))


def saved(name, *pieces):
    with open(FILES / name, "wb") as file:
        for piece in pieces:
            file.write(piece)


def encoded(format, mode="RGB", size=(64, 64), color=0, **options):
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, format, **options)
    return out.getvalue()


def ihdr(width, height, depth=8, color=2, interlaced=0):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))


IEND = chunk(b"IEND", b"")
PIXELS = chunk(b"IDAT", zlib.compress(bytes(64 * (1 + 64 * 3))))


def zeros(length):
    """A zlib stream of zeros, never held uncompressed: one deflated megabyte, repeated."""
    def deflated(count, end):
        z = zlib.compressobj(9, wbits=-15)
        return z.compress(bytes(count)) + z.flush(end)
    return (b"\x78\xda" + deflated(1 << 20, zlib.Z_FULL_FLUSH) * (length >> 20)
            + deflated(length & 0xfffff, zlib.Z_FINISH) + struct.pack(">HH", length % 65521, 1))


def riff(*chunks):
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
                              for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8x(width, height, flags=0):
    return b"VP8X", bytes([flags, 0, 0, 0]) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]


def gif(width, height, *blocks):
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return b"GIF89a" + screen + b"".join(blocks) + b";"


def frame(width, height, codes, least=2):
    pieces = b"".join(bytes([len(codes[i:i + 255])]) + codes[i:i + 255] for i in range(0, len(codes), 255))
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + bytes([least]) + pieces + b"\0"


def resized(jpeg, width, height):
    """The JPEG with another size in its frame header."""
    at = next(i for i in range(len(jpeg)) if jpeg[i] == 0xff and jpeg[i + 1] in (0xc0, 0xc2))
    return jpeg[:at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9:]


def scans(jpeg):
    """(segments before the first scan, scans, each after its tables) of a progressive JPEG."""
    at, pieces, scan = 2, [], b""
    while jpeg[at + 1] != 0xd9:
        end = at + 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
        if jpeg[at + 1] == 0xda:
            while jpeg[end] != 0xff or jpeg[end + 1] == 0 or 0xd0 <= jpeg[end + 1] <= 0xd7:
                end += 1
            pieces.append(scan + jpeg[at:end])
            scan = b""
        elif jpeg[at + 1] == 0xc4:
            scan += jpeg[at:end]
        else:
            pieces[:1] = [(pieces or [b""])[0] + jpeg[at:end]]
        at = end
    return b"\xff\xd8" + pieces[0], pieces[1:]


def sizes():
    """Huge dimensions with little data."""
    for w, h in ((65535, 65535), (12000, 8333), (12000, 12000), (1, 65535)):
        jpeg = {"baseline": encoded("JPEG"), "progressive": encoded("JPEG", progressive=True)}
        for name, data in jpeg.items():
            saved(f"size-{w}x{h}-{name}.jpg", resized(data, w, h))
        for name, depth, color, interlaced in (("rgb", 8, 2, 0), ("rgba16", 16, 6, 0), ("adam7", 8, 2, 1)):
            saved(f"size-{w}x{h}-{name}.png", ihdr(w, h, depth, color, interlaced), PIXELS, IEND)
        saved(f"size-{w}x{h}.gif", gif(w, h, frame(64, 64, b"\x44\x01")))
        saved(f"size-{w}x{h}-frame.gif", gif(w, h, frame(w, h, b"\x44\x01")))
        lossy, lossless = encoded("WEBP")[12:], encoded("WEBP", lossless=True)[12:]
        saved(f"size-{w}x{h}-lossy.webp", riff(vp8x(w, h), (b"VP8 ", lossy[8:])))
        saved(f"size-{w}x{h}-lossless.webp", riff(vp8x(w, h, 0x10), (b"VP8L", lossless[8:])))
        if w < 16384:
            key = lossy[8:14] + struct.pack("<HH", w, min(h, 16383)) + lossy[18:]
            saved(f"size-{w}x{h}-key.webp", riff((b"VP8 ", key)))
    saved("size-vp8x-16M.webp", riff(vp8x(1 << 24, 1 << 24), (b"VP8 ", lossy[8:])))
    saved("size-vp8x-anim.webp", riff(vp8x(12000, 8333, 2), (b"ANIM", bytes(6)),
                                      (b"ANMF", bytes(16) + b"VP8 " + struct.pack("<I", len(lossy) - 8) + lossy[8:])))
    lossless = (lossless[8:9] + struct.pack("<I", 16382 | 5999 << 14) + lossless[13:])
    saved("size-16383x6000-cut.webp", riff((b"VP8L", lossless)))


def unpacking():
    """Small files that unpack to much data."""
    for w, h, color, channels, depth in ((12000, 8000, 2, 3, 8), (12000, 8000, 6, 4, 8), (12000, 8333, 0, 1, 8),
                                         (12000, 8333, 0, 1, 1), (10000, 10000, 6, 4, 16)):
        row = 1 + w * channels * depth // 8
        saved(f"zip-{w}x{h}-{channels}x{depth}.png", ihdr(w, h, depth, color), chunk(b"IDAT", zeros(h * row)), IEND)
    saved("zip-adam7.png", ihdr(12000, 8000, 8, 2, 1), chunk(b"IDAT", zeros(12000 * 8000 * 3 + 30000)), IEND)
    saved("zip-too-much.png", ihdr(64, 64), chunk(b"IDAT", zeros(3 << 30)), IEND)
    head, bomb = ihdr(64, 64), zeros(2 << 30)
    saved("iccp.png", head, chunk(b"iCCP", b"p\0\0" + bomb), PIXELS, IEND)
    saved("ztxt.png", head, chunk(b"zTXt", b"Comment\0\0" + bomb), PIXELS, IEND)
    saved("itxt.png", head, chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb), PIXELS, IEND)
    saved("itxt-xmp.png", head, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb), PIXELS, IEND)
    saved("raw-exif.png", head, chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb), PIXELS, IEND)
    saved("many-ztxt.png", head, *[chunk(b"zTXt", b"Comment\0\0" + zeros(10 << 20))] * 400, PIXELS, IEND)
    saved("many-idat.png", head, *[chunk(b"IDAT", b"")] * 600_000, PIXELS, IEND)
    for promise in (0xffff_ffff, 0x7fff_ffff):
        saved(f"idat-{promise:x}.png", head, chunk(b"IDAT", b"\x78\x9c", promise), IEND)
        saved(f"exif-{promise:x}.png", head, chunk(b"eXIf", b"MM\0\x2a", promise), IEND)
    saved("riff-4g.webp", riff(vp8x(64, 64), (b"VP8 ", b"")).replace(b"VP8 \0\0\0\0", b"VP8 \xff\xff\xff\xff"))
    for kind, mode, (w, h) in (("alpha", "RGBA", (7000, 7000)), ("plain", "RGB", (7500, 7500))):
        saved(f"flat-{kind}.webp", encoded("WEBP", mode, (w, h), lossless=True, method=0))
    saved("flat-lossy.webp", encoded("WEBP", "RGB", (7500, 7500), quality=1, method=0))
    saved("flat.jpg", encoded("JPEG", "RGB", (8000, 8000)))
    saved("flat.gif", encoded("GIF", "P", (7000, 7000)))
    for w, h, color, channels, depth in ((8100, 8000, 2, 3, 8), (7000, 7000, 6, 4, 8), (5000, 5000, 6, 4, 16)):
        saved(f"zip-{w}x{h}-{channels}x{depth}.png", ihdr(w, h, depth, color),
              chunk(b"IDAT", zeros(h * (1 + w * channels * depth // 8))), IEND)
    saved("flat-16383x6000.webp", encoded("WEBP", "RGB", (16383, 6000), lossless=True, method=0))
    saved("flat-12000x8000.webp", encoded("WEBP", "RGB", (12000, 8000), lossless=True, method=0))
    saved("flat-12000x8000-alpha.webp", encoded("WEBP", "RGBA", (12000, 8000), lossless=True, method=0))
    saved("flat-12000x8000-lossy.webp", encoded("WEBP", "RGB", (12000, 8000), quality=1, method=0))


def effort():
    """Small files that cost time: scans, frames, codes."""
    for mode, side in (("L", (8150, 8100)), ("RGB", (8150, 8100)), ("CMYK", (5000, 4000))):
        head, parts = scans(encoded("JPEG", mode, side, progressive=True, quality=50))
        for count in (84, 1000):
            saved(f"scans-flat-{mode}-{count}.jpg", head, *parts, min(parts, key=len) * count, b"\xff\xd9")
    photo = io.BytesIO()
    Image.open(PHOTOS[0]).resize((64, 64)).save(photo, "JPEG", progressive=True)
    head, parts = scans(photo.getvalue())
    for count in (84, 1000):
        saved(f"scans-cut-{count}.jpg", resized(head, 8150, 8100), *parts, min(parts, key=len) * count, b"\xff\xd9")
        saved(f"scans-dc-{count}.jpg", resized(head, 8150, 8100), parts[0] * count, b"\xff\xd9")
    saved("scans-100000.jpg", head, *parts, min(parts, key=len)[:60] * 100_000, b"\xff\xd9")
    saved("segments.jpg", b"\xff\xd8", b"\xff\xe1\0\x02" * 2_400_000, b"\xff\xd9")
    saved("icc-segments.jpg", b"\xff\xd8", b"".join(b"\xff\xe2\0\x11ICC_PROFILE\0" + bytes([i % 255 + 1, 255, 0])
                                                    for i in range(500_000)), photo.getvalue()[2:])
    saved("fill.jpg", b"\xff\xd8", b"\xff" * 9_000_000, photo.getvalue()[2:])
    flat = encoded("GIF")
    tiny, dot = flat[flat.index(b","):-1], b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    saved("frames-10000.gif", gif(64, 64, *[b"!\xf9\4\0\1\0\0\0" + tiny] * 10_000))
    saved("frames-10000-large.gif", gif(5000, 5000, *[tiny] * 10_000))
    saved("frames-400000.gif", gif(1, 1, *[dot] * 400_000))
    saved("comments.gif", gif(64, 64, b"!\xfe" + b"\1x" * 4_000_000 + b"\0", tiny))
    # Only clear codes, of 3 and of 12 bits; ones; codes after the end code.
    for w, h in ((1, 1), (7000, 7000)):
        saved(f"lzw-clear-{w}.gif", gif(w, h, frame(w, h, b"\x24\x49\x92" * 3_000_000)))
        saved(f"lzw-clear-{w}-12-bit.gif", gif(w, h, frame(w, h, b"\0\x08\x80" * 3_000_000, 11)))
        saved(f"lzw-grow-{w}.gif", gif(w, h, frame(w, h, b"\x84" + b"\xff" * 9_000_000)))
    saved("lzw-after.gif", gif(64, 64, tiny[:-1] + b"".join([b"\xff" + b"\x55" * 255] * 35_000) + b"\0"))
    animated = io.BytesIO()
    frames = [Image.new("RGB", (16, 16), (i & 255, i >> 8, 0)) for i in range(3000)]
    frames[0].save(animated, "WEBP", save_all=True, append_images=frames[1:], lossless=True, method=0)
    saved("frames-3000.webp", animated.getvalue())


def metadata_blocks():
    """EXIF, XMP and profiles with cycles or of huge size, in each container."""
    blocks = {}
    for n, order, mark in (("mm", ">", b"MM\0\x2a\0\0\0\x08"), ("ii", "<", b"II\x2a\0\x08\0\0\0")):
        def directory(*entries, at=8, after=0):
            return ifd(order, at, entries, after)
        upright = (0x112, 3, (1, 1))
        blocks |= {f"{name}-{n}": mark + block for name, block in {
            "cyclic-ifd": directory(upright, after=8),
            "cyclic-exif": directory((0x8769, 4, (1, 8)), (0x8825, 4, (1, 8)), after=8),
            "cyclic-pair": directory(upright, after=26) + directory(upright, at=26, after=8),
            "entries-65535": directory(*[(0x8298, 2, (4, 0))] * 65535),
            "subifds": directory((0x14a, 4, (5000, 26))) + struct.pack(order + "I", 8) * 5000,
            "chain": b"".join(directory((0x201, 4, (1, 0)), (0x202, 4, (1, 60000)), after=8 + 30 * (i + 1))
                              for i in range(2000)),
            "million": b"".join(directory(*[(0x10e, 2, (0xffff_ffff, 8))] * 65535, after=8 + (i + 1) * (6 + 12 * 65535))
                                for i in range(12)),
            "overlap": directory(*[(0x10e + i, 2, (60000, 8)) for i in range(4000)]),
        }.items()}
    xmp = {
        "deep": b"<a>" * 1_000_000 + b"</a>" * 1_000_000,
        "long": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<b>text</b>" * 700_000 + b"</x:xmpmeta>",
        "attributes": b"<a " + b" ".join(b"a%d='1'" % i for i in range(600_000)) + b"/>",
        "same-attributes": b"<a " + b"a='1' " * 1_000_000 + b"/>",
        "namespaces": b"<a " + b" ".join(b"xmlns:a%d='urn:%d'" % (i, i) for i in range(300_000)) + b"/>",
        "many-orientations": b"<a xmlns:tiff='http://ns.adobe.com/tiff/1.0/'>"
                             + b"<tiff:Orientation>6</tiff:Orientation>" * 200_000 + b"</a>",
        "spaces": b"<a>" + (b" " * 4000 + b"<tiff:Orientation/>") * 2000 + b"</a>",
        "laughs": b"<!DOCTYPE a [<!ENTITY a '" + b"x" * 1000 + b"'>"
                  + b"".join(b"<!ENTITY a%d '%s'>" % (i + 1, b"&a%d;" % i * 100) for i in range(9)) + b"]><a>&a9;</a>",
    }
    png, webp, jpeg = encoded("PNG"), encoded("WEBP")[12:], encoded("JPEG")
    for name, block in blocks.items():
        saved(f"exif-{name}.png", png[:33], chunk(b"eXIf", block), png[33:])
        saved(f"exif-{name}.webp", riff(vp8x(64, 64, 8), (b"VP8 ", webp[8:]), (b"EXIF", block)))
        saved(f"exif-{name}.jpg", b"\xff\xd8", segment(0xe1, b"Exif\0\0" + block[:65527]), jpeg[2:])
    for name, packet in xmp.items():
        saved(f"xmp-{name}.png", png[:33], chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet), png[33:])
        saved(f"xmp-{name}.webp", riff(vp8x(64, 64, 4), (b"VP8 ", webp[8:]), (b"XMP ", packet)))
    gray = Image.open(ROOT / "tests" / "corpus" / "reported" / "preserve_gray_profile.png").info["icc_profile"]
    tags = gray[:128] + struct.pack(">I", 700_000) + (b"rTRC" + struct.pack(">II", 128, 8_000_000)) * 700_000
    curve = b"curv\0\0\0\0" + struct.pack(">I", 4_000_000) + bytes(8_000_000)
    for name, profile in (("tags", tags), ("curve", gray[:128] + struct.pack(">I", 1) + b"rTRC"
                                           + struct.pack(">II", 144, len(curve)) + curve)):
        saved(f"icc-{name}.png", png[:33], chunk(b"iCCP", b"p\0\0" + zlib.compress(profile)), png[33:])
        saved(f"icc-{name}.webp", riff(vp8x(64, 64, 0x20), (b"ICCP", profile), (b"VP8 ", webp[8:])))


def zero_rows(width, height):
    """The image data of a black gray PNG of 1 bit."""
    return chunk(b"IDAT", zeros(height * (1 + (width + 7) // 8)))


def dots(count, side, ms=10, dispose=KEEP):
    """{extension: a file of `count` frames of one pixel} on a square canvas."""
    dot = Frame(plain(1, 1, (255, 255, 255, 255)), ms=ms, dispose=dispose)
    def place(n):
        return n * 7919 % side, n * 104729 % side
    def at(n):
        return struct.pack("<HH", *place(n))
    control = gif_frame(dot, [(255, 255, 255)])
    start, end = control.partition(b",\0\0\0\0")[::2]
    files = {"gif": gif(side, side, *[start + b"," + at(n) + end for n in range(count)])}
    image, body, number = webp_image(dot.pixels), png_data(dot.pixels, "gray-1", [], False), 0
    frames = [anmf(Frame(dot.pixels, *(c & ~1 for c in place(n)), ms, CLEAR if dispose == RESTORE else dispose), image)
              for n in range(count)]
    files["webp"] = riff_file(webp_head((side, side)), *frames)
    full = struct.pack(">IIIIIHHBB", 0, side, side, 0, 0, ms, 1000, 0, 0)
    parts = [ihdr(side, side, 1, 0), chunk(b"acTL", struct.pack(">II", count, 0)), chunk(b"fcTL", full), zero_rows(side, side)]
    for n in range(1, count):
        parts += [fctl(number + 1, Frame(dot.pixels, *place(n), ms, dispose)),
                  chunk(b"fdAT", struct.pack(">I", number + 2) + body)]
        number += 2
    return files | {"png": b"".join([*parts, IEND])}


def animations():
    """Animations: many frames, large ones, none, broken ones."""
    for name, arguments in (("8000", (10_000, 8000)), ("8000-restored", (10_000, 8000, 10, RESTORE)), ("12000", (10_000, 12_000)),
                            ("cleared", (10_000, 640, 10, CLEAR)), ("10001", (10_001, 1)), ("10000", (10_000, 1)),
                            ("no-delay", (100, 8, 0))):
        for extension, data in dots(*arguments).items():
            saved(f"dots-{name}.{extension}", data)
            if name == "no-delay":
                saved(f"cut.{extension}", data[:len(data) * 2 // 3 + 7])
    # Whole frames, as many as the limit of all pixels allows.
    flat = [Image.new("RGB", (1000, 1000), (5 * n, 255 - 5 * n, 0)) for n in range(49)]
    for format, more in (("GIF", {}), ("WEBP", {"lossless": True, "method": 0}), ("PNG", {"compress_level": 1})):
        out = io.BytesIO()
        flat[0].save(out, format, save_all=True, append_images=flat[1:], duration=10, **more)
        saved(f"flat-49.{format.lower()}", out.getvalue())
    tiny = encoded("GIF")
    tiny = tiny[tiny.index(b","):-1]
    nothing = b"!\xf9\4\0\1\0\0\0,\0\0\0\0\0\0\0\0\0\2\0"
    saved("zero-area.gif", gif(64, 64, tiny, nothing * 9000))
    saved("zero-area-only.gif", gif(64, 64, nothing * 9000))
    saved("zero-area-0x0.gif", gif(0, 0, nothing * 9000))
    beside = b"!\xf9\4\0\1\0\0\0,\xff\xff\xff\xff\1\0\1\0\0\2\2\x44\1\0"
    saved("beside.gif", gif(64, 64, tiny, beside * 9000))
    saved("clears.gif", gif(64, 64, tiny, frame(64, 64, b"\x24\x49\x92" * 3_000_000)))
    saved("large-beyond.gif", gif(64, 64, tiny, *[frame(65535, 65535, b"\x44\x01")] * 9))
    saved("comments-between.gif", gif(64, 64, tiny, (b"!\xfe" + b"\1x" * 1000 + b"\0" + tiny) * 400))
    broken_webps()
    broken_apngs()


def broken_webps():
    red = Frame(plain(8, 8, (255, 0, 0, 255)))
    head, image, whole = webp_head((8, 8)), webp_image(red.pixels), anmf(red)
    nested = image
    for _ in range(2000):
        nested = riff_chunk(b"ANMF", bytes(16) + nested)
    still = riff_chunk(b"VP8X", bytes([0x10, 0, 0, 0, 7, 0, 0, 7, 0, 0]))
    for name, chunks in {
        "nested": (head, whole, riff_chunk(b"ANMF", bytes(6) + bytes([7, 0, 0, 7, 0, 0, 100, 0, 0, 0]) + whole)),
        "nested-2000": (head, whole, nested), "beside": (head, whole, anmf(Frame(red.pixels, 100, 100), image)),
        "other-size": (head, whole, anmf(Frame(plain(4, 4, 255)), image)), "empty": (head, whole, riff_chunk(b"ANMF", b"")),
        "no-image": (head, whole, riff_chunk(b"ANMF", whole[8:24])), "no-frames": (head,), "no-head": (whole, whole),
        "no-anim": (head[:18], whole, whole), "not-animated": (still, head[18:], whole, whole),
        "still-and-frames": (head, image, whole, whole), "two-images": (head, whole, riff_chunk(b"ANMF", whole[8:24] + image + image)),
        "huge": (webp_head((16383, 16383)), whole, whole), "large-frame": (head, anmf(Frame(plain(2000, 2000, 9))), whole),
        "unknown-chunks": (head, whole, *[riff_chunk(b"ABCD", b"x")] * 200_000, whole),
        "inner-chunks": (head, whole, riff_chunk(b"ANMF", whole[8:24] + riff_chunk(b"ABCD", b"x") * 200_000 + image)),
    }.items():
        saved(f"anmf-{name}.webp", riff_file(*chunks))
    saved("anmf-long.webp", riff_file(head, whole, whole[:4] + b"\xff\xff\xff\x7f" + whole[8:]))


def broken_apngs():
    size, frames = (8, 8), [Frame(plain(8, 8, (n * 60, 0, 0, 255))) for n in range(4)]
    good = apng_file(size, frames)
    def chunks():
        at = 8
        while at < len(good):
            end = at + 12 + int.from_bytes(good[at:at + 4], "big")
            yield good[at:end]
            at = end
    head, actl, *middle, end = chunks()
    def numbered(part, number):
        return chunk(part[4:8], struct.pack(">I", number) + part[12:-4])
    def actl_of(count):
        return chunk(b"acTL", struct.pack(">II", count, 0))
    large = apng_file(size, [frames[0], Frame(plain(9, 8, 255)), frames[1]])
    nothing = numbered(fctl(0, Frame(np.zeros((0, 0, 4), np.uint8))), 1)
    for name, parts in {
        "swapped": (actl, *middle[:2], middle[4], middle[5], middle[2], middle[3], *middle[6:]),
        "same-number": (actl, *[numbered(p, 0) if p[4:8] == b"fcTL" else p for p in middle]),
        "high-number": (actl, *middle[:2], numbered(middle[2], 0xffff_ffff), *middle[3:]),
        "missing-data": (actl, *middle[:3], *middle[4:]), "missing-last-data": (actl, *middle[:-1]),
        "missing-control": (actl, *middle[:2], *middle[3:]), "fewer-said": (actl_of(2), *middle), "more-said": (actl_of(9), *middle),
        "none-said": (actl_of(0), *middle), "many-said": (actl_of(0xffff_ffff), *middle), "said-late": (*middle[:2], actl, *middle[2:]),
        "said-twice": (actl, actl_of(2), *middle), "short-data": (actl, *middle[:3], chunk(b"fdAT", b"\0\0"), *middle[4:]),
        "empty-data": (actl, *middle[:3], chunk(b"fdAT", b"\0\0\0\2"), *middle[4:]), "zero-area": (actl, *middle[:2], nothing, *middle[3:]),
        "control-only": (actl, *[p for p in middle if p[4:8] == b"fcTL"]),
        "unknown-dispose": (actl, *middle[:2], chunk(b"fcTL", middle[2][8:-6] + b"\7\7"), *middle[3:]),
        "many-pieces": (actl, *middle[:3], chunk(b"fdAT", b"\0\0\0\2") * 300_000, *middle[3:]),
        "bomb": (actl, *middle[:3], chunk(b"fdAT", b"\0\0\0\2" + zeros(1 << 30)), *middle[4:]),
    }.items():
        saved(f"apng-{name}.png", good[:8], head, *parts, end)
    saved("apng-larger-frame.png", large)
    saved("apng-no-end.png", good[:8], head, actl, *middle)

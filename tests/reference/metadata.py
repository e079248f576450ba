"""Metadata against exiftool: what every output carries, of every source, under every policy, in every format.

Checked: under `none` exiftool finds structure and nothing else; under `copyright` one EXIF tag more, whose bytes are
the source's; under `keep` every EXIF, XMP and (JPEG to JPEG) IPTC tag with the source's value, but for those that the
resize made untrue; `exiftool -validate` warns of nothing that it does not warn of in the source; Pillow opens every
output; and a walk over segments, chunks and blocks, written here, finds no others than allowed and no trailing bytes.

Sources: what of the corpus carries metadata; what Pillow, exiftool and a builder here write, in three containers and
both byte orders, with everything in it that a resize makes untrue; broken blocks; 200 seeded mutations of a good one.
"""

import io
import itertools
import json
import random
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, PngImagePlugin

from common import CORPUS, PHOTOS, Refused, Tally, ifd, main, opened, run, segment

WORK = Path(tempfile.mkdtemp(prefix="cretula-metadata-"))
POLICIES, FORMATS = ("none", "copyright", "keep"), ("jpeg", "png", "webp", "gif")
# In every source made here: LOST in what no policy keeps, PRIVATE in what only `keep` keeps.
LOST, PRIVATE = b"LOST", b"PRIVATE"

# What exiftool says of a file that is nothing but pixels; the color of the transparent pixel is structure too.
STRUCTURE = re.compile(
    r"SourceFile|ExifTool:|System:|Composite:(ImageSize|Megapixels)$|JFIF:(JFIFVersion|ResolutionUnit|[XY]Resolution)$"
    r"|File:(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess|BitsPerSample|ColorComponents"
    r"|YCbCrSubSampling)$"
    r"|PNG:(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|Palette|Transparency)$"
    r"|RIFF:(WebP_Flags|ImageWidth|ImageHeight|VP8Version|HorizontalScale|VerticalScale|AlphaIsUsed"
    r"|Alpha(Preprocessing|Filtering|Compression))$"
    r"|GIF:(GIFVersion|ImageWidth|ImageHeight|HasColorMap|ColorResolutionDepth|BitsPerPixel|BackgroundColor"
    r"|TransparentColor)$")
# Derived by exiftool from what is checked itself: not compared.
DERIVED = re.compile(r"Composite:|File:(ExifByteOrder|CurrentIPTCDigest)$")
# Tags that a resize makes untrue, and what they become; None: gone, or of the output's choosing.
EDITED = {
    "IFD0:Orientation": 1, "XMP-tiff:Orientation": 1, "ExifIFD:ColorSpace": 1, "XMP-exif:ColorSpace": 1,
    "IFD0:ImageWidth": "width", "IFD0:ImageHeight": "height", "XMP-tiff:ImageWidth": "width",
    "XMP-tiff:ImageHeight": "height", "ExifIFD:ExifImageWidth": "width", "ExifIFD:ExifImageHeight": "height",
    "XMP-exif:ExifImageWidth": "width", "XMP-exif:ExifImageHeight": "height",
    "InteropIFD:InteropIndex": None, "XMP-photoshop:ICCProfileName": None, "XMP-xmpNote:HasExtendedXMP": None,
}
# Warnings of -validate that a JPEG has by nature: of JPEG alone exiftool asks a version of the right form and tags
# that a block from elsewhere may lack and one of Copyright alone must, and none that belong elsewhere.
REQUIRED = re.compile(r"Missing required JPEG |Invalid value for ExifIFD tag 0x9000|.* is not allowed in JPEG")


# --- reading ------------------------------------------------------------------------------------------------------


def exiftool(folder):
    """{file name: ({group:tag: [values]}, {warnings})} of every file in a folder, by one process."""
    done = subprocess.run(["exiftool", "-j", "-G1:4", "-a", "-u", "-n", "-b", "-validate", "-all", "-r", str(folder)],
                          capture_output=True)
    found = {}
    for file in json.loads(done.stdout):
        tags, warnings = {}, set()
        for key, value in file.items():
            key = re.sub(r":Copy\d+:", ":", key)
            if key in ("ExifTool:Warning", "ExifTool:Error"):
                warnings.add(re.sub(r"entry \d+|Tag ID 0x\w+ \w+", "entry", value))
            else:
                tags.setdefault(key, []).append(value)
        found[Path(file["SourceFile"]).name] = (tags, warnings)
    return found


def parts(data):
    """The (name, content) of a file's segments, chunks or blocks; ValueError for what is not whole."""
    def need(ok, why):
        if not ok:
            raise ValueError(why)
    found, at = [], 0
    if data[:2] == b"\xff\xd8":
        at = 2
        while data[at:at + 2] != b"\xff\xd9":
            need(at + 4 <= len(data) and data[at] == 0xff, f"no marker at {at}")
            end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
            found.append((f"{data[at + 1]:x}", data[at + 4:end]))
            if data[at + 1] == 0xda:
                while data[end] != 0xff or data[end + 1] == 0 or 0xd0 <= data[end + 1] <= 0xd7:
                    end += 1
            at = end
        at += 2
    elif data[:4] == b"\x89PNG":
        at = 8
        while not found or found[-1][0] != "IEND":
            need(at + 12 <= len(data), "no IEND")
            size = int.from_bytes(data[at:at + 4], "big")
            sum = int.from_bytes(data[at + 8 + size:at + 12 + size], "big")
            need(zlib.crc32(data[at + 4:at + 8 + size]) == sum, "CRC")
            found.append((data[at + 4:at + 8].decode("latin1"), data[at + 8:at + 8 + size]))
            at += 12 + size
    elif data[:4] == b"RIFF":
        need(int.from_bytes(data[4:8], "little") + 8 == len(data), "RIFF size")
        at = 12
        while at < len(data):
            size = int.from_bytes(data[at + 4:at + 8], "little")
            found.append((data[at:at + 4].decode("latin1"), data[at + 8:at + 8 + size]))
            at += 8 + size + (size & 1)
    else:
        table = lambda flags: 3 << (flags & 7) + 1 if flags & 0x80 else 0
        at = 13 + table(data[10])
        while data[at] != 0x3b:
            name = "image" if data[at] == 0x2c else f"extension {data[at + 1]:x}"
            start = at = at + (11 + table(data[at + 9]) if data[at] == 0x2c else 2)
            while data[at]:
                at += 1 + data[at]
            at += 1
            found.append((name, data[start:at]))
        at += 1
    need(at == len(data), f"{len(data) - at} bytes after the end")
    return found


def exif_of(data):
    """The first EXIF block of a file, from its byte-order mark on."""
    try:
        for name, content in parts(data):
            if (name == "e1" and content[:6] == b"Exif\0\0") or name in ("eXIf", "EXIF"):
                return content.removeprefix(b"Exif\0\0")
    except (ValueError, IndexError):
        pass
    return None


def directory(block, pointer=None):
    """{tag: (type, count, value bytes, where they are)} of IFD0 or of the directory that its tag `pointer` names, and
    the offset that follows it."""
    order = {b"MM": ">", b"II": "<"}[block[:2]]
    at = struct.unpack(order + "I", block[4:8])[0]
    if pointer:
        at = int.from_bytes(directory(block)[0][pointer][2], "big" if order == ">" else "little")
    count = struct.unpack_from(order + "H", block, at)[0]
    tags = {}
    for i in range(min(count, (len(block) - at - 2) // 12)):
        tag, kind, n = struct.unpack_from(order + "HHI", block, at + 2 + 12 * i)
        size, where = n * {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 9: 4, 10: 8}.get(kind, 1), at + 10 + 12 * i
        if size > 4:
            where = struct.unpack_from(order + "I", block, where)[0]
        tags[tag] = (kind, n, block[where:where + size], where)
    return tags, int.from_bytes(block[at + 2 + 12 * count:at + 6 + 12 * count], "big" if order == ">" else "little")


# --- sources ------------------------------------------------------------------------------------------------------


def block(mark, thumbnail, copyright=(2, "Zoë Photographer\0Éditeur\0".encode()), comment=b"PRIVATE", orientation=6):
    """A camera's EXIF block, with all that a resize touches: a Canon maker note, whose offsets count from the block's
    start, GPS, interoperability, and IFD1 with a thumbnail."""
    o = {"MM": ">", "II": "<"}[mark]
    s, l = (lambda *v: struct.pack(f"{o}{len(v)}H", *v)), (lambda *v: struct.pack(f"{o}{len(v)}I", *v))
    place = {"exif": 0, "gps": 0, "interop": 0, "maker": 0, "ifd1": 0, "thumbnail": 0}
    for _ in range(2):  # once for the lengths, once with the offsets
        maker = ifd(o, place["maker"], [(6, 2, b"PRIVATE Canon EOS\0"), (7, 2, b"Firmware 1.0.0\0"),
                                        (9, 2, b"PRIVATE owner\0")])
        pieces = {
            "ifd0": lambda at: ifd(o, at, [
                (0x10e, 2, b"PRIVATE description\0"), (0x10f, 2, b"Canon\0"), (0x110, 2, b"PRIVATE model\0"),
                (0x112, 3, s(orientation)), (0x11a, 5, l(72, 1)), (0x11b, 5, l(72, 1)), (0x128, 3, s(2)),
                (0x132, 2, b"2020:01:02 03:04:05\0"), (0x13b, 2, "PRIVATE Zoë\0".encode()), (0x213, 3, s(1)),
                *([(0x8298, *copyright)] if copyright else []),
                (0x8769, 4, (1, place["exif"])), (0x8825, 4, (1, place["gps"]))], place["ifd1"]),
            "exif": lambda at: ifd(o, at, [
                (0x829a, 5, l(1, 250)), (0x9000, 7, b"0230"), (0x9003, 2, b"2020:01:02 03:04:05\0"),
                (0x9004, 2, b"2020:01:02 03:04:05\0"), (0x9101, 7, b"\1\2\3\0"),
                (0x927c, 7, (len(maker), place["maker"])),
                (0x9286, 7, b"ASCII\0\0\0" + comment), (0x9291, 2, b"123\0"), (0xa000, 7, b"0100"),
                (0xa001, 3, s(0xffff)),
                (0xa002, 4, l(640)), (0xa003, 4, l(427)), (0xa005, 4, (1, place["interop"])),
                (0xa431, 2, b"PRIVATE serial\0")]),
            "gps": lambda at: ifd(o, at, [
                (0, 1, b"\2\3\0\0"), (1, 2, b"N\0"), (2, 5, l(48, 1, 51, 1, 3000, 100)), (3, 2, b"E\0"),
                (4, 5, l(2, 1, 17, 1, 4000, 100)), (5, 1, b"\0"), (6, 5, l(35, 1)), (29, 2, b"2020:01:02\0")]),
            "interop": lambda at: ifd(o, at, [(1, 2, b"R03\0"), (2, 7, b"0100")]),
            "maker": lambda at: maker,
            "ifd1": lambda at: ifd(o, at, [(0x103, 3, s(6)), (0x11a, 5, l(72, 1)), (0x11b, 5, l(72, 1)),
                                           (0x128, 3, s(2)), (0x201, 4, (1, place["thumbnail"])),
                                           (0x202, 4, l(len(thumbnail)))]),
            "thumbnail": lambda at: thumbnail,
        }
        out = {"MM": b"MM\0\x2a", "II": b"II\x2a\0"}[mark] + l(8)
        for name, make in pieces.items():
            place[name] = len(out)
            out += make(len(out))
            out += b"\0" * (len(out) & 1)
    return out


XMP = ("""<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about=''
 xmlns:tiff='http://ns.adobe.com/tiff/1.0/' xmlns:exif='http://ns.adobe.com/exif/1.0/'
 xmlns:dc='http://purl.org/dc/elements/1.1/'
 xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:xmpGImg='http://ns.adobe.com/xap/1.0/g/img/'
 tiff:Orientation='6' tiff:ImageWidth="640" tiff:ImageLength="427" exif:PixelXDimension='640' exif:PixelYDimension='427'
 exif:ColorSpace='65535' xmp:CreateDate='2020-01-02T03:04:05.123+01:00' xmp:Rating='4'>
<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>PRIVATE Zoë &amp; Co</rdf:li></rdf:Alt></dc:title>
<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© PRIVATE</rdf:li></rdf:Alt></dc:rights>
<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType='Resource'><xmpGImg:width>32</xmpGImg:width>
<xmpGImg:image>LOST</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>FILL
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>""")


def packet(fill=0):
    return XMP.replace("FILL", f"<xmp:Label>{'x' * fill}</xmp:Label>" if fill else "").encode()


def save(name, exif=None, xmp=None, text=None, size=(96, 64)):
    """A photograph with a block and a packet, written by Pillow."""
    photo = opened(PHOTOS[0].read_bytes()).resize(size)
    more = {"exif": b"Exif\0\0" + exif} if exif else {}
    if name.endswith(".png"):
        info = PngImagePlugin.PngInfo()
        if xmp:
            info.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip="zip" in name)
        info.add_text("Comment", "LOST")
        info.add(b"prVt", b"LOST")
        photo.save(WORK / "in" / name, pnginfo=info, icc_profile=photo.info.get("icc_profile"), **more)
    else:
        photo.save(WORK / "in" / name, **({"comment": b"LOST"} if name.endswith(".jpg") else {}), quality=90,
                   **({"xmp": xmp} if xmp else {}), **more)
    return WORK / "in" / name


def insert(path, *segments):
    """Puts segments behind the JFIF header of a JPEG."""
    data = path.read_bytes()
    at = 4 + int.from_bytes(data[4:6], "big")
    path.write_bytes(data[:at] + b"".join(segment(*s) for s in segments) + data[at:])


def made():
    """Writes the sources; {name: what is expected of it} where that is not the ordinary."""
    expected = {}
    out = io.BytesIO()
    opened(PHOTOS[0].read_bytes()).resize((32, 20)).save(out, "JPEG", comment=b"LOST thumbnail")
    thumbnail = out.getvalue()
    (WORK / "t.jpg").write_bytes(thumbnail)
    written = []
    for mark, suffix in itertools.product(("MM", "II"), ("jpg", "png", "webp")):
        path = save(f"hand-{mark}.{suffix}", block(mark, thumbnail), packet())
        written.append((mark, save(f"exiftool-{mark}.{suffix}")))
        if suffix == "jpg":
            insert(path, (0xe0, b"JFXX\0\x13\1\1LOST"), (0xe4, b"LOST"), (0xeb, b"JP\0\0LOST"), (0xe2, b"MPF\0LOST"),
                   (0xec, b"Ducky\0LOST"), (0xfe, b"LOST again"))
    for mark, path in written:
        subprocess.run(
            ["exiftool", "-q", "-m", "-overwrite_original", f"-ExifByteOrder={mark}", "-Make=Cretula", "-Model=PRIVATE",
             f"-ThumbnailImage<={WORK / 't.jpg'}", "-Orientation#=6", "-EXIF:Artist=PRIVATE Zoë",
             "-EXIF:Copyright=Zoë Photographer\nÉditeur", "-GPSLatitude=48.85", "-GPSLatitudeRef=N",
             "-GPSLongitude=2.29",
             "-GPSLongitudeRef=W", "-GPSAltitude=35.5", "-AllDates=2020:01:02 03:04:05", "-ExifImageWidth=640",
             "-ExifImageHeight=427", "-ColorSpace#=65535", "-XMP-dc:Title=PRIVATE Zoë", "-XMP-dc:Rights=PRIVATE",
             "-XMP-tiff:Orientation#=6", "-XMP-xmp:CreateDate=2020:01:02 03:04:05", "-XMP-exif:ExifImageWidth=640",
             *(["-charset", "iptc=utf8", "-codedcharacterset=utf8", "-IPTC:Caption-Abstract=PRIVATE ünï",
                "-IPTC:Keywords=eins", "-IPTC:Keywords=zwei", "-IPTC:By-line=PRIVATE Zoë",
                "-Photoshop:URL=http://LOST.example"]
               if path.suffix == ".jpg" else []), str(path)], check=True)
    for name, copyright in (("none", None), ("short", (2, b"(c)\0")), ("utf8", (129, "© Zoë\0".encode())),
                            ("empty-photographer", (2, b" \0editor\0")), ("no-end", (2, b"without a NUL")),
                            ("bytes", (7, bytes(range(256))))):
        save(f"copyright-{name}.jpg", block("MM", thumbnail, copyright))
    bare = len(block("II", thumbnail, comment=b""))
    for length in (65_000, 65_527, 65_528, 200_000):
        big = block("II", thumbnail, comment=b"PRIVATE".ljust(length - bare, b"."))
        assert abs(len(big) - length) <= 1
        for suffix in ("jpg", "png", "webp"):
            if len(big) <= 65_527 or suffix != "jpg":
                save(f"exif-{length}.{suffix}", big)
    for fill in (63_000, 70_000, 3_000_000):
        for suffix in ("png", "webp"):
            save(f"xmp-{fill}.{suffix}", xmp=packet(fill))
    save("xmp-zip.png", xmp=packet())
    save("xmp-two.jpg", xmp=packet())
    extension = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + b"LOST"
    insert(WORK / "in" / "xmp-two.jpg", (0xe1, extension))
    good = block("MM", thumbnail)
    for name, bad in {
        "empty": b"MM\0\x2a", "garbage": random.Random(3).randbytes(500), "mark": b"XX" + good[2:], "cut": good[:100],
        "outside": good[:4] + b"\0\xff\xff\xff" + good[8:],
        "cyclic": b"MM\0\x2a\0\0\0\x08" + ifd(">", 8, [(0x112, 3, b"\0\6")], 8),
        "exif-is-ifd0": b"MM\0\x2a\0\0\0\x08" + ifd(">", 8, [(0x112, 3, b"\0\6"), (0x8769, 4, (1, 8))]),
        "long-count": good[:8] + b"\xff\xff" + good[10:],
        "copyright-outside": b"MM\0\x2a\0\0\0\x08" + ifd(">", 8, [(0x112, 3, b"\0\6"), (0x8298, 2, (4_000_000, 20))]),
    }.items():
        for suffix in ("jpg", "png"):  # a circle of directories that are cut off is none
            expected[save(f"broken-{name}.{suffix}", bad).name] = "mutated" if name == "cyclic" else "broken"
    rng = random.Random(4)
    for i in range(200):
        bad = bytearray(block(rng.choice(("MM", "II")), thumbnail))
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(rng.choice((60, 200, 500, len(bad))))
            bad[at] = rng.choice((0, 1, 4, 8, 0x7f, 0xff, rng.randrange(256)))
        expected[save(f"mutated-{i}.{('jpg', 'png', 'webp')[i % 3]}", bytes(bad)).name] = "mutated"
    return expected


def corpus():
    """Copies what carries anything but pixels."""
    folder = WORK / "corpus"
    folder.mkdir()
    folders = ("exif", "orientation", "jpeg", "webp", "png", "gif")
    for path in sorted(p for f in folders for p in (CORPUS / f).rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".gif"):
            shutil.copy(path, folder / f"{path.parent.name}-{path.name}")
    for name, (tags, _) in exiftool(folder).items():
        if not all(STRUCTURE.match(tag) for tag in tags):
            shutil.move(folder / name, WORK / "in" / name)


# --- checks -------------------------------------------------------------------------------------------------------


def judge(tally, what, source, found, policy, format, result, data, tags, warnings, kind):
    """One output. `source` are the source's bytes, `found` is what exiftool says of them."""
    source_tags, source_warnings = found
    dropped = {w.split(" dropped")[0] for w in result["warnings"] if " dropped: " in w}
    exif, new = exif_of(source), exif_of(data)
    try:
        image = opened(data)
        tally.check(f"{what} Pillow", image.size == (result["width"], result["height"]), str(image.size))
        names = parts(data)
    except Exception as error:
        return tally.check(what, False, f"does not open: {error!r}")
    allowed = {"jpeg": {"e0", "db", "c0", "c2", "c4", "dd", "da"}, "gif": {"extension f9", "image"},
               "png": {"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "sRGB"},
               "webp": {"VP8 ", "VP8L", "VP8X", "ALPH"}}[format]
    if policy != "none":
        allowed |= {"jpeg": {"e1"}, "png": {"eXIf"}, "webp": {"EXIF"}, "gif": set()}[format]
    if policy == "keep":
        allowed |= {"jpeg": {"ed"}, "png": {"iTXt"}, "webp": {"XMP "}, "gif": set()}[format]
    extra = [n for n, _ in names if n not in allowed]
    tally.check(f"{what} parts", not extra, str(extra))
    if format == "jpeg":
        jfif = [content for n, content in names if n == "e0"]
        tally.check(f"{what} JFIF", [(c[:5], len(c)) for c in jfif] == [(b"JFIF\0", 14)], str(jfif))
    if kind != "corpus":
        tally.check(f"{what} LOST", LOST not in data, "bytes of what no policy keeps")
        tally.check(f"{what} PRIVATE", policy == "keep" or PRIVATE not in data, "bytes of what only keep keeps")

    news = {w for w in warnings - source_warnings
            if not (REQUIRED.match(w) and (policy == "copyright" or not source.startswith(b"\xff\xd8")))}
    tally.check(f"{what} validate", not news, str(sorted(news)))
    carried = {t: v for t, v in tags.items() if not STRUCTURE.match(t) and not DERIVED.match(t)}
    if policy == "none" or format == "gif":
        traces = {t: v for t, v in tags.items() if t in carried or t.startswith("File:") and DERIVED.match(t)}
        return tally.check(f"{what} tags", not traces, str(traces)[:300])
    if policy == "copyright":
        wanted = None
        try:
            wanted = directory(exif)[0].get(0x8298) if exif else None
        except (KeyError, struct.error):
            pass
        if wanted and len(wanted[2]) < wanted[1]:
            wanted = None
        if kind == "mutated" and "EXIF" in dropped:
            wanted = None
        tally.check(f"{what} tags", set(carried) <= {"IFD0:Copyright"}, str(carried)[:300])
        tally.check(f"{what} has", bool(new) == bool(wanted), f"block {new!r:.80}, source's tag {wanted!r:.80}")
        if new and wanted:
            tags, after = directory(new)
            tally.check(f"{what} alone", list(tags) == [0x8298] and not after and new[:2] == exif[:2], str(tags))
            tally.check(f"{what} bytes", tags.get(0x8298, ())[:3] == wanted[:3], f"{tags} for {wanted}")
        return None

    # keep
    if kind == "broken":
        tally.check(f"{what} dropped", "EXIF" in dropped and not new or not exif, f"{result['warnings']}, {new!r:.80}")
    elif kind != "mutated":
        fits = format != "jpeg" or not exif or len(exif) <= 65_527
        # A block that loses its thumbnail may fit after all.
        tally.check(f"{what} EXIF kept", "EXIF" not in dropped or not fits, str(result["warnings"]))
        tally.check(f"{what} dropped is gone", "EXIF" not in dropped or not new, "warned, and yet there")
    gone = {"EXIF": ("IFD0:", "ExifIFD:", "GPS:", "InteropIFD:", "Canon:", "MakerNotes:"), "XMP": ("XMP-",),
            "IPTC": ("IPTC:",)}
    if "XMP" in dropped and kind == "ordinary":
        size = max((len(c) for n, c in parts(source) if n in ("iTXt", "XMP ")), default=0)
        tally.check(f"{what} XMP kept", format == "jpeg" and size > 65_000, str(result["warnings"]))
    skip = tuple(prefix for part in dropped for prefix in gone.get(part, ()))
    if format != "jpeg" or not source.startswith(b"\xff\xd8"):
        skip += ("IPTC:",)
    skip += ("IFD1:", "IFD2:", "SubIFD", "PNG:", "PNG-", "ICC", "Photoshop:", "Adobe:", "JFXX", "MPF", "RIFF:", "GIF:",
             "XMP-xmp:Thumbnail", "XMP-xmpGImg", "Ducky:", "JFIF:", "AVI1:", "JUMBF:", "File:", "XMP-xmpNote:")
    expected = {t: v for t, v in source_tags.items()
                if not STRUCTURE.match(t) and not DERIVED.match(t) and not t.startswith(skip)}
    for part, prefixes in gone.items():
        if any(t.startswith(prefixes) for t in expected) and not any(t.startswith(prefixes) for t in carried):
            tally.check(f"{what} {part}", kind == "mutated", f"lost without a word; warnings {result['warnings']}")
            expected = {t: v for t, v in expected.items() if not t.startswith(prefixes)}
    for tag in sorted(set(expected) | set(carried)):
        if tag in EDITED:
            new_value = EDITED[tag]
            new_value = result[new_value] if new_value in ("width", "height") else new_value
            # What exiftool does not take for a value in a broken block may become one.
            ok = (tag in expected or kind == "mutated") and (new_value is None or carried.get(tag) == [new_value])
            tally.check(f"{what} {tag}", ok, f"{carried.get(tag)}, not {new_value}; the source has {expected.get(tag)}")
        elif kind != "mutated":
            a, b = expected.get(tag), carried.get(tag)
            tally.check(f"{what} {tag}", a == b, f"{b!r:.100} for {a!r:.100}")
    if kind == "ordinary" and exif and new:
        (a, _), (b, after) = directory(exif), directory(new)
        tally.check(f"{what} IFD1", after == 0, str(after))
        if 0x8769 in a:
            a, b = (directory(x, 0x8769)[0].get(0x927c) for x in (exif, new))
            tally.check(f"{what} maker note", a == b, f"{b!r:.100} for {a!r:.100}")


def policies():
    tally = Tally("policies: every source, policy and format, as exiftool reads it")
    for folder in ("in", "out"):
        (WORK / folder).mkdir()
    kinds = made()
    own = {p.name for p in (WORK / "in").iterdir()}
    corpus()
    found = exiftool(WORK / "in")
    jobs, results = [], {}
    for i, path in enumerate(sorted((WORK / "in").iterdir())):
        for policy, format in itertools.product(POLICIES, FORMATS):
            mutated = path.name.startswith("mutated")
            if not mutated or (policy != "none" and format == FORMATS[i % 3]):
                jobs.append((path, policy, format, WORK / "out" / f"{path.name}.{policy}.{format}"))

    def render(job):
        path, policy, format, out = job
        try:
            return json.loads(run("render", path, "-o", out, "--fit", "cover", "--width", 60, "--height", 50, "--json",
                                  "--format", format, "--metadata", policy))
        except Refused as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(render, jobs))
    outputs = exiftool(WORK / "out")
    refused = set()
    for (path, policy, format, out), result in zip(jobs, results):
        kind = kinds.get(path.name, "ordinary" if path.name in own else "corpus")
        if isinstance(result, Refused):
            refused.add(path.name)
            tally.check(f"{path.name} {policy} {format}", kind == "corpus" and result.exit == 4, str(result))
            continue
        what = f"{path.name} {policy} {format}"
        try:
            judge(tally, what, path.read_bytes(), found[path.name], policy, format, result, out.read_bytes(),
                  *outputs[out.name], kind)
        except (KeyError, struct.error) as error:
            tally.check(what, False, f"cannot be followed: {error!r}")
    print(f"  {len(found)} sources, {len(own)} of them made here; {len(outputs)} outputs; "
          f"not compared, refused: {', '.join(sorted(refused)) or 'none'}")
    return tally.end()


if __name__ == "__main__":
    try:
        main(policies)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)

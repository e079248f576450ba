"""Sources for the metadata check: EXIF, XMP and IPTC as written by cameras and editors, in three
containers and both byte orders: intact, broken and mutated.

Everything that no policy keeps contains LOST; everything that only `keep` keeps contains PRIVATE.
"""

import hashlib
import io
import itertools
import random
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from PIL import PngImagePlugin

from common import PHOTOS, ifd, opened, segment

WORK = Path(tempfile.mkdtemp(prefix="cretula-metadata-"))
LOST, PRIVATE = b"LOST", b"PRIVATE"


def block(mark, thumbnail, copyright=(2, "Zoë Photographer\0Éditeur\0".encode()), comment=b"PRIVATE", orientation=6):
    """The EXIF block of a camera, with everything that resizing affects: a Canon maker note, whose
    offsets are relative to the start of the block, GPS, interoperability, and IFD1 with a
    thumbnail."""
    o = {"MM": ">", "II": "<"}[mark]
    s, l = (lambda *v: struct.pack(f"{o}{len(v)}H", *v)), (lambda *v: struct.pack(f"{o}{len(v)}I", *v))
    place = {"exif": 0, "gps": 0, "interop": 0, "maker": 0, "ifd1": 0, "thumbnail": 0}
    for _ in range(2):  # once to determine the lengths, once with the offsets
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
    """Inserts segments after the JFIF header of a JPEG."""
    data = path.read_bytes()
    at = 4 + int.from_bytes(data[4:6], "big")
    path.write_bytes(data[:at] + b"".join(segment(*s) for s in segments) + data[at:])


def pieces(good):
    """One block or packet in several pieces, or as text."""
    half = len(good) // 2
    path = save("split-exif.jpg")
    insert(path, (0xe1, b"Exif\0\0" + good[:half]), (0xe1, b"Exif\0\0" + good[half:]))
    stale = (" xmlns:GDepth='http://ns.google.com/photos/1.0/depthmap/' GDepth:Data='TE9TVA=='"
             " xmlns:xmpDM='http://ns.adobe.com/xmp/1.0/DynamicMedia/' xmpDM:album='PRIVATE'")
    more = ("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
            f"<rdf:Description rdf:about=''{stale}/></rdf:RDF></x:xmpmeta>").encode()
    guid = hashlib.md5(more).hexdigest().upper().encode()
    main = packet().replace(b" tiff:Orientation", b" xmlns:xmpNote='http://ns.adobe.com/xmp/note/' xmpNote:HasExtendedXMP='"
                            + guid + b"' tiff:Orientation")
    path = save("extended-xmp.jpg", xmp=main)
    insert(path, *((0xe1, b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">II", len(more), at)
                    + more[at:at + 200]) for at in range(0, len(more), 200)))
    for kind, content in (("exif", b"Exif\0\0" + good), ("APP1", b"Exif\0\0" + good), ("xmp", packet())):
        path = save(f"raw-{kind}.png")
        data = path.read_bytes()
        text = f"\n{kind}\n{len(content):8}\n{content.hex()}\n".encode()
        chunk = b"zTXt" + f"Raw profile type {kind}\0\0".encode() + zlib.compress(text)
        path.write_bytes(data[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
                         + data[33:])


def made():
    """Writes the sources. Returns {name: expectation} for those that are not ordinary."""
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
        for suffix in ("jpg", "png"):  # damage below IFD0 loses only a directory or an entry
            partly = name in ("cyclic", "exif-is-ifd0", "copyright-outside")
            expected[save(f"broken-{name}.{suffix}", bad).name] = "mutated" if partly else "broken"
    pieces(good)
    rng = random.Random(4)
    for i in range(200):
        bad = bytearray(block(rng.choice(("MM", "II")), thumbnail))
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(rng.choice((60, 200, 500, len(bad))))
            bad[at] = rng.choice((0, 1, 4, 8, 0x7f, 0xff, rng.randrange(256)))
        expected[save(f"mutated-{i}.{('jpg', 'png', 'webp')[i % 3]}", bytes(bad)).name] = "mutated"
    return expected

"""Metadata compared with exiftool: the metadata of every output, for every source, policy and
format.

Checked: under `none`, exiftool finds only structure; under `copyright`, also one EXIF tag with the
bytes of the source; under `keep`, every EXIF, XMP and (JPEG to JPEG) IPTC tag with the value of the
source, except those made untrue by resizing; `exiftool -validate` gives no warning that it does not
give for the source; Pillow opens every output; and a walk over segments, chunks and blocks,
implemented here, finds only allowed ones and no trailing bytes.

Sources: the files in the repository and in the larger corpus that have metadata; files written by
Pillow, exiftool and a builder here, in three containers and both byte orders, with everything that
resizing makes untrue; broken blocks; 200 seeded mutations of a good block.
"""

import itertools
import json
import re
import shutil
import struct
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from common import CORPUS, IMAGES, Refused, Tally, main, opened, own, run
from sources import LOST, PRIVATE, WORK, made

POLICIES, FORMATS = ("none", "copyright", "keep"), ("jpeg", "png", "webp", "gif")

# The tags that exiftool gives for a file with only pixels; the transparent color is structure, too.
STRUCTURE = re.compile(
    r"SourceFile|ExifTool:|System:|Composite:(ImageSize|Megapixels)$|JFIF:(JFIFVersion|ResolutionUnit|[XY]Resolution)$"
    r"|File:(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess|BitsPerSample|ColorComponents"
    r"|YCbCrSubSampling)$"
    r"|PNG:(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|Palette|Transparency"
    r"|AnimationFrames|AnimationPlays)$"
    r"|RIFF:(WebP_Flags|ImageWidth|ImageHeight|VP8Version|HorizontalScale|VerticalScale|AlphaIsUsed"
    r"|Alpha(Preprocessing|Filtering|Compression)|BackgroundColor|AnimationLoopCount|Duration)$"
    r"|GIF:(GIFVersion|ImageWidth|ImageHeight|HasColorMap|ColorResolutionDepth|BitsPerPixel|BackgroundColor"
    r"|TransparentColor|AnimationIterations|FrameCount|Duration)$")
# What an animation has besides.
MOVING = {"jpeg": set(), "gif": set(), "png": {"acTL", "fcTL", "fdAT"}, "webp": {"ANIM", "ANMF"}}
LOOPING = ("extension ff", b"\x0bNETSCAPE2.0")
# Derived by exiftool from tags that are checked: not compared.
DERIVED = re.compile(r"Composite:|File:(ExifByteOrder|CurrentIPTCDigest)$")
# Tags that resizing makes untrue, and their new values; None: removed, or chosen by the output.
EDITED = {
    "IFD0:Orientation": 1, "XMP-tiff:Orientation": 1, "ExifIFD:ColorSpace": 1, "XMP-exif:ColorSpace": 1,
    "IFD0:ImageWidth": "width", "IFD0:ImageHeight": "height", "XMP-tiff:ImageWidth": "width",
    "XMP-tiff:ImageHeight": "height", "ExifIFD:ExifImageWidth": "width", "ExifIFD:ExifImageHeight": "height",
    "XMP-exif:ExifImageWidth": "width", "XMP-exif:ExifImageHeight": "height",
    "InteropIFD:InteropIndex": None, "XMP-photoshop:ICCProfileName": None, "XMP-xmpNote:HasExtendedXMP": None,
    "ExifIFD:SubjectArea": None, "ExifIFD:SubjectLocation": None, "XMP-exif:SubjectArea": None,
}
# Properties about data and pixels that no output has: removed, with one warning.
CLAIMS = re.compile(r"XMP-(GDepth|GFocus|GImage|GAudio|GContainer|Container|hdrgm|HDRGainMap|apple-fi|mwg-rs|MP|acdsee-rs)"
                    r":|XMP-GCamera:(MicroVideo|MotionPhoto)|XMP-GPano:.*Pixels|XMP-iptcExt:ImageRegion")
# Warnings of -validate that are expected for JPEG: only there, exiftool requires a version of the
# right form and tags that a block from another container may lack and a block with only Copyright
# must lack, and disallows tags that belong elsewhere.
REQUIRED = re.compile(r"Missing required JPEG |Invalid value for (ExifIFD tag 0x9000|IFD0 tag 0x0128)|.* is not allowed in JPEG"
                      r"|\[minor\] XMP is missing xpacket wrapper")


def states_color(tags):
    """Whether a file states its color space: by a profile, by PNG chunks, or by EXIF as in DCF."""
    stated = ("ICC", "PNG:SRGBRendering", "PNG:Gamma", "PNG:WhitePointX", "PNG-cICP")
    return (any(tag.startswith(stated) for tag in tags) or tags.get("ExifIFD:ColorSpace") == [2]
            or tags.get("InteropIFD:InteropIndex") == ["R03"])


# --- reading
# ------------------------------------------------------------------------------------------------------


def exiftool(folder):
    """{file name: ({group:tag: [values]}, {warnings})} for every file in a folder, by one
    process."""
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
    """The (name, content) of a file's segments, chunks or blocks. ValueError if the file is
    incomplete."""
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
    """The first EXIF block of a file, starting at its byte-order mark."""
    try:
        whole = b"".join(content[6:] for name, content in parts(data) if name == "e1" and content[:6] == b"Exif\0\0")
        if b"II\x2a\0" not in whole[4:] and b"MM\0\x2a" not in whole[4:] and whole:
            return whole  # one block, in one segment or several
        for name, content in parts(data):
            if name == "zTXt" and content[:21] in (b"Raw profile type exif", b"Raw profile type APP1"):
                digits = zlib.decompress(content[23:]).split(b"\n", 3)[3]
                return bytes.fromhex(digits.decode()).removeprefix(b"Exif\0\0")
            if (name == "e1" and content[:6] == b"Exif\0\0") or name in ("eXIf", "EXIF"):
                return content.removeprefix(b"Exif\0\0")
    except (ValueError, IndexError):
        pass
    return None


def directory(block, pointer=None):
    """{tag: (type, count, value bytes, their offset)} of IFD0 or of the directory that its tag
    `pointer` refers to, and the offset of the next directory."""
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


# --- sources
# ------------------------------------------------------------------------------------------------------


def corpus():
    """Copies the files that have more than pixels."""
    folder = WORK / "corpus"
    folder.mkdir()
    folders = ("exif", "orientation", "jpeg", "webp", "png", "gif")
    for path in [*own(), *sorted(p for f in folders for p in (CORPUS / f).rglob("*"))]:
        if path.suffix.lower() in IMAGES:
            shutil.copy(path, folder / f"{path.parent.name}-{path.name}")
    for name, (tags, _) in exiftool(folder).items():
        if not all(STRUCTURE.match(tag) for tag in tags):
            shutil.move(folder / name, WORK / "in" / name)


# --- checks
# -------------------------------------------------------------------------------------------------------


def judge(tally, what, source, found, policy, format, result, data, tags, warnings, kind):
    """Checks one output. `source` is the source file, `found` is what exiftool finds in it."""
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
    if result["frames"] > 1:
        allowed |= MOVING[format]
        names = [(n, c) for n, c in names if (n, c[:12]) != LOOPING]
    extra = [n for n, _ in names if n not in allowed]
    tally.check(f"{what} parts", not extra, str(extra))
    if format == "jpeg":
        jfif = [content for n, content in names if n == "e0"]
        tally.check(f"{what} JFIF", [(c[:5], len(c)) for c in jfif] == [(b"JFIF\0", 14)], str(jfif))
    if kind != "corpus":
        tally.check(f"{what} LOST", LOST not in data, "has bytes that no policy keeps")
        tally.check(f"{what} PRIVATE", policy == "keep" or PRIVATE not in data, "has bytes that only `keep` keeps")

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
        # Without its thumbnail, the block may fit.
        tally.check(f"{what} EXIF kept", "EXIF" not in dropped or not fits, str(result["warnings"]))
        tally.check(f"{what} dropped is gone", "EXIF" not in dropped or not new, "warned, but still there")
    gone = {"EXIF": ("IFD0:", "ExifIFD:", "GPS:", "InteropIFD:", "Canon:", "MakerNotes:"), "XMP": ("XMP-",),
            "IPTC": ("IPTC:",)}
    if "XMP" in dropped and kind == "ordinary":
        size = max((len(c) for n, c in parts(source) if n in ("iTXt", "XMP ")), default=0)
        tally.check(f"{what} XMP kept", format == "jpeg" and size > 65_000, str(result["warnings"]))
    skip = tuple(prefix for part in dropped for prefix in gone.get(part, ()))
    if format != "jpeg" or not source.startswith(b"\xff\xd8"):
        skip += ("IPTC:",)
    skip += ("IFD1:", "IFD2:", "SubIFD", "PNG:", "PNG-", "ICC", "Photoshop:", "Adobe:", "JFXX", "MPF", "RIFF:", "GIF:",
             "XMP-xmp:Thumbnail", "XMP-xmpGImg", "ExifIFD:OtherImage", "Ducky:", "JFIF:", "AVI1:", "JUMBF:", "File:", "XMP-xmpNote:")
    expected = {t: v for t, v in source_tags.items()
                if not STRUCTURE.match(t) and not DERIVED.match(t) and not t.startswith(skip)}
    for part, prefixes in gone.items():
        if any(t.startswith(prefixes) for t in expected) and not any(t.startswith(prefixes) for t in carried):
            tally.check(f"{what} {part}", kind == "mutated", f"lost without a warning; warnings {result['warnings']}")
            expected = {t: v for t, v in expected.items() if not t.startswith(prefixes)}
    claims = {t for t in expected if CLAIMS.match(t)}
    tally.check(f"{what} claims", not {t for t in carried if CLAIMS.match(t)}
                and ("XMP properties" in dropped) == bool(claims), f"{sorted(claims)}, {result['warnings']}")
    expected = {t: v for t, v in expected.items() if t not in claims}
    for tag in sorted(set(expected) | set(carried)):
        if tag in EDITED:
            new_value = EDITED[tag]
            new_value = result[new_value] if new_value in ("width", "height") else new_value
            # If nothing states the color space of the pixels, the statement in EXIF is left
            # unchanged.
            if tag.endswith(":ColorSpace") and not states_color(source_tags) and carried.get(tag) == expected.get(tag):
                new_value = None
            # A value that exiftool does not accept in a broken block may become valid.
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
    tally = Tally("policies: every source, policy and format, read by exiftool")
    for folder in ("in", "out"):
        (WORK / folder).mkdir()
    kinds = made()
    built = {p.name for p in (WORK / "in").iterdir()}
    corpus()
    found = exiftool(WORK / "in")
    jobs, results = [], {}
    for path in sorted((WORK / "in").iterdir()):
        for policy, format in itertools.product(POLICIES, FORMATS):
            mutation = re.match(r"mutated-(\d+)", path.name)
            if not mutation or (policy != "none" and format == FORMATS[int(mutation[1]) // 3 % 3]):
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
        kind = kinds.get(path.name, "ordinary" if path.name in built else "corpus")
        if isinstance(result, Refused):
            refused.add(path.name)
            tally.check(f"{path.name} {policy} {format}", kind == "corpus" and result.exit == 4, str(result))
            continue
        what = f"{path.name} {policy} {format}"
        try:
            judge(tally, what, path.read_bytes(), found[path.name], policy, format, result, out.read_bytes(),
                  *outputs[out.name], kind)
        except (KeyError, struct.error) as error:
            tally.check(what, False, f"cannot be read: {error!r}")
    print(f"  {len(found)} sources, {len(built)} of them built here; {len(outputs)} outputs; "
          f"not compared, rejected: {', '.join(sorted(refused)) or 'none'}")
    return tally.end()


if __name__ == "__main__":
    try:
        main(policies)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)

"""The frames of animations, compared with a composition by rule, Pillow and libvips: files built here, and every
animated file in the repository and in the larger corpus.

Each is rendered at full size to an APNG, a lossless WebP, and a GIF, in which few colors stay as they are. What is
compared is what is shown at each time: frames that do not change may be merged. Where Pillow or libvips shows something else than Chromium, by
`animation_chromium.py`, it is listed here and not followed.
"""

import warnings
from fnmatch import fnmatch
from functools import lru_cache

import numpy as np

from animation_files import built, composed
from animation_readers import Timeline, differences, kind_of, libvips, pillow, played
from common import CORPUS, Refused, Tally, main, own, run

READERS = {"Pillow": pillow, "libvips": libvips}
READ_BY = {"png": [pillow], "webp": [pillow, libvips], "gif": [pillow, libvips]}
# {reader: {what it does otherwise than Chromium: names of files}}
OTHERWISE = {
    "Pillow": {
        "the background color instead of nothing": ("gif-disposals*", "gif-interlaced", "gif-first-clear", "gif-first-restore",
                                                    "gif-background-of-palette", "gif-opaque-background", "background-color.gif",
                                                    "multiple-loop-counts.gif"),
        "reserved disposals restore": ("gif-disposal-[567]",),
        "the canvas grows": ("gif-beyond-canvas", "gif-screen-*-first-larger", "gif-screen-0x0", "frame-out-of-bounds.gif"),
        "frames without pixels are an error": ("gif-zero-area", "4a6645fbcd37ecd762f24320553a3b1f561af6f3-4",
                                               "f009ba17eb335b4e77ef8bb2f59f07dc09b76b04-5"),
        "the default image shows below the animation": ("apng-hidden-*",),
        "restoring is wrong after restoring": ("apng-binary-alpha", "apng-alpha", "apng-pieces", "apng-rgb*", "apng-gray*",
                                               "apng-palette*", "fcTL-dispose-in-region-previous.png"),
        "the first frame restores to itself": ("apng-first-restore-over",),
        "an interlaced APNG is an error": ("apng-*interlaced",),
    },
    "libvips": {
        "the background color, or black, instead of nothing": (
            "gif-disposals*", "gif-interlaced", "gif-first-clear", "gif-background-of-palette", "gif-opaque-background",
            "background-color.gif", "frame-out-of-bounds.gif", "multiple-loop-counts.gif",
            "4a6645fbcd37ecd762f24320553a3b1f561af6f3-4", "f009ba17eb335b4e77ef8bb2f59f07dc09b76b04-5"),
    },
}


def otherwise(reader, name):
    return any(fnmatch(name, pattern) for patterns in OTHERWISE[reader].values() for pattern in patterns)


@lru_cache(maxsize=8)
def written(data, format):
    """What we make of a file, at full size and without loss."""
    return run("render", "-", "-o", "-", "--fit", "scale-down", "--width", 12000, "--height", 12000, "--format", format,
               *(["--lossless"] if format == "webp" else []), data=data)


def theirs(reader, data):
    """The timeline of a named or given reader, or its exception's text. libvips reads no APNG."""
    if reader == "libvips" and kind_of(data) == "PNG":
        return None
    try:
        return READERS.get(reader, reader)(data)
    except Exception as error:
        return f"{type(error).__name__}: {error}".split("\n")[0]


def tolerance_of(timeline, most=2):
    """Compositions of other alphas than 0 and 255 are rounded in different ways."""
    return most if any(((pixels[..., 3] > 0) & (pixels[..., 3] < 255)).any() for pixels, _ in timeline.frames) else 0


def rule_of(data, size, frames, plays):
    return Timeline([(pixels, played(ms, kind_of(data))) for pixels, ms in composed(size, frames)], plays)


def error_of(data):
    """Our error, or nothing."""
    try:
        written(data, "png")
        return ""
    except Refused as error:
        return str(error)


def rendered(tally, name, data, expected, tolerance, by, read=None):
    """Compares all outputs with a timeline, as each of their readers or `read` reads them."""
    for format in ("png", "webp", "gif"):
        # What a WebP and a GIF can count to.
        most = {"png": 1 << 31, "webp": 65535, "gif": 65536}[format]
        told = Timeline(expected.frames, expected.plays and min(expected.plays, most))
        try:
            made = written(data, format)
        except Refused as error:
            tally.check(f"{name} as {format}", False, str(error))
            continue
        for reader in [read] if read else READ_BY[format]:
            found = in_palette(reader(made), told) if format == "gif" else differences(reader(made), told, tolerance)
            tally.check(f"{name} as {format}", not found, f"ours by {reader.__name__} and {by}: {'; '.join(found[:3])}")


def in_palette(made, expected):
    """How a GIF of ours differs: its colors are chosen, its alpha is on or off, its delays count from 20 ms in
    hundredths of a second."""
    colors = np.unique(np.concatenate([np.unique(np.ascontiguousarray(pixels).view("<u4")) for pixels, _ in expected.frames]))
    alphas = set((colors >> 24).tolist())
    if len(colors) > 255 or alphas - {0, 255} or any(ms < 20 for _, ms in expected.merged().frames):
        return []
    return differences(made, expected, 0, 10)


def scenes():
    """Built files, compared with the composition by rule."""
    tally = Tally("built animations")
    for name, scene in built().items():
        data, rule = scene[0], rule_of(*scene)
        # libwebp, which we follow in a WebP, blends with reciprocals of few bits.
        tolerance = tolerance_of(rule, 4 if kind_of(data) == "WEBP" else 2)
        rendered(tally, name, data, rule, tolerance, "the rule")
        for reader in READERS:
            if (seen := theirs(reader, data)) is not None:
                apart = [seen] if isinstance(seen, str) else differences(seen, rule, tolerance_of(rule, 4))
                tally.check(f"{name} by {reader}", bool(apart) == otherwise(reader, name), f"{reader} and the rule: {apart[:3]}")
    return tally.end()


def animated_files():
    """{path: {reader: timeline or error}} of files in which a reader finds two frames."""
    files = {*own(".gif", ".webp", ".png", ".apng"), *(p for p in CORPUS.rglob("*") if p.is_file())}
    found = {}
    for path in sorted(files):
        data = path.read_bytes()
        if data[:4] in (b"GIF8", b"RIFF", b"\x89PNG") and any(mark in data for mark in (b"GIF8", b"ANMF", b"acTL")):
            each = {reader: theirs(reader, data) for reader in READERS}
            if any(isinstance(seen, Timeline) and len(seen.frames) > 1 for seen in each.values()):
                found[path] = each
    return found


def files():
    """Others' files, compared with Pillow and libvips."""
    tally, refused = Tally("others' animations, compared with Pillow and libvips"), []
    for path, each in animated_files().items():
        data = path.read_bytes()
        followed = {reader: seen for reader, seen in each.items()
                    if isinstance(seen, Timeline) and not otherwise(reader, path.name)}
        if error := error_of(data):
            refused.append(f"{path.name}: {error}")
            tally.check(path.name, may_be_refused(path, error), f"{error}; read by {', '.join(followed)}")
            continue
        for reader, seen in followed.items():
            rendered(tally, path.name, data, seen, tolerance_of(seen, 4), reader)
    print("\n".join(f"  refused: {line}" for line in refused))
    return tally.end()


def may_be_refused(path, error):
    """Malformed files, and those above the default limit of pixels in all frames."""
    return "malformed" in path.parts or "max_total_pixels" in error


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(scenes, files)

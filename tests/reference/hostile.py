"""Hostile input, measured by the operating system: each file in a process of its own, under the
default limits.

Checked for each: the exit code is 0, 4 or 5 (1 only with "panicked" in the message: a caught panic
of a third-party decoder; these are counted and listed), no signal, at most 5 s of wall time, at
most 512 MB of peak memory as counted by the kernel's wait4. In addition, truncated files give an
error and no output, or the output of the whole file.

Inputs: the images in the repository and what fuzzing found, the larger corpus, bombs made here,
truncations, seeded random bytes and seeded mutations.
"""

import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

from animation_files import Frame, apng_file, gif_file, plain, webp_file
from bombs import FILES, animations, effort, ihdr, metadata_blocks, saved, sizes, unpacking
from common import CORPUS, CRETULA, IMAGES, ROOT, Tally, main, own

SECONDS, KILOBYTES, HOPELESS = 5.0, 512 * 1000, 10.0
WORKERS = 2
# Full size and reduced, every encoder, so that every stage gets every kind of input.
WAYS = [("png", "scale-down", 12000, 12000), ("jpeg", "cover", 320, 200), ("webp", "pad", 640, 640),
        ("gif", "contain", 300, 500)]
# Animated outputs, and a still.
MOVING = [("png", "scale-down", 12000, 12000), ("webp", "scale-down", 12000, 12000), ("gif", "scale-down", 12000, 12000),
          ("webp", "pad", 640, 640), ("gif", "contain", 300, 500), ("jpeg", "cover", 320, 200)]
REPORTS = {}


def spend(path, way, data=None, output="/dev/null", metadata="keep", more=()):
    """Renders one file; returns how it ended, its time and its memory."""
    format, fit, width, height = way
    command = [CRETULA, "render", str(path), "-o", output, "--json", "--metadata", metadata, "--format", format,
               "--fit", fit, "--width", str(width), "--height", str(height), *more]
    start = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(data or b"")
        given.seek(0)
        child = subprocess.Popen(command, stdin=given, stdout=out, stderr=err)
        timer = threading.Timer(HOPELESS, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        timer.cancel()
        child.returncode = exit = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        stdout, stderr = out.read(), err.read().decode("utf-8", "replace").strip()
    kind, message = "", ""
    if exit > 0:
        try:
            error = json.loads(stderr.splitlines()[-1])["error"]
            kind, message = error["kind"], error["message"]
        except (ValueError, KeyError, IndexError):
            message = stderr[-300:]
    return SimpleNamespace(exit=exit, kind=kind, message=message, stdout=stdout, seconds=seconds,
                           cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss, path=path, way=way,
                           stderr=stderr, panicked=exit == 1 and "panicked" in stderr)


def judge(title, jobs, more=()):
    """Runs jobs (name, path, way) with more arguments, prints one line, and fails those that break a rule."""
    tally = Tally(title)
    with ThreadPoolExecutor(WORKERS) as pool:
        ends = list(pool.map(lambda job: spend(job[1], job[2], more=more), jobs))
    for (name, path, way), end in zip(jobs, ends):
        if end.seconds > SECONDS and end.exit >= 0:  # again, in case the machine was busy
            end.seconds = min(end.seconds, spend(path, way, more=more).seconds)
        broken = [why for wrong, why in (
            (end.exit not in (0, 4, 5) and not end.panicked, end.stderr[-200:]),
            (end.exit > 0 and not end.kind, "an error without a kind"),
            (end.kind == "limit-exceeded" and not re.search(r"\d", end.message), f"no value in {end.message}"),
            (end.seconds > SECONDS, f"took {end.seconds:.1f} s ({end.cpu:.1f} s of CPU)"),
            (end.memory > KILOBYTES, f"held {end.memory / 1000:.0f} MB")) if wrong]
        what = f"{name} as {way[0]} {way[1]} {way[2]}x{way[3]}"
        tally.check(what, not broken, f"exit {end.exit}: {'; '.join(broken)}")
    REPORTS[title] = [(name, end) for (name, _, _), end in zip(jobs, ends)]
    return tally.end()


def in_ways(paths, ways=1, of=None):
    """Each file in `ways` of the four ways, in rotation."""
    turn = itertools.cycle(WAYS)
    return [(str(p.relative_to(of or FILES)), p, next(turn)) for p in paths for _ in range(ways)]


def whole(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return judge(str(folder.relative_to(CORPUS)), in_ways(files, 1, CORPUS))


def repository():
    found = sorted(p for p in (ROOT / "tests" / "fuzz" / "regressions").rglob("*") if p.is_file())
    return judge("the repository's files", in_ways([*own(), *found], 1, ROOT))


def folders(root):
    return [p for p in sorted(root.iterdir()) if p.is_dir()] if root.is_dir() else []


def malformed():
    return any([whole(p) for p in folders(CORPUS / "malformed")])


def valid():
    return any([whole(p) for p in folders(CORPUS) if p.name != "malformed"])


# --- generated files
# ------------------------------------------------------------------------------------------------


def made(make):
    """Runs a maker in a fork, so that its memory does not count for later children (exec inherits
    the parent's peak)."""
    before = set(FILES.iterdir())
    if (pid := os.fork()) == 0:
        try:
            make()
        except BaseException as error:
            print(f"{make.__name__}: {error!r}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, make.__name__
    return sorted(set(FILES.iterdir()) - before)


def bombs():
    return any([judge(f"bombs: {make.__doc__[:-1]}", in_ways(made(make), 4))
                for make in (sizes, unpacking, effort, metadata_blocks)])


def moving():
    """In each format, with a deadline, which each must keep; of damaged files, the frames that are whole."""
    files = made(animations)
    jobs = [(path.name, path, way) for path in files for way in MOVING]
    title = f"bombs: {animations.__doc__[:-1]}"
    failed = judge(title, jobs, ("--deadline-ms", "4000"))
    tally, ends = Tally("what becomes of them"), {}
    for (name, end), (_, _, way) in zip(REPORTS[title], jobs):
        ends.setdefault((name, way[0]), end)
    for name in ("dots-10001.gif", "dots-10001.webp", "dots-10001.png"):
        tally.check(name, "10001 frames" in ends[name, "webp"].message and "10000" in ends[name, "webp"].message,
                    ends[name, "webp"].message)
    for name in ("cut.gif", "cut.webp", "cut.png"):
        end = ends[name, "webp"]
        tally.check(name, end.kind == "malformed-image", end.message)
        end = spend(FILES / name, MOVING[0], more=("--damaged", "accept"))
        tally.check(f"{name}, accepted", end.exit == 0, end.message)
    for name in ("dots-no-delay.gif", "dots-no-delay.webp", "dots-no-delay.png", "flat-49.gif", "flat-49.webp", "flat-49.png"):
        for way in MOVING[:3]:
            end = ends[name, way[0]]
            if end.kind == "deadline-exceeded":  # on a busy machine
                end = spend(FILES / name, way)
            tally.check(f"{name} as {way[0]}", end.exit == 0, end.message)
    return failed | tally.end()


MAGIC = {"jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", "jpg-bare": b"\xff\xd8\xff", "gif": b"GIF89a",
         "png": ihdr(64, 64), "png-bare": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF\xff\xff\xff\0WEBPVP8 ",
         "webp-lossless": b"RIFF\xff\xff\xff\0WEBPVP8L\0\0\x09\0\x2f", "nothing": b""}


def noise():
    """Random bytes."""
    rng = random.Random(1)
    for name, magic in MAGIC.items():
        saved(f"noise-{name}-10MB", magic, rng.randbytes(10_000_000 - len(magic)))
        for i in range(20):
            saved(f"noise-{name}-{i}", magic, rng.randbytes(rng.choice((0, 1, 7, 50, 500, 5000, 100_000))))


def mutations():
    """Mutations of small valid files."""
    rng = random.Random(2)
    small = [p for folder in ("jpeg", "png", "pngsuite", "webp", "gif", "exif", "orientation")
             for p in sorted((CORPUS / folder).rglob("*.*")) if p.suffix in IMAGES]
    small = [p for p in [*own(), *small] if p.stat().st_size < 60_000]
    for i in range(300):
        path = rng.choice(small)
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice((1, 1, 2, 4, 16))):
            at = rng.randrange(len(data) if rng.random() < 0.5 else min(len(data), 400))
            kind, length = rng.randrange(5), rng.choice((1, 2, 4, 30))
            if kind < 2:
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 2:
                data[at:at + length] = rng.choice((b"\0", b"\xff", b"\x7f", b"\x80")) * length
            elif kind == 3:
                del data[at:at + length]
            else:
                data[at:at] = data[at:at + 100 * length]
            data = data or bytearray(b"\0")
        saved(f"mutation-{i}-{path.name}", data)


def random_bytes():
    return any([judge(make.__doc__[:-1], in_ways(made(make), 1)) for make in (noise, mutations)])


def truncated():
    """One small file per format, truncated at every offset: an error and no output, or the output
    of the whole file."""
    tally = Tally("truncated at every offset")
    small = [ROOT / "tests" / "corpus" / "reported" / name for name in (
        "jpeg-exif-empty-gps.jpg", "jpeg_progressive_trailer.jpg", "png-iccp-no-adler.png", "gif_frame_beside_canvas.gif")]
    small.append(ROOT / "tests" / "images" / "lossy" / "coarse.webp")
    small += [p for e in ("jpg", "png", "webp") if (p := CORPUS / "exif" / f"exif.{e}").exists()]
    REPORTS[tally.name] = []
    for path in small:
        data = path.read_bytes()
        def cut(length):
            return spend("-", ("png", "scale-down", 12000, 12000), data[:length], "-", "none")
        whole = cut(len(data))
        tally.check(path.name, whole.exit == 0, whole.message)
        with ThreadPoolExecutor(WORKERS) as pool:
            ends = list(pool.map(cut, range(len(data))))
        for length, end in enumerate(ends):
            ok = end.stdout == whole.stdout if end.exit == 0 else end.exit == 4 and not end.stdout
            tally.check(f"{path.name} {length}/{len(data)}", ok, f"exit {end.exit} {end.kind}, {len(end.stdout)} bytes "
                        f"out, whole gives {len(whole.stdout)}")
        REPORTS[tally.name] += [(f"{path.name}/{n}", end) for n, end in enumerate(ends)]
    return tally.end()


def truncated_animations():
    """A small animation per format, truncated at every offset: an error, the output of the whole file, or a warning; of
    a GIF between frames, which cannot be distinguished from a whole one, fewer frames. Where damage is accepted, every frame that is
    whole."""
    tally, red = Tally("animations, truncated at every offset"), (255, 0, 0, 255)
    frames = [Frame(plain(6, 5, color)) for color in (red, (0, 0, 255, 255), (0, 255, 0, 255))]
    files = {"gif": gif_file((6, 5), frames), "webp": webp_file((6, 5), frames), "png": apng_file((6, 5), frames)}
    for name, data in files.items():
        # Of the first frame and of the others.
        mark = {"gif": b"!\xf9", "webp": b"ANMF", "png": b"fcTL"}[name]
        starts = [at.start() - (4 if name == "png" else 0) for at in re.finditer(mark, data)]
        # Without its last bytes, the first frame is that of a still image, which is whole without them.
        undetectable = [*starts, starts[1] - 1, starts[1] - 2]
        def cut(length):
            return [spend("-", MOVING[0], data[:length], "-", "none", ("--damaged", damaged)) for damaged in ("refuse", "accept")]
        with ThreadPoolExecutor(WORKERS) as pool:
            ends = list(pool.map(cut, range(len(data) + 1)))
        whole = ends[-1][0]
        tally.check(name, whole.exit == 0, whole.message)
        for length, (refused, accepted) in enumerate(ends):
            reported = refused.exit == 4 and not refused.stdout or refused.stdout == whole.stdout or '"warnings":[]' not in refused.stderr
            tally.check(f"{name} {length}/{len(data)}", reported or name == "gif" and length in undetectable, f"exit {refused.exit} {refused.kind}, "
                        f"{len(refused.stdout)} bytes out, whole gives {len(whole.stdout)}")
            if length >= starts[1]:
                tally.check(f"{name} {length}/{len(data)}, accepted", accepted.exit == 0, accepted.message)
        REPORTS.setdefault(tally.name, []).extend((f"{name}/{n}", end) for n, pair in enumerate(ends) for end in pair)
    return tally.end()


def summary():
    kinds = sorted({end.kind for rows in REPORTS.values() for _, end in rows if end.kind})
    print(f"\n{'':58}{'runs':>6}{'taken':>6}" + "".join(f"{k[-16:]:>18}" for k in kinds) + f"{'panics':>8}")
    for title, rows in REPORTS.items():
        count = Counter(end.kind for _, end in rows)
        slow, large = max(rows, key=lambda r: r[1].seconds), max(rows, key=lambda r: r[1].memory)
        print(f"{title[:56]:58}{len(rows):6}{sum(end.exit == 0 for _, end in rows):6}"
              + "".join(f"{count[k]:18}" for k in kinds) + f"{sum(end.panicked for _, end in rows):8}")
        print(f"    slowest {slow[1].seconds:.2f} s {slow[0]} ({slow[1].way[0]}); "
              f"largest {large[1].memory / 1000:.0f} MB {large[0]} ({large[1].way[0]})")
    for name, end in (row for rows in REPORTS.values() for row in rows if row[1].panicked):
        print(f"caught panic: {name} as {end.way}: {end.message}")
    floor = spend(Path(os.devnull), WAYS[0]).memory
    print(f"(no memory figure can be below that of this script: {floor / 1000:.0f} MB)")
    return False


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            sys.argv.append("summary")
        main(repository, malformed, valid, bombs, moving, random_bytes, truncated, truncated_animations,
             summary)
    finally:
        subprocess.run(["rm", "-rf", str(FILES)])

"""Every file in the repository and in the larger corpus through Rust, C and Python, compared with
Pillow and libvips.

The three APIs must give the same bytes or the same kind of error, without a panic, within the
default limits, five seconds and 512 MB. Files of the corpus that others accept and we reject, and
the reverse, are counted by reason; valid files are named.

`corpus.py --write` writes corpus.md. Without `--write`, the text that would be written is compared
with it, without times and memory.
"""

import re
import subprocess
import sys
import warnings
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from common import CORPUS, LARGER, ROOT, Tally, own
from hostile import KILOBYTES, SECONDS, spend

TABLE = Path(__file__).with_suffix(".md")
PYTHON = ROOT / "target" / "python" / "bin" / "python"
WAY = ("png", "cover", 64, 48)
IN_PYTHON = """
import sys, cretula
from corpus_hash import hashed
renderer = cretula.Renderer(cretula.Limits(deadline=5.0))
for path in sys.stdin.read().splitlines():
    try:
        made = renderer.render(open(path, "rb").read(), fit="cover", width=64, height=48, metadata="keep", format="png")
        print("ok", hashed(bytes(made.data)))
    except cretula.Error as error:
        print(error.kind, "0" * 16)
"""
HASH = """
def hashed(data):
    hash = 0xcbf29ce484222325
    for byte in data:
        hash = (hash ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f"{hash:016x}"
"""
exec(HASH)


def in_rust(path):
    """(kind, hash), and the time and memory used."""
    end = spend(path, WAY, output="-")
    return ("ok", hashed(end.stdout)) if end.exit == 0 else (end.kind, "0" * 16), end


def in_one_process(command, paths, **options):
    done = subprocess.run(command, input="\n".join(map(str, paths)) + "\n", capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command[0]}: exit {done.returncode}: {done.stderr[-500:]}"
    return [tuple(line.split()) for line in done.stdout.splitlines()]


def in_c(paths):
    program, library = ROOT / "target" / "corpus", ROOT / "target" / "release"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", Path(__file__).with_suffix(".c"), "-o", program,
                    f"-I{ROOT / 'include'}", f"-L{library}", "-lcretula", f"-Wl,-rpath,{library}"], check=True)
    names = {"ok": "ok"}
    return [(names.get(name, name.replace("_", "-")), hash) for name, hash in in_one_process([program], paths)]


def in_python(paths):
    folder = ROOT / "target" / "corpus-hash"
    folder.mkdir(exist_ok=True)
    (folder / "corpus_hash.py").write_text(HASH)
    return in_one_process([PYTHON, "-c", IN_PYTHON], paths, env={"PYTHONPATH": str(folder)})


def others(path):
    """Whether Pillow and whether libvips decode the whole file."""
    import pyvips
    from PIL import Image
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = 100_000_000
    data, took = path.read_bytes(), [False, False]
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            image.load()
        took[0] = True
    except Exception:
        pass
    loader = {b"\xff\xd8": "jpegload", b"\x89P": "pngload", b"RI": "webpload", b"GI": "gifload"}.get(data[:2])
    try:
        if loader:
            getattr(pyvips.Image, f"{loader}_buffer")(data, access="sequential", fail_on="error").avg()
            took[1] = True
    except Exception:
        pass
    return tuple(took)


def reason(message):
    """The error message without the details of this file."""
    return re.sub(r"\d+", "N", re.sub(r"0x[0-9a-f]+|\[[^]]*\]|\"[^\"]*\"", "N", message)).strip()


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def main():
    folders = {CORPUS, ROOT / "tests" / "corpus"}
    found = {p for folder in folders for p in folder.rglob("*") if p.is_file() and p.suffix != ".md"}
    files = sorted({*own(), *found})
    tally = Tally("all files through Rust, C and Python")
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(in_rust, files))
    with ProcessPoolExecutor(2) as pool:
        taken = list(pool.map(others, files, chunksize=20))
    folders, kinds, apart, measured = defaultdict(Counter), set(), defaultdict(Counter), {}
    named = defaultdict(list)
    for path, (answer, end), c, python, (pillow, vips) in zip(files, ends, in_c(files), in_python(files), taken):
        name = path.relative_to(CORPUS if path.is_relative_to(CORPUS) else ROOT)
        folder = "/".join(name.parts[:2]) if name.parts[0] == "malformed" else name.parts[0]
        tally.check(str(name), answer == c == python, f"{answer} in Rust, {c} in C, {python} in Python")
        fine = end.exit in (0, 4, 5) and end.seconds < SECONDS and end.memory < KILOBYTES and answer[0] != "internal"
        tally.check(f"{name}: ends well", fine, f"{end.exit} {answer[0]} {end.seconds} s {end.memory} kB {end.message}")
        if not path.is_relative_to(CORPUS):
            continue
        ours, theirs = answer[0] == "ok", pillow or vips
        count = folders[folder]
        count["files"] += 1
        count[answer[0]] += 1
        count["both accept" if ours and theirs else "both reject" if not ours and not theirs
              else "only we accept" if ours else "only we reject"] += 1
        if not ours:
            kinds.add(answer[0])
        who = " and ".join(w for w, took in (("Pillow", pillow), ("libvips", vips)) if took)
        if theirs and not ours:
            why = reason(end.message)
            apart[why][who] += 1
            if not folder.startswith("malformed"):
                named["rejected"].append((f"`{name}`", who, why))
        elif ours and not theirs and not folder.startswith("malformed"):
            named["accepted"].append((f"`{name}`",))
        slow, large = measured.get(folder, ((0, ""), (0, "")))
        measured[folder] = max(slow, (end.seconds, name.name)), max(large, (end.memory, name.name))

    kinds = sorted(kinds)
    columns = ["both accept", "both reject", "only we accept", "only we reject"]
    total = sum(folders.values(), Counter())
    rows = [[folder, count["files"], count["ok"], *(count[k] for k in kinds), *(count[c] for c in columns)]
            for folder, count in [*sorted(folders.items()), ("**all**", total)]]
    text = ["# The corpus: files accepted and rejected", "",
            "Written by `corpus.py --write` and checked by `corpus.py`: each file is rendered to a PNG of 64x48 pixels through the",
            "command line, the C ABI and the Python package, which give the same bytes. *Both* means this library and Pillow 13 or",
            "libvips 8.18, which decode all pixels of a JPEG, PNG, WebP or GIF.", "",
            *table(["folder", "files", "accepted", *kinds, *columns], rows), "",
            "## Files that others accept and we reject, by reason", "",
            *table(["files", "accepted by", "our error"],
                   sorted(((n, who, why) for why, counts in apart.items() for who, n in counts.items()),
                          key=lambda row: (-row[0], row[2], row[1]))), "",
            "## Among the valid files", "",
            *table(["only we reject", "accepted by", "our error"], sorted(named["rejected"])), "",
            *table(["only we accept"], sorted(named["accepted"]))]
    text = "\n".join(text) + "\n"
    figures = ["", "## Measured", "",
               "Whole processes of the command line, two at a time on two cores, including process startup (about 2 ms, 6 MB).", "",
               *table(["folder", "slowest", "", "largest", ""],
                      [(folder, f"{slow[0]:.3f} s", f"`{slow[1]}`", f"{large[0] / 1000:.0f} MB", f"`{large[1]}`")
                       for folder, (slow, large) in sorted(measured.items())])]
    if "--write" in sys.argv:
        TABLE.write_text(text + "\n".join(figures) + "\n")
    elif LARGER:
        known = TABLE.read_text().partition("\n## Measured")[0]
        tally.check("corpus.md", known == text, "other counts or lists: see `git diff` after `corpus.py --write`")
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())

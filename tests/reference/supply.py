"""Checks `tests/supply-chain.md`, the list of dependencies with `unsafe` code and of the data
passed to each.

`supply.py --write` updates versions and counts; the note for a new crate is written by hand.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTES = ROOT / "tests" / "supply-chain.md"


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked"], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def crates():
    """{(name, version): occurrences of the word `unsafe` in its code}, without crates that run only
    in the compiler."""
    packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    packages = {(p["name"], p["version"]): p for p in packages}
    tree = cargo("tree", "-p", "cretula", "-e", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}")
    found = {}
    for line in filter(None, tree.splitlines()):
        name, version = line.split()[0], line.split()[1].lstrip("v")
        sources = Path(packages[name, version]["manifest_path"]).parent / "src"
        code = [re.sub(r"//.*", "", p.read_text(errors="replace")) for p in sources.rglob("*.rs")]
        found[name, version] = sum(len(re.findall(r"\bunsafe\b", text)) for text in code)
    return {crate: count for crate, count in found.items() if count and crate[0] != "cretula"}


def main():
    text = NOTES.read_text()
    notes = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            notes[cells[0].strip("`")] = cells[3]
    true = {name: (version, count) for (name, version), count in crates().items()}
    rows = [f"| `{name}` | {version} | {count} | {notes.get(name, '')} |" for name, (version, count) in sorted(true.items())]
    head = text[:text.index("| crate")]
    new = head + "\n".join(["| crate | version | `unsafe` | purpose and input |", "|---|---|---|---|", *rows]) + "\n"
    if "--write" in sys.argv:
        NOTES.write_text(new)
    wordless = sorted(set(true) - {name for name, note in notes.items() if note})
    print(f"crates with unsafe code: {len(true)}; without a note on their input: {wordless or 'none'}")
    if new != text and "--write" not in sys.argv:
        print(f"{NOTES.name} is out of date: see `git diff` after `supply.py --write`")
        return True
    return bool(wordless)


if __name__ == "__main__":
    sys.exit(main())

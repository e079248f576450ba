"""Compares the contenders on animations, tasks T9 (GIF → GIF) and T10 (GIF → WebP), and writes the record.

`run --animations` installs what this needs.
"""

import argparse
import contextlib
import io
import os
import platform
import shutil
import sys
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

import moving
from measure import Worker, memory, times, written
from quality import resampled
from table import machine, row, said
from tasks import target

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "peers"
WIDTH = 240
TASKS = {"T9": ("gif", "GIF → GIF"), "T10": ("webp", "GIF → WebP q80")}
# sharp's default takes seconds for a GIF.
SLOW = {"gif": {"sharp": 7}, "webp": {}}
COLUMNS = (("ms", "ms, median", "{:.0f}"), ("least", "ms, least", "{:.0f}"), ("cpu", "CPU ms", "{:.0f}"), ("bytes", "bytes", "{}"),
           ("frames", "frames", "{}"), ("psnr", "PSNR", "{:.2f}"), ("blurred", "PSNR, blurred", "{:.2f}"),
           ("worst", "PSNR, worst frame", "{:.2f}"), ("peak", "peak MB", "{:.0f}"), ("idle", "MB after import", "{:.0f}"))


def contenders(format):
    """gifsicle writes only GIF."""
    more = ["gifsicle"] if format == "gif" and shutil.which("gifsicle") else []
    return ["cretula", "sharp", "sharp, effort 1", "Pillow, animated", *more]


def frames_of(data):
    """[(RGB on white, the time of its end in ms)] of an animation."""
    image, found, end = Image.open(io.BytesIO(data)), [], 0
    for number in range(image.n_frames):
        image.seek(number)
        seen = image.convert("RGBA")  # and only then the delay of a WebP is known
        delay = image.info.get("duration", 0)
        end += 100 if image.format == "GIF" and delay < 20 else delay
        found.append((np.asarray(Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")), end))
    return found


def decibels(square):
    return -10 * np.log10(max(square, 1e-9) / 255 ** 2)


class Judge:
    """Holds the exact frames of a source: each resampled by Lanczos3 in floating point."""

    def __init__(self, task):
        crop, size = target(task)
        frames = frames_of(Path(task["path"]).read_bytes())
        self.exact = [(np.clip(resampled(np.float64(pixels), crop, size), 0, 255), end) for pixels, end in frames]

    def of(self, data):
        """What an output shows in the middle of each frame of the source, compared with that frame."""
        shown, start, plain, soft, at = frames_of(data), 0, [], [], 0
        for exact, end in self.exact:
            while at + 1 < len(shown) and shown[at][1] <= (start + end) / 2:
                at += 1
            wrong, start = shown[at][0] - exact, end
            plain.append(np.mean(wrong ** 2))
            # A blur of the difference is the difference of the blurred.
            soft.append(np.mean(gaussian_filter(wrong, (1, 1, 0)) ** 2))
        return {"psnr": decibels(np.mean(plain)), "blurred": decibels(np.mean(soft)), "worst": decibels(np.max(plain)),
                "frames": len(shown)}


def measured(task, rounds, workers):
    names = contenders(task["format"])
    judge, outputs = Judge(task), written(names, task, WORK)
    found = times({name: workers[name] for name in names}, task, rounds, SLOW[task["format"]])
    for name in names:
        peak, idle = memory(name, task, WORK)
        found[name] |= {"peak": peak / 1e6, "idle": idle / 1e6, **judge.of(outputs[name])}
    return found


def document(found, versions, rounds, load):
    """The record; `found` is {title: {contender: figures}}."""
    every = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [f"# Animations beside sharp, Pillow and gifsicle, {date.today()}", "",
             f"{machine()}, load {load:.1f} before the run.", f"{every}, Python {platform.python_version()}.", "",
             f"Written by `benches/peers/run --animations --rounds {rounds}`; `benches/peers/README.md` explains how each figure is",
             "measured. Only ratios from one run are meaningful.", ""]
    for title, each in found.items():
        lines += [row(title, *(head for _, head, _ in COLUMNS)), row("---", *["---:"] * len(COLUMNS))]
        lines += [row(name.removesuffix(", animated"), *(said(form, all[key]) for key, _, form in COLUMNS)) for name, all in each.items()]
        lines.append("")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="benches/peers/run --animations", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="calls of each contender (default 15)")
    parser.add_argument("--tasks", default=",".join(TASKS), help="T9 or T10 (both)")
    parser.add_argument("--output", type=Path, default=ROOT / "benches/record/animation.md", help="the record's path")
    chosen, found, versions, load = parser.parse_args(), {}, {}, os.getloadavg()[0]
    sources = moving.make(WORK / "inputs")
    with contextlib.ExitStack() as open_until_the_end:
        workers = {name: open_until_the_end.enter_context(Worker(name, WORK)) for name in contenders("gif")}
        for worker in workers.values():
            versions |= worker.ask("idle")["versions"]
        for name in chosen.tasks.split(","):
            format, title = TASKS[name]
            for source, (path, size) in sources.items():
                task = {"path": str(path), "source": path.name, "size": size, "fit": "inside", "width": WIDTH, "height": 12000,
                        "format": format, "quality": 80, "animated": True}
                heading = f"{name} {title}, {source} {size[0]}×{size[1]}, {path.stat().st_size} bytes → {WIDTH} wide"
                print(heading, file=sys.stderr)
                found[heading] = measured(task, chosen.rounds, workers)
    chosen.output.write_text(document(found, versions, chosen.rounds, load))
    print(chosen.output.read_text())


if __name__ == "__main__":
    main()

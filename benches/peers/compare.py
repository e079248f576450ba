"""Compares the contenders, and writes the record. `run` installs what this needs."""

import argparse
import contextlib
import os
import sys
from pathlib import Path

import inputs
from measure import Worker, memory, rates, times, written
from quality import Judge
from table import document
from tasks import CONTENDERS, TASKS, contenders

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "peers"


def arguments():
    parser = argparse.ArgumentParser(prog="benches/peers/run",
                                     description="Compares cretula with sharp, pyvips, Pillow and OpenCV.")
    parser.add_argument("--rounds", type=int, default=15, help="calls of each contender (default 15)")
    parser.add_argument("--tasks", default=",".join(TASKS), help="such as T1,T4 (all)")
    parser.add_argument("--quick", action="store_true", help="3 rounds, to see that it works")
    parser.add_argument("--output", type=Path, default=ROOT / "benches/record/peers.md", help="the record's path")
    chosen = parser.parse_args()
    chosen.rounds, chosen.tasks = 3 if chosen.quick else chosen.rounds, chosen.tasks.split(",")
    if unknown := set(chosen.tasks) - set(TASKS):
        parser.error(f"there is no task {', '.join(sorted(unknown))}")
    return chosen


def judged(task, work):
    """{name: PSNR and SSIMULACRA2 of its output, and PSNR of the same image as PNG, without lossy
    compression}."""
    judge, found = Judge(task, work), {}
    lossless = written(contenders(task), {**task, "format": "png"}, work)
    for name, data in written(contenders(task), task, work).items():
        found[name] = {"psnr": judge.psnr(data), "ssimulacra2": judge.ssimulacra2(data),
                       "lossless": judge.psnr(lossless[name])}
    return found


def main():
    chosen, found, versions, load = arguments(), {}, {}, os.getloadavg()[0]
    inputs.make(WORK / "inputs")
    with contextlib.ExitStack() as open_until_the_end:
        workers = {name: open_until_the_end.enter_context(Worker(name, WORK)) for name in CONTENDERS}
        for worker in workers.values():
            versions |= worker.ask("idle")["versions"]
        for name in chosen.tasks:
            task = {**TASKS[name], "path": str(WORK / "inputs" / TASKS[name]["source"])}
            print(name, task["title"], file=sys.stderr)
            taking_part = {contender: workers[contender] for contender in contenders(task)}
            figures = times(taking_part, task, chosen.rounds)
            paired = rates(taking_part, task, max(3, chosen.rounds // 3), figures)
            quality = judged(task, WORK)
            for contender in taking_part:
                peak, idle = memory(contender, task, WORK)
                figures[contender] |= {"rate": paired[contender], "peak": peak / 1e6, "idle": idle / 1e6,
                                       **quality[contender]}
            found[name] = figures
    chosen.output.write_text(document(found, versions, chosen.rounds, load))
    print(chosen.output.read_text())


if __name__ == "__main__":
    main()

"""Time, throughput and memory: each contender in a process of its own, all in rotation."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALONE = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "UV_THREADPOOL_SIZE": "2"}
WARM, CALLS = 2, 3


class Worker:
    """The process of a contender; ask(...) sends a line and waits for the reply."""

    def __init__(self, name, work):
        sharp, _, effort = name.partition(", effort ")
        command = ["node", HERE / "sharp.mjs", effort] if sharp == "sharp" else [sys.executable, HERE / "worker.py", name]
        self.process = subprocess.Popen(command, cwd=work, env={**os.environ, **ALONE}, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, do, task=None, **more):
        self.process.stdin.write(json.dumps({"do": do, **({"task": task} if task else {}), **more}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}")
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def turns(names, rounds):
    """All names in each round, in rotated order."""
    for i in range(rounds):
        yield from names[i % len(names):] + names[:i % len(names)]


def times(workers, task, rounds, fewer={}):
    """{name: median and minimum milliseconds; CPU milliseconds; bytes}; `fewer` are the rounds of slow contenders."""
    found = {name: [] for name in workers}
    for name in turns(list(workers), WARM):
        workers[name].ask("once", task)
    for name in turns(list(workers), rounds):
        if len(found[name]) < fewer.get(name, rounds):
            found[name].append(workers[name].ask("once", task))
    return {name: {"ms": statistics.median(a["ms"] for a in all), "least": min(a["ms"] for a in all),
                   "cpu": statistics.median(a["cpu"] for a in all), "bytes": all[0]["bytes"]}
            for name, all in found.items()}


def rates(workers, task, rounds, single):
    """{name: images per second with two concurrent requests}, each round about 0.3 s long."""
    found = {name: [] for name in workers}
    for name in turns(list(workers), rounds):
        calls = max(2, min(100, round(300 / single[name]["ms"])))
        found[name].append(workers[name].ask("pair", task, calls=calls)["rate"])
    return {name: statistics.median(all) for name, all in found.items()}


def memory(name, task, work):
    """(peak bytes after three runs of the task, peak bytes after the import) of a new process."""
    with Worker(name, work) as worker:
        idle = worker.ask("idle")["peak"]
        return max(worker.ask("once", task)["peak"] for _ in range(CALLS)), idle


def written(names, task, work):
    """{name: the bytes of its output}."""
    found = {}
    for name in names:
        with Worker(name, work) as worker:
            worker.ask("write", task, path=str(work / "output"))
            found[name] = (work / "output").read_bytes()
    return found

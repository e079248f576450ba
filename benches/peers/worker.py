"""A process for one contender in Python: a line of JSON in, a line of JSON out; the clock is read
only around the call.

sharp.mjs accepts the same lines: {"do": "idle"}, and with a task {"do": "once"}, {"do": "pair",
"calls"} or {"do": "write", "path"}.
"""

import json
import os
import resource
import sys
import threading
import time
from functools import lru_cache

from contenders import LOADERS


@lru_cache(maxsize=1)
def source(path):
    with open(path, "rb") as file:
        return file.read()


def peak():
    """The peak memory of the process or of a program that it ran, in bytes."""
    with open("/proc/self/status") as status:
        own = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)


def cpu_time():
    """Of all threads, and of programs that have ended, in seconds."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def once(render, data, task):
    start, cpu = time.perf_counter(), cpu_time()
    out = render(data, task)
    return out, {"ms": (time.perf_counter() - start) * 1e3, "cpu": (cpu_time() - cpu) * 1e3, "bytes": len(out)}


def pair(render, data, task, calls):
    """Two concurrent requests, repeatedly; the images per second of both."""
    ready = threading.Barrier(3)

    def requests():
        render(data, task)
        ready.wait()
        for _ in range(calls):
            render(data, task)
    threads = [threading.Thread(target=requests) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return {"rate": 2 * calls / (time.perf_counter() - start)}


def main():
    versions, render = LOADERS[sys.argv[1]]()
    for line in sys.stdin:
        asked = json.loads(line)
        answer, task = {"versions": versions}, asked.get("task")
        if task:
            data = source(task["path"])
            if asked["do"] == "pair":
                answer = pair(render, data, task, asked["calls"])
            else:
                out, answer = once(render, data, task)
                if asked["do"] == "write":
                    with open(asked["path"], "wb") as file:
                        file.write(out)
        print(json.dumps({**answer, "peak": peak()}), flush=True)


if __name__ == "__main__":
    main()

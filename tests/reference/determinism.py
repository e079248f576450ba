"""The same bytes on other processors: an emulator provides no vector instructions beyond SSE2 and
SSE3, so the library does not detect any. Compared on images of every format, pixel type,
orientation and profile, in every fit and format.
"""

import itertools
import subprocess
from concurrent.futures import ThreadPoolExecutor

from common import CORPUS, CRETULA, IMAGES, Tally, main, own

# The baseline x86-64 processor.
PLAIN = ["qemu-x86_64", "-cpu", "qemu64"]
FITS = itertools.cycle([("scale-down", 90, 70), ("contain", 300, 300), ("cover", 64, 48), ("crop", 50, 90),
                        ("pad", 120, 80)])
FORMATS = itertools.cycle(["png", "jpeg", "webp", "gif"])


def files():
    found = own()
    for folder, each in (("jpeg", 2), ("png", 1), ("pngsuite", 4), ("webp", 1), ("gif", 3), ("orientation", 1)):
        pictures = sorted(p for p in (CORPUS / folder).rglob("*") if p.suffix in IMAGES)
        found += [p for p in pictures[::each] if p.stat().st_size < 2_000_000]
    return found


def rendered(path, options, on=()):
    done = subprocess.run([*on, CRETULA, "render", path, "-o", "-", *map(str, options)], capture_output=True)
    return done.returncode, done.stdout, done.stderr


def same():
    tally, jobs = Tally("the same bytes on a processor without vector instructions"), []
    for path in files():
        jobs.append((path, ["--fit", "scale-down", "--width", 12000, "--height", 12000, "--format", "png",
                            "--color", "preserve"]))
        fit, width, height = next(FITS)
        jobs.append((path, ["--fit", fit, "--width", width, "--height", height, "--format", next(FORMATS)]))

    def both(job):
        return rendered(*job), rendered(*job, on=PLAIN)

    with ThreadPoolExecutor(2) as pool:
        for (path, options), (here, there) in zip(jobs, pool.map(both, jobs)):
            what = f"{path.name} {' '.join(map(str, options))}"
            tally.check(what, here == there, f"exit {here[0]} and {there[0]}, {len(here[1])} and {len(there[1])} bytes")
    return tally.end()


if __name__ == "__main__":
    main(same)

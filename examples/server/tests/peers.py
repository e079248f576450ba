"""Compares the processor time of a request with npm `ipx@3` and PyPI `thumbor`.

Usage: peers.py [--photographs 90] [--record]

All three get the same photographs of 12 megapixels, with one request each for a square of 320 pixels
and for a width of 1600, as JPEG. Nothing is cached. Quality numbers differ between encoders, so the
peers' settings are first chosen such that their JPEGs differ from their own lossless output as much as
this server's do at quality 85 (mean PSNR of luma). Processor time is the kernel's count for each
server's processes, without the client.
"""

import argparse
import contextlib
import http.client
import io
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from photographs import photograph
from service import HASH, TARGET, Server, Tally, free_port, record

OWN = "cretula-server"
SAMPLE = 6  # the number of photographs for matching qualities
QUALITY = 85
TURN = 15  # the number of photographs that a server renders before the next server's turn
SIZES = {"320²": (320, 320), "1600": (1600, None)}
# The minimum advantage over ipx in processor time, as a factor.
PROMISED = {"320²": 2.3, "1600": 3.0}


class Peer:
    """A server, its URL for each photograph, and its processes."""

    def __init__(self, name, port, process, path):
        self.name, self.port, self.process, self.path = name, port, process, path

    def get(self, number, size, quality):
        """The photograph at this size, as a PNG if `quality` is None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", self.path(number, *size, quality))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"{self.name}: {answer.status} {body[:300]!r}")
        return body

    def seconds(self):
        """Processor seconds so far, of the process and its children."""
        total, family = 0.0, {self.process.pid}
        stats = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    stats[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
        for pid in sorted(stats):
            if int(stats[pid][1]) in family:
                family.add(pid)
        for pid in family:
            total += sum(int(ticks) for ticks in stats[pid][11:15])
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmHWM:")[1].split()[0]) / 1000


@contextlib.contextmanager
def running(command, port, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{command[0]} does not start")
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def installed():
    """Installs ipx and thumbor in the build folder, and returns their folder."""
    folder = TARGET / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "ipx").exists():
        npm = shutil.which("npm") or sys.exit("npm is not installed")
        subprocess.run([npm, "install", "--silent", "--prefix", folder, "ipx@3"], check=True)
    python = folder / "venv" / "bin" / "python"
    if not (python.parent / "thumbor").exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "thumbor"], check=True)
    return folder


@contextlib.contextmanager
def ipx(folder, photographs):
    def path(number, width, height, quality):
        size = f"s_{width}x{height},fit_cover" if height else f"w_{width}"
        return f"/{size},{f'q_{quality},f_jpeg' if quality else 'f_png'}/{number}.jpg"

    port = free_port()
    program = folder / "node_modules" / "ipx" / "bin" / "ipx.mjs"
    command = ["node", program, "serve", "--dir", photographs, "--host", "127.0.0.1"]
    with running(command, port, env=os.environ | {"PORT": str(port)}) as process:
        yield Peer("ipx", port, process, path)


@contextlib.contextmanager
def thumbor(folder, photographs):
    def path(number, width, height, quality):
        filters = f"quality({quality}):format(jpeg)" if quality else "format(png)"
        return f"/unsafe/{width}x{height or ''}/filters:{filters}/{number}.jpg"

    port, configuration = free_port(), photographs / "thumbor.conf"
    configuration.write_text("LOADER = 'thumbor.loaders.file_loader'\nALLOW_UNSAFE_URL = True\n"
                             f"FILE_LOADER_ROOT_PATH = {str(photographs)!r}\n")
    program = folder / "venv" / "bin" / "thumbor"
    command = [program, "-i", "127.0.0.1", "-p", str(port), "-c", configuration, "-l", "error"]
    with running(command, port) as process:
        yield Peer("thumbor", port, process, path)


@contextlib.contextmanager
def ours(photographs):
    """This server twice: with its default JPEG, and with progressive JPEG, as ipx and thumbor always write."""
    def path(number, width, height, quality, format=""):
        size = f"w={width},h={height},fit=cover" if height else f"w={width}"
        return f"/{HASH}/p{number}/{size},{f'q={quality}{format}' if quality else 'f=png'}"

    with Server() as server:
        server.api("PATCH", "v1/config", {"flexible_variants": True}).result
        for file in photographs.glob("*.jpg"):
            server.upload(file.read_bytes(), id=f"p{file.stem}").result
        yield (Peer(OWN, server.port, server.child, path),
               Peer(f"{OWN}, `f=jpeg`", server.port, server.child, partial(path, format=",f=jpeg")))


def psnr(a, b):
    a, b = (Image.open(io.BytesIO(data)).convert("L") for data in (a, b))
    squares = ImageStat.Stat(ImageChops.difference(a, b)).sum2[0]
    return 10 * math.log10(255 ** 2 * a.width * a.height / squares)


def coding_quality(peer, size, quality, lossless):
    return sum(psnr(peer.get(n, size, quality), lossless[n]) for n in range(SAMPLE)) / SAMPLE


def matched(peer, size, goal):
    """The peer's quality setting whose PSNR is closest to `goal` in dB, and that PSNR."""
    lossless = [peer.get(n, size, None) for n in range(SAMPLE)]
    low, high = 40, 98
    while high - low > 1:
        middle = (low + high) // 2
        if coding_quality(peer, size, middle, lossless) < goal:
            low = middle
        else:
            high = middle
    found = {quality: coding_quality(peer, size, quality, lossless) for quality in (low, high)}
    return min(found.items(), key=lambda item: abs(item[1] - goal))


def measured(peers, size, qualities, count):
    """Processor milliseconds and kilobytes per request, for each peer. Peers take turns, so that other load on
    the machine affects all of them equally."""
    seconds, total = [0.0] * len(peers), [0] * len(peers)
    for start in range(SAMPLE, SAMPLE + count, TURN):
        numbers = range(start, min(start + TURN, SAMPLE + count))
        for index, (peer, quality) in enumerate(zip(peers, qualities)):
            before = peer.seconds()
            with ThreadPoolExecutor(2) as pool:
                total[index] += sum(pool.map(lambda n: len(peer.get(n, size, quality)), numbers))
            seconds[index] += peer.seconds() - before
    return [(1000 * spent / count, length / count / 1000) for spent, length in zip(seconds, total)]


def scale(spent):
    """The cores for 10⁵ requests per second, of which a CDN serves 95 %: as many small pictures as large ones,
    cores busy 60 % of the time, sources of 3 MB."""
    rows = ["| design | renders per second | cores: cretula-server | ipx | thumbor | source reads |",
            "|---|---:|---:|---:|---:|---:|"]
    for design, renders in (("no stored variants", 5000), ("stored variants, 80 % found", 1000)):
        cores = [f"{renders * sum(spent[label][name] for label in SIZES) / len(SIZES) / 1000 / 0.6:.0f}"
                 for name in (OWN, "ipx", "thumbor")]
        rows.append(f"| {design} | {renders} | {' | '.join(cores)} | {renders * 3 / 1000:.0f} GB/s |")
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--photographs", type=int, default=90)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    tally, folder = Tally("compared with peers"), installed()
    rows = ["| size | server | quality | luma PSNR | kB | processor ms per request | peak MB |",
            "|---|---|---:|---:|---:|---:|---:|"]
    all_spent = {}
    with tempfile.TemporaryDirectory(prefix="cretula-") as name:
        photographs = Path(name)
        for number in range(options.photographs + SAMPLE):
            (photographs / f"{number}.jpg").write_bytes(photograph.__wrapped__(number))
        with (ours(photographs) as (own, progressive), ipx(folder, photographs) as other,
              thumbor(folder, photographs) as third):
            for label, size in SIZES.items():
                lossless = [own.get(n, size, None) for n in range(SAMPLE)]
                goal = coding_quality(own, size, QUALITY, lossless)
                peers = (own, progressive, other, third)
                matches = [(QUALITY, goal)] * 2 + [matched(peer, size, goal) for peer in (other, third)]
                figures = measured(peers, size, [quality for quality, _ in matches], options.photographs)
                spent = all_spent[label] = {peer.name: ms for peer, (ms, _) in zip(peers, figures)}
                for peer, (quality, reached), (ms, kilobytes) in zip(peers, matches, figures):
                    tally.check(f"{peer.name} at {label} has the same quality", abs(reached - goal) < 0.5,
                                f"{reached:.2f} dB, expected {goal:.2f} dB")
                    rows.append(f"| {label} | {peer.name} | {quality} | {reached:.1f} dB | {kilobytes:.0f} | {ms:.0f} | "
                                f"{peer.memory():.0f} |")
                    print(rows[-1], flush=True)
                ratio = spent["ipx"] / spent[own.name]
                tally.check(f"ipx takes at least {PROMISED[label]} times as long at {label}", ratio >= PROMISED[label],
                            f"{ratio:.2f} times")
                print(f"  ipx {ratio:.2f} times, thumbor {spent['thumbor'] / spent[own.name]:.2f} times", flush=True)
    print("\n".join(rows))
    if options.record:
        record("peers", rows)
        record("scale", scale(all_spent))
    tally.end()


if __name__ == "__main__":
    main()

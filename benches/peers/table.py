"""The record, in Markdown."""

import os
import platform
from datetime import date

from tasks import TASKS

COLUMNS = (("ms", "ms, median", "{:.1f}"), ("least", "ms, least", "{:.1f}"), ("cpu", "CPU ms", "{:.1f}"),
           ("rate", "images/s, two at once", "{:.1f}"), ("peak", "peak MB", "{:.0f}"),
           ("idle", "MB after import", "{:.0f}"), ("bytes", "bytes", "{}"), ("psnr", "PSNR", "{:.2f}"), ("ssimulacra2", "SSIMULACRA2", "{:.2f}"),
           ("lossless", "PSNR, written as PNG", "{:.2f}"))


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {platform.system()}"


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def said(form, value):
    return "–" if value is None else form.format(value)


def summary(found):
    """A line per task and mode of cretula, with the best of the others in each respect."""
    yield row("task", "ms: ours, fastest peer", "fastest / ours", "sharp / ours", "two at once: ours / best peer",
              "peak MB: ours, least peer", "PSNR: ours, best peer", "bytes: ours, that peer",
              "SSIMULACRA2: ours, best peer")
    yield row("---", *["---:"] * 8)
    for name, each in found.items():
        peers = {peer: all for peer, all in each.items() if not peer.startswith("cretula")}
        for mode in (mode for mode in each if mode not in peers):
            yield row(*compared(name + mode.removeprefix("cretula"), each[mode], peers))


def compared(name, ours, peers):
    """The cells of a summary line."""
    def best(key, pick):
        return pick((p for p in peers if peers[p][key] is not None), key=lambda p: peers[p][key])

    def beside(key, pick, form):
        return f"{said(form, ours[key])}, {form.format(peers[best(key, pick)][key])} {best(key, pick)}"
    return (name, beside("ms", min, "{:.1f}"), f"{peers[best('ms', min)]['ms'] / ours['ms']:.2f}",
            f"{peers['sharp']['ms'] / ours['ms']:.2f}", f"{ours['rate'] / peers[best('rate', max)]['rate']:.2f}",
            beside("peak", min, "{:.0f}"), beside("psnr", max, "{:.2f}"),
            f"{ours['bytes']}, {peers[best('psnr', max)]['bytes']}", beside("ssimulacra2", max, "{:.2f}"))


def detail(name, each):
    yield row(f"{name} {TASKS[name]['title']}", *(title for _, title, _ in COLUMNS))
    yield row("---", *["---:"] * len(COLUMNS))
    for contender, all in each.items():
        yield row(contender, *(said(form, all[key]) for key, _, form in COLUMNS))


def document(found, versions, rounds, load):
    """The whole record; `found` is {task: {contender: figures}}."""
    said_versions = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [f"# Beside sharp, pyvips, Pillow and OpenCV, {date.today()}", "",
             f"{machine()}, load {load:.1f} before the run.", f"{said_versions}, Python {platform.python_version()}.", "",
             f"Written by `benches/peers/run --rounds {rounds} --tasks {','.join(found)}`; `benches/peers/README.md`",
             "explains how each figure is measured and where the defaults of encoders differ. Only ratios from one run are",
             "meaningful.", ""]
    lines += summary(found)
    for name, each in found.items():
        lines += ["", *detail(name, each)]
    return "\n".join(lines) + "\n"

"""JPEG decoded at full size, 1/2, 1/4 and 1/8, compared with libjpeg-turbo's cjpeg and djpeg.

At full size, every pixel equals djpeg's (`-dct int`), whatever the sampling, the size, the order of
scans and the restarts. At reduced sizes, our samples differ from libjpeg's on purpose: its reduced
transforms give the mean of the corresponding pixels of a full decode, a box filter; ours keep the
low coefficients of the accurate transform, which is closer to a full decode reduced by Lanczos, and
farther from the box filter. Where each block becomes one sample and no samples are blended, both
are equal.
"""

import io
import itertools
import random
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from common import CORPUS, PHOTOS, Refused, Tally, main, opened, own, render

WORKERS = 2
# MCUs are up to 32 pixels per side: less than one, slightly more than one, slightly more than
# several.
SIZES = [(1, 1), (2, 3), (3, 2), (5, 9), (9, 5), (8, 8), (15, 17), (31, 33), (33, 31), (40, 7), (67, 45), (101, 70)]
FACTORS = list(itertools.product(range(1, 5), repeat=2))
# One scan per component, and a progressive script unlike cjpeg's default: chroma late, DC last,
# bands split and joined.
SCANS = {"apart": "0; 1; 2;",
         "late": "0: 0-0, 0, 2; 0: 1-9, 0, 3; 0: 10-63, 0, 1; 2: 0-0, 0, 0; 0: 0-0, 2, 1; 1: 0-0, 0, 1; 0: 1-9, 3, 2;"
                 "2: 1-63, 0, 0; 1: 0-0, 1, 0; 0: 1-9, 2, 1; 1: 1-63, 0, 0; 0: 1-63, 1, 0; 0: 0-0, 1, 0;"}


def tool(*command, data=None):
    done = subprocess.run([str(part) for part in command], input=data, capture_output=True)
    if done.returncode != 0:
        raise Refused(done.returncode, done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def portable(image):
    """The image in the format that cjpeg reads."""
    return b"P%d %d %d 255\n" % (5 if image.mode == "L" else 6, *image.size) + image.tobytes()


def djpeg(data, *more):
    image = Image.open(io.BytesIO(tool("djpeg", "-dct", "int", *more, data=data)))
    image.load()
    return image


def sampled(factors):
    return ",".join(f"{h}x{v}" for h, v in factors)


def whole(factors):
    """Whether libjpeg accepts them: it has no ratios of 3 to 2 or 3 to 4."""
    return all(max(f[axis] for f in factors) % f[axis] == 0 for axis in (0, 1) for f in factors)


def interleaves(factors):
    return sum(h * v for h, v in factors) <= 10


def samplings():
    """Every luma and chroma factor, with Cb and Cr alike; then as many random ones where they
    differ."""
    alike = [(y, c, c) for y, c in itertools.product(FACTORS, repeat=2) if whole((y, c, c))]
    apart = [f for f in itertools.product(FACTORS, repeat=3) if f[1] != f[2] and whole(f)]
    return alike + random.Random(1).sample(apart, len(alike))


def exactly(tally, what, ours, theirs):
    ours, theirs = np.asarray(ours).astype(int), np.asarray(theirs).astype(int)
    same = ours.shape == theirs.shape
    off = np.abs(ours - theirs).max() if same else 255
    tally.check(what, off == 0, f"{ours.shape} {theirs.shape}, off by {off}")


def full():
    """Each sampling, in several sizes, scan orders and restart intervals."""
    tally = Tally("full size: every sampling is bit-exact with djpeg")
    photo = opened(PHOTOS[1].read_bytes()).convert("RGB")
    chance = random.Random(2)
    with tempfile.TemporaryDirectory() as folder:
        for name, script in SCANS.items():
            open(f"{folder}/{name}", "w").write(script)
        ways = [[], ["-restart", "1"], ["-progressive", "-restart", "3B"], ["-optimize", "-restart", "2B"],
                ["-progressive"], ["-scans", f"{folder}/apart"], ["-scans", f"{folder}/apart", "-restart", "5B"],
                ["-scans", f"{folder}/late"]]
        jobs = []
        for factors in samplings():
            # An interleaved MCU would be too large: use one scan per component, or the script,
            # including DC.
            allowed = ways if interleaves(factors) else ways[5:]
            for way in chance.sample(allowed, 2):
                jobs.append((["-sample", sampled(factors), *way], "RGB"))
        jobs += [(["-grayscale", *way], "RGB") for way in ways[:5]] + [(way, "L") for way in ways[:5]]
        jobs += [(["-rgb", *way], "RGB") for way in ways]

        def compare(job):
            (arguments, mode), number = job
            width, height = SIZES[number % len(SIZES)]
            x, y, quality = number * 7 % 300, number * 5 % 200, (30, 75, 90, 100)[number // len(SIZES) % 4]
            part = photo.crop((x, y, x + width, y + height)).convert(mode)
            data = tool("cjpeg", "-quality", quality, *arguments, data=portable(part))
            ours = opened(render(data, "scale-down", 12000, 12000))
            return f"{width}x{height} {' '.join(arguments)}", ours, djpeg(data)

        with ThreadPoolExecutor(WORKERS) as pool:
            for result in pool.map(compare, zip(jobs, itertools.count())):
                exactly(tally, *result)
    return tally.end()


def corpus():
    tally = Tally("full size: files in the repository and the corpus are bit-exact with djpeg")
    others = sorted(p for p in (CORPUS / "jpeg").rglob("*") if p.suffix in (".jpg", ".jpeg"))
    for path in own(".jpg", ".jpeg") + others:
        data = path.read_bytes()
        try:
            ours = opened(render(data, "scale-down", 12000, 12000, "--color", "preserve"))
            theirs = djpeg(data, "-strict")
        except Refused:
            # The rejected files are checked elsewhere, by name; the result for files that djpeg
            # repairs is unspecified.
            continue
        image = Image.open(path)
        # djpeg converts CMYK by its own formula, smooths where later scans are missing, and ignores
        # orientation.
        if image.mode != "CMYK" and ".scan00" not in path.name and image.getexif().get(0x112, 1) == 1:
            # A gray image with an RGB profile is written as RGB.
            exactly(tally, path.name, ours, theirs.convert(ours.mode))
    tally.check("files", tally.passed >= (50 if others else 5), f"only {tally.passed} compared")
    return tally.end()


def single(factors):
    """Whether, at 1/8, each block is one sample and samples are repeated, not blended, as in
    libjpeg."""
    for factor in factors:
        across, down = (max(f[axis] for f in factors) // factor[axis] for axis in (0, 1))
        if (across % 2 == 0 and down % 2 == 0) or (across, down) in ((2, 1), (1, 2)):
            return False
    return True


def rms(a, b):
    return float(np.sqrt(((np.asarray(a).astype(float) - np.asarray(b).astype(float)) ** 2).mean()))


def eighth():
    tally = Tally("1/8: equal to djpeg where each block is one sample")
    photo = opened(PHOTOS[1].read_bytes()).convert("RGB").crop((40, 10, 344, 218))
    jobs = [(factors, way) for factors in samplings() for way in ((), ("-progressive",))
            if interleaves(factors) and single(factors)]

    def compare(job):
        factors, way = job
        data = tool("cjpeg", "-sample", sampled(factors), *way, data=portable(photo))
        return f"{sampled(factors)} {way}", opened(render(data, "scale-down", 38, 26, "--shrink", "fast")), djpeg(data, "-scale", "1/8")

    with ThreadPoolExecutor(WORKERS) as pool:
        for result in pool.map(compare, jobs):
            exactly(tally, *result)
    for way in ((), ("-progressive",)):
        data = tool("cjpeg", "-grayscale", *way, data=portable(photo))
        exactly(tally, f"gray {way}", opened(render(data, "scale-down", 38, 26, "--shrink", "fast")), djpeg(data, "-scale", "1/8"))
    return tally.end()


# By scale in eighths, measured on two photographs at qualities 75 and 90, plus a small margin: the
# largest mean, maximum and rms difference from djpeg's reduced decoding, and our rms distance from
# a full decode reduced by Lanczos, as a fraction of djpeg's distance from that.
USUAL = ("1x1", "2x1", "1x2", "2x2", "4x2", "1x4", "gray")
BOUNDS = {
    4: (1.2, 56, 2.8, 0.95),
    2: (1.3, 36, 2.3, 0.99),
    # Chroma with two samples per block differs from libjpeg's; at a ratio of two it is blended, not
    # repeated.
    1: (0.95, 28, 2.2, 1.015),
}


def reduced():
    tally = Tally("reduced: at least as close to a Lanczos reduction of the full decode as djpeg")
    worst = {}
    jobs = itertools.product(range(2), (75, 90), USUAL, (False, True))
    for which, quality, luma, progressive in jobs:
        photo = opened(PHOTOS[which].read_bytes()).convert("RGB")
        width, height = (side // 8 * 8 for side in photo.size)
        photo = photo.crop((0, 0, width, height))
        sampling = ["-grayscale"] if luma == "gray" else ["-sample", f"{luma},1x1,1x1"]
        data = tool("cjpeg", "-quality", quality, *sampling, *["-progressive"] * progressive, data=portable(photo))
        decoded = djpeg(data)
        for eighths in (4, 2, 1):
            size = (width * eighths // 8, height * eighths // 8)
            ours, theirs = opened(render(data, "scale-down", *size, "--shrink", "fast")), djpeg(data, "-scale", f"{eighths}/8")
            off = np.abs(np.asarray(ours).astype(int) - np.asarray(theirs))
            lanczos, box = (decoded.resize(size, how) for how in (Image.LANCZOS, Image.BOX))
            nearness = rms(ours, lanczos) / rms(theirs, lanczos)
            measured = (off.mean(), off.max(), rms(ours, theirs), nearness)
            worst[eighths] = tuple(max(pair) for pair in zip(measured, worst.get(eighths, (0, 0, 0, 0))))
            name = f"photo {which} {luma} quality {quality}{' progressive' * progressive} {eighths}/8"
            detail = "mean {:.3f} max {} rms {:.3f} Lanczos {:.3f}".format(*measured)
            near = all(value <= bound for value, bound in zip(measured, BOUNDS[eighths]))
            tally.check(name, near, f"{detail} (<= {BOUNDS[eighths]})")
            # The claim about libjpeg at the head of this file, on which the comparison above
            # depends.
            if eighths > 1:
                tally.check(f"{name}: djpeg is a box filter", rms(theirs, box) <= rms(ours, box),
                            f"{rms(theirs, box):.3f} {rms(ours, box):.3f}")
    for eighths, (mean, maximum, apart, nearness) in worst.items():
        noise = 20 * np.log10(255 / apart)
        print(f"  {eighths}: worst mean {mean:.3f}, maximum {maximum}, rms {apart:.3f} (PSNR {noise:.2f} dB), "
              f"rms from Lanczos {nearness:.3f} of djpeg's")
    return tally.end()


if __name__ == "__main__":
    main(full, corpus, eighth, reduced)

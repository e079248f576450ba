"""WebP compared with libwebp (through Pillow): lossless images of every effort, palette size and
kind of content; lossy images with alpha, and with rarely used settings of `cwebp`; animations;
modified files; and the WebP files in the repository and in the larger corpus. All samples are
equal, except the colors of fully transparent pixels.
"""

import io
import itertools
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from common import CORPUS, PHOTOS, Refused, Tally, main, opened, own, render


def decoded(data):
    """Our decoded image as RGBA, with black for fully transparent pixels."""
    return seen(opened(render(data, "scale-down", 12000, 12000, "--color", "preserve")))


def seen(image):
    samples = np.array(image.convert("RGBA"))
    samples[samples[..., 3] == 0] = 0
    return samples


def encoded(image, **options):
    out = io.BytesIO()
    image.save(out, "WEBP", **options)
    return out.getvalue()


def pictures():
    """(name, image): photographs, flat graphics with few colors, gradients, noise, alpha, odd
    sizes."""
    photo, rng = opened(PHOTOS[0].read_bytes()).convert("RGB"), np.random.default_rng(1)
    for width, height in ((1, 1), (2, 1), (1, 5), (7, 7), (16, 16), (33, 17), (255, 3), (3, 260), (400, 267)):
        part = photo.resize((width, height), Image.LANCZOS)
        yield f"photo {width}x{height}", part
        alpha = Image.fromarray(rng.integers(0, 256, (height, width), np.uint8) & 0xe0)
        part = part.copy()
        part.putalpha(alpha)
        yield f"alpha {width}x{height}", part
        for colors in (1, 2, 3, 4, 5, 16, 17, 200, 256):
            indices = rng.integers(0, colors, (height, width), np.uint8)
            palette = rng.integers(0, 256, (colors, 4), np.uint8)
            palette[:, 3] |= 1
            yield f"{colors} colors {width}x{height}", Image.fromarray(palette[indices], "RGBA")
    yield "noise", Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8))
    y, x = np.mgrid[:200, :300]
    yield "gradient", Image.fromarray(np.dstack([x * 255 // 300, y * 255 // 200, (x + y) & 255]).astype(np.uint8))
    yield "wide", photo.resize((12000, 2))
    yield "high", photo.resize((2, 12000))
    text = Image.new("RGBA", (300, 200), (255, 255, 255, 0))
    text.paste((20, 30, 90, 255), (10, 10, 200, 60))
    text.paste((200, 30, 90, 128), (100, 40, 290, 190))
    yield "graphics", text


def compare(job):
    name, data = job
    try:
        ours, theirs = decoded(data), seen(opened(data))
    except Refused as error:
        return name, False, str(error)
    if ours.shape != theirs.shape:
        return name, False, f"{ours.shape}, not {theirs.shape}"
    off = np.abs(ours.astype(int) - theirs)
    return name, off.max() == 0, f"{(off > 0).any(axis=2).sum()} pixels off by up to {off.max()}"


def judged(title, jobs):
    tally = Tally(title)
    with ThreadPoolExecutor(2) as pool:
        for result in pool.map(compare, jobs):
            tally.check(*result)
    return tally.end()


def lossless():
    jobs = []
    for name, picture in pictures():
        # At method 6 and quality 100, libwebp takes many seconds for a large picture of noise.
        highest = 75 if min(picture.size) > 250 else 100
        for method, quality in ((0, 0), (2, 50), (4, 75), (6, highest)):
            data = encoded(picture, lossless=True, exact=True, method=method, quality=quality)
            jobs.append((f"{name} method {method} quality {quality}", data))
    return judged("lossless WebP", jobs)


def lossy():
    jobs = [(f"{name} quality {quality} alpha {alpha}",
             encoded(picture, quality=quality, alpha_quality=alpha, method=method))
            for name, picture in pictures() if picture.mode == "RGBA"
            for quality, alpha, method in ((30, 100, 0), (80, 100, 4), (95, 40, 6))]
    jobs += [(f"{name} quality 80", encoded(picture, quality=80))
             for name, picture in pictures() if picture.mode == "RGB"]
    return judged("lossy WebP, with alpha and without", jobs)


def settings():
    """The settings of `cwebp` for segments, filters, partition sizes and effort."""
    chosen = {"photo 33x17", "photo 400x267", "noise", "gradient", "photo 16x16"}
    grid = itertools.product((1, 4), (0, 30, 100), (0, 3, 7), ("-strong", "-nostrong"), ((4, 0), (75, 4), (97, 6)))
    grid = [(f"-segments {segments} -f {strength} -sharpness {sharpness} {kind} -q {quality} -m {method} "
             f"-sns {i * 7 % 100} -partition_limit {i * 13 % 100}")
            for i, (segments, strength, sharpness, kind, (quality, method)) in enumerate(grid)]

    def written(job):
        (name, png), options = job
        done = subprocess.run(["cwebp", "-quiet", *options.split(), "-o", "-", "--", png], check=True, capture_output=True)
        return f"{name} {options}", done.stdout

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        files = {name: f"{folder}/{name}.png" for name in chosen}
        for name, picture in pictures():
            if name in chosen:
                picture.save(files[name])
        jobs = list(pool.map(written, itertools.product(files.items(), grid)))
    return judged("lossy WebP of any settings", jobs)


def animated():
    jobs = []
    for name, picture in pictures():
        if min(picture.size) > 15 and max(picture.size) < 500:
            for options in ({"lossless": True}, {"quality": 70}, {"allow_mixed": True}):
                turned = [picture.rotate(angle) for angle in (90, 180)]
                jobs.append((f"{name} {options}", encoded(picture, save_all=True, append_images=turned, **options)))
    return judged("the first frame of an animation", jobs)


def changed():
    """Small files and alpha with a bit flipped in each byte: rejected by one of the decoders, or
    equal in both."""
    tally, counts = Tally("WebP with a bit flipped in each byte"), {}
    chosen = {"photo 33x17": {"lossless": True}, "5 colors 33x17": {"lossless": True}, "graphics": {"lossless": True},
              "alpha 16x16": {"quality": 50}, "17 colors 7x7": {"lossless": True, "method": 6},
              "photo 400x267": {"quality": 5}, "noise": {"quality": 60, "method": 6}, "gradient": {"quality": 90}}
    jobs = []
    for name, picture in pictures():
        if name in chosen:
            data = encoded(picture, exact=True, **chosen[name])
            start, end = 20 + (b"VP8L" in data) * 5, len(data)
            if b"ALPH" in data:
                start, end = data.find(b"ALPH") + 8, data.find(b"VP8 ")
            for at in range(start, min(end, start + 700)):
                jobs.append((f"{name} byte {at}", data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]))

    def both(job):
        try:
            ours = decoded(job[1])
        except Refused:
            ours = None
        try:
            theirs = seen(opened(job[1]))
        except OSError:
            theirs = None
        return job[0], ours, theirs

    with ThreadPoolExecutor(2) as pool:
        for name, ours, theirs in pool.map(both, jobs):
            kind = ("accepted" if ours is not None else "rejected", "accepted" if theirs is not None else "rejected")
            counts[kind] = counts.get(kind, 0) + 1
            alike = ours is None or theirs is None or (ours.shape == theirs.shape and (ours == theirs).all())
            tally.check(name, alike, "pixels differ")
    print("  ours, libwebp:", counts)
    return tally.end()


def corpus():
    # Pillow fills the canvas outside the first frame of two of them; the third is broken.
    other = ("webp_anim_uncovered.webp", "webp_anim_one_lossy_frame.webp", "webp_error_text.webp")
    files = [p for p in own(".webp") if p.name not in other] + sorted((CORPUS / "webp").rglob("*.webp"))
    return judged("WebP files in the repository and the corpus", [(path.name, path.read_bytes()) for path in files])


if __name__ == "__main__":
    main(lossless, lossy, settings, animated, changed, corpus)

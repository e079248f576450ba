"""Quality: how far a contender's picture is from the exact one.

The exact one: the source decoded whole through Pillow, cropped by the fit's fractional box, resampled once by
Lanczos3 in 64-bit floating point, premultiplied where there is alpha, clipped at the end; no rounding before, no compression after.
PSNR is over its unrounded RGB samples; SSIMULACRA2 over the rounded ones. What has alpha is laid on black and on white,
and the worse figure counts.
"""

import io
import re
import subprocess

import numpy as np
from PIL import Image
from scipy.sparse import csr_array

from tasks import target


def weights(length, start, extent, out):
    """The matrix of Lanczos3 that takes `extent` samples from `start` to `out`, renormalized at the edges."""
    scale = extent / out
    rows, columns, values = [], [], []
    for i in range(out):
        centre, reach = start + (i + 0.5) * scale, 3 * max(scale, 1)
        x = np.arange(max(0, int(np.ceil(centre - reach - 0.5))), min(length, int(np.floor(centre + reach - 0.5)) + 1))
        d = (x + 0.5 - centre) / max(scale, 1)
        w = np.sinc(d) * np.sinc(d / 3)
        rows += [i] * len(x)
        columns += list(x)
        values += list(w / w.sum())
    return csr_array((values, (rows, columns)), shape=(out, length))


def resampled(samples, crop, size):
    """Rows, then columns, of an array of height × width × channels."""
    (x, y, width, height), (out_width, out_height) = crop, size
    h, w, c = samples.shape
    down = weights(h, y, height, out_height) @ samples.reshape(h, w * c)
    down = np.ascontiguousarray(down.reshape(out_height, w, c).transpose(1, 0, 2))
    across = weights(w, x, width, out_width) @ down.reshape(w, out_height * c)
    return across.reshape(out_width, out_height, c).transpose(1, 0, 2)


def samples(data):
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA" if "A" in image.getbands() else "RGB"), np.float64)


def grounds(pixels, premultiplied=False):
    """RGB as it is, or RGBA on black and on white."""
    if pixels.shape[2] == 3:
        return [pixels]
    color, alpha = pixels[..., :3], pixels[..., 3:] / 255
    color = color if premultiplied else color * alpha
    return [color, color + 255 * (1 - alpha)]


class Judge:
    """Holds one task's exact picture."""

    def __init__(self, task, work):
        with open(task["path"], "rb") as file:
            source = samples(file.read())
        if source.shape[2] == 4:
            source[..., :3] *= source[..., 3:] / 255
        crop, self.size = target(task)
        exact = np.clip(resampled(source, crop, self.size), 0, 255)
        self.exact, self.work = [np.clip(ground, 0, 255) for ground in grounds(exact, premultiplied=True)], work

    def psnr(self, data):
        """In decibels over RGB; None of a picture of another size."""
        found = samples(data)
        if found.shape[1::-1] != self.size:
            return None
        return min(-10 * np.log10(np.mean((a - b) ** 2) / 255 ** 2) for a, b in zip(self.exact, grounds(found)))

    def ssimulacra2(self, data):
        """100 is the same, 90 cannot be told from it, 70 is high quality; None of a picture of another size."""
        found = samples(data)
        if found.shape[1::-1] != self.size:
            return None
        scores = []
        for pictures in zip(self.exact, grounds(found)):
            paths = [self.work / name for name in ("exact.png", "found.png")]
            for path, picture in zip(paths, pictures):
                Image.fromarray(np.uint8(picture + 0.5)).save(path, compress_level=1)
            said = subprocess.run([self.work / "bin/ssimulacra2_rs", "image", *paths], capture_output=True, text=True,
                                  check=True).stdout
            scores.append(float(re.search(r"-?\d+\.\d+", said)[0]))
        return min(scores)

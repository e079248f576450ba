"""Quality: the difference between the image of a contender and the exact image.

The exact image: the source decoded completely by Pillow, cropped to the fractional box of the fit,
resampled once by Lanczos3 in 64-bit floating point, premultiplied if there is alpha, clipped at the
end, without rounding before or compression after. PSNR uses its unrounded RGB samples, SSIMULACRA2
the rounded ones. Images with alpha are composited on black and on white, and the worse figure
counts.
"""

import io
import re
import subprocess

import numpy as np
from PIL import Image
from scipy.sparse import csr_array

from tasks import target


def weights(length, start, extent, out):
    """The Lanczos3 matrix that maps `extent` samples from `start` to `out` samples, renormalized at
    the edges."""
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
    """RGB unchanged, or RGBA composited on black and on white."""
    if pixels.shape[2] == 3:
        return [pixels]
    color, alpha = pixels[..., :3], pixels[..., 3:] / 255
    color = color if premultiplied else color * alpha
    return [color, color + 255 * (1 - alpha)]


class Judge:
    """Holds the exact image of one task."""

    def __init__(self, task, work):
        with open(task["path"], "rb") as file:
            source = samples(file.read())
        if source.shape[2] == 4:
            source[..., :3] *= source[..., 3:] / 255
        crop, self.size = target(task)
        exact = np.clip(resampled(source, crop, self.size), 0, 255)
        self.exact, self.work = [np.clip(ground, 0, 255) for ground in grounds(exact, premultiplied=True)], work

    def psnr(self, data):
        """In decibels over RGB; None for an image of another size."""
        found = samples(data)
        if found.shape[1::-1] != self.size:
            return None
        return min(-10 * np.log10(np.mean((a - b) ** 2) / 255 ** 2) for a, b in zip(self.exact, grounds(found)))

    def ssimulacra2(self, data):
        """100 is identical, 90 indistinguishable, 70 high quality; None for an image of another
        size."""
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

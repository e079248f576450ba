"""The inputs: photographs from PyPI wheels at their original size, side by side to the size of a
camera image.

Nothing is enlarged, because that would make the images softer, and their files smaller, than those
of a camera. Neighbors are mirrored, so that no row of a PNG repeats. README.md gives the sources of
the photographs.
"""

import bz2
import io
import subprocess
import sys
import zipfile

import numpy as np
from PIL import Image

WHEELS = {"scipy": "1.11.4", "scikit-image": "0.26.0", "scikit-learn": "1.9.1"}
SMALL = [("scikit_image", "skimage/data/coffee.png"), ("scikit_learn", "sklearn/datasets/images/china.jpg"),
         ("scikit_image", "skimage/data/astronaut.png"), ("scikit_learn", "sklearn/datasets/images/flower.jpg"),
         ("scikit_image", "skimage/data/rocket.jpg")]
FLIPS = [lambda p: p, lambda p: p[:, ::-1], lambda p: p[::-1], lambda p: p[::-1, ::-1]]


def downloaded(folder):
    """Downloads the wheels. They are only read as archives: those of all platforms contain the same
    photographs."""
    for name, version in WHEELS.items():
        if not list(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")):
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                            "--no-deps", "--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64",
                            "--platform=manylinux2014_x86_64", "--dest", folder, f"{name}=={version}"], check=True)


def photographs(folder):
    """(the raccoon of 1024×768, the smaller photographs), as arrays."""
    def read(package, member):
        with zipfile.ZipFile(next(folder.glob(f"{package}-*.whl"))) as wheel:
            return wheel.read(member)
    downloaded(folder)
    raccoon = np.frombuffer(bz2.decompress(read("scipy", "scipy/misc/face.dat")), np.uint8).reshape(768, 1024, 3)
    return raccoon, [np.asarray(Image.open(io.BytesIO(read(*where))).convert("RGB")) for where in SMALL]


def cut(photo, width, height, turn):
    """A window of a photograph, at a different position for each turn, and mirrored."""
    down, right = photo.shape[0] - height, photo.shape[1] - width
    y, x = down * (turn * 5 % 7) // 6, right * (turn * 3 % 5) // 4
    return FLIPS[turn % 4](photo[y:y + height, x:x + width])


def mosaic(raccoon, small, width, height, cells):
    """An image of cells × cells: the raccoon and four of the smaller photographs, alternating."""
    w, h = width // cells, height // cells
    out, turn = np.empty((height, width, 3), np.uint8), 0
    for row in range(cells):
        for column in range(cells):
            cell = out[row * h:(row + 1) * h, column * w:(column + 1) * w]
            if (row + column) % 2 == 0:
                cell[:] = cut(raccoon, w, h, turn // 2 + row)
            else:
                for corner in range(4):
                    y, x = corner // 2 * (h // 2), corner % 2 * (w // 2)
                    photo = small[(turn * 4 + corner) % len(small)]
                    cell[y:y + h // 2, x:x + w // 2] = cut(photo, w // 2, h // 2, turn + corner)
            turn += 1
    return Image.fromarray(out)


def alpha(width, height):
    """A soft-edged ellipse: transparent, opaque, and every level in between."""
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    return Image.fromarray(np.uint8(np.clip(1.25 - np.hypot(x, y), 0, 0.5) * 2 * 255 + 0.5))


def make(folder):
    """Writes the missing inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "small.jpg").exists():
        return
    raccoon, small = photographs(folder)
    large, middle = mosaic(raccoon, small, 4000, 3000, 4), mosaic(raccoon, small, 2048, 1536, 2)
    large.save(folder / "p12.jpg", quality=90)
    large.save(folder / "p12-progressive.jpg", quality=90, progressive=True)
    middle.save(folder / "p3.png")
    middle.save(folder / "p3.webp", quality=85)
    middle.putalpha(alpha(*middle.size))
    middle.save(folder / "p3-rgba.png")
    Image.fromarray(cut(raccoon, 800, 600, 1)).save(folder / "small.jpg", quality=83)

"""The contenders in Python, each in the mode that its documentation recommends, with one thread per
request.

A loader imports only one library, so that the memory of the process is that of the library, and
returns (versions, render), where render(data, task) → bytes may be called from two threads at once.
"""

import io
import threading
from functools import partial

from tasks import target


def cretula(**options):
    """One renderer per thread."""
    import cretula
    local = threading.local()

    def render(data, task):
        if not hasattr(local, "renderer"):
            local.renderer = cretula.Renderer()
        fit = {"inside": "scale-down", "cover": "cover"}[task["fit"]]
        quality = {} if task["format"] == "gif" else {"quality": task["quality"]}
        return local.renderer.render(data, fit=fit, width=task["width"], height=task["height"], format=task["format"],
                                     **quality, **options).data
    return {"cretula": cretula.__version__}, render


def pyvips():
    """`thumbnail_buffer`, which decodes to a smaller size; no cache, VIPS_CONCURRENCY=1."""
    import pyvips
    pyvips.cache_set_max(0)

    def render(data, task):
        crop = {"crop": "centre"} if task["fit"] == "cover" else {}
        image = pyvips.Image.thumbnail_buffer(data, task["width"], height=task["height"], size="down", **crop)
        if task["format"] == "png":
            return image.pngsave_buffer()
        return getattr(image, task["format"] + "save_buffer")(Q=task["quality"])
    return {"pyvips": pyvips.__version__, "libvips": ".".join(str(pyvips.version(i)) for i in range(3))}, render


def pillow(gap):
    """`draft` to at least `gap` times the size, then Lanczos; 2 is the default of
    `Image.thumbnail`, 1 is fastest."""
    import PIL
    from PIL import Image, ImageOps, features

    def render(data, task):
        image = Image.open(io.BytesIO(data))
        size = target(task)[1]
        image.draft(None, (gap * size[0], gap * size[1]))
        if task["fit"] == "cover":
            image = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
        else:
            image = image.resize(size, Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, task["format"], **({} if task["format"] == "png" else {"quality": task["quality"]}))
        return out.getvalue()
    return {"Pillow": PIL.__version__, "Pillow's libjpeg-turbo": features.version("libjpeg_turbo"),
            "Pillow's libwebp": features.version("webp")}, render


def opencv():
    """The smallest reduced decoding that is large enough, then INTER_AREA; the caller supplies the
    size of the source."""
    import cv2
    import numpy
    cv2.setNumThreads(1)
    reduced = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4,
               8: cv2.IMREAD_REDUCED_COLOR_8}

    def render(data, task):
        (w, h), cover = task["size"], task["fit"] == "cover"
        pick = max if cover else min
        scale = min(pick(task["width"] / w, task["height"] / h), 1)
        by = max(n for n in reduced if n * scale <= 1) if task["source"].endswith("jpg") else 1
        flag = cv2.IMREAD_UNCHANGED if task["source"].endswith("rgba.png") else reduced[by]
        image = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), flag)
        size = task["width"], task["height"]
        if cover:
            h, w = image.shape[:2]
            width, height = min(w, round(h * size[0] / size[1])), min(h, round(w * size[1] / size[0]))
            x, y = (w - width) // 2, (h - height) // 2
            image = image[y:y + height, x:x + width]
        else:
            size = round(w * scale), round(h * scale)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        quality = {"jpeg": cv2.IMWRITE_JPEG_QUALITY, "webp": cv2.IMWRITE_WEBP_QUALITY}.get(task["format"])
        return cv2.imencode("." + task["format"], image, [quality, task["quality"]] if quality else [])[1].tobytes()
    return {"OpenCV": cv2.__version__}, render


def pillow_animated():
    """Each frame by Lanczos; delays and the loop count as read."""
    import PIL
    from PIL import Image, features

    def render(data, task):
        image, size = Image.open(io.BytesIO(data)), target(task)[1]
        frames, delays = [], []
        for number in range(image.n_frames):
            image.seek(number)
            delays.append(image.info.get("duration", 0))
            frames.append(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))
        out = io.BytesIO()
        lossy = {"quality": task["quality"]} if task["format"] == "webp" else {}
        frames[0].save(out, task["format"], save_all=True, append_images=frames[1:], duration=delays,
                       loop=image.info.get("loop", 0), **lossy)
        return out.getvalue()
    return {"Pillow": PIL.__version__, "Pillow's libwebp": features.version("webp")}, render


def gifsicle():
    """The program, with its own resampling and the palette of the source."""
    import subprocess
    version = subprocess.run(["gifsicle", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]

    def render(data, task):
        command = ["gifsicle", "-O3", "--resize", f"{task['width']}x_"]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout
    return {"gifsicle": version}, render


LOADERS = {"cretula": cretula, "cretula, fast": partial(cretula, shrink="fast"), "cretula, effort 4": partial(cretula, effort=4),
           "pyvips": pyvips, "Pillow": partial(pillow, 2), "Pillow, gap 1": partial(pillow, 1), "OpenCV": opencv,
           "Pillow, animated": pillow_animated, "gifsicle": gifsicle}

"""The tasks, in terms that all contenders support.

`fit` is `cover` (fill the box, crop the overflow, centered) or `inside` (fit inside the box, never
enlarge).
"""

CONTENDERS = ("cretula", "cretula, fast", "cretula, effort 4", "sharp", "pyvips", "Pillow", "Pillow, gap 1", "OpenCV")


def task(title, source, size, fit, width, height, format):
    return {"title": title, "source": source, "size": size, "fit": fit, "width": width, "height": height,
            "format": format, "quality": 80}


TASKS = {
    "T1": task("12 MP JPEG → cover 320×320 JPEG q80", "p12.jpg", (4000, 3000), "cover", 320, 320, "jpeg"),
    "T2": task("12 MP JPEG → scale-down 1600 JPEG q80", "p12.jpg", (4000, 3000), "inside", 1600, 1600, "jpeg"),
    "T3": task("12 MP progressive JPEG → cover 320×320 JPEG q80", "p12-progressive.jpg", (4000, 3000), "cover", 320, 320,
               "jpeg"),
    "T4": task("2048×1536 PNG RGBA → 800 wide PNG", "p3-rgba.png", (2048, 1536), "inside", 800, 800, "png"),
    "T5": task("2048×1536 PNG RGB → 800 wide WebP q80", "p3.png", (2048, 1536), "inside", 800, 800, "webp"),
    "T6": task("2048×1536 lossy WebP → 640 wide JPEG q80", "p3.webp", (2048, 1536), "inside", 640, 640, "jpeg"),
    "T7": task("12 MP JPEG → 1024 wide WebP q80", "p12.jpg", (4000, 3000), "inside", 1024, 1024, "webp"),
    "T8": task("800×600 JPEG → cover 200×200 JPEG q80", "small.jpg", (800, 600), "cover", 200, 200, "jpeg"),
}


def contenders(asked):
    """The contenders of a task: only JPEGs can be decoded at a reduced size, only WebPs written
    with more effort."""
    of_jpeg, of_webp = asked["source"].endswith(".jpg"), asked["format"] == "webp"
    takes_part = {"cretula, fast": of_jpeg, "Pillow, gap 1": of_jpeg, "cretula, effort 4": of_webp}
    return [name for name in CONTENDERS if takes_part.get(name, True)]


def target(asked):
    """((x, y, width, height) of the shown part of the source, (width, height) of the output),
    exactly by the fit."""
    (w, h), (width, height) = asked["size"], (asked["width"], asked["height"])
    if asked["fit"] == "cover":
        scale = max(width / w, height / h)
        crop = width / scale, height / scale
        return ((w - crop[0]) / 2, (h - crop[1]) / 2, *crop), (width, height)
    scale = min(width / w, height / h, 1)
    return (0, 0, w, h), (max(1, int(w * scale + 0.5)), max(1, int(h * scale + 0.5)))

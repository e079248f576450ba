"""What readers show of an animation: a timeline of frames as RGBA, with milliseconds, and how often it plays."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass
class Timeline:
    """`plays` is 0 for ever, None if the reader does not tell."""
    frames: list
    plays: int | None

    def merged(self):
        """Without frames that do not change; colors of transparent pixels are black."""
        seen = []
        for pixels, ms in self.frames:
            pixels = pixels * (pixels[..., 3:] > 0)
            if seen and np.array_equal(seen[-1][0], pixels):
                seen[-1] = seen[-1][0], seen[-1][1] + ms
            else:
                seen.append((pixels, ms))
        return Timeline(seen, self.plays)


def played(ms, format):
    """Browsers play a GIF's delay below 20 ms as 100 ms."""
    return 100 if format == "GIF" and ms < 20 else ms


def kind_of(data):
    return {b"GI": "GIF", b"RI": "WEBP"}.get(data[:2], "PNG")


def pillow(data):
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        # Pillow counts the default image of an APNG that is not part of its animation.
        for number in range(1 if image.info.get("default_image") else 0, getattr(image, "n_frames", 1)):
            image.seek(number)
            pixels = image.convert("RGBA") if image.mode != "I;16" else sixteen_bit_gray(image)
            frames.append((np.array(pixels), played(image.info.get("duration", 0), image.format)))
        loop = image.info.get("loop")
        if image.format == "GIF":
            # The number of repetitions.
            loop = 1 if loop is None else loop and loop + 1
    return Timeline(frames, loop)


def sixteen_bit_gray(image):
    """Pillow would clip."""
    return Image.fromarray(np.uint8(np.asarray(image).astype(np.uint32) * 255 / 65535 + 0.5)).convert("RGBA")


def libvips(data):
    import pyvips
    format = kind_of(data)
    load = {"GIF": pyvips.Image.gifload_buffer, "WEBP": pyvips.Image.webpload_buffer}[format]
    image = load(data, n=-1, fail_on="error")
    known = image.get_fields()
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.bands == 3:
        image = image.addalpha()
    height = image.get("page-height") if "page-height" in known else image.height
    delays = image.get("delay") if "delay" in known else [0]
    pages = image.numpy().reshape(-1, height, image.width, 4)
    delays = [*delays, *[delays[-1]] * len(pages)]
    return Timeline([(page, played(ms, format)) for page, ms in zip(pages, delays)], image.get("loop") if "loop" in known else None)


def apart(a, b):
    """How far each pixel is from the other as it is seen: colors count as far as they are opaque."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    seen = [np.concatenate([p[..., :3] * p[..., 3:] / 255, p[..., 3:]], 2) for p in (a, b)]
    return np.abs(seen[0] - seen[1]).max(2)


def distance(a, b):
    """The largest difference of a sample as it is seen, or None for other sizes."""
    if a.shape != b.shape:
        return None
    return 0 if np.array_equal(a, b) else float(apart(a, b).max())


def differences(a, b, tolerance=0, unit=1):
    """[texts] of how two timelines differ: by more than `tolerance` in a sample, by `unit` milliseconds in when a frame
    ends, in how often they play. What never changes is a still, which has no times."""
    found = []
    if tolerance:  # frames that are nearly the same are merged by one reader only
        one, other = spread(a), spread(b)
    else:
        one, other = a.merged().frames, b.merged().frames
    still = len(one) == len(other) == 1
    if not still and None not in (a.plays, b.plays) and a.plays != b.plays:
        found.append(f"plays {a.plays} and {b.plays} times")
    if len(one) != len(other):
        return [*found, f"{len(one)} and {len(other)} frames: {[ms for _, ms in one][:12]} and {[ms for _, ms in other][:12]} ms"]
    ahead = 0
    for number, ((p, p_ms), (q, q_ms)) in enumerate(zip(one, other)):
        ahead += p_ms - q_ms
        # An APNG counts what is longer than a minute in coarser units.
        if abs(ahead) >= max(unit, q_ms / 5000) and not still:
            found.append(f"frame {number} takes {p_ms} and {q_ms} ms, and ends {ahead} ms apart")
        if (far := distance(p, q)) is None or far > tolerance:
            found.append(f"frame {number}: {where(p, q, tolerance)}")
    return found


def spread(timeline):
    """The merged frames, where a difference of two does not count as a change."""
    seen = []
    for pixels, ms in timeline.merged().frames:
        if seen and (distance(seen[-1][0], pixels) or 0) <= 2 and seen[-1][0].shape == pixels.shape:
            seen[-1] = seen[-1][0], seen[-1][1] + ms
        else:
            seen.append((pixels, ms))
    return seen


def where(a, b, tolerance):
    """The first pixel that differs by more, and how many do."""
    if a.shape != b.shape:
        return f"{a.shape[1]}x{a.shape[0]} and {b.shape[1]}x{b.shape[0]} pixels"
    off = np.argwhere(apart(a, b) > tolerance)
    y, x = off[0]
    return f"{len(off)} of {a.shape[0] * a.shape[1]} pixels, first x {x} y {y}: {a[y, x].tolist()} and {b[y, x].tolist()}"

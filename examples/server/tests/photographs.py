"""Generates any number of different photographs of 12 megapixels for load.py and peers.py, from the
repository's own small one."""

import io
import random
from functools import cache

from PIL import Image, ImageEnhance

from service import ROCKET


@cache
def photograph(number, width=4000, height=3000):
    """A JPEG of 2 to 4 MB, like a camera's: a crop of the photograph with different brightness, and grain."""
    randomness = random.Random(number)
    with Image.open(ROCKET) as source:
        scale = randomness.uniform(0.55, 0.98)
        w, h = int(source.height * scale * 4 / 3), int(source.height * scale)
        x, y = randomness.randint(0, source.width - w), randomness.randint(0, source.height - h)
        picture = source.convert("RGB").crop((x, y, x + w, y + h)).resize((width, height), Image.Resampling.BICUBIC)
    picture = ImageEnhance.Brightness(picture).enhance(randomness.uniform(0.9, 2.2))
    tile = Image.effect_noise((1000, 1000), randomness.uniform(24, 44))
    grain = Image.new("L", picture.size)
    for left in range(0, width, 1000):
        for top in range(0, height, 1000):
            grain.paste(tile.rotate(90 * randomness.randint(0, 3)), (left, top))
    picture = Image.blend(picture, Image.merge("RGB", [grain] * 3), 0.12)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling="4:2:0")
    return out.getvalue()

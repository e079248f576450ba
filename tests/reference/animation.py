"""How animations play, compared with Pillow: frames, loop count and duration of every animated file in
the repository and in the larger corpus.
"""

import json

from PIL import Image

from common import CORPUS, Refused, Tally, main, own, run

# Pillow ignores a loop count after the first frame. libvips takes the last one, too.
OTHER_RULE = {"multiple-loop-counts.gif": (4, 41, 400)}


def ours(path):
    info = json.loads(run("inspect", path, "--json"))
    return info["frames"], info["loopCount"], info["durationMs"]


def theirs(path):
    with Image.open(path) as image:
        frames, milliseconds = 0, 0
        # Pillow counts the default image of an APNG that is not part of its animation.
        for number in range(1 if image.info.get("default_image") else 0, getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            delay = image.info.get("duration", 0)
            frames += 1
            milliseconds += 100 if image.format == "GIF" and delay < 20 else delay
        loop = image.info.get("loop")
        if image.format == "GIF":
            # The number of repetitions.
            loop = 1 if loop is None else loop and loop + 1
        return frames, loop, round(milliseconds)


def playback():
    tally, animated = Tally("how animations play, compared with Pillow"), 0
    kinds = (".gif", ".webp", ".png", ".apng")
    files = {*own(*kinds), *(path for path in CORPUS.rglob("*") if path.suffix in kinds)}
    for path in sorted(files):
        try:
            mine, other = ours(path), OTHER_RULE.get(path.name) or theirs(path)
        except (Refused, OSError, EOFError, SyntaxError, ValueError) as error:
            print(f"  not compared: {path.name}: {error}")
            continue
        if max(mine[0], other[0]) > 1:
            animated += 1
            tally.check(path.name, mine == other, f"{mine}, Pillow {other}")
    tally.check("animated files", animated > 20, animated)
    return tally.end()


if __name__ == "__main__":
    main(playback)

"""Animations as Chromium shows them: each composed frame and its duration from `ImageDecoder` of WebCodecs, which is
the decoder of its `<img>`, without the delays that `<img>` prolongs.

Playwright drives Debian's Chromium (`apt-get install chromium`). Without Chromium or Playwright, nothing is compared.
"""

import base64
import shutil
import warnings

import numpy as np

from animation_files import built
from animation_frames import animated_files, error_of, may_be_refused, otherwise, rendered, rule_of, theirs, tolerance_of
from animation_readers import Timeline, differences, kind_of, played
from common import Tally, main

FRAMES = """async ([data, type]) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const decoder = new ImageDecoder({ data: bytes, type, premultiplyAlpha: "none", colorSpaceConversion: "none",
                                       preferAnimation: true });
    await decoder.tracks.ready;
    await decoder.completed;
    const track = decoder.tracks.selectedTrack, frames = [];
    for (let frameIndex = 0; frameIndex < track.frameCount; frameIndex++) {
        const { image } = await decoder.decode({ frameIndex, completeFramesOnly: true });
        const pixels = new Uint8Array(image.allocationSize({ format: "RGBA" }));
        await image.copyTo(pixels, { format: "RGBA" });
        let text = "";
        for (let at = 0; at < pixels.length; at += 30000)
            text += String.fromCharCode(...pixels.subarray(at, at + 30000));
        frames.push([image.codedWidth, image.codedHeight, image.duration, btoa(text)]);
        image.close();
    }
    return [track.repetitionCount === Infinity ? null : track.repetitionCount, frames];
}"""
# Bytes of all frames, which go through Chromium's protocol as text.
MOST = 20_000_000
TYPES = {"GIF": "image/gif", "WEBP": "image/webp", "PNG": "image/png"}


def missing():
    """What is missing to run Chromium, or nothing."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "Playwright"
    return "" if shutil.which("chromium") else "Chromium"


class Chromium:
    """A reader like those of `animation_readers`, as a context manager."""
    __name__ = "Chromium"

    def __enter__(self):
        from playwright.sync_api import sync_playwright
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        self.page = self.browser.new_page()
        # WebCodecs needs a secure context, which localhost is.
        self.page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        self.page.goto("http://localhost/")
        return self

    def __exit__(self, *_):
        self.browser.close()
        self.playwright.stop()

    def __call__(self, data):
        format = kind_of(data)
        repetitions, frames = self.page.evaluate(FRAMES, [base64.b64encode(data).decode(), TYPES[format]])
        timeline = [(np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height, width, 4),
                     played((duration or 0) / 1000, format)) for width, height, duration, pixels in frames]
        return Timeline(timeline, 0 if repetitions is None else repetitions + 1)


def scenes():
    """Built files: Chromium shows what the rule says, of the source and of our output."""
    tally = Tally("built animations in Chromium")
    with Chromium() as chromium:
        for name, scene in built().items():
            rule = rule_of(*scene)
            found = differences(chromium(scene[0]), rule, tolerance_of(rule, 4))
            tally.check(name, not found, f"Chromium and the rule: {found[:3]}")
            rendered(tally, name, scene[0], rule, tolerance_of(rule, 4), "the rule in Chromium", chromium)
    return tally.end()


def files():
    """Others' files: our output shows what the source shows, and the list of who does otherwise is right."""
    tally = Tally("others' animations in Chromium")
    with Chromium() as chromium:
        for path, each in animated_files().items():
            largest = max(sum(pixels.size for pixels, _ in seen.frames) for seen in each.values() if isinstance(seen, Timeline))
            if largest > MOST:
                print(f"  left out for its size: {path.name}")
                continue
            data, seen = path.read_bytes(), theirs(chromium, path.read_bytes())
            if not isinstance(seen, Timeline):
                tally.check(path.name, "malformed" in path.parts, seen)
                continue
            for reader, other in each.items():
                if other is not None:
                    apart = [other] if isinstance(other, str) else differences(other, seen, tolerance_of(seen, 4))
                    tally.check(f"{path.name} by {reader}", bool(apart) == otherwise(reader, path.name),
                                f"{reader} and Chromium: {apart[:3]}")
            if error := error_of(data):
                tally.check(path.name, may_be_refused(path, error), error)
            else:
                rendered(tally, path.name, data, seen, tolerance_of(seen, 4), "Chromium", chromium)
    return tally.end()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if missing():
        print(f"animations in Chromium: skipped, because {missing()} is not installed")
    else:
        main(scenes, files)

"""Probing, placing and rendering, and the options that are refused."""

from __future__ import annotations

import copy
import io
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import CHELSEA, IMAGES, ROCKET

import cretula
from cretula import Limits, OutputOptions, Renderer, VariantOptions


def test_probe_reads_the_properties_of_an_image() -> None:
    info = cretula.probe(ROCKET)
    assert info == cretula.Info("jpeg", 640, 427, 1, 1, 8, False, True, False)
    assert (info.format, info.width, info.has_profile, info.media_type) == ("jpeg", 640, True, "image/jpeg")
    assert cretula.probe(CHELSEA).format == "png"


def moving_gif() -> bytes:
    image = pytest.importorskip("PIL.Image")
    frames = [image.new("RGB", (8, 8), color) for color in ("red", "lime", "lime", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=[50, 0, 30, 70], loop=4)
    return file.getvalue()


def test_probe_gives_the_loop_count_and_the_duration() -> None:
    info = cretula.probe(moving_gif())
    assert info.loop_count == 5 and info.frames >= 3


@pytest.mark.parametrize("format", ["gif", "webp", "png"])
def test_an_animation_stays_one(format: Any) -> None:
    source = moving_gif()
    given = cretula.probe(source)
    made = cretula.render(source, fit="scale-down", width=4, format=format)
    assert (made.info.frames, made.info.loop_count) == (3, 5)
    assert made.info.duration_ms == given.duration_ms
    assert cretula.probe(made.data) == made.info
    whole = cretula.render(source, fit="scale-down", width=4, format=format, whole_frames=True)
    assert (whole.info.frames, whole.info.duration_ms) == (given.frames, given.duration_ms)
    first, all_of_it = Renderer().render_set(source, ["w=4,anim=false", "w=4"], format=format)
    assert (first.info.frames, all_of_it.data) == (1, made.data)
    with pytest.raises(TypeError):
        cretula.render(source, fit="scale-down", width=4, whole_frames=1)  # type: ignore[arg-type]


def test_render_returns_the_properties_of_its_output() -> None:
    made = cretula.render(ROCKET, fit="cover", width=160, height=90, format="webp", quality=70)
    assert (made.format, made.width, made.height) == ("webp", 160, 90)
    assert (made.media_type, made.extension) == ("image/webp", "webp")
    assert made.info == cretula.Info("webp", 160, 90, 1, 1, 8, False, False, False)
    assert made.warnings == [] and isinstance(made.data, bytes)
    assert cretula.probe(made.data) == made.info
    assert repr(made.data) not in repr(made)


def test_a_renderer_and_the_function_give_the_same_result() -> None:
    with Renderer() as renderer:
        for fit in ("scale-down", "contain", "cover", "crop", "pad"):
            options: Any = dict(fit=fit, width=90, height=70, format="png", background="#10203040")
            assert renderer.render(ROCKET, **options) == cretula.render(ROCKET, **options)


def test_a_set_is_in_order_and_each_variant_has_its_own_options() -> None:
    tall = VariantOptions("pad", 20, 60)
    with Renderer() as renderer:
        made = renderer.render_set(
            CHELSEA,
            [
                tall,
                (tall, OutputOptions(format="webp")),
                {"fit": "crop", "width": 33, "height": 22, "format": "jpeg", "quality": 30},
            ],
            format="gif",
        )
        assert [(m.format, m.width, m.height) for m in made] == [
            ("gif", 20, 60), ("webp", 20, 60), ("jpeg", 33, 22),
        ]
        assert renderer.render_set(CHELSEA, []) == []
        with pytest.raises(cretula.LengthError, match="at most 1024 variants, got 1025"):
            renderer.render_set(CHELSEA, [tall] * 1025)
        refused: list[Any] = [7, (tall, tall), {"width": 1, "height": 1}, {**vars(tall), "blur": 1}]
        for options in refused:
            with pytest.raises(TypeError):
                renderer.render_set(CHELSEA, [options])


def test_warnings_are_returned() -> None:
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x8298] = "me"
    file = io.BytesIO()
    image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
    made = cretula.render(file.getvalue(), fit="pad", width=4, height=4, metadata="keep", format="gif")
    assert len(made.warnings) == 1 and "EXIF" in made.warnings[0]
    kept = cretula.render(file.getvalue(), fit="pad", width=4, height=4, metadata="copyright")
    assert kept.info.has_exif and kept.warnings == []


def test_backgrounds() -> None:
    image = pytest.importorskip("PIL.Image")
    for background, color in [
        (None, (255, 255, 255, 255)), ("#102030", (16, 32, 48, 255)), ("#10203080", (16, 32, 48, 128)),
        ("transparent", (255, 255, 255, 0)), ("#00000000", (0, 0, 0, 0)),
    ]:
        made = cretula.render(ROCKET, fit="pad", width=40, height=80, format="png", background=background)
        corner = image.open(io.BytesIO(made.data)).convert("RGBA").getpixel((0, 0))
        assert corner == color or corner[3] == color[3] == 0
    for wrong in ("102030", "#12345", "#1234567g", "#１２３４５６", "whit", ""):
        with pytest.raises(cretula.InvalidArgumentError, match="a color must be"):
            cretula.render(ROCKET, fit="pad", width=4, height=8, background=wrong)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("width", 0, "width must be a whole number of pixels, 1 or more, got 0"),
        ("width", 12_001, "got 12001"),
        ("width", -1, "width must be a whole number from 0 to 4294967295, got -1"),
        ("height", 1 << 32, "got 4294967296"),
        ("height", 1 << 200, "one with 201 bits"),
        ("fit", "stretch", "fit must be one of scale-down, contain, cover, crop, pad, squeeze, scale-up, aspect-crop; got 'stretch'"),
        ("metadata", "all", "metadata must be one of none, copyright, keep"),
        ("format", "bmp", "format must be one of source, jpeg, png, webp, gif, avif"),
        ("color", "cmyk", "color must be one of srgb, preserve"),
        ("shrink", "coarse", "shrink must be one of fine, fast, never"),
        ("damaged", "ignore", "damaged must be one of refuse, accept"),
        ("quality", 0, "quality must be a whole number from 1 to 100, got 0"),
        ("quality", 101, "got 101"),
        ("effort", 0, "effort must be a whole number from 1 to 6, got 0"),
        ("effort", 7, "got 7"),
    ],
)
def test_values_out_of_range_are_named(name: str, value: Any, says: str) -> None:
    options: dict[str, Any] = {"fit": "cover", "width": 9, "height": 9, name: value}
    with pytest.raises(cretula.InvalidArgumentError) as caught:
        cretula.render(ROCKET, **options)
    assert says in str(caught.value)
    assert isinstance(caught.value, ValueError) and caught.value.code == 5400


@pytest.mark.parametrize("value", [None, 1.5, "9", True, [], b"9"])
@pytest.mark.parametrize(
    "name",
    [
        "fit", "width", "height", "metadata", "format", "quality", "color", "shrink", "effort", "damaged", "limits",
    ],
)
def test_values_of_another_type_are_type_errors(name: str, value: Any) -> None:
    words = ("fit", "metadata", "format", "color", "shrink", "damaged")
    # `None` is a value for these: a side may be left out.
    optional = value is None and name in ("width", "height", "limits")
    if optional or (value == "9" and name in words):
        return
    options: dict[str, Any] = {"fit": "cover", "width": 9, "height": 9, name: value}
    with pytest.raises(TypeError, match=name):
        cretula.render(ROCKET, **options)


def test_limits_bound_a_call() -> None:
    for limits in (Limits(max_input_bytes=10), Limits(max_pixels=10), Limits(max_side=639)):
        with pytest.raises(cretula.LimitExceededError):
            cretula.probe(ROCKET, limits=limits)
    with pytest.raises(cretula.LimitExceededError):
        cretula.render(ROCKET, fit="pad", width=99, height=99, limits=Limits(max_memory_bytes=1000))
    wide = Limits(max_input_bytes=1 << 64 - 1, max_side=20_000, max_frames=3, deadline=60.5)
    assert Renderer(wide).render(ROCKET, fit="pad", width=13_000, height=1).width == 13_000
    for wrong in (0, -1, 1 << 64):
        with pytest.raises(cretula.InvalidArgumentError, match="max_pixels"):
            Limits(max_pixels=wrong)
    seconds: list[float] = [0, -1.0, float("nan"), float("inf")]
    for wrong_deadline in seconds:
        with pytest.raises(cretula.InvalidArgumentError, match="deadline"):
            Limits(deadline=wrong_deadline)
    with pytest.raises(TypeError, match="max_side"):
        Limits(max_side="9")  # type: ignore[arg-type]


def test_a_renderer_can_be_pickled_and_copied() -> None:
    limits = Limits(max_side=500, deadline=30.0)
    with Renderer(limits) as renderer:
        assert renderer.limits == limits and Renderer().limits == Limits()
        twins = [copy.copy(renderer), copy.deepcopy(renderer)]
        twins += [pickle.loads(pickle.dumps(renderer, protocol)) for protocol in range(2, 6)]
    for twin in twins:
        assert type(twin) is Renderer and twin.limits == limits
        assert twin.render(CHELSEA, fit="pad", width=9, height=9).width == 9
        with pytest.raises(cretula.LimitExceededError):
            twin.render(ROCKET, fit="pad", width=9, height=9)
    with pytest.raises(cretula.Error, match="the Renderer is closed"):
        pickle.dumps(renderer)


def test_bytes_are_those_of_the_command_line(tmp_path: Path) -> None:
    program = os.environ.get("CRETULA_CLI")
    if not program:
        pytest.skip("CRETULA_CLI does not name the command line's binary")
    out = tmp_path / "out.webp"
    options = ["--fit", "cover", "--width", "200", "--height", "150", "--quality", "77"]
    subprocess.run([program, "render", str(IMAGES / "rocket.jpg"), "-o", str(out), *options], check=True)
    made = cretula.render(ROCKET, fit="cover", width=200, height=150, quality=77, format="webp")
    assert made.data == out.read_bytes()


def test_formats() -> None:
    assert [cretula.format_of_extension(e) for e in ("jpg", "JPEG", "webp", "bmp", "")] == [
        "jpeg", "jpeg", "webp", None, None,
    ]
    assert (cretula.media_type("gif"), cretula.extension("jpeg")) == ("image/gif", "jpg")
    with pytest.raises(cretula.InvalidArgumentError):
        cretula.media_type("source")


def test_damaged_images_are_refused_or_rendered_as_far_as_they_can_be_read() -> None:
    cut = ROCKET[: len(ROCKET) // 2]
    with pytest.raises(cretula.MalformedImageError):
        cretula.render(cut, fit="contain", width=64, height=64, format="png")
    with pytest.raises(cretula.MalformedImageError):
        cretula.render(cut, fit="contain", width=64, height=64, format="png", damaged="refuse")
    shown = cretula.render(cut, fit="contain", width=64, height=64, format="png", damaged="accept")
    assert (shown.width, shown.height) == (64, 43)
    assert len(shown.warnings) == 1 and "image damaged at byte" in shown.warnings[0]
    whole = cretula.render(ROCKET, fit="contain", width=64, height=64, format="png", damaged="accept")
    assert whole.warnings == []
    accepting = cretula.Renderer().render_set(cut, [{"fit": "contain", "width": 9, "height": 9}], damaged="accept")
    assert len(accepting) == 1


def test_either_side_may_be_left_out() -> None:
    assert cretula.render(ROCKET, fit="contain", width=320).info[1:3] == (320, 214)
    assert cretula.render(ROCKET, fit="contain", height=214).info[1:3] == (321, 214)
    assert cretula.place(640, 427, fit="cover", width=320).canvas == (320, 214)
    assert VariantOptions.from_json('{"fit":"pad","height":9,"metadata":"none"}') == VariantOptions("pad", None, 9)
    refused: list[dict[str, Any]] = [{}, {"width": 0}, {"width": 0, "height": 9}]
    for sides in refused:
        with pytest.raises(cretula.InvalidArgumentError):
            cretula.render(ROCKET, fit="contain", **sides)


def test_a_background_may_be_a_css_color() -> None:
    def corner(background: str) -> bytes:
        return cretula.render(
            ROCKET, fit="pad", width=9, height=90, format="png", background=background
        ).data

    assert corner("RebeccaPurple") == corner("#663399") == corner("#639f")
    assert corner("white") != corner("transparent")
    with pytest.raises(cretula.InvalidArgumentError, match="CSS color name"):
        corner("nocolor")


def test_lossless_webp_keeps_every_pixel() -> None:
    exact = cretula.render(CHELSEA, fit="contain", width=50, format="png")
    webp = cretula.render(CHELSEA, fit="contain", width=50, format="webp", lossless=True)
    again = cretula.render(webp.data, fit="contain", width=50, format="png")
    assert again.data == exact.data
    with pytest.raises(TypeError):
        cretula.render(CHELSEA, fit="contain", width=50, lossless=1)  # type: ignore[arg-type]

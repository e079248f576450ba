"""Every option as a keyword, as a text and as JSON; descriptions; negotiation. test_cases.py runs the cases."""

from __future__ import annotations

import dataclasses
import gc
import json
import pickle
from fractions import Fraction
from typing import Any, get_args

import pytest
from support import CHELSEA, ROCKET

import cretula
from cretula import InvalidArgumentError, OutputOptions, Renderer, VariantOptions
from cretula import image as image_module
from cretula import options as options_module
from cretula.records import Variant, Variants

PLAIN: dict[str, Any] = {"fit": "cover", "width": 40, "height": 30}

# A value of each option with its part of the canonical text.
OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"dpr": 1.5}, "dpr=1.5"),
    ({"gravity": "auto"}, "gravity=auto"),
    ({"gravity": "top-left"}, "gravity=top-left"),
    ({"gravity": (0.25, 1)}, "gravity=0.25x1"),
    ({"trim": (30, 20, 10, 0)}, "trim=30;20;10;0"),
    ({"trim": "border", "trim_border_tolerance": 90}, "trim=border,trim.border.tolerance=90"),
    ({"trim": "border", "trim_border_color": "#102030", "trim_border_keep": 3},
     "trim=border,trim.border.color=%23102030,trim.border.keep=3"),
    ({"rotate": 90}, "rotate=90"),
    ({"flip": "hv"}, "flip=hv"),
    ({"border": 3}, "border=3"),
    ({"border": (1, 2, 3, 4), "border_color": "rgb(255,0,0)"}, "border=1;2;3;4,border.color=%23ff0000"),
    ({"blur": 2.5}, "blur=2.5"),
    ({"sharpen": 1}, "sharpen=1"),
    ({"brightness": 1.25}, "brightness=1.25"),
    ({"contrast": 0.5}, "contrast=0.5"),
    ({"gamma": 2.2}, "gamma=2.2"),
    ({"saturation": 0}, "saturation=0"),
    ({"compression": "fast"}, "compression=fast"),
    ({"anim": False}, "anim=false"),
    ({"slow_connection_quality": "low"}, "slow-connection-quality=35"),
]
# What keywords of a call give to the output.
OUTPUT_TOO: list[tuple[dict[str, Any], str]] = [
    ({"background": "red"}, "background=%23ff0000"),
    ({"quality": "high"}, "quality=90"),
    ({"quality": 20}, "quality=20"),
    ({"format": "baseline-jpeg"}, "format=baseline-jpeg"),
]


def test_every_field_is_tested() -> None:
    tested = {name for values, _ in OPTIONS + OUTPUT_TOO for name in values} | {"fit", "width", "height", "metadata"}
    assert tested == {field.name for field in dataclasses.fields(VariantOptions)}


@pytest.mark.parametrize(("values", "text"), OPTIONS + OUTPUT_TOO)
def test_text_json_and_object_are_the_same(values: dict[str, Any], text: str) -> None:
    options = VariantOptions(**PLAIN, **values)
    parsed = VariantOptions.parse(str(options))
    assert f",{text}," in f",{options},"
    assert str(parsed) == str(options)
    assert parsed == VariantOptions.from_json(options.to_json()) == options.normalized() == parsed.normalized()
    assert json.loads(options.to_json())["width"] == 40
    for name, value in values.items():
        read = getattr(parsed, name)
        # Names of colors and qualities are read as colors and numbers.
        assert read is not None and (isinstance(value, str) or read == value)
    assert pickle.loads(pickle.dumps(options)) == options == eval(repr(options))


# What an option needs to change the output.
CONTEXT: dict[str, dict[str, Any]] = {
    "compression": {"format": "webp"},
    "slow_connection_quality": {"slow_connection": True},
}


@pytest.mark.parametrize(("values", "text"), OPTIONS)
def test_keywords_text_and_object_render_the_same(values: dict[str, Any], text: str) -> None:
    output = CONTEXT.get(next(iter(values)), {})
    by_keywords = cretula.render(ROCKET, **PLAIN, **values, **output)
    options = VariantOptions(**PLAIN, **values)
    with Renderer() as used:
        used.render(CHELSEA, fit="contain", width=50)
        assert used.render(ROCKET, **PLAIN, **values, **output) == by_keywords
        assert used.render(ROCKET, options=options, **output) == by_keywords
        assert used.render(ROCKET, options=str(options), **output) == by_keywords
        given: list[Any] = [
            options, str(options), (options, OutputOptions(**output)), (str(options), OutputOptions(**output)),
            {**PLAIN, **values}, {"options": options}, {"options": str(options), **output},
        ]
        for made in used.render_set(ROCKET, given, **output):
            assert made.data == by_keywords.data
    # A still image has only one frame.
    if "anim" not in values:
        assert by_keywords.data != cretula.render(ROCKET, **PLAIN, **output).data


@pytest.mark.parametrize(("values", "text"), OUTPUT_TOO)
def test_options_of_the_variant_come_before_those_of_the_output(values: dict[str, Any], text: str) -> None:
    pad = VariantOptions("pad", 40, 60, **values)
    output = OutputOptions(format="webp", quality=50, background="blue")
    made, plain = Renderer().render_set(ROCKET, [(pad, output), (VariantOptions("pad", 40, 60), output)])
    assert made.data != plain.data
    assert made.format == ("jpeg" if "format" in values else "webp")


def test_options_without_a_box_keep_the_size() -> None:
    text = "fit=contain,metadata=none"
    options = VariantOptions.parse(text)
    assert options == VariantOptions("contain")
    by_text, by_object = cretula.render(ROCKET, options=text), cretula.render(ROCKET, options=options)
    assert by_text == by_object and by_text.info[1:3] == (640, 427)
    assert cretula.place(640, 427, options=options).canvas == (640, 427)
    assert cretula.render(ROCKET, fit="contain", rotate=90).info[1:3] == (427, 640)
    variants = Variants()
    for boxless in (options, VariantOptions("contain", blur=2)):
        with pytest.raises(InvalidArgumentError, match="width and height are both missing"):
            variants.create(Variant("original", boxless))


def test_keywords_of_calls_are_those_of_the_class() -> None:
    names = {field.name for field in dataclasses.fields(VariantOptions)}
    own = {"fit", "width", "height", "metadata"}
    output = {field.name for field in dataclasses.fields(cretula.OutputOptions)}
    source = image_module.__file__
    assert source is not None
    with open(source, encoding="utf-8") as file:
        listed = file.read().split("class Transforms")[1].split("_RENDERER")[0]
    assert all(f"        {name}: " in listed for name in names - own - output)
    assert all(f"        {name}: " not in listed for name in output | own)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"blur": 300}, InvalidArgumentError, 'blur must be a number from 1 to 250, got "300"'),
        ({"blur": float("nan")}, InvalidArgumentError, 'blur must be a number from 1 to 250, got "nan"'),
        ({"blur": "3"}, TypeError, "blur must be a number, not str"),
        ({"blur": True}, TypeError, "blur must be a number, not bool"),
        ({"blur": 0}, InvalidArgumentError, 'blur must be a number from 1 to 250, got "0"'),
        ({"blur": 10**5000}, InvalidArgumentError, 'blur must be a number from 1 to 250, got "inf"'),
        ({"brightness": -1e300}, InvalidArgumentError, 'brightness must be a number above 0, got "-1e+300"'),
        ({"contrast": 0}, InvalidArgumentError, 'contrast must be a number above 0, got "0"'),
        ({"gamma": 0.0}, InvalidArgumentError, 'gamma must be a number above 0, got "0"'),
        ({"saturation": -0.5}, InvalidArgumentError, 'saturation must be a number from 0, got "-0.5"'),
        ({"sharpen": -1}, InvalidArgumentError, "sharpen must be a number from 0 to 10"),
        ({"gravity": "middle"}, InvalidArgumentError, 'unknown gravity "middle"'),
        ({"gravity": (2, 0)}, InvalidArgumentError, 'unknown gravity "2x0"'),
        ({"gravity": "face"}, InvalidArgumentError, "gravity=face is not supported"),
        ({"trim": (1, 2, 3, -4)}, InvalidArgumentError, "trim must be a whole number from 0"),
        ({"trim": "edges"}, InvalidArgumentError, "trim must be border"),
        ({"trim": 5}, TypeError, 'trim must be (top, right, bottom, left) or "border", not int'),
        ({"trim": (1, 2, 3)}, TypeError, "not a tuple of 3"),
        ({"trim": (1, 2, 3, 1.5)}, TypeError, "trim must be an int, not float"),
        ({"trim": (1, 2, 3, 4), "trim_border_keep": 1}, InvalidArgumentError, "either border or four numbers"),
        ({"trim_border_tolerance": 256}, InvalidArgumentError, "trim.border.tolerance must be a whole number"),
        ({"trim_border_keep": 1.5}, InvalidArgumentError, "trim.border.keep must be a whole number of pixels"),
        ({"trim_border_color": 7}, TypeError, "trim_border_color must be a str, not int"),
        ({"gravity": (1, 2, 3)}, TypeError, "gravity must be a str or (x, y), not a tuple of 3"),
        ({"gravity": 0.5}, TypeError, "gravity must be a str or (x, y), not float"),
        ({"gravity": ("0", 1)}, TypeError, "gravity must be a number, not str"),
        ({"rotate": 45}, InvalidArgumentError, 'unknown rotate "45"'),
        ({"flip": "h,w=5"}, InvalidArgumentError, "flip must be one value"),
        ({"flip": "h%2Cw=5"}, InvalidArgumentError, "unknown flip"),
        ({"flip": "("}, InvalidArgumentError, "flip must be one value, got '('"),
        ({"flip": "h\ud800"}, cretula.Utf8Error, "lone surrogate"),
        ({"flip": "h" * 3000}, InvalidArgumentError, "at most 2000 bytes"),
        ({"border": 1.5}, TypeError, "border must be an int or (top, right, bottom, left), not float"),
        ({"border": -1}, InvalidArgumentError, "border must be a whole number from 0"),
        ({"border": 12_001}, InvalidArgumentError, "border must be a whole number of pixels from 1 to 12000, got 12001"),
        ({"border": 1, "border_color": "reddish"}, InvalidArgumentError, "border.color must be"),
        ({"border_color": "rgb(1,2,3),w=5"}, InvalidArgumentError, "border_color must be one value"),
        ({"anim": 1}, TypeError, "anim must be a bool"),
        ({"compression": "slow"}, InvalidArgumentError, "compression must be fast"),
        ({"dpr": 4}, InvalidArgumentError, "dpr must be a number above 0, at most 3"),
        ({"slow_connection_quality": "best"}, InvalidArgumentError, "slow-connection-quality must be"),
        ({"slow_connection_quality": "low,blur=9"}, InvalidArgumentError, "must be one value, got 'low,blur=9'"),
        ({"slow_connection_quality": 0}, InvalidArgumentError, "slow_connection_quality must be a whole number"),
        ({"unheard": 1}, TypeError, "unheard"),
    ],
)
def test_errors_name_the_value(values: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error) as raised:
        cretula.render(ROCKET, **PLAIN, **values)
    assert message in str(raised.value)
    with pytest.raises(error):
        str(VariantOptions(**PLAIN, **values))
    with pytest.raises(error):
        Renderer().render_set(ROCKET, [{**PLAIN, **values}])


def test_numbers_of_any_type_are_numbers() -> None:
    number: Any
    for number in (2, 2.0, Fraction(2), 2.0000001):
        assert str(VariantOptions(**PLAIN, blur=number)).endswith("blur=2,metadata=none")
    numpy = pytest.importorskip("numpy")
    assert VariantOptions(**PLAIN, blur=numpy.float32(0.1) + 2).normalized().blur == 2.1
    assert VariantOptions(**PLAIN, border=numpy.int64(3)).normalized().border == 3
    # Rounding errors around 0.
    assert VariantOptions(**PLAIN, gravity=(-1e-17, 0.25)).normalized().gravity == (0, 0.25)
    assert VariantOptions(**PLAIN, sharpen=-0.0).normalized() == VariantOptions(**PLAIN)


@pytest.mark.parametrize("color", ["RGB(1, 2, 3)", "rgba(1 2 3 / 50%)", "#0aF", "#01020380", "RebeccaPurple"])
def test_colors_of_every_form(color: str) -> None:
    options = VariantOptions(**PLAIN, background=color, border=1, border_color=color)
    read = options.normalized()
    assert read.background is not None and read.background == read.border_color and read.background[0] == "#"
    assert read.normalized() == read


def test_options_and_keywords_exclude_each_other() -> None:
    both: dict[str, Any] = {"options": "w=4", "width": 5}
    with pytest.raises(TypeError, match="not both"):
        cretula.render(ROCKET, **both)
    with pytest.raises(TypeError, match="give fit, or options"):
        cretula.render(ROCKET, width=5)
    wrong: Any = 5
    with pytest.raises(TypeError, match="options must be a str or VariantOptions, not int"):
        cretula.render(ROCKET, options=wrong)
    with pytest.raises(TypeError, match="options must be a str or VariantOptions, not int"):
        Renderer().render_set(ROCKET, [{"options": wrong}])
    with pytest.raises(TypeError, match="variants: give options or the fields of VariantOptions, not both"):
        Renderer().render_set(ROCKET, [{"options": "w=4", "blur": 2}])
    with pytest.raises(TypeError, match="must be .VariantOptions or str, OutputOptions."):
        Renderer().render_set(ROCKET, [("w=4", wrong)])
    for call in (cretula.render, Renderer().render):
        with pytest.raises(InvalidArgumentError, match="at least one option"):
            call(ROCKET, options="")


def test_texts_outlive_the_set_that_they_are_made_for() -> None:
    texts = [f"w={side},fit=cover,h=9,f=png" for side in range(1, 200)]
    variants = (VariantOptions.parse(text) if number % 2 else text for number, text in enumerate(texts))
    gc.collect()
    made = Renderer().render_set(ROCKET, variants)
    assert [(one.width, one.format) for one in made] == [(side, "png") for side in range(1, 200)]
    before = len(options_module._HELD)
    for text in texts:
        cretula.place(100, 100, options=text)
    gc.collect()
    assert len(options_module._HELD) <= before


def test_a_text_has_its_own_defaults() -> None:
    assert VariantOptions.parse("w=4") == VariantOptions("scale-down", 4, metadata="copyright")
    assert str(VariantOptions.parse("h=3,w=4,q=low")) == "width=4,height=3,quality=35"
    with pytest.raises(InvalidArgumentError, match="at least one option"):
        VariantOptions.parse("")


def test_place_takes_options() -> None:
    placement = cretula.place(100, 100, fit="cover", width=50, height=100, gravity="left")
    assert placement.crop == (0, 0, 50, 100)
    assert cretula.place(100, 100, options="w=50,h=100,fit=cover,g=left") == placement


def test_a_slow_connection_gets_fewer_bytes() -> None:
    def size(slow: bool) -> int:
        return len(cretula.render(ROCKET, options="w=64,q=90,scq=10", slow_connection=slow).data)

    assert size(True) < size(False)


def test_describe() -> None:
    described = Renderer().describe(ROCKET, "w=64,f=json")
    original = {"file_size": len(ROCKET), "width": 640, "height": 427, "format": "image/jpeg"}
    assert described == {"width": 64, "height": 43, "original": original}
    assert Renderer().describe(ROCKET, VariantOptions("cover", 64, 9, border=2))["height"] == 13
    as_png = Renderer().describe(ROCKET, "w=64", OutputOptions(format="png"))
    assert (as_png["width"], as_png["height"]) == (64, 43)
    with pytest.raises(InvalidArgumentError, match="format=json is not supported"):
        cretula.render(ROCKET, options="w=64,f=json")
    renderer, wrong = Renderer(), 5
    refused: list[tuple[Any, ...]] = [(wrong,), (None,), ("w=64", wrong)]
    for arguments in refused:
        with pytest.raises(TypeError, match="must be an? .*, not"):
            renderer.describe(ROCKET, *arguments)
    with pytest.raises(cretula.UnsupportedFormatError):
        renderer.describe(b"no image", "w=64")
    assert renderer.describe(ROCKET, "w=64") == described


def test_named_variants_keep_every_option() -> None:
    variants = Variants()
    soft = Variant("soft", VariantOptions("cover", 40, 30, blur=2.5, gravity=(0.25, 0.75)), True)
    variants.create(soft)
    assert variants["soft"] == soft


def test_negotiate() -> None:
    info = cretula.probe(ROCKET)
    assert cretula.negotiate("image/webp,*/*;q=0.8", info) == ("webp", "Accept")
    assert cretula.negotiate(b"*/*", info).format == "jpeg"
    assert cretula.negotiate("", "avif", has_alpha=True, output_pixels=10, max_avif_pixels=5).format == "png"
    assert cretula.negotiate("image/webp", "gif", frames=2) == ("webp", "Accept")
    assert cretula.negotiate("image/avif", "gif", frames=2) == cretula.negotiate("", "gif") == ("gif", "Accept")
    refused: list[tuple[Any, dict[str, Any], Any, str]] = [
        ("bmp", {}, InvalidArgumentError, "source must be one of jpeg, png, webp, gif, avif; got 'bmp'"),
        ("source", {}, InvalidArgumentError, "source must be one of"),
        (5, {}, TypeError, "source must be a str, not int"),
        ("gif", {"frames": 0}, InvalidArgumentError, "frames must be a whole number from 1"),
        ("gif", {"has_alpha": "no"}, TypeError, "has_alpha must be a bool, not str"),
        ("gif", {"output_pixels": 0}, InvalidArgumentError, "output_pixels must be a whole number from 1"),
        ("gif", {"max_avif_pixels": 1.5}, TypeError, "max_avif_pixels must be an int, not float"),
        (info, {"frames": 2}, TypeError, "not with an Info"),
    ]
    for source, keywords, error, message in refused:
        with pytest.raises(error) as raised:
            cretula.negotiate("*/*", source, **keywords)
        assert message in str(raised.value)
    wrong: Any = 5
    with pytest.raises(TypeError, match="accept must be a str or bytes, not int"):
        cretula.negotiate(wrong, info)


def test_choices_are_those_of_the_library() -> None:
    assert set(get_args(options_module.Fit)) == set(options_module.FITS)
    for name in get_args(options_module.FormatChoice):
        assert f"format={name}" in str(VariantOptions.parse(f"w=1,f={name}"))

"""Options of a variant and of its output, and the names of formats.

The fields of the two classes are the only list of the options: each carries the conversion to its C
field, or to its part of an option text.
"""

# Annotations are evaluated here: they hold the conversions.

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Callable, Literal, Optional, Union
from weakref import WeakKeyDictionary

from ._call import (
    BUFFER,
    ERROR,
    U32,
    Json,
    choice,
    constants,
    fail,
    json_text,
    new,
    switch,
    taken_text,
    utf8,
    whole,
)
from ._native import ffi, lib
from ._text import BORDER, COLOR, FLAG, GRAVITY, NUMBER, QUALITY, TEXT, TRIM, Key
from .errors import InvalidArgumentError

Fit = Literal["scale-down", "contain", "cover", "crop", "pad", "squeeze", "scale-up", "aspect-crop"]
Metadata = Literal["none", "copyright", "keep"]
Format = Literal["jpeg", "png", "webp", "gif", "avif"]
OutputFormat = Literal["source", "jpeg", "png", "webp", "gif", "avif"]
Color = Literal["srgb", "preserve"]
Shrink = Literal["fine", "fast", "never"]
Damaged = Literal["refuse", "accept"]
Quality = Union[int, Literal["low", "medium-low", "medium-high", "high"]]
FormatChoice = Literal["auto", "avif", "webp", "jpeg", "baseline-jpeg", "png", "gif", "json"]
Flip = Literal["h", "v", "hv"]
Sides = tuple[int, int, int, int]
Gravity = Union[str, tuple[float, float]]

FITS = constants("FIT")
METADATA = constants("METADATA")
FORMATS = constants("FORMAT")
_FORMAT_NAMES: dict[int, Any] = {number: name for name, number in FORMATS.items()}

_WHITE = 0xFFFF_FFFF
_RGBA = ffi.typeof("uint32_t *")


class _Field:
    """The conversion of a field to an integer of the C struct; ``native`` is its name there, if
    different.
    """

    def __init__(
        self, shown: str, convert: Callable[[str, Any], int], native: Optional[str] = None
    ) -> None:
        self._shown, self.convert, self.native = shown, convert, native

    def __repr__(self) -> str:
        return self._shown


def _one_of(kind: str) -> _Field:
    table = constants(kind)
    return _Field(f"CRETULA_{kind}_*", lambda name, value: choice(name, table, value))


def _from_to(low: int, high: int) -> _Field:
    return _Field(f"{low} to {high}", lambda name, value: whole(name, value, low, high))


def _side(name: str, side: Optional[int]) -> int:
    """A side of the box; 0, which C takes for a side that is left out, is invalid here."""
    if side is None:
        return 0
    if whole(name, side, 0, U32) == 0:
        raise InvalidArgumentError(f"{name} must be a whole number of pixels, 1 or more, got 0")
    return side


def _rgba(name: str, background: Optional[str]) -> int:
    """A color as 0xRRGGBBAA; never 0, which would select the default."""
    if background is None:
        return _WHITE
    if not isinstance(background, str):
        raise TypeError(f"{name} must be a str or None, not {type(background).__name__}")
    text, out, error = utf8(name, background), new(_RGBA), new(ERROR)
    if lib.cretula_color_parse(text, len(text), out, error):
        fail(error)
    return int(out[0])


_DOTTED = ("trim_border_color", "trim_border_tolerance", "trim_border_keep", "border_color")


def _key(name: str) -> str:
    """The key of a field in an option text."""
    return name.replace("_", "." if name in _DOTTED else "-")


@dataclass(frozen=True)
class VariantOptions:
    """Options for one variant: the box and how the picture fits it, effects, the encoder. ``None`` selects
    the default.

    ========================= ================================================== ===========================
    field                     values                                             default
    ========================= ================================================== ===========================
    fit                       ``"scale-down"``, ``"contain"``, ``"cover"``,      required
                              ``"crop"``, ``"pad"``, ``"squeeze"``,
                              ``"scale-up"``, ``"aspect-crop"``
    width, height             1 to 12 000 pixels                                 follows the aspect ratio
    metadata                  ``"none"``, ``"copyright"``, ``"keep"`` (with GPS) ``"none"``
    dpr                       above 0, at most 3: multiplies width and height    1
    gravity                   what a crop keeps: ``"center"``, a side, two sides ``"center"``
                              joined by ``-``, fractions ``(x, y)`` from 0 to 1,
                              ``"auto"``
    trim                      source pixels ``(top, right, bottom, left)``, or   nothing
                              ``"border"``
    trim_border_color         a CSS color                                        the top left pixel's
    trim_border_tolerance     0 to 255                                           10
    trim_border_keep          source pixels                                      0
    rotate                    0, 90, 180, 270 degrees, clockwise                 0
    flip                      ``"h"``, ``"v"``, ``"hv"``; before rotate          none
    background                a CSS color, for padding and under transparency    that of the output
    border                    output pixels, or ``(top, right, bottom, left)``   0
    border_color              a CSS color                                        the background
    blur                      1 to 250: twice the standard deviation in pixels   none
    sharpen                   0 to 10                                            0
    brightness, contrast,     factors above 0; 1 changes nothing                 1
    gamma
    saturation                from 0; 0 is gray                                  1
    quality                   1 to 100, ``"low"``, ``"medium-low"``,             that of the output
                              ``"medium-high"``, ``"high"``; a PNG below 100
                              has a palette, a WebP at 100 is lossless
    format                    ``"auto"``, ``"jpeg"`` (progressive),              that of the output
                              ``"baseline-jpeg"``, ``"png"``, ``"webp"``,
                              ``"gif"``, ``"avif"``, ``"json"``
    compression               ``"fast"``: the cheapest encoder                   off
    anim                      ``False``: only the first frame                    ``True``
    slow_connection_quality   as quality; in its place if the output's           none
                              ``slow_connection`` is set
    ========================= ================================================== ===========================

    Without ``width`` and ``height``, the picture keeps its size. ``background``, ``quality`` and ``format``
    come before those of :class:`OutputOptions`. Values are checked when they are used.
    """

    # The library checks the bounds.
    fit: Annotated[Fit, _one_of("FIT")]
    width: Annotated[Optional[int], _Field("pixels", _side)] = None
    height: Annotated[Optional[int], _Field("pixels", _side)] = None
    metadata: Annotated[Metadata, _one_of("METADATA")] = "none"
    dpr: Annotated[Optional[float], NUMBER] = None
    gravity: Annotated[Optional[Gravity], GRAVITY] = None
    trim: Annotated[Union[Sides, Literal["border"], None], TRIM] = None
    trim_border_color: Annotated[Optional[str], COLOR] = None
    trim_border_tolerance: Annotated[Optional[int], NUMBER] = None
    trim_border_keep: Annotated[Optional[int], NUMBER] = None
    rotate: Annotated[Optional[Literal[0, 90, 180, 270]], NUMBER] = None
    flip: Annotated[Optional[Flip], TEXT] = None
    background: Annotated[Optional[str], COLOR] = None
    border: Annotated[Union[int, Sides, None], BORDER] = None
    border_color: Annotated[Optional[str], COLOR] = None
    blur: Annotated[Optional[float], NUMBER] = None
    sharpen: Annotated[Optional[float], NUMBER] = None
    brightness: Annotated[Optional[float], NUMBER] = None
    contrast: Annotated[Optional[float], NUMBER] = None
    gamma: Annotated[Optional[float], NUMBER] = None
    saturation: Annotated[Optional[float], NUMBER] = None
    quality: Annotated[Optional[Quality], QUALITY] = None
    format: Annotated[Optional[FormatChoice], TEXT] = None
    compression: Annotated[Optional[Literal["fast"]], TEXT] = None
    anim: Annotated[Optional[bool], FLAG] = None
    slow_connection_quality: Annotated[Optional[Quality], QUALITY] = None

    @classmethod
    def parse(cls, text: str) -> "VariantOptions":
        """Parses an option text, such as ``"w=400,fit=cover,g=top"``, and checks it against the default
        limits. In a text, ``fit`` defaults to ``"scale-down"`` and ``metadata`` to ``"copyright"``.

        Raises :class:`InvalidArgumentError` that names the key, the value and the range.
        """
        return _from_canonical(_normalized(text))

    @classmethod
    def from_json(cls, json: Json) -> "VariantOptions":
        """Parses ``{"fit","width","height","metadata",…}`` or a whole variant, ``{"id","options",…}``,
        and checks it against the default limits. ``fit``, ``metadata`` and a side of the box are required.

        Raises :class:`InvalidArgumentError` for other JSON or a value out of range.
        """
        return _from_canonical(_called(lib.cretula_options_from_json, json_text("json", json)))

    def to_json(self) -> str:
        """The options as JSON. Raises the exceptions of :meth:`normalized`."""
        return _called(lib.cretula_options_to_json, utf8("options", option_text(self)))

    def normalized(self) -> "VariantOptions":
        """The options of the canonical text: equal for options that mean the same.

        Raises :class:`InvalidArgumentError` for a value out of range; :class:`TypeError` for one of another
        type.
        """
        return _from_canonical(str(self))

    def __repr__(self) -> str:
        given = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        shown = ", ".join(f"{name}={value!r}" for name, value, default in given if value != default)
        return f"VariantOptions({shown})"

    def __str__(self) -> str:
        """The canonical text, which suits as a cache key: options that mean the same have the same text.
        Raises the exceptions of :meth:`normalized`.
        """
        return _normalized(option_text(self))


_EXTRA: list[tuple[str, str, Key]] = [
    (field.name, _key(field.name), getattr(field.type, "__metadata__")[0])
    for field in fields(VariantOptions)
    if isinstance(getattr(field.type, "__metadata__")[0], Key)
]
_FIELDS = {key: (name, conversion) for name, key, conversion in _EXTRA}
_extra_values = attrgetter(*(name for name, _, _ in _EXTRA))


def option_text(options: VariantOptions) -> str:
    """The options as a text that C parses."""
    choice("fit", FITS, options.fit)
    choice("metadata", METADATA, options.metadata)
    parts = [f"fit={options.fit}", f"metadata={options.metadata}"]
    for name, side in (("width", options.width), ("height", options.height)):
        if side is not None:
            parts.append(f"{name}={_side(name, side)}")
    for name, key, conversion in _EXTRA:
        value = getattr(options, name)
        if value is not None:
            parts.append(f"{key}={conversion.write(name, value)}")
    return ",".join(parts)


def _called(function: Any, text: bytes) -> str:
    out, error = new(BUFFER), new(ERROR)
    if function(text, len(text), out, error):
        fail(error)
    return taken_text(out)


def _normalized(text: str) -> str:
    return _called(lib.cretula_options_normalize, utf8("options", text))


def _from_canonical(text: str) -> VariantOptions:
    """The options of a canonical text, whose values hold no comma."""
    values: dict[str, Any] = {"fit": "scale-down", "metadata": "copyright"}
    for pair in text.split(","):
        key, _, value = pair.partition("=")
        if key in _FIELDS:
            name, conversion = _FIELDS[key]
            values[name] = conversion.read(value)
        else:
            values[key] = int(value) if key in ("width", "height") else value
    return VariantOptions(**values)


@dataclass(frozen=True)
class OutputOptions:
    """Options for an output: format, quality, background, color policy, and how the source is
    decoded.

    ``format``: ``"source"`` (that of the input), ``"jpeg"``, ``"png"``, ``"webp"`` or ``"gif"``.
    ``quality``: 1 (smallest) to 100 (best), for JPEG and lossy WebP. ``background``: the color of
    padding and behind transparency, ``"#rgb"``, ``"#rrggbb"``, ``"#rrggbbaa"`` or a CSS color name;
    ``None`` is white. ``color``: ``"srgb"`` converts to sRGB, ``"preserve"`` keeps the color space of the
    source and embeds its ICC profile. ``shrink``: ``"fine"`` decodes a JPEG at the smallest scale
    that is visually indistinguishable, ``"fast"`` at the smallest scale that still covers the
    target size, ``"never"`` at full size. ``effort``: 1 (fastest) to 6 (smallest), for lossy WebP.
    ``damaged``: ``"refuse"`` raises :class:`MalformedImageError` for an image with damaged data,
    ``"accept"`` renders the readable part, with a warning; missing pixels are gray, or transparent
    in an image with alpha. ``lossless``: lossless WebP. ``slow_connection``: the client says that its
    connection is slow, so that ``slow_connection_quality`` of the variant replaces its quality.
    ``whole_frames``: every frame of an animation is written whole; by default a frame holds what has
    changed.
    """

    format: Annotated[OutputFormat, _one_of("FORMAT")] = "source"
    quality: Annotated[int, _from_to(1, 100)] = 85
    background: Annotated[Optional[str], _Field("#rrggbb", _rgba, "background_rgba")] = None
    color: Annotated[Color, _one_of("COLOR")] = "srgb"
    shrink: Annotated[Shrink, _one_of("SHRINK")] = "fine"
    effort: Annotated[int, _from_to(1, 6)] = 2
    damaged: Annotated[Damaged, _one_of("DAMAGED")] = "refuse"
    lossless: Annotated[bool, _Field("bool", switch)] = False
    slow_connection: Annotated[bool, _Field("bool", switch)] = False
    whole_frames: Annotated[bool, _Field("bool", switch)] = False


Given = Union[str, VariantOptions]
Request = Union[Given, "tuple[Given, OutputOptions]", Mapping[str, Any]]


class _Struct:
    """The C struct of a class of options."""

    def __init__(self, options: type, name: str) -> None:
        self.names = [field.name for field in fields(options)]
        self._pointer, self._size = ffi.typeof(f"{name} *"), ffi.sizeof(name)
        conversions = [(field.name, getattr(field.type, "__metadata__")[0]) for field in fields(options)]
        self._fields = [(name, field) for name, field in conversions if isinstance(field, _Field)]
        self._values: Callable[[Any], tuple[Any, ...]] = attrgetter(*(name for name, _ in self._fields))
        # Values that are equal but of different types, such as 1 and True, differ here.
        self._cached = lru_cache(maxsize=256, typed=True)(self._filled)

    def empty(self) -> Any:
        """A struct for C to fill."""
        return new(self._pointer, {"struct_size": self._size})

    def integers(self, *values: Any) -> dict[str, int]:
        """The fields of the struct. Raises an exception that names the first invalid option."""
        struct = {"struct_size": self._size}
        for (name, field), value in zip(self._fields, values):
            struct[field.native or name] = field.convert(name, value)
        return struct

    def _filled(self, *values: Any) -> Any:
        return new(self._pointer, self.integers(*values))

    def of(self, options: Any) -> Any:
        """Like :meth:`native`, from an object."""
        return self.native(*self._values(options))

    def native(self, *values: Any) -> Any:
        """A struct that C only reads, so that calls share it."""
        try:
            return self._cached(*values)
        except TypeError:
            # A value that cannot be hashed.
            return self._filled(*values)

    def integers_of(self, options: Any) -> dict[str, int]:
        """The fields of the struct, as an element of an array."""
        return self.integers(*self._values(options))


class _VariantStruct(_Struct):
    """The struct of a variant: its four fields, or a text with any options."""

    def of(self, options: Any) -> Any:
        """A struct that C only reads, from a text or an object."""
        if isinstance(options, VariantOptions) and _is_plain(options):
            return super().of(options)
        held = _encoded(options)
        struct = new(self._pointer, self._with_text(held))
        _HELD[struct] = held
        return struct

    def integers_of(self, options: Any) -> dict[str, Any]:
        """The fields of the struct, as an element of an array. They hold the text, which must outlive it."""
        if isinstance(options, VariantOptions) and _is_plain(options):
            return super().integers_of(options)
        return self._with_text(_encoded(options))

    def _with_text(self, held: Any) -> dict[str, Any]:
        return {"struct_size": self._size, "options": held, "options_len": len(held)}

    def chosen(self, options: Any, fit: Any, width: Any, height: Any, metadata: Any, others: Any) -> Any:
        """The struct for the keywords of a call: ``options``, or the fields of :class:`VariantOptions`."""
        if options is None:
            if fit is None:
                raise TypeError("give fit, or options")
            if others:
                return self.of(VariantOptions(fit, width, height, metadata, **others))
            return self.native(fit, width, height, metadata)
        if others or (fit, width, height, metadata) != (None, None, None, "none"):
            raise TypeError(_BOTH)
        return self.of(options)


_BOTH = "give options or the fields of VariantOptions, not both"

# The texts that structs point to.
_HELD: "WeakKeyDictionary[Any, Any]" = WeakKeyDictionary()


def _is_plain(options: VariantOptions) -> bool:
    """Whether the four fields of the struct say everything. It cannot say that there is no box."""
    has_box = options.width is not None or options.height is not None
    return has_box and not any(value is not None for value in _extra_values(options))


def _encoded(options: Any) -> Any:
    """The memory of an option text."""
    if isinstance(options, VariantOptions):
        text = option_text(options)
    elif isinstance(options, str):
        # The struct takes an empty text for none; this raises the error for it.
        text = options or _normalized(options)
    else:
        raise TypeError(f"options must be a str or VariantOptions, not {type(options).__name__}")
    return ffi.from_buffer(utf8("options", text))


VARIANT = _VariantStruct(VariantOptions, "cretula_variant_options")
OUTPUT = _Struct(OutputOptions, "cretula_output_options")


def request(given: Request, output: OutputOptions) -> tuple[Given, OutputOptions]:
    """One element of a set; output options that it does not state are those of ``output``."""
    if isinstance(given, (str, VariantOptions)):
        return given, output
    if isinstance(given, tuple):
        if len(given) == 2 and isinstance(given[0], (str, VariantOptions)):
            if isinstance(given[1], OutputOptions):
                return given
        raise TypeError("a pair in variants must be (VariantOptions or str, OutputOptions)")
    if isinstance(given, Mapping):
        return _of_mapping(given, output)
    found = type(given).__name__
    raise TypeError(f"variants must contain VariantOptions, texts, pairs or dicts, not {found}")


def _of_mapping(given: Mapping[str, Any], output: OutputOptions) -> tuple[Given, OutputOptions]:
    """An element of a set with the keywords of a call. What both classes have is the output's."""
    for key in given:
        if key not in VARIANT.names and key not in OUTPUT.names and key != "options":
            raise TypeError(f"variants: unknown option {key!r}")
    output = OutputOptions(**{key: given.get(key, getattr(output, key)) for key in OUTPUT.names})
    own = {key: given[key] for key in given if key in VARIANT.names and key not in OUTPUT.names}
    if "options" in given:
        if own:
            raise TypeError(f"variants: {_BOTH}")
        options: Given = given["options"]
        return options, output
    if "fit" not in own:
        raise TypeError("variants: missing option 'fit'")
    return VariantOptions(**own), output


def parsed(text: str) -> VariantOptions:
    """The options of a canonical text that C wrote."""
    return _from_canonical(text)


def format_name(number: int) -> Format:
    """The name of a format that C wrote."""
    name: Format = _FORMAT_NAMES[number]
    return name


def media_type(format: str) -> str:
    """The media type of a format: ``"image/jpeg"`` for ``"jpeg"``."""
    return _described(lib.cretula_format_media_type, format)


def extension(format: str) -> str:
    """The usual file extension of a format, without a dot: ``"jpg"`` for ``"jpeg"``."""
    return _described(lib.cretula_format_extension, format)


def format_of_extension(extension: str) -> Optional[Format]:
    """The format with this file extension, in any case and without a dot; ``None`` if there is
    none.
    
    """
    text = utf8("extension", extension)
    name: Any = lib.cretula_format_name(lib.cretula_format_from_extension(text, len(text)))
    found: Any = ffi.string(name).decode() if name else None
    return found if found is None else format_name(FORMATS[found])


def _described(describe: Any, format: str) -> str:
    text = describe(choice("format", FORMATS, format))
    if not text:
        raise InvalidArgumentError(f"format {format!r} is that of an input, which is not known here")
    return ffi.string(text).decode()

"""Options of a variant and of its output, and the names of formats.

The fields of the two classes are the only list of the options: each carries the conversion to its C
field.
"""

# Annotations are evaluated here: they hold the conversions.

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Callable, Literal, Optional, Union

from ._call import ERROR, U32, Json, choice, constants, fail, json_text, new, utf8, whole
from ._native import ffi, lib
from .errors import InvalidArgumentError

Fit = Literal["scale-down", "contain", "cover", "crop", "pad"]
Metadata = Literal["none", "copyright", "keep"]
Format = Literal["jpeg", "png", "webp", "gif", "avif"]
OutputFormat = Literal["source", "jpeg", "png", "webp", "gif", "avif"]
Color = Literal["srgb", "preserve"]
Shrink = Literal["fine", "fast", "never"]
Damaged = Literal["refuse", "accept"]

FITS = constants("FIT")
METADATA = constants("METADATA")
FORMATS = constants("FORMAT")
_FIT_NAMES: dict[int, Any] = {number: name for name, number in FITS.items()}
_METADATA_NAMES: dict[int, Any] = {number: name for name, number in METADATA.items()}
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


def _switch(name: str, value: bool) -> int:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    return int(value)


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


@dataclass(frozen=True)
class VariantOptions:
    """Options for one variant: a box of ``width`` × ``height`` pixels, fit, and metadata policy.

    Either side may be left out (``None``): it then follows the aspect ratio.

    ``fit``: ``"scale-down"``, ``"contain"``, ``"cover"``, ``"crop"`` or ``"pad"``.
    ``metadata``: ``"none"``, ``"copyright"`` or ``"keep"`` (GPS included).
    """

    # The library checks the bounds of the sides.
    fit: Annotated[Fit, _one_of("FIT")]
    width: Annotated[Optional[int], _Field("pixels", _side)] = None
    height: Annotated[Optional[int], _Field("pixels", _side)] = None
    metadata: Annotated[Metadata, _one_of("METADATA")] = "none"

    @classmethod
    def from_json(cls, json: Json) -> "VariantOptions":
        """Parses ``{"fit","width","height","metadata"}`` or a whole variant, and checks it against
        the default limits.

        Raises :class:`InvalidArgumentError` for other JSON or a value out of range.
        """
        text = json_text("json", json)
        out, error = VARIANT.empty(), new(ERROR)
        if lib.cretula_variant_options_parse(text, len(text), out, error):
            fail(error)
        return variant_from_native(out)


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
    in an image with alpha. ``lossless``: lossless WebP.
    """

    format: Annotated[OutputFormat, _one_of("FORMAT")] = "source"
    quality: Annotated[int, _from_to(1, 100)] = 85
    background: Annotated[Optional[str], _Field("#rrggbb", _rgba, "background_rgba")] = None
    color: Annotated[Color, _one_of("COLOR")] = "srgb"
    shrink: Annotated[Shrink, _one_of("SHRINK")] = "fine"
    effort: Annotated[int, _from_to(1, 6)] = 2
    damaged: Annotated[Damaged, _one_of("DAMAGED")] = "refuse"
    lossless: Annotated[bool, _Field("bool", _switch)] = False


Request = Union[VariantOptions, "tuple[VariantOptions, OutputOptions]", Mapping[str, Any]]


class _Struct:
    """The C struct of a class of options."""

    def __init__(self, options: type, name: str) -> None:
        self.names = [field.name for field in fields(options)]
        self._pointer, self._size = ffi.typeof(f"{name} *"), ffi.sizeof(name)
        self._values: Callable[[Any], tuple[Any, ...]] = attrgetter(*self.names)
        self._fields: list[tuple[str, _Field]] = [
            (field.name, getattr(field.type, "__metadata__")[0]) for field in fields(options)
        ]
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


VARIANT = _Struct(VariantOptions, "cretula_variant_options")
OUTPUT = _Struct(OutputOptions, "cretula_output_options")


def request(given: Request, output: OutputOptions) -> tuple[VariantOptions, OutputOptions]:
    """One element of a set; output options that it does not state are those of ``output``."""
    if isinstance(given, VariantOptions):
        return given, output
    if isinstance(given, tuple):
        if len(given) == 2 and isinstance(given[0], VariantOptions) and isinstance(given[1], OutputOptions):
            return given
        raise TypeError("a pair in variants must be (VariantOptions, OutputOptions)")
    if isinstance(given, Mapping):
        unknown = [key for key in given if key not in VARIANT.names and key not in OUTPUT.names]
        if unknown:
            raise TypeError(f"variants: unknown option {unknown[0]!r}")
        missing = [key for key in ("fit",) if key not in given]
        if missing:
            raise TypeError(f"variants: missing option {missing[0]!r}")
        variant = VariantOptions(**{key: given[key] for key in given if key in VARIANT.names})
        return variant, OutputOptions(**{key: given.get(key, getattr(output, key)) for key in OUTPUT.names})
    raise TypeError(f"variants must contain VariantOptions, pairs or dicts, not {type(given).__name__}")


def variant_from_native(variant: Any) -> VariantOptions:
    """The options that C wrote."""
    fit, metadata = _FIT_NAMES[variant.fit], _METADATA_NAMES[variant.metadata]
    return VariantOptions(fit, variant.width or None, variant.height or None, metadata)


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

"""Options: what is asked of a variant, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from ._call import ERROR, U32, Json, choice, constants, fail, json_text, new, utf8, whole
from ._native import ffi, lib
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing import Literal

    Fit = Literal["scale-down", "contain", "cover", "crop", "pad"]
    Metadata = Literal["none", "copyright", "keep"]
    Format = Literal["jpeg", "png", "webp", "gif", "avif"]
    OutputFormat = Literal["source", "jpeg", "png", "webp", "gif", "avif"]
    Color = Literal["srgb", "preserve"]
    Shrink = Literal["fine", "fast", "never"]
    Damaged = Literal["refuse", "accept"]
    Profile = Literal["reference", "hosted"]

FITS = constants("FIT")
METADATA = constants("METADATA")
FORMATS = constants("FORMAT")
COLORS = constants("COLOR")
SHRINKS = constants("SHRINK")
DAMAGED = constants("DAMAGED")
_FIT_NAMES: dict[int, Any] = {number: name for name, number in FITS.items()}
_METADATA_NAMES: dict[int, Any] = {number: name for name, number in METADATA.items()}
_FORMAT_NAMES: dict[int, Any] = {number: name for name, number in FORMATS.items()}

VARIANT = ffi.typeof("cretula_variant *")
OUTPUT = ffi.typeof("cretula_output *")
VARIANT_SIZE = ffi.sizeof("cretula_variant")
OUTPUT_SIZE = ffi.sizeof("cretula_output")

_WHITE = 0xFFFF_FFFF
_BACKGROUND = re.compile(r"#([0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?\Z", re.ASCII)


@dataclass(frozen=True)
class VariantOptions:
    """What is asked of one variant: a box of ``width`` × ``height`` pixels, how it is meant, what metadata
    stays.

    ``fit``: ``"scale-down"``, ``"contain"``, ``"cover"``, ``"crop"`` or ``"pad"``.
    ``metadata``: ``"none"``, ``"copyright"`` or ``"keep"`` (GPS included).
    """

    fit: Fit
    width: int
    height: int
    metadata: Metadata = "none"

    @classmethod
    def from_json(cls, json: Json) -> VariantOptions:
        """Reads ``{"fit","width","height","metadata"}`` or a whole variant, within the default limits.

        :class:`InvalidArgumentError` if it is no such JSON or a value is out of range.
        """
        text = json_text("json", json)
        out, error = new(VARIANT, {"struct_size": VARIANT_SIZE}), new(ERROR)
        if lib.cretula_variant_parse(text, len(text), out, error):
            fail(error)
        return from_native(out)


@dataclass(frozen=True)
class OutputOptions:
    """How a variant is made and written.

    ``format``: ``"source"`` (the input's own), ``"jpeg"``, ``"png"``, ``"webp"`` or ``"gif"``. ``quality``: 1
    (smallest) to 100 (best), for JPEG and lossy WebP. ``background``: ``"#rrggbb"``, ``"#rrggbbaa"`` or
    ``"transparent"``, under padding and behind transparency; ``None`` is white. ``color``: ``"srgb"``
    converts, ``"preserve"`` embeds the source's profile. ``shrink``: ``"fine"`` decodes a JPEG no smaller
    than looks the same, ``"fast"`` as small as leaves the variant its pixels, ``"never"`` whole. ``effort``:
    1 (fastest) to 6 (smallest), for lossy WebP. ``damaged``: ``"refuse"`` raises :class:`MalformedImageError`
    for an image whose data are damaged, ``"accept"`` renders it as far as they can be read, with a warning;
    missing pixels are gray, or transparent in a picture with alpha.
    """

    format: OutputFormat = "source"
    quality: int = 85
    background: Optional[str] = None
    color: Color = "srgb"
    shrink: Shrink = "fine"
    effort: int = 2
    damaged: Damaged = "refuse"


Request = Union[VariantOptions, "tuple[VariantOptions, OutputOptions]", Mapping[str, Any]]

Options = TypeVar("Options", VariantOptions, OutputOptions)

_VARIANT_FIELDS = frozenset(field.name for field in fields(VariantOptions))
_OUTPUT_FIELDS = frozenset(field.name for field in fields(OutputOptions))


def request(asked: Request, output: OutputOptions) -> tuple[VariantOptions, OutputOptions]:
    """One element of a set; what it does not say of its output is as in ``output``."""
    if isinstance(asked, VariantOptions):
        return asked, output
    if isinstance(asked, tuple):
        if len(asked) == 2 and isinstance(asked[0], VariantOptions) and isinstance(asked[1], OutputOptions):
            return asked
        raise TypeError("a pair in variants must be (VariantOptions, OutputOptions)")
    if isinstance(asked, Mapping):
        unknown = [key for key in asked if key not in _VARIANT_FIELDS and key not in _OUTPUT_FIELDS]
        if unknown:
            raise TypeError(f"variants: there is no option {unknown[0]!r}")
        missing = [key for key in ("fit", "width", "height") if key not in asked]
        if missing:
            raise TypeError(f"variants: the option {missing[0]!r} is missing")
        variant = VariantOptions(**{key: asked[key] for key in asked if key in _VARIANT_FIELDS})
        given = {field: getattr(output, field) for field in _OUTPUT_FIELDS}
        return variant, OutputOptions(**{key: asked.get(key, given[key]) for key in given})
    raise TypeError(f"variants must hold VariantOptions, pairs or dicts, not {type(asked).__name__}")


def rgba(background: Optional[str]) -> int:
    """A background as C reads it, 0xRRGGBBAA; never 0, which would be its default."""
    if background is None:
        return _WHITE
    if not isinstance(background, str):
        raise TypeError(f"background must be a str or None, not {type(background).__name__}")
    if background == "transparent":
        return int(lib.CRETULA_BACKGROUND_TRANSPARENT)
    found = _BACKGROUND.match(background)
    if found is None:
        rule = 'background must be "#rrggbb", "#rrggbbaa" or "transparent"'
        raise InvalidArgumentError(f"{rule}, got {background[:40]!r}")
    value = int(found[1] + (found[2] or "ff"), 16)
    return value or int(lib.CRETULA_BACKGROUND_TRANSPARENT)


def variant_fields(fit: str, width: int, height: int, metadata: str) -> dict[str, int]:
    """A variant as C reads it. C checks the sides' own bounds."""
    return {
        "struct_size": VARIANT_SIZE,
        "fit": choice("fit", FITS, fit),
        "width": whole("width", width, 0, U32),
        "height": whole("height", height, 0, U32),
        "metadata": choice("metadata", METADATA, metadata),
    }


def output_fields(
    format: str,
    quality: int,
    background: Optional[str],
    color: str,
    shrink: str,
    effort: int,
    damaged: str,
) -> dict[str, int]:
    """An output as C reads it."""
    return {
        "struct_size": OUTPUT_SIZE,
        "format": choice("format", FORMATS, format),
        "quality": whole("quality", quality, 1, 100),
        "background_rgba": rgba(background),
        "color": choice("color", COLORS, color),
        "shrink": choice("shrink", SHRINKS, shrink),
        "effort": whole("effort", effort, 1, 6),
        "damaged": choice("damaged", DAMAGED, damaged),
    }


_cached_variant = lru_cache(maxsize=256, typed=True)(lambda *asked: new(VARIANT, variant_fields(*asked)))
_cached_output = lru_cache(maxsize=256, typed=True)(lambda *asked: new(OUTPUT, output_fields(*asked)))


def native_variant(fit: str, width: int, height: int, metadata: str) -> Any:
    """A variant that C only reads, so that calls share it."""
    try:
        return _cached_variant(fit, width, height, metadata)
    except TypeError:
        return new(VARIANT, variant_fields(fit, width, height, metadata))


def native_output(
    format: str,
    quality: int,
    background: Optional[str],
    color: str,
    shrink: str,
    effort: int,
    damaged: str,
) -> Any:
    """An output that C only reads, so that calls share it."""
    try:
        return _cached_output(format, quality, background, color, shrink, effort, damaged)
    except TypeError:
        return new(OUTPUT, output_fields(format, quality, background, color, shrink, effort, damaged))


def from_native(variant: Any) -> VariantOptions:
    """The options that C wrote."""
    fit, metadata = _FIT_NAMES[variant.fit], _METADATA_NAMES[variant.metadata]
    return VariantOptions(fit, variant.width, variant.height, metadata)


def format_name(number: int) -> Format:
    """The name of a format that C wrote."""
    name: Format = _FORMAT_NAMES[number]
    return name


def media_type(format: str) -> str:
    """The media type of a format: ``"image/jpeg"`` for ``"jpeg"``."""
    return _described(lib.cretula_format_media_type, format)


def extension(format: str) -> str:
    """The usual extension of a format's files, without a dot: ``"jpg"`` for ``"jpeg"``."""
    return _described(lib.cretula_format_extension, format)


def format_of_extension(extension: str) -> Optional[Format]:
    """The format whose files have this extension, in any case, without a dot; ``None`` if there is none."""
    text = utf8("extension", extension)
    name: Any = lib.cretula_format_name(lib.cretula_format_from_extension(text, len(text)))
    found: Any = ffi.string(name).decode() if name else None
    return found if found is None else format_name(FORMATS[found])


def _described(describe: Any, format: str) -> str:
    text = describe(choice("format", FORMATS, format))
    if not text:
        raise InvalidArgumentError(f"format {format!r} stands for the input's own, which has yet to be known")
    return ffi.string(text).decode()

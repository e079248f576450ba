"""Negotiation: the output format for a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from . import options as _options
from ._call import ERROR, NULL, U32, U64, choice, fail, new, switch, utf8_or_bytes, whole
from ._native import ffi, lib
from .image import Info

if TYPE_CHECKING:
    from .options import Format

_FORMATS = {name: number for name, number in _options.FORMATS.items() if name != "source"}

_SOURCE = ffi.typeof("cretula_source *")
_OPTIONS = ffi.typeof("cretula_negotiate_options *")
_NUMBER = ffi.typeof("int32_t *")


class Negotiated(NamedTuple):
    """The output format for a client, and the value of the response's ``Vary`` header."""

    format: Format
    vary: str = "Accept"


def negotiate(
    accept: Union[str, bytes],
    source: Union[Info, Format],
    *,
    has_alpha: bool = False,
    frames: int = 1,
    output_pixels: Optional[int] = None,
    max_avif_pixels: Optional[int] = None,
) -> Negotiated:
    """Chooses the output format from the value of a client's ``Accept`` header (``""`` without one).

    ``source`` is the return value of :func:`probe`, or a format together with ``has_alpha`` and ``frames``.
    AVIF or WebP is chosen if the header names it and this version writes it, else the format of the source;
    JPEG, or PNG if there is alpha, if that is not written. AVIF is not chosen for more than
    ``max_avif_pixels`` (default 1 440 000) if ``output_pixels``, the width times the height of the output, is
    given. No header makes this fail.

    Raises :class:`InvalidArgumentError` for an unknown format or a number below 1.
    """
    if isinstance(source, Info):
        if has_alpha or frames != 1:
            raise TypeError("give has_alpha and frames with a format, not with an Info")
        has_alpha, frames = source.has_alpha, source.frames
        source = source.format
    text, out, error = utf8_or_bytes("accept", accept), new(_NUMBER), new(ERROR)
    native = new(
        _SOURCE,
        {
            "struct_size": ffi.sizeof("cretula_source"),
            "format": choice("source", _FORMATS, source),
            "has_alpha": switch("has_alpha", has_alpha),
            "frames": whole("frames", frames, 1, U32),
        },
    )
    bounds = NULL
    if output_pixels is not None or max_avif_pixels is not None:
        size = ffi.sizeof("cretula_negotiate_options")
        bounds = new(_OPTIONS, {"struct_size": size})
        for field, value in (("output_pixels", output_pixels), ("max_avif_pixels", max_avif_pixels)):
            if value is not None:
                setattr(bounds, field, whole(field, value, 1, U64))
    if lib.cretula_negotiate(text, len(text), native, bounds, out, error):
        fail(error)
    return Negotiated(_options.format_name(out[0]))

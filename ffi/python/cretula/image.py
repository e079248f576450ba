"""Images: probing, geometry, and rendering of variants.

``data`` is the bytes of an image file: ``bytes``, ``bytearray``, ``memoryview``, ``mmap``, a NumPy
array of bytes, or any other object that supports the buffer protocol with one contiguous block. It
is read without a copy, and locked for the call. The GIL is released while the library works, so
that threads render in parallel.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from . import cancel as _cancel
from . import limits as _limits
from . import options as _options
from ._call import BUFFER, ERROR, U32, borrowed, fail, new, taken_bytes, taken_text, whole
from ._handle import Handle
from ._native import ffi, lib
from .cancel import CancelToken
from .errors import BusyError, LengthError
from .limits import Limits
from .options import OUTPUT, VARIANT, OutputOptions, Request

if TYPE_CHECKING:
    from typing import Literal, TypedDict, Union

    from typing_extensions import Buffer, Unpack

    from .options import (
        Color,
        Damaged,
        Fit,
        Flip,
        Format,
        Gravity,
        Metadata,
        OutputFormat,
        Quality,
        Shrink,
        Sides,
        VariantOptions,
    )

    class Transforms(TypedDict, total=False):
        """Fields of :class:`VariantOptions` that calls take as keywords."""

        dpr: Optional[float]
        gravity: Optional[Gravity]
        trim: Union[Sides, Literal["border"], None]
        trim_border_color: Optional[str]
        trim_border_tolerance: Optional[int]
        trim_border_keep: Optional[int]
        rotate: Optional[Literal[0, 90, 180, 270]]
        flip: Optional[Flip]
        border: Union[int, Sides, None]
        border_color: Optional[str]
        blur: Optional[float]
        sharpen: Optional[float]
        brightness: Optional[float]
        contrast: Optional[float]
        gamma: Optional[float]
        saturation: Optional[float]
        compression: Optional[Literal["fast"]]
        anim: Optional[bool]
        slow_connection_quality: Optional[Quality]

_RENDERER = ffi.typeof("cretula_renderer **")
_PLACEMENT = ffi.typeof("cretula_placement *")
_INFO = ffi.typeof("cretula_info *")
_VARIANTS = ffi.typeof("cretula_variant_options[]")
_OUTPUTS = ffi.typeof("cretula_output_options[]")
_BUFFERS = ffi.typeof("cretula_buffer[]")
_NEW_INFO = {"struct_size": ffi.sizeof("cretula_info")}
_NEW_PLACEMENT = {"struct_size": ffi.sizeof("cretula_placement")}

_probe = lib.cretula_probe
_place = lib.cretula_place
_render = lib.cretula_renderer_render
_rendered_warnings = lib.cretula_renderer_warnings


class Info(NamedTuple):
    """The properties of an image. Sizes are in pixels as displayed, with the orientation applied.

    ``orientation`` is that of EXIF, 1 to 8. ``bit_depth`` is the number of bits a sample as stored.
    ``frames`` is 1 for a still image. An animation plays ``loop_count`` times, or endlessly if it is 0, and
    takes ``duration_ms`` to play once.
    """

    format: Format
    width: int
    height: int
    orientation: int
    frames: int
    bit_depth: int
    has_alpha: bool
    has_profile: bool
    has_exif: bool
    loop_count: int = 1
    duration_ms: int = 0

    @property
    def media_type(self) -> str:
        """The media type, such as ``"image/jpeg"``."""
        return _options.media_type(self.format)


class Placement(NamedTuple):
    """The geometry of a variant: crop the displayed source, resize it, place it on a canvas.

    ``crop`` is (x, y, width, height) in source pixels, with fractions. ``resize`` and ``canvas``
    are (width, height) and ``offset`` is (x, y), in pixels of the output.
    """

    crop: tuple[float, float, float, float]
    resize: tuple[int, int]
    canvas: tuple[int, int]
    offset: tuple[int, int]


class Rendered(NamedTuple):
    """A rendered variant: the bytes of an image file, and its properties.

    ``warnings`` lists what could not be carried over from the source, such as metadata that was
    dropped.
    """

    data: bytes
    info: Info
    warnings: list[str]

    def __repr__(self) -> str:
        return f"<Rendered, {len(self.data)} bytes, {self.info}, warnings={self.warnings}>"

    @property
    def format(self) -> Format:
        """``"jpeg"``, ``"png"``, ``"webp"`` or ``"gif"``."""
        return self.info.format

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.info.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.info.height

    @property
    def media_type(self) -> str:
        """The media type for ``Content-Type``, such as ``"image/jpeg"``."""
        return self.info.media_type

    @property
    def extension(self) -> str:
        """The usual file extension, without a dot."""
        return _options.extension(self.info.format)


def _info(info: Any) -> Info:
    return Info(
        _options.format_name(info.format),
        info.width,
        info.height,
        info.orientation,
        info.frames,
        info.bit_depth,
        info.has_alpha != 0,
        info.has_profile != 0,
        info.has_exif != 0,
        info.loop_count,
        info.duration_ms,
    )


def probe(data: Buffer, *, limits: Optional[Limits] = None) -> Info:
    """Reads the header of an image. Takes microseconds, and no memory for pixels.

    Raises :class:`UnsupportedFormatError` if the bytes are not JPEG, PNG, WebP or GIF;
    :class:`MalformedImageError` for a malformed header; :class:`LimitExceededError` if the input or
    the size in its header exceeds the limits.
    """
    out, error = new(_INFO, _NEW_INFO), new(ERROR)
    bounds = _limits.native(limits)
    with borrowed(data) as source:
        status = _probe(source, len(source), bounds, out, error)
    if status:
        fail(error)
    return _info(out)


def place(
    source_width: int,
    source_height: int,
    *,
    options: Union[str, VariantOptions, None] = None,
    fit: Optional[Fit] = None,
    width: Optional[int] = None,
    height: Optional[int] = None,
    **others: Unpack[Transforms],
) -> Placement:
    """Computes the geometry of a variant for a source of this size in pixels. The size is that of the
    image as displayed and, if the options trim or rotate it, after that. The options are those of
    :func:`render`; ``gravity="auto"``, which depends on pixels, counts as the center.

    Raises :class:`InvalidArgumentError` if a side is 0, a side of the box exceeds 12 000, or another option
    is out of range.
    """
    variant = VARIANT.chosen(options, fit, width, height, "none", others)
    source_width = whole("source_width", source_width, 0, U32)
    source_height = whole("source_height", source_height, 0, U32)
    out, error = new(_PLACEMENT, _NEW_PLACEMENT), new(ERROR)
    if _place(variant, source_width, source_height, out, error):
        fail(error)
    return Placement(
        (out.crop_x, out.crop_y, out.crop_width, out.crop_height),
        (out.resize_width, out.resize_height),
        (out.canvas_width, out.canvas_height),
        (out.offset_x, out.offset_y),
    )


class Renderer(Handle):
    """Renders variants within ``limits``. Calls reuse its memory: keep one per thread.

    A renderer may move between threads, but serves one call at a time: a concurrent call raises
    :class:`BusyError`. Free it with :meth:`close` or as a context manager; otherwise it is freed
    with its last reference. Pickling or copying a renderer makes a new one with the same limits.
    """

    __slots__ = ("_busy", "_error", "_info", "_limits", "_out")

    def __init__(self, limits: Optional[Limits] = None) -> None:
        out, error = new(_RENDERER), new(ERROR)
        if lib.cretula_renderer_new(_limits.native(limits), out, error):
            fail(error)
        self._own(out[0], lib.cretula_renderer_free)
        self._busy, self._limits = Lock(), limits
        self._out, self._info, self._error = new(BUFFER), new(_INFO, _NEW_INFO), error

    @property
    def limits(self) -> Limits:
        """The limits of every call."""
        return self._limits or Limits()

    def render(
        self,
        data: Buffer,
        *,
        options: Union[str, VariantOptions, None] = None,
        fit: Optional[Fit] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        metadata: Metadata = "none",
        format: OutputFormat = "source",
        quality: int = 85,
        background: Optional[str] = None,
        color: Color = "srgb",
        shrink: Shrink = "fine",
        effort: int = 2,
        damaged: Damaged = "refuse",
        lossless: bool = False,
        slow_connection: bool = False,
        whole_frames: bool = False,
        cancel: Optional[CancelToken] = None,
        **others: Unpack[Transforms],
    ) -> Rendered:
        """Renders one variant of the image in ``data``. The options are those of :func:`render`."""
        variant = VARIANT.chosen(options, fit, width, height, metadata, others)
        output = OUTPUT.native(
            format, quality, background, color, shrink, effort, damaged, lossless, slow_connection,
            whole_frames,
        )
        return self._render(data, variant, output, cancel)

    def _render(
        self, data: Buffer, variant: Any, output: Any, cancel: Optional[CancelToken]
    ) -> Rendered:
        token = _cancel.native(cancel)
        handle, out, info, error = self._claimed(), self._out, self._info, self._error
        try:
            with borrowed(data) as source:
                status = _render(
                    handle, source, len(source), variant, output, token, out, info, error
                )
            if status:
                fail(error)
            return Rendered(taken_bytes(out), _info(info), self._warnings(handle, 0))
        finally:
            self._busy.release()

    def describe(
        self, data: Buffer, options: Union[str, VariantOptions], output: Optional[OutputOptions] = None
    ) -> dict[str, Any]:
        """Describes the output of :meth:`render`, as ``format=json`` does in a URL: ``{"width",
        "height", "original": {"file_size", "width", "height", "format"}}``, in bytes and pixels.

        ``options`` is a :class:`VariantOptions` or an option text. Pixels are decoded only if a border is
        trimmed. Raises the exceptions of :func:`render`.
        """
        if not isinstance(output, (OutputOptions, type(None))):
            raise TypeError(f"output must be an OutputOptions, not {type(output).__name__}")
        variant, native_output = VARIANT.of(options), OUTPUT.of(output or OutputOptions())
        handle, out, error = self._claimed(), self._out, self._error
        try:
            with borrowed(data) as source:
                status = lib.cretula_renderer_describe(
                    handle, source, len(source), variant, native_output, out, error
                )
            if status:
                fail(error)
            described: dict[str, Any] = json.loads(taken_text(out))
            return described
        finally:
            self._busy.release()

    def render_set(
        self,
        data: Buffer,
        variants: Iterable[Request],
        *,
        format: OutputFormat = "source",
        quality: int = 85,
        background: Optional[str] = None,
        color: Color = "srgb",
        shrink: Shrink = "fine",
        effort: int = 2,
        damaged: Damaged = "refuse",
        lossless: bool = False,
        slow_connection: bool = False,
        whole_frames: bool = False,
        cancel: Optional[CancelToken] = None,
    ) -> list[Rendered]:
        """Renders several variants of one image, which is decoded once. Results are in the order of
        ``variants``.

        Each variant is a :class:`VariantOptions` or an option text, a pair of it and
        :class:`OutputOptions`, or a dict of the keywords of :meth:`render`; the keywords here supply
        the output options that a variant does not state. A set has at most 1024 variants
        (:class:`LengthError`). The first failure fails the whole set. A JPEG is decoded at the scale
        that the largest variant needs, so that the pixels of smaller variants may differ slightly
        from those of :meth:`render`.
        """
        common = OutputOptions(
            format, quality, background, color, shrink, effort, damaged, lossless, slow_connection,
            whole_frames,
        )
        OUTPUT.integers_of(common)
        requests = [_options.request(variant, common) for variant in variants]
        if len(requests) > lib.CRETULA_MAX_SET:
            raise LengthError(f"a set has at most {lib.CRETULA_MAX_SET} variants, got {len(requests)}")
        count = len(requests)
        # The list holds the texts that the array points to.
        held = [VARIANT.integers_of(variant) for variant, _ in requests]
        native_variants = new(_VARIANTS, held)
        native_outputs = new(_OUTPUTS, [OUTPUT.integers_of(output) for _, output in requests])
        token = _cancel.native(cancel)
        buffers = new(_BUFFERS, count)
        handle, error = self._claimed(), self._error
        try:
            with borrowed(data) as source:
                status = lib.cretula_renderer_render_set(
                    handle, source, len(source), native_variants, native_outputs, count, token, buffers, error
                )
            if status:
                fail(error)
            try:
                return [
                    Rendered(taken_bytes(buffers + i), self._info_at(handle, i), self._warnings(handle, i))
                    for i in range(count)
                ]
            finally:
                for i in range(count):
                    lib.cretula_buffer_free(buffers + i)
        finally:
            self._busy.release()

    def _claimed(self) -> Any:
        if not self._busy.acquire(blocking=False):
            raise BusyError("another thread is using this Renderer: keep one per thread")
        try:
            return self._held()
        except BaseException:
            self._busy.release()
            raise

    def _info_at(self, handle: Any, index: int) -> Info:
        if lib.cretula_renderer_info(handle, index, self._info, self._error):
            fail(self._error)
        return _info(self._info)

    def _warnings(self, handle: Any, index: int) -> list[str]:
        out = self._out
        if _rendered_warnings(handle, index, out, self._error):
            fail(self._error)
        return taken_text(out).splitlines() if out.len else []

    def __reduce_ex__(self, protocol: Any) -> Any:
        self._held()
        return (type(self), (self._limits,))

    def __repr__(self) -> str:
        return "<Renderer, closed>" if self._cdata is None else "<Renderer>"


def render(
    data: Buffer,
    *,
    options: Union[str, VariantOptions, None] = None,
    fit: Optional[Fit] = None,
    width: Optional[int] = None,
    height: Optional[int] = None,
    metadata: Metadata = "none",
    format: OutputFormat = "source",
    quality: int = 85,
    background: Optional[str] = None,
    color: Color = "srgb",
    shrink: Shrink = "fine",
    effort: int = 2,
    damaged: Damaged = "refuse",
    lossless: bool = False,
    slow_connection: bool = False,
    whole_frames: bool = False,
    limits: Optional[Limits] = None,
    **others: Unpack[Transforms],
) -> Rendered:
    """Renders one variant of the image in ``data``, fitted to a box of ``width`` × ``height``
    pixels.

    The keywords are the fields of :class:`VariantOptions` and :class:`OutputOptions`; ``background``,
    ``quality`` and ``format``, which both have, are the output's. ``fit`` is required, and a side of the box
    unless another field of the variant is given. ``options`` replaces the fields of the variant: a
    :class:`VariantOptions`, or a text such as ``"w=400,fit=cover,g=auto"``, which keeps the copyright unless
    it states another ``metadata``. May be called on any thread.

    Raises :class:`TypeError` for ``options`` together with a field of the variant;
    :class:`InvalidArgumentError` for an option out of range; :class:`UnsupportedFormatError`
    or :class:`MalformedImageError` for the image; :class:`LimitExceededError` or
    :class:`DeadlineExceededError` if a limit is exceeded.
    """
    variant = VARIANT.chosen(options, fit, width, height, metadata, others)
    output = OUTPUT.native(
        format, quality, background, color, shrink, effort, damaged, lossless, slow_connection, whole_frames,
    )
    return Renderer(limits)._render(data, variant, output, None)

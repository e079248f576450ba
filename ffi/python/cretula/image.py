"""Images: what one is, where a variant puts it, and the variants themselves.

``data`` is the bytes of an image file: ``bytes``, ``bytearray``, ``memoryview``, ``mmap``, a NumPy array of
bytes, or anything else with one contiguous buffer. It is read where it lies, without a copy, and locked for
the call. The interpreter's lock is not held meanwhile, so that threads render at once.
"""

from __future__ import annotations

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
from .options import OutputOptions, Request, native_output, native_variant, output_fields, variant_fields

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from .options import Color, Damaged, Fit, Format, Metadata, OutputFormat, Shrink

_RENDERER = ffi.typeof("cretula_renderer **")
_PLACEMENT = ffi.typeof("cretula_placement *")
_INFO = ffi.typeof("cretula_info *")
_VARIANTS = ffi.typeof("cretula_variant[]")
_OUTPUTS = ffi.typeof("cretula_output[]")
_BUFFERS = ffi.typeof("cretula_buffer[]")
_NEW_INFO = {"struct_size": ffi.sizeof("cretula_info")}
_NEW_PLACEMENT = {"struct_size": ffi.sizeof("cretula_placement")}

_probe = lib.cretula_probe
_place = lib.cretula_variant_place
_render = lib.cretula_renderer_render
_made_warnings = lib.cretula_renderer_warnings


class Info(NamedTuple):
    """What an image is: sizes in pixels as displayed, orientation applied.

    ``orientation`` is EXIF's, 1 to 8; ``frames`` is 1 for a still image; ``bit_depth`` is bits a sample as
    stored.
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

    @property
    def media_type(self) -> str:
        """Such as ``"image/jpeg"``."""
        return _options.media_type(self.format)


class Placement(NamedTuple):
    """Where a variant puts the displayed picture: crop, resize, lay on the canvas.

    ``crop`` is (x, y, width, height) in source pixels, with fractions; ``resize`` and ``canvas`` are (width,
    height) and ``offset`` is (x, y) in pixels of the output.
    """

    crop: tuple[float, float, float, float]
    resize: tuple[int, int]
    canvas: tuple[int, int]
    offset: tuple[int, int]


class Rendered(NamedTuple):
    """A finished variant: the bytes of an image file, and what it is.

    ``warnings`` tells what of the source could not be honoured, such as metadata that was dropped.
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
    def frames(self) -> int:
        """Frames; 1 for a still image."""
        return self.info.frames

    @property
    def has_alpha(self) -> bool:
        """Whether some pixel may be transparent."""
        return self.info.has_alpha

    @property
    def has_profile(self) -> bool:
        """Whether an ICC profile is embedded."""
        return self.info.has_profile

    @property
    def has_exif(self) -> bool:
        """Whether an EXIF block is embedded."""
        return self.info.has_exif

    @property
    def media_type(self) -> str:
        """Such as ``"image/jpeg"``: what a server says in ``Content-Type``."""
        return self.info.media_type

    @property
    def extension(self) -> str:
        """The usual extension of its files, without a dot."""
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
    )


def probe(data: Buffer, *, limits: Optional[Limits] = None) -> Info:
    """Reads an image's header: microseconds, and no memory for pixels.

    :class:`UnsupportedFormatError` if it is none of JPEG, PNG, WebP, GIF; :class:`MalformedImageError` if the
    header is broken; :class:`LimitExceededError` if the input or the size in its header is beyond the limits.
    """
    out, error = new(_INFO, _NEW_INFO), new(ERROR)
    bounds = _limits.native(limits)
    with borrowed(data) as source:
        status = _probe(source, len(source), bounds, out, error)
    if status:
        fail(error)
    return _info(out)


def place(source_width: int, source_height: int, *, fit: Fit, width: int, height: int) -> Placement:
    """Computes the geometry of a variant of a picture of this displayed size, without an image.

    :class:`InvalidArgumentError` if a side is 0, or one of the box over 12 000.
    """
    variant = native_variant(fit, width, height, "none")
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
    """Renders variants within ``limits``, in memory that its calls reuse: keep one a thread.

    It may be handed from thread to thread, but serves one at a time: a second one gets a :class:`BusyError`.
    Free it with :meth:`close` or as a context manager; else it goes with its last reference.
    """

    __slots__ = ("_busy", "_error", "_info", "_out")

    def __init__(self, limits: Optional[Limits] = None) -> None:
        out, error = new(_RENDERER), new(ERROR)
        if lib.cretula_renderer_new(_limits.native(limits), out, error):
            fail(error)
        self._own(out[0], lib.cretula_renderer_free)
        self._busy = Lock()
        self._out, self._info, self._error = new(BUFFER), new(_INFO, _NEW_INFO), error

    def render(
        self,
        data: Buffer,
        *,
        fit: Fit,
        width: int,
        height: int,
        metadata: Metadata = "none",
        format: OutputFormat = "source",
        quality: int = 85,
        background: Optional[str] = None,
        color: Color = "srgb",
        shrink: Shrink = "fine",
        effort: int = 2,
        damaged: Damaged = "refuse",
        cancel: Optional[CancelToken] = None,
    ) -> Rendered:
        """Renders one variant of the image file in ``data``; the options are those of :func:`render`."""
        variant = native_variant(fit, width, height, metadata)
        output = native_output(format, quality, background, color, shrink, effort, damaged)
        stop = _cancel.native(cancel)
        handle, out, info, error = self._claimed(), self._out, self._info, self._error
        try:
            with borrowed(data) as source:
                status = _render(
                    handle, source, len(source), variant, output, stop, out, info, error
                )
            if status:
                fail(error)
            return Rendered(taken_bytes(out), _info(info), self._warnings(handle, 0))
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
        cancel: Optional[CancelToken] = None,
    ) -> list[Rendered]:
        """Renders many variants of one image, which is decoded once; the answers are in the order of
        ``variants``.

        Each is a :class:`VariantOptions`, a pair of it and :class:`OutputOptions`, or a dict of both's
        fields; what it does not say of its output is as the keywords say. At most 1024, else
        :class:`LengthError`. The first failure is that of the whole set. A JPEG is decoded at the scale that
        the largest variant needs, so that the pixels of a smaller one may differ a little from those of a
        :meth:`render` of its own.
        """
        common = OutputOptions(format, quality, background, color, shrink, effort, damaged)
        output_fields(format, quality, background, color, shrink, effort, damaged)
        asked = [_options.request(variant, common) for variant in variants]
        if len(asked) > lib.CRETULA_MAX_SET:
            raise LengthError(f"a set has at most {lib.CRETULA_MAX_SET} variants, got {len(asked)}")
        of_variants, of_outputs = [], []
        for variant, output in asked:
            of_variants.append(variant_fields(variant.fit, variant.width, variant.height, variant.metadata))
            of_outputs.append(
                output_fields(
                    output.format,
                    output.quality,
                    output.background,
                    output.color,
                    output.shrink,
                    output.effort,
                    output.damaged,
                )
            )
        count = len(asked)
        native_variants, native_outputs = new(_VARIANTS, of_variants), new(_OUTPUTS, of_outputs)
        stop = _cancel.native(cancel)
        buffers = new(_BUFFERS, count)
        handle, error = self._claimed(), self._error
        try:
            with borrowed(data) as source:
                status = lib.cretula_renderer_render_set(
                    handle, source, len(source), native_variants, native_outputs, count, stop, buffers, error
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
            raise BusyError("another thread is using the Renderer: keep one a thread")
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
        if _made_warnings(handle, index, out, self._error):
            fail(self._error)
        return taken_text(out).splitlines() if out.len else []

    def __repr__(self) -> str:
        return "<Renderer, closed>" if self._cdata is None else "<Renderer>"


def render(
    data: Buffer,
    *,
    fit: Fit,
    width: int,
    height: int,
    metadata: Metadata = "none",
    format: OutputFormat = "source",
    quality: int = 85,
    background: Optional[str] = None,
    color: Color = "srgb",
    shrink: Shrink = "fine",
    effort: int = 2,
    damaged: Damaged = "refuse",
    limits: Optional[Limits] = None,
) -> Rendered:
    """Renders one variant of the image file in ``data``: a box of ``width`` × ``height`` pixels, meant as
    ``fit``.

    The options are those of :class:`VariantOptions` and :class:`OutputOptions`. From any thread.

    :class:`InvalidArgumentError` for an option out of range; :class:`UnsupportedFormatError`,
    :class:`MalformedImageError` for the image; :class:`LimitExceededError`, :class:`DeadlineExceededError`
    for what would cost too much.
    """
    return Renderer(limits).render(
        data,
        fit=fit,
        width=width,
        height=height,
        metadata=metadata,
        format=format,
        quality=quality,
        background=background,
        color=color,
        shrink=shrink,
        effort=effort,
        damaged=damaged,
    )

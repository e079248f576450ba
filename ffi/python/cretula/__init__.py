"""Image variants and signed URLs: bytes in, variants out.

:func:`render` makes one variant of an uploaded image, a :class:`Renderer` many; :func:`probe` reads a header,
:func:`place` computes geometry. A :class:`Keyring` signs URLs and verifies them. ``validate_…``,
:class:`DeliveryUrl`, :class:`Variants` and :func:`normalize` know the rules of the service's identifiers and
records. Whatever is refused is an :class:`Error` with a ``kind``, an ``http_status`` and the service's own
``code``.
"""

from __future__ import annotations

from ._native import ffi as _ffi
from ._native import lib as _lib
from .cancel import CancelToken
from .delivery import DeliveryUrl
from .errors import (
    BadHandleError,
    BusyError,
    CancelledError,
    DeadlineExceededError,
    Error,
    InternalError,
    InvalidArgumentError,
    InvalidValueError,
    LengthError,
    LimitExceededError,
    MalformedImageError,
    NotFoundError,
    NullPointerError,
    PanicError,
    PoisonedError,
    SignatureError,
    SignatureExpiredError,
    SignatureMalformedError,
    SignatureMismatchError,
    SignatureMissingError,
    StructSizeError,
    UnknownConstantError,
    UnsupportedFormatError,
    Utf8Error,
)
from .identifiers import (
    generate_image_id,
    looks_generated,
    validate_creator,
    validate_existing_image_id,
    validate_filename,
    validate_image_id,
    validate_key_name,
    validate_meta,
    validate_timestamp,
    validate_variant_id,
)
from .image import Info, Placement, Rendered, Renderer, place, probe, render
from .keyring import Keyring, Verified, access, generate_key_value
from .limits import Limits
from .options import OutputOptions, VariantOptions, extension, format_of_extension, media_type
from .records import (
    format_timestamp,
    normalize,
    parse_timestamp,
    parse_timestamp_ms,
    response_failure,
    response_success,
    stat_after_delete,
    stat_after_upload,
    update_image,
)
from .variants import Variant, Variants

__version__: str = _ffi.string(_lib.cretula_version()).decode()

_abi: int = _lib.cretula_abi_version()
ABI_VERSION: tuple[int, int] = (_abi >> 16, _abi & 0xFFFF)

__all__ = [
    "ABI_VERSION",
    "BadHandleError",
    "BusyError",
    "CancelToken",
    "CancelledError",
    "DeadlineExceededError",
    "DeliveryUrl",
    "Error",
    "Info",
    "InternalError",
    "InvalidArgumentError",
    "InvalidValueError",
    "Keyring",
    "LengthError",
    "LimitExceededError",
    "Limits",
    "MalformedImageError",
    "NotFoundError",
    "NullPointerError",
    "OutputOptions",
    "PanicError",
    "Placement",
    "PoisonedError",
    "Rendered",
    "Renderer",
    "SignatureError",
    "SignatureExpiredError",
    "SignatureMalformedError",
    "SignatureMismatchError",
    "SignatureMissingError",
    "StructSizeError",
    "UnknownConstantError",
    "UnsupportedFormatError",
    "Utf8Error",
    "Variant",
    "VariantOptions",
    "Variants",
    "Verified",
    "__version__",
    "access",
    "extension",
    "format_of_extension",
    "format_timestamp",
    "generate_image_id",
    "generate_key_value",
    "looks_generated",
    "media_type",
    "normalize",
    "parse_timestamp",
    "parse_timestamp_ms",
    "place",
    "probe",
    "render",
    "response_failure",
    "response_success",
    "stat_after_delete",
    "stat_after_upload",
    "update_image",
    "validate_creator",
    "validate_existing_image_id",
    "validate_filename",
    "validate_image_id",
    "validate_key_name",
    "validate_meta",
    "validate_timestamp",
    "validate_variant_id",
]

"""Exceptions: one class for each status of the library, all derived from :class:`Error`.

The classes in ``__all__`` are public. The others are bugs of this package, except
:class:`BadHandleError`, which callers see as the :class:`ValueError` of a closed object.
"""

from __future__ import annotations

from typing import Any, ClassVar, Optional

from ._native import ffi, lib

__all__ = [
    "AlreadyExistsError",
    "BusyError",
    "CancelledError",
    "DeadlineExceededError",
    "Error",
    "InternalError",
    "InvalidArgumentError",
    "InvalidValueError",
    "LengthError",
    "LimitExceededError",
    "MalformedImageError",
    "NotFoundError",
    "PanicError",
    "PoisonedError",
    "SignatureError",
    "SignatureExpiredError",
    "SignatureMalformedError",
    "SignatureMismatchError",
    "SignatureMissingError",
    "UnsupportedFormatError",
    "Utf8Error",
]


def _string(text: Any) -> str:
    return ffi.string(text).decode("utf-8", "replace")


class Error(Exception):
    """The base class of all exceptions of the library; ``str()`` is one line that names the value
    and the bound.

    ``kind`` is stable and safe to match on, such as ``"malformed-image"``. ``http_status`` is the
    status for a server's response. ``code`` is the error code of the hosted service. ``stage`` is
    the stage of the pipeline that failed, or ``""`` for a misuse of the interface.
    """

    status: ClassVar[int] = lib.CRETULA_ERR_INTERNAL
    kind: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500

    code: int
    stage: str
    _native: Any

    def __init__(self, message: str, code: Optional[int] = None, stage: str = "") -> None:
        super().__init__(message)
        self.code = code if code is not None else 5500 if self.http_status == 500 else 5400
        self.stage = stage
        self._native = None

    def __init_subclass__(cls, status: Optional[int] = None) -> None:
        super().__init_subclass__()
        if status is not None:
            cls.status = status
            cls.kind = _string(lib.cretula_status_name(status))
            cls.http_status = int(lib.cretula_status_http(status))
            _BY_STATUS[status] = cls

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.args[0], self.code, self.stage))


_BY_STATUS: dict[int, type[Error]] = {}


class InternalError(Error, RuntimeError, status=lib.CRETULA_ERR_INTERNAL):
    """A bug of the library or of a codec that it uses."""


class NullPointerError(InternalError, status=lib.CRETULA_ERR_NULL_POINTER):
    """A required pointer was NULL: a bug of this package."""


class StructSizeError(InternalError, status=lib.CRETULA_ERR_STRUCT_SIZE):
    """The library does not know the size of a struct: a bug of this package."""


class LengthError(Error, ValueError, status=lib.CRETULA_ERR_LENGTH):
    """A length or count is too large, such as more than 1024 variants in a set."""


class UnknownConstantError(InternalError, status=lib.CRETULA_ERR_UNKNOWN_CONSTANT):
    """A number is not one of the constants of its kind: a bug of this package."""


class Utf8Error(Error, ValueError, status=lib.CRETULA_ERR_UTF8):
    """Text cannot be encoded as UTF-8: it contains a lone surrogate."""


class BadHandleError(Error, ValueError, status=lib.CRETULA_ERR_BAD_HANDLE):
    """The object is closed."""


class BusyError(Error, RuntimeError, status=lib.CRETULA_ERR_BUSY):
    """Another thread is using the object."""


class PoisonedError(Error, RuntimeError, status=lib.CRETULA_ERR_POISONED):
    """An earlier :class:`PanicError` made the object unusable: create a new one."""


class InvalidArgumentError(Error, ValueError, status=lib.CRETULA_ERR_INVALID_ARGUMENT):
    """An option is out of range."""


class UnsupportedFormatError(Error, status=lib.CRETULA_ERR_UNSUPPORTED_FORMAT):
    """The bytes are not an image, or the library does not read or write this format or subtype."""


class MalformedImageError(Error, status=lib.CRETULA_ERR_MALFORMED_IMAGE):
    """The bytes violate the rules of their format, or are truncated."""


class LimitExceededError(Error, status=lib.CRETULA_ERR_LIMIT_EXCEEDED):
    """A value exceeds one of the limits."""


class DeadlineExceededError(Error, TimeoutError, status=lib.CRETULA_ERR_DEADLINE_EXCEEDED):
    """The deadline has passed."""


class CancelledError(Error, status=lib.CRETULA_ERR_CANCELLED):
    """The call's :class:`CancelToken` was cancelled."""


class SignatureError(Error):
    """The base class of the four exceptions for URLs that may not be served."""

    http_status = 403


class SignatureMissingError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_MISSING):
    """The URL requires a signature and has none."""


class SignatureMalformedError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_MALFORMED):
    """The URL, its ``sig`` or its ``exp`` is malformed."""


class SignatureMismatchError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_MISMATCH):
    """The signature matches none of the keys for this URL."""


class SignatureExpiredError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_EXPIRED):
    """The signature is valid but has expired."""


class NotFoundError(Error, KeyError, status=lib.CRETULA_ERR_NOT_FOUND):
    """There is no key or variant with this name."""


class AlreadyExistsError(Error, ValueError, status=lib.CRETULA_ERR_ALREADY_EXISTS):
    """There is a variant with this name already."""


class InvalidValueError(Error, ValueError, status=lib.CRETULA_ERR_INVALID_VALUE):
    """An identifier, text, record, key or URL violates its rule."""


class PanicError(Error, RuntimeError, status=lib.CRETULA_ERR_PANIC):
    """A bug of the library: a caught panic. The objects in use can only be closed."""


def from_native(slot: Any) -> Error:
    """The exception for the error that a call wrote. It owns the error."""
    native = ffi.gc(slot[0], lib.cretula_error_free)
    kind = _BY_STATUS.get(lib.cretula_error_status(native), InternalError)
    message = _string(lib.cretula_error_message(native))
    error = kind(message, int(lib.cretula_error_code(native)), _string(lib.cretula_error_stage(native)))
    error._native = native
    return error

"""Exceptions: one class for each status of the library, all of them under :class:`Error`."""

from __future__ import annotations

from typing import Any, ClassVar, Optional

from ._native import ffi, lib


def _string(text: Any) -> str:
    return ffi.string(text).decode("utf-8", "replace")


class Error(Exception):
    """Why a call failed; ``str()`` is one line that names the value and the bound.

    Catch it for everything that the library refuses. ``kind`` is stable and safe to match on, such as
    ``"malformed-image"``; ``http_status`` is what a server would answer; ``code`` is the hosted service's own
    number; ``stage`` tells where in the pipeline it arose, ``""`` for a misuse.
    """

    status: ClassVar[int] = lib.CRETULA_ERR_INTERNAL
    kind: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500

    code: int
    stage: str
    _told: Any

    def __init__(self, message: str, code: Optional[int] = None, stage: str = "") -> None:
        super().__init__(message)
        self.code = code if code is not None else 5500 if self.http_status == 500 else 5400
        self.stage = stage
        self._told = None

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


class NullPointerError(Error, status=lib.CRETULA_ERR_NULL_POINTER):
    """A pointer was NULL: a bug of this package."""


class StructSizeError(Error, status=lib.CRETULA_ERR_STRUCT_SIZE):
    """A struct has another size: a bug of this package."""


class LengthError(Error, ValueError, status=lib.CRETULA_ERR_LENGTH):
    """There is too much of something, such as over 1024 variants in one set."""


class UnknownConstantError(Error, ValueError, status=lib.CRETULA_ERR_UNKNOWN_CONSTANT):
    """A number is none of the constants of its kind: a bug of this package."""


class Utf8Error(Error, ValueError, status=lib.CRETULA_ERR_UTF8):
    """A text cannot be written as UTF-8: it holds a lone surrogate."""


class BadHandleError(Error, ValueError, status=lib.CRETULA_ERR_BAD_HANDLE):
    """The object is closed."""


class BusyError(Error, RuntimeError, status=lib.CRETULA_ERR_BUSY):
    """Another thread is using the object."""


class PoisonedError(Error, RuntimeError, status=lib.CRETULA_ERR_POISONED):
    """A :class:`PanicError` went through the object earlier: make a new one."""


class InvalidArgumentError(Error, ValueError, status=lib.CRETULA_ERR_INVALID_ARGUMENT):
    """An option is out of its range."""


class UnsupportedFormatError(Error, status=lib.CRETULA_ERR_UNSUPPORTED_FORMAT):
    """The bytes are not an image, or of a format or subtype that the library does not read or write."""


class MalformedImageError(Error, status=lib.CRETULA_ERR_MALFORMED_IMAGE):
    """The bytes break the rules of their own format, or end too early."""


class LimitExceededError(Error, status=lib.CRETULA_ERR_LIMIT_EXCEEDED):
    """A value exceeds one of the limits."""


class DeadlineExceededError(Error, TimeoutError, status=lib.CRETULA_ERR_DEADLINE_EXCEEDED):
    """The deadline has passed."""


class CancelledError(Error, status=lib.CRETULA_ERR_CANCELLED):
    """The call's :class:`CancelToken` was cancelled."""


class SignatureError(Error):
    """The URL may not be seen: one of the four ``Signature…Error``."""

    http_status = 403


class SignatureMissingError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_MISSING):
    """The URL needs a signature and has none."""


class SignatureMalformedError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_MALFORMED):
    """The URL, its ``sig`` or its ``exp`` is not well formed."""


class SignatureMismatchError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_MISMATCH):
    """No key of the ring made this signature for this URL."""


class SignatureExpiredError(SignatureError, status=lib.CRETULA_ERR_SIGNATURE_EXPIRED):
    """The signature is good, its time is over."""


class NotFoundError(Error, KeyError, status=lib.CRETULA_ERR_NOT_FOUND):
    """There is no key or variant of that name."""


class InvalidValueError(Error, ValueError, status=lib.CRETULA_ERR_INVALID_VALUE):
    """An identifier, a text, a record, a key or a URL breaks its rule."""


class PanicError(Error, RuntimeError, status=lib.CRETULA_ERR_PANIC):
    """A bug of the library: a panic, caught. The objects it went through can only be closed."""


class InternalError(Error, RuntimeError, status=lib.CRETULA_ERR_INTERNAL):
    """A bug of the library or of a codec below it."""


def from_native(slot: Any) -> Error:
    """The exception for what a call wrote to its ``cretula_error **``, which it frees when it goes."""
    told = ffi.gc(slot[0], lib.cretula_error_free)
    kind = _BY_STATUS.get(lib.cretula_error_status(told), InternalError)
    message = _string(lib.cretula_error_message(told))
    error = kind(message, int(lib.cretula_error_code(told)), _string(lib.cretula_error_stage(told)))
    error._told = told
    return error

"""What every call needs: arguments that C can take, and an exception for a status that is not OK."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Union

from ._native import ffi, lib
from .errors import InvalidArgumentError, InvalidValueError, Utf8Error, from_native

if TYPE_CHECKING:
    from typing_extensions import Buffer

if not lib.cretula_abi_compatible(lib.CRETULA_ABI_VERSION):
    raise ImportError("cretula: the shared library is of another ABI than the bindings")

Json = Union[str, bytes, Mapping[str, Any]]

U32 = 0xFFFF_FFFF
U64 = 0xFFFF_FFFF_FFFF_FFFF
I64 = 0x7FFF_FFFF_FFFF_FFFF

new = ffi.new
NULL = ffi.NULL
_view = ffi.buffer
ERROR = ffi.typeof("cretula_error **")
BUFFER = ffi.typeof("cretula_buffer *")
UINT64 = ffi.typeof("uint64_t *")

_free = lib.cretula_buffer_free
_clear_free = lib.cretula_buffer_clear_free


def fail(error: Any) -> None:
    """Raises what a call that answered no ``CRETULA_OK`` wrote to ``error``."""
    raise from_native(error)


def taken_bytes(buffer: Any) -> bytes:
    """The bytes of a ``cretula_buffer``, which is then freed."""
    try:
        size: int = buffer.len
        taken: bytes = _view(buffer.data, size)[:] if size else b""
        return taken
    finally:
        _free(buffer)


def taken_text(buffer: Any) -> str:
    """The text of a ``cretula_buffer``, which is then freed."""
    return taken_bytes(buffer).decode("utf-8")


def taken_secret(buffer: Any) -> str:
    """The text of a ``cretula_buffer``, which is then overwritten and freed."""
    try:
        return str(ffi.buffer(buffer.data, buffer.len)[:], "utf-8")
    finally:
        _clear_free(buffer)


def utf8(name: str, text: str) -> bytes:
    """A text as C takes it."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Utf8Error(f"{name} is no text: it has a lone surrogate at index {error.start}") from None


def utf8_or_bytes(name: str, text: Union[str, bytes]) -> bytes:
    """A text as C takes it, or bytes as they were received."""
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str or bytes, not {type(text).__name__}")
    return utf8(name, text)


def json_text(name: str, value: Json) -> bytes:
    """JSON as C takes it: text as it is, a mapping written out."""
    if isinstance(value, (str, bytes)):
        return utf8_or_bytes(name, value)
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, or JSON as a str or bytes, not {type(value).__name__}")
    try:
        written = json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise InvalidValueError(f"{name} is nested too deep") from None
    return utf8(name, written)


def whole(name: str, value: int, low: int, high: int) -> int:
    """An integer of this range."""
    if type(value) is not int:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{name} must be an int, not {type(value).__name__}")
        value = operator.index(value)
    if low <= value <= high:
        return value
    shown = str(value) if value.bit_length() <= 128 else f"one of {value.bit_length()} bits"
    raise InvalidArgumentError(f"{name} must be a whole number from {low} to {high}, got {shown}")


Choice = TypeVar("Choice", bound=str)


def constants(kind: str) -> dict[str, int]:
    """The ``CRETULA_<kind>_*`` constants by name: ``"scale-down"`` is ``CRETULA_FIT_SCALE_DOWN``."""
    prefix = f"CRETULA_{kind}_"
    names = [name for name in dir(lib) if name.startswith(prefix)]
    return {name[len(prefix):].lower().replace("_", "-"): int(getattr(lib, name)) for name in names}


def choice(name: str, table: dict[str, int], value: str) -> int:
    """The number of one of the names."""
    if isinstance(value, str):
        if value in table:
            return table[value]
        names = ", ".join(sorted(table, key=table.__getitem__))
        raise InvalidArgumentError(f"{name} must be one of {names}; got {value[:40]!r}")
    raise TypeError(f"{name} must be a str, not {type(value).__name__}")


PROFILES = constants("PROFILE")


def profile_number(profile: str) -> int:
    """The number of a profile."""
    return choice("profile", PROFILES, profile)


class _Whole:
    """Bytes need no lock: nothing can change them."""

    __slots__ = ("held",)

    def __init__(self, held: bytes) -> None:
        self.held = held

    def __enter__(self) -> bytes:
        return self.held

    def __exit__(self, *_: object) -> None:
        return None


def borrowed(data: Union[Buffer, Any]) -> Any:
    """A context in which C may read ``data``, without a copy; its value has the length in bytes.

    What owns the bytes is locked until the context ends: a ``bytearray`` cannot be resized, an ``mmap`` not
    closed.
    """
    if type(data) is bytes:
        return _Whole(data)
    if isinstance(data, str):
        raise TypeError("data must be bytes, or have a buffer, not str")
    try:
        return ffi.from_buffer(data)
    except TypeError:
        raise TypeError(f"data must be bytes, or have a buffer, not {type(data).__name__}") from None
    except (BufferError, ValueError) as reason:
        raise BufferError(f"data must be one contiguous block of memory: {reason}") from None

"""Conversion of arguments to C, and of a failing status to an exception."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Union

from ._native import ffi, lib
from .errors import InvalidArgumentError, InvalidValueError, Utf8Error, from_native

if TYPE_CHECKING:
    from typing_extensions import Buffer

if not lib.cretula_abi_compatible(lib.CRETULA_ABI_VERSION):
    raise ImportError("cretula: the shared library and the bindings have different ABI versions")

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


def fail(error: Any) -> NoReturn:
    """Raises the exception for the error that a failing call wrote."""
    raise from_native(error)


def taken_bytes(buffer: Any) -> bytes:
    """Returns the bytes of a ``cretula_buffer`` and frees it."""
    try:
        size: int = buffer.len
        taken: bytes = _view(buffer.data, size)[:] if size else b""
        return taken
    finally:
        _free(buffer)


def taken_text(buffer: Any) -> str:
    """Returns the text of a ``cretula_buffer`` and frees it."""
    return taken_bytes(buffer).decode("utf-8")


def taken_secret(buffer: Any) -> str:
    """Returns the text of a ``cretula_buffer``, overwrites its bytes, and frees it."""
    try:
        return str(ffi.buffer(buffer.data, buffer.len)[:], "utf-8")
    finally:
        _clear_free(buffer)


def utf8(name: str, text: str) -> bytes:
    """Encodes text for C."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Utf8Error(f"{name} has a lone surrogate at index {error.start}") from None


def utf8_or_bytes(name: str, text: Union[str, bytes]) -> bytes:
    """Encodes text for C; passes bytes through as received."""
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str or bytes, not {type(text).__name__}")
    return utf8(name, text)


def json_text(name: str, value: Json) -> bytes:
    """Encodes JSON for C: text as it is, a mapping through :mod:`json`."""
    if isinstance(value, (str, bytes)):
        return utf8_or_bytes(name, value)
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, or JSON as a str or bytes, not {type(value).__name__}")
    try:
        written = json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise InvalidValueError(f"{name} is nested too deeply") from None
    return utf8(name, written)


def whole(name: str, value: int, low: int, high: int) -> int:
    """Checks that a value is an integer in this range."""
    if type(value) is not int:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{name} must be an int, not {type(value).__name__}")
        value = operator.index(value)
    if low <= value <= high:
        return value
    shown = str(value) if value.bit_length() <= 128 else f"one with {value.bit_length()} bits"
    raise InvalidArgumentError(f"{name} must be a whole number from {low} to {high}, got {shown}")


def switch(name: str, value: bool) -> int:
    """The number of a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    return int(value)


def constants(kind: str) -> dict[str, int]:
    """The ``CRETULA_<kind>_*`` constants by name: ``"scale-down"`` is ``CRETULA_FIT_SCALE_DOWN``."""
    prefix = f"CRETULA_{kind}_"
    names = [name for name in dir(lib) if name.startswith(prefix)]
    return {name[len(prefix):].lower().replace("_", "-"): int(getattr(lib, name)) for name in names}


def choice(name: str, table: dict[str, int], value: str) -> int:
    """The number of a name in the table."""
    if isinstance(value, str):
        if value in table:
            return table[value]
        names = ", ".join(sorted(table, key=table.__getitem__))
        raise InvalidArgumentError(f"{name} must be one of {names}; got {value[:40]!r}")
    raise TypeError(f"{name} must be a str, not {type(value).__name__}")


RULES = constants("RULES")


def rules_number(rules: str) -> int:
    """The number of a rule set."""
    return choice("rules", RULES, rules)


class _Whole:
    """``bytes`` are immutable and need no lock."""

    __slots__ = ("held",)

    def __init__(self, held: bytes) -> None:
        self.held = held

    def __enter__(self) -> bytes:
        return self.held

    def __exit__(self, *_: object) -> None:
        return None


def borrowed(data: Union[Buffer, Any]) -> Any:
    """A context in which C may read ``data`` without a copy; the length of its value is that in
    bytes.

    The owner of the bytes is locked until the context ends: a ``bytearray`` cannot be resized, an
    ``mmap`` cannot be closed.
    """
    if type(data) is bytes:
        return _Whole(data)
    if isinstance(data, str):
        raise TypeError("data must be bytes or support the buffer protocol, not str")
    try:
        return ffi.from_buffer(data)
    except TypeError:
        other = type(data).__name__
        raise TypeError(f"data must be bytes or support the buffer protocol, not {other}") from None
    except (BufferError, ValueError) as reason:
        raise BufferError(f"data must be one contiguous block of memory: {reason}") from None

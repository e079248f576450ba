"""Timestamps of records: RFC 3339 text, milliseconds, and :class:`datetime`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Union

from .._call import BUFFER, ERROR, I64, fail, new, taken_text, utf8, whole
from .._native import ffi, lib
from ..errors import InvalidValueError

_INT64 = ffi.typeof("int64_t *")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


def parse_timestamp_ms(text: str) -> int:
    """Parses a timestamp in the format of RFC 3339 to milliseconds since 1970-01-01T00:00:00Z,
    without leap seconds.

    Raises :class:`InvalidValueError` for other text, or a time outside the years 0000 to 9999 UTC.
    """
    raw, out, error = utf8("text", text), new(_INT64), new(ERROR)
    if lib.cretula_timestamp_parse(raw, len(raw), out, error):
        fail(error)
    return int(out[0])


def parse_timestamp(text: str) -> datetime:
    """Like :func:`parse_timestamp_ms`, as an aware :class:`datetime` in UTC, which has no year
    0000.
    
    """
    try:
        return _EPOCH + parse_timestamp_ms(text) * _MILLISECOND
    except OverflowError:
        message = f"timestamp {text!r} is before the year 0001, the first of datetime"
        raise InvalidValueError(message) from None


def format_timestamp(time: Union[datetime, int]) -> str:
    """Formats a time as records do: ``"2014-01-02T02:20:00.123Z"``.

    ``time`` is an aware :class:`datetime`, truncated to milliseconds, or milliseconds since 1970.
    Raises :class:`InvalidValueError` outside the years 0000 to 9999 UTC, and for a naive datetime.
    """
    if isinstance(time, datetime):
        if time.utcoffset() is None:
            raise InvalidValueError(f"datetime {time.isoformat()} is naive: it needs a time zone")
        time = (time - _EPOCH) // _MILLISECOND
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_timestamp_format(whole("time", time, -I64 - 1, I64), out, error):
        fail(error)
    return taken_text(out)

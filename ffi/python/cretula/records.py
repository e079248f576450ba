"""Records: the reference's models, as JSON in and JSON out.

Each record is a dict or JSON text; what comes back is JSON text as the library writes it: compact, fields in
the reference's order, unknown ones left out. A dict goes through :mod:`json`, so that numbers are Python's;
give text where every digit matters.
"""

from __future__ import annotations

import json as _json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Union

from ._call import (
    BUFFER, ERROR, I64, U64, Json, choice, constants, fail, json_text, new, profile_number, taken_text, utf8,
    whole,
)
from ._native import ffi, lib
from .errors import Error, InvalidValueError

if TYPE_CHECKING:
    from typing import Literal

    from .options import Profile

    Record = Literal[
        "image", "image-list", "image-update", "variant", "variant-result", "variants", "stat", "meta",
        "response",
    ]

RECORDS = constants("RECORD")

_INT64 = ffi.typeof("int64_t *")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


def normalize(record: Record, json: Json, profile: Profile = "reference") -> str:
    """Checks a record and writes it as the library does.

    :class:`InvalidValueError` or :class:`InvalidArgumentError`, whose text names the rule, if it breaks one;
    :class:`LimitExceededError` for too many variants.
    """
    number, rules, text = choice("record", RECORDS, record), profile_number(profile), json_text("json", json)
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_record_normalize(number, rules, text, len(text), out, error):
        fail(error)
    return taken_text(out)


def update_image(image: Json, update: Json, *, profile: Profile = "reference") -> str:
    """The image after an update: ``{"creator","metadata","requireSignedURLs"}``, of which any may be absent.

    :class:`InvalidValueError` if either breaks a rule, or the update is not one that this image can have.
    """
    before, change = json_text("image", image), json_text("update", update)
    rules, out, error = profile_number(profile), new(BUFFER), new(ERROR)
    if lib.cretula_image_update(before, len(before), change, len(change), rules, out, error):
        fail(error)
    return taken_text(out)


def stat_after_upload(stat: Json, images: int = 1) -> str:
    """The count of images, ``{"count":{"allowed","current"}}``, after so many more are stored.

    :class:`LimitExceededError` if they would be more than are allowed; :class:`InvalidValueError` if it is no
    count.
    """
    return _counted(lib.cretula_stat_after_upload, stat, images)


def stat_after_delete(stat: Json, images: int = 1) -> str:
    """The count of images after so many are deleted. :class:`InvalidValueError` if there are fewer."""
    return _counted(lib.cretula_stat_after_delete, stat, images)


def _counted(count: Any, stat: Json, images: int) -> str:
    text, many = json_text("stat", stat), whole("images", images, 0, U64)
    out, error = new(BUFFER), new(ERROR)
    if count(text, len(text), many, out, error):
        fail(error)
    return taken_text(out)


def response_success(result: Any) -> str:
    """Puts a result into the envelope of a success: JSON text, or any value that :mod:`json` can write.

    :class:`InvalidValueError` if a text is no JSON.
    """
    if not isinstance(result, (str, bytes)):
        result = _json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    text, out, error = json_text("result", result), new(BUFFER), new(ERROR)
    if lib.cretula_response_success(text, len(text), out, error):
        fail(error)
    return taken_text(out)


def response_failure(failure: Error) -> str:
    """Puts the code and the message of an exception of this package into the envelope of a failure."""
    if not isinstance(failure, Error):
        raise TypeError(f"failure must be a cretula.Error, not {type(failure).__name__}")
    if failure._told is None:
        told = {"code": failure.code, "message": str(failure)}
        return normalize("response", {"result": None, "success": False, "errors": [told], "messages": []})
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_response_failure(failure._told, out, error):
        fail(error)
    return taken_text(out)


def parse_timestamp_ms(text: str) -> int:
    """Reads a point in time in the format of RFC 3339: milliseconds since 1970-01-01T00:00:00Z, no leap
    seconds.

    :class:`InvalidValueError` if it is none, or lies outside the years 0000 to 9999 UTC.
    """
    raw, out, error = utf8("text", text), new(_INT64), new(ERROR)
    if lib.cretula_timestamp_parse(raw, len(raw), out, error):
        fail(error)
    return int(out[0])


def parse_timestamp(text: str) -> datetime:
    """As :func:`parse_timestamp_ms`, an aware :class:`datetime` in UTC, which has no year 0000."""
    try:
        return _EPOCH + parse_timestamp_ms(text) * _MILLISECOND
    except OverflowError:
        raise InvalidValueError(f"timestamp {text!r} is before the year 0001, datetime's first") from None


def format_timestamp(time: Union[datetime, int]) -> str:
    """Writes a point in time as the records hold it, such as ``"2014-01-02T02:20:00.123Z"``.

    ``time`` is an aware :class:`datetime`, of which the rest below a millisecond is cut, or milliseconds
    since 1970. :class:`InvalidValueError` outside the years 0000 to 9999 UTC, and for a naive datetime.
    """
    if isinstance(time, datetime):
        if time.utcoffset() is None:
            raise InvalidValueError(f"datetime {time.isoformat()} has no time zone: give it one")
        time = (time - _EPOCH) // _MILLISECOND
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_timestamp_format(whole("time", time, -I64 - 1, I64), out, error):
        fail(error)
    return taken_text(out)

"""Uploads: metadata in forms, and direct uploads."""

from __future__ import annotations

import json as _json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Optional, Union

from .._call import BUFFER, ERROR, I64, Json, fail, json_text, new, rules_number, taken_text, utf8, whole
from .._native import ffi, lib
from .timestamps import format_timestamp, parse_timestamp, parse_timestamp_ms

if TYPE_CHECKING:
    from .identifiers import RuleSet

_INT64 = ffi.typeof("int64_t *")

Fields = Iterable[tuple[str, str]]


def _fields(fields: Fields) -> bytes:
    pairs = [(name, value) for name, value in fields]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise TypeError("fields must be pairs of str: the name and the value of each field")
    return utf8("fields", _json.dumps(pairs, ensure_ascii=False))


def meta_from_form(fields: Fields) -> Optional[str]:
    """The metadata among the fields of a form, ``(name, value)``, as JSON; ``None`` if there are none.

    The field ``metadata`` holds JSON; ``metadata.a``, ``metadata[a][b]``, ``metadata.a[]`` and
    ``metadata.a.0`` hold texts. Other fields are ignored.

    Raises :class:`InvalidValueError` if fields contradict each other, or the metadata violate their
    rules.
    """
    text, out, error = _fields(fields), new(BUFFER), new(ERROR)
    if lib.cretula_meta_from_form(text, len(text), out, error):
        fail(error)
    return taken_text(out) or None


def direct_upload_from_form(fields: Fields, *, rules: RuleSet = "reference") -> str:
    """Reads the fields of a form, ``(name, value)``, as a request for a direct upload:
    ``{"id","expiry","metadata","requireSignedURLs","creator"}``.

    Raises :class:`InvalidValueError` if a field violates its rule or is given twice.
    """
    text, number, out, error = _fields(fields), rules_number(rules), new(BUFFER), new(ERROR)
    if lib.cretula_direct_upload_from_form(text, len(text), number, out, error):
        fail(error)
    return taken_text(out)


def direct_upload_expires_at(
    request: Json, *, now: Union[datetime, int], rules: RuleSet = "reference"
) -> datetime:
    """When a direct upload that is requested ``now`` is no longer accepted: the expiry of the request, or
    30 minutes later. ``now`` is an aware :class:`datetime` or milliseconds since 1970.

    Raises :class:`InvalidValueError` if the expiry is less than 2 minutes or more than 6 hours later.
    """
    millis = parse_timestamp_ms(format_timestamp(now)) if isinstance(now, datetime) else now
    text, number = json_text("request", request), rules_number(rules)
    out, error = new(_INT64), new(ERROR)
    millis = whole("now", millis, -I64 - 1, I64)
    if lib.cretula_direct_upload_expires_at(text, len(text), number, millis, out, error):
        fail(error)
    return parse_timestamp(format_timestamp(int(out[0])))

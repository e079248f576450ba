"""The records of the API: JSON in, JSON out.

A record is passed as a dict or JSON text. Results are JSON text as the library writes it: compact,
fields in the order of the API reference, without unknown fields. A dict passes through :mod:`json`,
which changes how some numbers are written; pass text where every digit matters.
"""

from __future__ import annotations

import json as _json
from typing import TYPE_CHECKING, Any, Literal

from .._call import (
    BUFFER, ERROR, U64, Json, choice, constants, fail, json_text, new, rules_number, taken_text, whole,
)
from .._native import lib
from ..errors import Error

if TYPE_CHECKING:
    from .identifiers import RuleSet

Record = Literal[
    "image", "image-list", "image-update", "variant", "variant-result", "variants", "stat", "meta",
    "response", "image-page", "direct-upload-request", "direct-upload",
]

RECORDS = constants("RECORD")


def normalize(record: Record, json: Json, rules: RuleSet = "reference") -> str:
    """Validates a record and returns it as the library writes it.

    Raises :class:`InvalidValueError` or :class:`InvalidArgumentError` with a message that names the
    violated rule; :class:`LimitExceededError` for too many variants.
    """
    kind, number, text = choice("record", RECORDS, record), rules_number(rules), json_text("json", json)
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_record_normalize(kind, number, text, len(text), out, error):
        fail(error)
    return taken_text(out)


def update_image(image: Json, update: Json, *, rules: RuleSet = "reference") -> str:
    """Applies an update, ``{"creator","metadata","requireSignedURLs"}`` with every field optional,
    to an image. A creator that is ``None`` or empty is removed.

    Raises :class:`InvalidValueError` if either violates a rule, or the update does not apply to
    this image.
    """
    before, change = json_text("image", image), json_text("update", update)
    number, out, error = rules_number(rules), new(BUFFER), new(ERROR)
    if lib.cretula_image_update(before, len(before), change, len(change), number, out, error):
        fail(error)
    return taken_text(out)


def stat_after_upload(stat: Json, images: int = 1) -> str:
    """The image count, ``{"count":{"allowed","current"}}``, after ``images`` more are stored.

    Raises :class:`LimitExceededError` if the count would exceed the allowance;
    :class:`InvalidValueError` for other JSON.
    """
    return _counted(lib.cretula_stat_after_upload, stat, images)


def stat_after_delete(stat: Json, images: int = 1) -> str:
    """The image count after ``images`` are deleted. Raises :class:`InvalidValueError` if there are
    fewer.
    
    """
    return _counted(lib.cretula_stat_after_delete, stat, images)


def _counted(count: Any, stat: Json, images: int) -> str:
    text, number = json_text("stat", stat), whole("images", images, 0, U64)
    out, error = new(BUFFER), new(ERROR)
    if count(text, len(text), number, out, error):
        fail(error)
    return taken_text(out)


def response_success(result: Any) -> str:
    """Wraps a result in the envelope of a success: JSON text, or any value that :mod:`json` can
    write.

    Raises :class:`InvalidValueError` if the text is not JSON.
    """
    if not isinstance(result, (str, bytes)):
        result = _json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    text, out, error = json_text("result", result), new(BUFFER), new(ERROR)
    if lib.cretula_response_success(text, len(text), out, error):
        fail(error)
    return taken_text(out)


def response_failure(failure: Error) -> str:
    """Wraps the code and message of an exception of this package in the envelope of a failure."""
    if not isinstance(failure, Error):
        raise TypeError(f"failure must be a cretula.Error, not {type(failure).__name__}")
    if failure._native is None:
        message = {"code": failure.code, "message": str(failure)}
        return normalize("response", {"result": None, "success": False, "errors": [message], "messages": []})
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_response_failure(failure._native, out, error):
        fail(error)
    return taken_text(out)

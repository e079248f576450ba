"""Queries of lists of images, with filters of metadata."""

from __future__ import annotations

import json as _json
from typing import TYPE_CHECKING, Any, Literal, Optional

from .._call import BUFFER, ERROR, Json, fail, json_text, new, rules_number, taken_text, utf8
from .._native import ffi, lib

if TYPE_CHECKING:
    from .identifiers import RuleSet

_BOOL = ffi.typeof("bool *")

SortOrder = Literal["asc", "desc"]


class ImageQuery:
    """The parameters of a list of images, parsed from the query of a URL, without its ``?``. Immutable
    and hashable.

    ``str()`` is the query in normal form. ``creator`` is ``""`` for images without one, and ``None`` for
    any. ``meta`` has the filters, such as ``"meta.shot.iso[lt:number]=400"``; the operators are ``eq``,
    ``gt``, ``gte``, ``lt``, ``lte`` and ``in``, with or without a type (``:string``, ``:number``,
    ``:boolean``).

    Raises :class:`InvalidValueError` or :class:`InvalidArgumentError` for a parameter out of its range
    or given twice; :class:`LimitExceededError` for more than 32 filters.
    """

    __slots__ = ("_text", "continuation_token", "creator", "meta", "page", "per_page", "sort_order")

    page: int
    per_page: int
    sort_order: SortOrder
    continuation_token: Optional[str]
    creator: Optional[str]
    meta: tuple[str, ...]
    _text: str

    def __init__(self, query: str = "") -> None:
        text, put = utf8("query", query), object.__setattr__
        put(self, "_text", _written(lib.cretula_image_query_normalize, text))
        parameters = _json.loads(_written(lib.cretula_image_query_to_json, text))
        for name in ("page", "per_page", "sort_order"):
            put(self, name, parameters[name])
        put(self, "continuation_token", parameters.get("continuation_token"))
        # `null` asks for images without a creator.
        put(self, "creator", (parameters["creator"] or "") if "creator" in parameters else None)
        put(self, "meta", tuple(parameters["meta"]))

    def matches(self, image: Json, *, rules: RuleSet = "reference") -> bool:
        """Whether an image has the creator and the metadata that are asked for.

        Raises :class:`InvalidValueError` for an image that violates its rules.
        """
        query, found, number = utf8("query", self._text), json_text("image", image), rules_number(rules)
        out, error = new(_BOOL), new(ERROR)
        if lib.cretula_image_query_matches(query, len(query), found, len(found), number, out, error):
            fail(error)
        return bool(out[0])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an ImageQuery is immutable: create a new one with another {name}")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"ImageQuery({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, ImageQuery) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[Any, ...]:
        return (ImageQuery, (self._text,))


def _written(write: Any, query: bytes) -> str:
    out, error = new(BUFFER), new(ERROR)
    if write(query, len(query), out, error):
        fail(error)
    return taken_text(out)

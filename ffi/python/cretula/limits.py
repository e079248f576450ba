"""Limits on the cost of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Optional

from ._call import NULL, U32, U64, new, whole
from ._native import ffi
from .errors import InvalidArgumentError

_SMALL = frozenset(("max_side", "max_frames"))


@dataclass(frozen=True)
class Limits:
    """Limits for one call. ``None`` selects the default of the library.

    ================== ================================================ ===========
    field              maximum                                          default
    ================== ================================================ ===========
    max_input_bytes    bytes of an input                                10 000 000
    max_pixels         pixels of one frame of a source                  100 000 000
    max_total_pixels   pixels over all frames of an animated source     50 000 000
    max_memory_bytes   bytes held at once, excluding the input          400 000 000
    max_side           width and height of sources and of variants      12 000
    max_frames         frames of an animated source                     10 000
    deadline           seconds that a call may take                     none
    ================== ================================================ ===========
    """

    max_input_bytes: Optional[int] = None
    max_pixels: Optional[int] = None
    max_total_pixels: Optional[int] = None
    max_memory_bytes: Optional[int] = None
    max_side: Optional[int] = None
    max_frames: Optional[int] = None
    deadline: Optional[float] = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            if field.name == "deadline":
                _milliseconds(value)
            else:
                value = whole(field.name, value, 1, U32 if field.name in _SMALL else U64)
                object.__setattr__(self, field.name, value)


def _milliseconds(seconds: float) -> int:
    if isinstance(seconds, bool) or not hasattr(seconds, "__float__"):
        raise TypeError(f"deadline must be a number of seconds, not {type(seconds).__name__}")
    seconds = float(seconds)
    if not 0 < seconds <= 1e15:
        raise InvalidArgumentError(f"deadline must be above 0 and at most 1e15 seconds, got {seconds}")
    return math.ceil(seconds * 1000)


@lru_cache(maxsize=64)
def _struct(limits: Limits) -> Any:
    filled = {field.name: getattr(limits, field.name) or 0 for field in fields(limits)}
    seconds = filled.pop("deadline")
    filled["deadline_ms"] = _milliseconds(seconds) if seconds else 0
    return new("cretula_limits *", {"struct_size": ffi.sizeof("cretula_limits"), **filled})


def native(limits: Optional[Limits]) -> Any:
    """The limits for C."""
    if limits is None:
        return NULL
    if not isinstance(limits, Limits):
        raise TypeError(f"limits must be a Limits, not {type(limits).__name__}")
    return _struct(limits)

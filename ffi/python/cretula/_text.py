"""Values of options in an option text: how each is written for C, and read from a canonical text.

Writing checks types, and that a value is one value: it cannot add options. C checks ranges.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, Union

from ._call import U32, switch, whole
from .errors import InvalidArgumentError


class Key:
    """How a value becomes a part of an option text, and is read from a canonical one."""

    def __init__(self, shown: str, write: Callable[[str, Any], str], read: Callable[[str], Any]) -> None:
        self._shown, self.write, self.read = shown, write, read

    def __repr__(self) -> str:
        return self._shown


def _written_number(name: str, value: Any) -> str:
    """A number as C reads it, to six digits after the point. The library checks its range."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    try:
        # The sum has no negative zero.
        number = round(float(value), 6) + 0.0
    except OverflowError:
        number = math.copysign(math.inf, value > 0 or -1)
    return f"{number:.6f}".rstrip("0").rstrip(".") if abs(number) < 1e15 else repr(number)


def _read_number(text: str) -> Union[int, float]:
    return float(text) if "." in text else int(text)


def _written_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    # A comma separates options, except between parentheses.
    if re.search("[,()]", value) and not re.fullmatch(r"rgba?\([^()]*\)", value, re.IGNORECASE):
        raise InvalidArgumentError(f"{name} must be one value, got {value[:40]!r}")
    return value.replace("%", "%25").replace("#", "%23")


def _read_color(text: str) -> str:
    return text.replace("%23", "#")


def _type(value: Any) -> str:
    return f"a tuple of {len(value)}" if isinstance(value, tuple) else type(value).__name__


def _written_gravity(name: str, value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2:
        return "x".join(_written_number(name, fraction) for fraction in value)
    if isinstance(value, str):
        return _written_text(name, value)
    raise TypeError(f"{name} must be a str or (x, y), not {_type(value)}")


def _read_gravity(text: str) -> Union[str, tuple[float, float]]:
    x, by, y = text.partition("x")
    return (float(x), float(y)) if by and x[0].isdigit() else text


def _four(name: str, sides: tuple[int, ...]) -> str:
    return ";".join(str(whole(name, side, 0, U32)) for side in sides)


def _written_trim(name: str, value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 4:
        return _four(name, value)
    if isinstance(value, str):
        return _written_text(name, value)
    raise TypeError(f'{name} must be (top, right, bottom, left) or "border", not {_type(value)}')


def _written_border(name: str, value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 4:
        return _four(name, value)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an int or (top, right, bottom, left), not {_type(value)}")
    return str(whole(name, value, 0, U32))


def _read_sides(text: str) -> Any:
    sides = tuple(int(side) for side in text.split(";")) if ";" in text else ()
    return sides or (int(text) if text.isdigit() else text)


def _written_quality(name: str, value: Any) -> str:
    return _written_text(name, value) if isinstance(value, str) else str(whole(name, value, 1, 100))


def _written_flag(name: str, value: Any) -> str:
    return "true" if switch(name, value) else "false"


NUMBER = Key("number", _written_number, _read_number)
TEXT = Key("text", _written_text, str)
COLOR = Key("CSS color", _written_text, _read_color)
QUALITY = Key("1 to 100", _written_quality, int)
TRIM = Key("pixels or border", _written_trim, _read_sides)
BORDER = Key("pixels", _written_border, _read_sides)
GRAVITY = Key("point", _written_gravity, _read_gravity)
FLAG = Key("bool", _written_flag, "true".__eq__)

"""Paths of the repository's images and cases, and the check of a result against a case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import pytest

import cretula

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parents[1]
IMAGES = REPOSITORY / "tests" / "images"
HEADER = REPOSITORY / "include" / "cretula.h"

ROCKET = (IMAGES / "rocket.jpg").read_bytes()
CHELSEA = (IMAGES / "chelsea.png").read_bytes()

T = TypeVar("T")


def cases(name: str) -> dict[str, Any]:
    """The cases of that name, which the Rust and C tests run too."""
    return tomllib.loads((REPOSITORY / "tests" / "cases" / f"{name}.toml").read_text(encoding="utf-8"))


def each(found: list[dict[str, Any]], name: str = "name") -> pytest.MarkDecorator:
    """One test per case."""
    ids = [f"{n}: {str(case[name])[:60]}".encode("unicode_escape").decode() for n, case in enumerate(found)]
    return pytest.mark.parametrize("case", found, ids=ids)


def judged(error_contains: Optional[str], call: Callable[[], T]) -> Optional[T]:
    """The result, or `None` if the call fails as expected, with a message containing `error_contains`."""
    if error_contains is None:
        return call()
    with pytest.raises(cretula.Error) as caught:
        call()
    error = caught.value
    assert error_contains in str(error)
    assert error.http_status == 400
    assert 5400 <= error.code < 5600
    return None

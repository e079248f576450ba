"""Bytes of any owner: read without a copy, and locked only for the call."""

from __future__ import annotations

import array
import mmap
from typing import Any

import pytest
from support import IMAGES, ROCKET

import cretula

WANTED = cretula.render(ROCKET, fit="crop", width=30, height=20)


def same(data: Any) -> bool:
    assert cretula.probe(data) == cretula.probe(ROCKET)
    return cretula.render(data, fit="crop", width=30, height=20) == WANTED


def test_every_owner_of_bytes() -> None:
    class Own(bytes):
        pass

    assert same(ROCKET) and same(Own(ROCKET)) and same(bytearray(ROCKET)) and same(memoryview(ROCKET))
    assert same(memoryview(b"xx" + ROCKET)[2:])
    assert same(array.array("B", ROCKET))
    with open(IMAGES / "rocket.jpg", "rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert same(mapped)


def test_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    flat = numpy.frombuffer(ROCKET, dtype=numpy.uint8)
    assert same(flat)
    padded = ROCKET + bytes(-len(ROCKET) % 4)
    words = numpy.frombuffer(padded, dtype=numpy.uint32)
    assert cretula.render(words, fit="crop", width=30, height=20).data == WANTED.data
    with pytest.raises((BufferError, TypeError), match="contiguous"):
        cretula.probe(flat[::2])


def test_what_is_not_contiguous_is_refused() -> None:
    with pytest.raises((BufferError, TypeError)):
        cretula.probe(memoryview(ROCKET)[::2])


@pytest.mark.parametrize("data", ["text", 7, None, [1, 2], object()])
def test_what_has_no_buffer_is_a_type_error(data: Any) -> None:
    with pytest.raises(TypeError, match="data must be bytes or support the buffer protocol, not"):
        cretula.probe(data)


def test_no_bytes_are_no_image() -> None:
    for empty in (b"", bytearray(), memoryview(b"")):
        with pytest.raises(cretula.UnsupportedFormatError):
            cretula.probe(empty)


def test_a_bytearray_is_free_again_after_the_call_even_while_its_error_lives() -> None:
    data = bytearray(ROCKET)
    cretula.probe(data)
    data.append(0)
    broken = bytearray(ROCKET[:2])
    with pytest.raises(cretula.Error) as caught:
        cretula.probe(broken)
    broken.append(0)
    assert caught.value

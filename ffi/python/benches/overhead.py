"""The overhead of a call from Python over the same call of C with prepared arguments, as medians of
alternating runs.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable

import cretula
from cretula import records, signing
from cretula._native import ffi, lib

ROCKET = (Path(__file__).resolve().parents[3] / "tests" / "images" / "rocket.jpg").read_bytes()
TARGET = 10.0

renderer = cretula.Renderer()
keys = signing.Keyring({"keys": [{"name": "default", "value": "a value for a bench"}]})
keyring_handle, renderer_handle = keys._held(), renderer._held()
url = keys.sign("https://img.example/account/cat/hero", expires_at=1 << 40)
raw = url.encode()
small = cretula.render(ROCKET, fit="cover", width=32, height=32).data

error = ffi.new("cretula_error **")
info = ffi.new("cretula_info *", {"struct_size": ffi.sizeof("cretula_info")})
placement = ffi.new("cretula_placement *", {"struct_size": ffi.sizeof("cretula_placement")})
size, cover = ffi.sizeof("cretula_variant_options"), lib.CRETULA_FIT_COVER
variant = ffi.new("cretula_variant_options *", {"struct_size": size, "fit": cover, "width": 16, "height": 16})
key, expires, out = ffi.new("cretula_buffer *"), ffi.new("uint64_t *"), ffi.new("cretula_buffer *")


def verify_in_c() -> None:
    assert lib.cretula_keyring_verify(keyring_handle, raw, len(raw), 5, key, expires, error) == 0
    lib.cretula_buffer_free(key)


def render_in_c() -> None:
    status = lib.cretula_renderer_render(
        renderer_handle, small, len(small), variant, ffi.NULL, ffi.NULL, out, info, error
    )
    assert status == 0
    lib.cretula_buffer_free(out)


CALLS: list[tuple[str, int, int, Callable[[], Any], Callable[[], Any]]] = [
    (
        "validate_image_id", 1000, 41,
        lambda: records.validate_image_id("cat"),
        lambda: lib.cretula_validate(lib.CRETULA_FIELD_IMAGE_ID, 0, b"cat", 3, error),
    ),
    ("Keyring.verify", 500, 41, lambda: keys.verify(url, now=5), verify_in_c),
    (
        "place", 500, 41,
        lambda: cretula.place(640, 427, fit="cover", width=16, height=16),
        lambda: lib.cretula_place(variant, 640, 427, placement, error),
    ),
    (
        "probe", 500, 41,
        lambda: cretula.probe(ROCKET),
        lambda: lib.cretula_probe(ROCKET, len(ROCKET), ffi.NULL, info, error),
    ),
    (
        "Renderer.render, 32x32 to 16x16", 1, 2001,
        lambda: renderer.render(small, fit="cover", width=16, height=16),
        render_in_c,
    ),
]


def microseconds(call: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times * 1e6


def main() -> int:
    slow = False
    print("| call | Python, µs | C through cffi, µs | over C, µs |")
    print("|---|---:|---:|---:|")
    for name, times, rounds, python, c in CALLS:
        assert microseconds(python, 3) and microseconds(c, 3)
        found = [(microseconds(python, times), microseconds(c, times)) for _ in range(rounds)]
        in_python, in_c = (statistics.median(column) for column in zip(*found))
        over = in_python - in_c
        slow = slow or over >= TARGET
        print(f"| `{name}` | {in_python:.2f} | {in_c:.2f} | {over:.2f} |")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())

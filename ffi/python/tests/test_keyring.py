"""Keyrings: keys that come and go, and who may see an image."""

from __future__ import annotations

from typing import Any

import pytest

import cretula
from cretula import Keyring

KEYS = {"keys": [{"name": "default", "value": "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5="}]}
URL = "https://img.example/ZWd9g1K7eljCn_KDTu_MWA/cat/hero"
SIG = "9074284ff35fc2e63572f47fb931c03a2ac8c6fb2b4e5f66f84045b65390a56a"


def test_the_readme_s_signature() -> None:
    signed = Keyring(KEYS).sign(URL, expires_at=1767312000)
    assert signed == f"{URL}?exp=1767312000&sig={SIG}"
    verified = Keyring(KEYS).verify(signed, now=1767312000)
    assert (verified.key, verified.expires_at) == ("default", 1767312000)


def test_keys_come_and_go() -> None:
    keys = Keyring()
    assert len(keys) == 0 and keys.names == [] and keys
    keys.put("2026-01", cretula.generate_key_value())
    signed = keys.sign("/a/b/c", key_name="2026-01", encoding="base64url")
    keys.put("2026-02", cretula.generate_key_value())
    assert keys.names == ["2026-01", "2026-02"] and "2026-01" in keys
    with pytest.raises(cretula.LimitExceededError):
        keys.put("2026-03", "v")
    assert Keyring(keys.to_json()).verify(signed, now=0) == ("2026-01", None)
    keys.remove("2026-01")
    with pytest.raises(cretula.NotFoundError, match="2026-01"):
        keys.remove("2026-01")
    assert not keys.is_signed(signed, now=0)
    keys.remove("2026-02")
    assert keys.names == ["default"]
    roomy = Keyring(keys.to_json(), capacity=5)
    for n in range(4):
        roomy.put(f"k{n}", "v")
    assert len(roomy) == 5
    assert len(Keyring(capacity=7)) == 0


def test_closing_frees() -> None:
    with Keyring(KEYS) as keys:
        assert len(keys) == 1
    for call in (lambda: len(keys), lambda: keys.sign("/a"), lambda: keys.is_signed("/a", now=0)):
        with pytest.raises(cretula.BadHandleError, match="the Keyring is closed"):
            call()
    assert repr(keys) == "<Keyring, closed>"


def test_an_expiry_of_zero_is_one() -> None:
    signed = Keyring(KEYS).sign("/a/b/c?w=1", expires_at=0)
    assert signed.startswith("/a/b/c?w=1&exp=0&sig=")
    with pytest.raises(cretula.SignatureExpiredError):
        Keyring(KEYS).verify(signed, now=1)


def test_values_of_another_type_or_range() -> None:
    keys = Keyring(KEYS)
    for now in (1.5, "1", None, True):
        with pytest.raises(TypeError, match="now"):
            keys.verify("/a", now=now)  # type: ignore[arg-type]
    for second in (-1, 1 << 64):
        with pytest.raises(cretula.InvalidArgumentError, match=f"now .* got {second}"):
            keys.verify("/a", now=second)
        with pytest.raises(cretula.InvalidArgumentError, match=f"expires_at .* got {second}"):
            keys.sign("/a", expires_at=second)
    wrong: list[Any] = [7, [KEYS]]
    for value in wrong:
        with pytest.raises(TypeError, match="keys"):
            Keyring(value)
        with pytest.raises(TypeError, match="url"):
            keys.sign(value)
        with pytest.raises(TypeError, match="url"):
            keys.verify(value, now=0)
    for capacity in (0, -1, 1 << 63):
        with pytest.raises(cretula.InvalidArgumentError, match="capacity"):
            Keyring(capacity=capacity)
    encoding: Any = "base32"
    with pytest.raises(cretula.InvalidArgumentError, match="encoding must be one of hex, base64url"):
        keys.sign("/a", encoding=encoding)


def test_access() -> None:
    keys = Keyring(KEYS)
    signed = keys.sign("/a/b/c", expires_at=50)
    assert cretula.access(keys, "/a/b/c", now=0, image_requires_signed_urls=False) is None
    assert cretula.access(keys, signed, now=50, image_requires_signed_urls=True) == 50
    waived = cretula.access(
        keys, "/a/b/c", now=0, image_requires_signed_urls=True, variant_never_requires_signed_urls=True
    )
    assert waived is None
    with pytest.raises(cretula.SignatureMissingError):
        cretula.access(keys, b"/a/b/c", now=0, image_requires_signed_urls=True)
    with pytest.raises(cretula.SignatureExpiredError):
        cretula.access(keys, signed, now=51, image_requires_signed_urls=True)

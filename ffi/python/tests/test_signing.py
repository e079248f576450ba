"""Keyrings: adding and removing keys, and authorizing requests."""

from __future__ import annotations

from typing import Any

import pytest

import cretula
from cretula import errors, signing
from cretula.signing import Access, Keyring, Verified, authorize

KEYS = {"keys": [{"name": "default", "value": "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5="}]}
URL = "https://img.example/ZWd9g1K7eljCn_KDTu_MWA/cat/hero"
SIG = "9074284ff35fc2e63572f47fb931c03a2ac8c6fb2b4e5f66f84045b65390a56a"


def test_the_readme_s_signature() -> None:
    signed = Keyring(KEYS).sign(URL, expires_at=1767312000)
    assert signed == f"{URL}?exp=1767312000&sig={SIG}"
    verified = Keyring(KEYS).verify(signed, now=1767312000)
    assert (verified.key, verified.expires_at) == ("default", 1767312000)


def test_keys_are_added_and_removed() -> None:
    keys = Keyring()
    assert len(keys) == 0 and keys.names == [] and keys
    keys.put("2026-01", signing.generate_key_value())
    signed = keys.sign("/a/b/c", key_name="2026-01", encoding="base64url")
    keys.put("2026-02", signing.generate_key_value())
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


def test_a_closed_keyring_raises() -> None:
    with Keyring(KEYS) as keys:
        assert len(keys) == 1
    for call in (lambda: len(keys), lambda: keys.sign("/a"), lambda: keys.is_signed("/a", now=0)):
        with pytest.raises(errors.BadHandleError, match="the Keyring is closed"):
            call()
    assert repr(keys) == "<Keyring, closed>"


def test_an_expiry_at_second_zero_is_not_no_expiry() -> None:
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
    public = authorize(keys, "/a/b/c", now=0, image_requires_signed_urls=False)
    assert public == Access() and public and public.allowed and public.expires_at is None
    granted = authorize(keys, signed, now=50, image_requires_signed_urls=True)
    assert granted == Access(Verified("default", 50)) and granted and granted.expires_at == 50
    forever = authorize(keys, keys.sign("/a/b/c"), now=50, image_requires_signed_urls=True)
    assert forever.verified == ("default", None) and forever.expires_at is None
    waived = authorize(
        keys, "/a/b/c", now=0, image_requires_signed_urls=True, variant_never_requires_signed_urls=True
    )
    assert waived == public
    refusals: list[tuple[Any, int, type[cretula.Error]]] = [
        (b"/a/b/c", 0, cretula.SignatureMissingError),
        (signed, 51, cretula.SignatureExpiredError),
        (signed + "0", 0, cretula.SignatureMalformedError),
        (signed.replace("/b/", "/d/"), 0, cretula.SignatureMismatchError),
    ]
    for url, now, kind in refusals:
        denied = authorize(keys, url, now=now, image_requires_signed_urls=True)
        assert not denied and not denied.allowed and denied.verified is None
        assert type(denied.error) is kind and denied.error.http_status == 403
    other: Any = {"keys": []}
    with pytest.raises(TypeError, match="keyring"):
        authorize(other, signed, now=0, image_requires_signed_urls=False)
    keys.close()
    with pytest.raises(ValueError, match="the Keyring is closed"):
        authorize(keys, signed, now=0, image_requires_signed_urls=True)

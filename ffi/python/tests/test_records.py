"""Identifiers, delivery URLs, lists of variants and records, beyond the repository's cases."""

from __future__ import annotations

import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import pytest

import cretula
from cretula import DeliveryUrl, Variant, VariantOptions, Variants


@pytest.mark.parametrize("profile", ["reference", "hosted"])
def test_generated_ids_are_new_and_of_their_profile(profile: Literal["reference", "hosted"]) -> None:
    ids = {cretula.generate_image_id(profile=profile) for _ in range(50)}
    assert len(ids) == 50
    for found in ids:
        assert cretula.looks_generated(found, profile=profile)
        cretula.validate_existing_image_id(found, profile=profile)
    assert not cretula.looks_generated("cat", profile=profile)


def test_metadata_may_be_a_dict() -> None:
    cretula.validate_meta({"album": 7, "é": [None, "\U0001d11e"]})
    for wrong in ({"a": float("nan")}, "[]", {"a": "x" * 2000}):
        with pytest.raises(cretula.InvalidValueError):
            cretula.validate_meta(wrong)
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(cretula.InvalidValueError, match="nested"):
        cretula.validate_meta(deep)
    while deep:
        deep = deep["a"]
    with pytest.raises(TypeError):
        cretula.validate_meta({"a": object()})


def test_a_profile_that_is_none() -> None:
    profile: Any = "modern"
    with pytest.raises(cretula.InvalidArgumentError, match="profile must be one of reference, hosted"):
        cretula.validate_image_id("cat", profile=profile)


def test_a_delivery_url_is_a_value() -> None:
    url = DeliveryUrl("h", "a/b%c", "hero", host="img.example", on_custom_domain=True, profile="hosted")
    assert str(url) == "https://img.example/cdn-cgi/imagedelivery/h/a/b%25c/hero"
    again = DeliveryUrl.parse(str(url).encode(), profile="hosted")
    assert again == url and hash(again) == hash(url) and pickle.loads(pickle.dumps(url)) == url
    assert repr(url) == f"DeliveryUrl.parse({str(url)!r}, profile='hosted')"
    assert url != DeliveryUrl("h", "a/b%c", "hero", profile="hosted") and url != str(url)
    with pytest.raises(AttributeError):
        url.host = "other.example"
    for wrong in ({"host": ""}, {"host": "a b"}, {"account_hash": "a/b"}, {"variant_id": ""}):
        parts: dict[str, Any] = {"account_hash": "h", "image_id": "cat", "variant_id": "hero", **wrong}
        with pytest.raises(cretula.InvalidValueError):
            DeliveryUrl(**parts)


def test_variants_are_created_updated_and_removed() -> None:
    variants = Variants(profile="hosted")
    small, large = VariantOptions("crop", 16, 9), VariantOptions("pad", 1600, 900, "keep")
    variants.create(Variant("thumb", small))
    variants.create(Variant("public", large, never_require_signed_urls=True))
    assert list(variants) == ["public", "thumb"] and len(variants) == 2 and "thumb" in variants
    assert variants["public"] == Variant("public", large, True)
    assert "hero" not in variants and 7 not in variants
    with pytest.raises(cretula.InvalidValueError, match="in use"):
        variants.create(Variant("thumb", small))
    with pytest.raises(cretula.InvalidArgumentError, match="got 0"):
        variants.update(Variant("thumb", VariantOptions("crop", 0, 9)))
    with pytest.raises(cretula.NotFoundError):
        variants.update(Variant("hero", small))
    variants.update(Variant("thumb", large))
    assert variants["thumb"].options == large
    again = Variants(variants.to_json(), profile="hosted")
    assert again.to_json() == variants.to_json() and repr(again) == "<Variants ['public', 'thumb']>"
    with pytest.raises(cretula.InvalidValueError, match="cannot be removed"):
        variants.remove("public")
    variants.remove("thumb")
    with pytest.raises(KeyError):
        variants["thumb"]
    empty = Variants()
    assert len(empty) == 0 and bool(empty)


def test_counts_and_envelopes() -> None:
    stat = {"count": {"allowed": 10, "current": 7}}
    assert cretula.stat_after_upload(stat, 3) == '{"count":{"allowed":10,"current":10}}'
    assert json.loads(cretula.stat_after_delete(stat))["count"]["current"] == 6
    with pytest.raises(cretula.LimitExceededError, match="cannot store 4 more images"):
        cretula.stat_after_upload(stat, 4)
    with pytest.raises(cretula.InvalidValueError):
        cretula.stat_after_delete(stat, 8)
    with pytest.raises(cretula.InvalidArgumentError, match="images"):
        cretula.stat_after_delete(stat, -1)
    assert json.loads(cretula.response_success(stat))["result"] == stat
    assert json.loads(cretula.response_success([1, "é"]))["result"] == [1, "é"]
    with pytest.raises(cretula.InvalidValueError):
        cretula.response_success("{")
    other: Any = ValueError("x")
    with pytest.raises(TypeError):
        cretula.response_failure(other)


def test_times_are_aware() -> None:
    text = "2014-01-02T02:20:00.123Z"
    time = cretula.parse_timestamp(text)
    assert time == datetime(2014, 1, 2, 2, 20, 0, 123000, tzinfo=timezone.utc)
    assert cretula.format_timestamp(time.astimezone(timezone(timedelta(hours=-5)))) == text
    assert cretula.format_timestamp(time + timedelta(microseconds=999)) == text
    with pytest.raises(cretula.InvalidValueError, match="no time zone"):
        cretula.format_timestamp(time.replace(tzinfo=None))
    with pytest.raises(cretula.InvalidValueError, match="before the year 0001"):
        cretula.parse_timestamp("0000-01-01T00:00:00Z")
    with pytest.raises(cretula.InvalidArgumentError):
        cretula.format_timestamp(1 << 63)
    with pytest.raises(cretula.InvalidValueError):
        cretula.format_timestamp((1 << 63) - 1)

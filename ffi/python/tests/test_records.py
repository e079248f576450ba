"""Identifiers, delivery URLs, lists of variants and records, beyond the cases of the repository."""

from __future__ import annotations

import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import cretula
from cretula import VariantOptions, records
from cretula.records import DeliveryUrl, Variant, Variants


@pytest.mark.parametrize("rules", ["reference", "hosted"])
def test_generated_ids_are_unique_and_follow_their_rules(rules: records.RuleSet) -> None:
    ids = {records.generate_image_id(rules=rules) for _ in range(50)}
    assert len(ids) == 50
    for found in ids:
        assert records.looks_generated(found, rules=rules)
        records.validate_existing_image_id(found, rules=rules)
    assert not records.looks_generated("cat", rules=rules)


def test_metadata_may_be_a_dict() -> None:
    records.validate_meta({"album": 7, "é": [None, "\U0001d11e"]})
    for wrong in ({"a": float("nan")}, "[]", {"a": "x" * 2000}):
        with pytest.raises(cretula.InvalidValueError):
            records.validate_meta(wrong)
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(cretula.InvalidValueError, match="nested"):
        records.validate_meta(deep)
    while deep:
        deep = deep["a"]
    with pytest.raises(TypeError):
        records.validate_meta({"a": object()})


def test_an_unknown_rule_set_is_refused() -> None:
    rules: Any = "modern"
    with pytest.raises(cretula.InvalidArgumentError, match="rules must be one of reference, hosted"):
        records.validate_image_id("cat", rules=rules)


def test_a_delivery_url_is_a_value() -> None:
    url = DeliveryUrl("h", "a/b%c", "hero", host="img.example", on_custom_domain=True, rules="hosted")
    assert str(url) == "https://img.example/cdn-cgi/imagedelivery/h/a/b%25c/hero"
    again = DeliveryUrl.parse(str(url).encode(), rules="hosted")
    assert again == url and hash(again) == hash(url) and pickle.loads(pickle.dumps(url)) == url
    assert repr(url) == f"DeliveryUrl.parse({str(url)!r}, rules='hosted')"
    assert url != DeliveryUrl("h", "a/b%c", "hero", rules="hosted") and url != str(url)
    with pytest.raises(AttributeError):
        url.host = "other.example"
    for wrong in ({"host": ""}, {"host": "a b"}, {"account_hash": "a/b"}, {"variant_id": ""}):
        parts: dict[str, Any] = {"account_hash": "h", "image_id": "cat", "variant_id": "hero", **wrong}
        with pytest.raises(cretula.InvalidValueError):
            DeliveryUrl(**parts)


def test_variants_are_created_updated_and_removed() -> None:
    variants = Variants(rules="hosted")
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
    again = Variants(variants.to_json(), rules="hosted")
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
    assert records.stat_after_upload(stat, 3) == '{"count":{"allowed":10,"current":10}}'
    assert json.loads(records.stat_after_delete(stat))["count"]["current"] == 6
    with pytest.raises(cretula.LimitExceededError, match="cannot store 4 more images"):
        records.stat_after_upload(stat, 4)
    with pytest.raises(cretula.InvalidValueError):
        records.stat_after_delete(stat, 8)
    with pytest.raises(cretula.InvalidArgumentError, match="images"):
        records.stat_after_delete(stat, -1)
    assert json.loads(records.response_success(stat))["result"] == stat
    assert json.loads(records.response_success([1, "é"]))["result"] == [1, "é"]
    with pytest.raises(cretula.InvalidValueError):
        records.response_success("{")
    other: Any = ValueError("x")
    with pytest.raises(TypeError):
        records.response_failure(other)


def test_times_are_aware() -> None:
    text = "2014-01-02T02:20:00.123Z"
    time = records.parse_timestamp(text)
    assert time == datetime(2014, 1, 2, 2, 20, 0, 123000, tzinfo=timezone.utc)
    assert records.format_timestamp(time.astimezone(timezone(timedelta(hours=-5)))) == text
    assert records.format_timestamp(time + timedelta(microseconds=999)) == text
    with pytest.raises(cretula.InvalidValueError, match="naive"):
        records.format_timestamp(time.replace(tzinfo=None))
    with pytest.raises(cretula.InvalidValueError, match="before the year 0001"):
        records.parse_timestamp("0000-01-01T00:00:00Z")
    with pytest.raises(cretula.InvalidArgumentError):
        records.format_timestamp(1 << 63)
    with pytest.raises(cretula.InvalidValueError):
        records.format_timestamp((1 << 63) - 1)

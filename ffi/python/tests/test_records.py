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
    with pytest.raises(cretula.AlreadyExistsError, match='variant "thumb" already exists') as caught:
        variants.create(Variant("thumb", small))
    assert (caught.value.kind, caught.value.http_status, caught.value.code) == ("already-exists", 409, 5409)
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


def test_variants_are_patched() -> None:
    variants = Variants()
    variants.create(Variant("hero", VariantOptions("crop", 16, 9, blur=2)))
    variants.patch("hero", {"options": {"height": None, "fit": "pad"}, "neverRequireSignedURLs": True})
    assert variants["hero"] == Variant("hero", VariantOptions("pad", 16, blur=2), True)
    with pytest.raises(cretula.NotFoundError):
        variants.patch("zero", {})
    with pytest.raises(cretula.InvalidArgumentError, match="both missing"):
        variants.patch("hero", '{"options":{"width":null}}')
    assert variants["hero"].options.width == 16


def test_options_stand_in_the_place_of_a_variant() -> None:
    small = VariantOptions("cover", 40, 30, quality=50)
    url = DeliveryUrl("h", "cat", small, host="http://127.0.0.1:8080")
    assert str(url) == f"http://127.0.0.1:8080/h/cat/{small}"
    assert (url.scheme, url.host, url.variant_id) == ("http", "127.0.0.1:8080", None)
    assert url.options is not None and str(url.options) == str(small)
    assert DeliveryUrl.parse(str(url)) == url and pickle.loads(pickle.dumps(url)) == url
    assert eval(repr(url), {"DeliveryUrl": DeliveryUrl}) == url
    assert url != DeliveryUrl("h", "cat", small, host="127.0.0.1:8080")
    named = DeliveryUrl.parse("/h/cat/hero")
    assert (named.scheme, named.variant_id, named.options) == (None, "hero", None)
    with pytest.raises(cretula.InvalidArgumentError, match="unknown option"):
        DeliveryUrl("h", "cat", "x=1")


def test_a_query_is_a_value() -> None:
    query = records.ImageQuery("per_page=50&sort_order=asc&meta.shot.iso[lt]=400&continuation_token=a%2Fb")
    assert (query.page, query.per_page, query.sort_order) == (1, 50, "asc")
    assert (query.continuation_token, query.creator) == ("a/b", None)
    assert query.meta == ("meta.shot.iso[lt:number]=400",)
    assert records.ImageQuery(str(query)) == query and hash(records.ImageQuery(str(query))) == hash(query)
    assert pickle.loads(pickle.dumps(query)) == query and query != str(query)
    assert eval(repr(query), {"ImageQuery": records.ImageQuery}) == query
    assert (records.ImageQuery("creator=").creator, records.ImageQuery("creator=me").creator) == ("", "me")
    assert records.ImageQuery() == records.ImageQuery("page=1") and str(records.ImageQuery()) == ""
    assert query.matches({"id": "cat", "meta": {"shot": {"iso": 100}}}) and not query.matches({"id": "cat"})
    assert records.ImageQuery().matches({"id": "pets/cat"}, rules="hosted")
    with pytest.raises(AttributeError):
        query.page = 2
    with pytest.raises(cretula.InvalidArgumentError, match="sort_order"):
        records.ImageQuery("sort_order=up")
    with pytest.raises(cretula.LimitExceededError, match="32 filters"):
        records.ImageQuery("&".join(["meta.a[eq]=b"] * 33))
    with pytest.raises(cretula.InvalidValueError):
        query.matches("[")


def test_direct_uploads() -> None:
    fields = [("id", "cat"), ("metadata[a]", "b"), ("requireSignedURLs", "true"), ("file", "…")]
    request = records.direct_upload_from_form(fields)
    assert request == '{"id":"cat","metadata":{"a":"b"},"requireSignedURLs":true}'
    assert records.normalize("direct-upload-request", request) == request
    now = datetime(2026, 1, 2, 3, tzinfo=timezone.utc)
    assert records.direct_upload_expires_at(request, now=now) == now + timedelta(minutes=30)
    hour = {"expiry": records.format_timestamp(now + timedelta(hours=1))}
    assert records.direct_upload_expires_at(hour, now=now, rules="hosted") == now + timedelta(hours=1)
    assert records.direct_upload_expires_at("{}", now=0).timestamp() == 1800
    with pytest.raises(cretula.InvalidValueError, match="2 minutes to 6 hours"):
        records.direct_upload_expires_at(hour, now=now - timedelta(hours=6))
    with pytest.raises(cretula.InvalidValueError, match="naive"):
        records.direct_upload_expires_at(hour, now=now.replace(tzinfo=None))
    with pytest.raises(cretula.InvalidValueError, match="must not contain /"):
        records.direct_upload_from_form([("id", "a/b")])
    wrong: Any = [("id", 7)]
    with pytest.raises(TypeError, match="pairs of str"):
        records.meta_from_form(wrong)


def test_the_rendering_has_a_version() -> None:
    assert cretula.RENDERING_VERSION >= 1


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

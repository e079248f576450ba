"""The shared cases of `tests/cases`, run through the Python package."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support import cases, each, judged

import cretula
from cretula import records, signing

FIT = cases("fit")
VARIANT = cases("variant")
SIGN = cases("sign")
DELIVERY = cases("delivery")
IDENTIFIERS = cases("identifiers")
META = cases("meta")
RECORDS = cases("records")
OPTIONS = cases("options")
QUERIES = cases("queries")
FORMS = cases("forms")
NEGOTIATE = cases("negotiate")

VALIDATE = {
    "image-id": records.validate_image_id,
    "variant-id": records.validate_variant_id,
    "key-name": records.validate_key_name,
    "creator": records.validate_creator,
    "filename": records.validate_filename,
}


def test_no_cases_are_missing() -> None:
    assert len(FIT["case"]) >= 29
    assert len(SIGN["sign"]) >= 50 and len(SIGN["verify"]) >= 80
    assert len(DELIVERY["parse"]) >= 35
    assert len(QUERIES["query"]) >= 25 and len(QUERIES["match"]) >= 20 and len(FORMS["form"]) >= 25
    assert len(OPTIONS["case"]) >= 150 and len(NEGOTIATE["case"]) >= 40
    for found in (VARIANT["options"], VARIANT["variant"], VARIANT["update"]):
        assert len(found) >= 3
    for found in (IDENTIFIERS["case"], META["case"], RECORDS["case"]):
        assert len(found) >= 3


def numbers(text: str) -> list[float]:
    """The numbers of `width x height + x + y`, or of a part of it."""
    return [float(number) for number in re.split("[x+]", text) if number]


@each(FIT["case"])
def test_fit(case: dict[str, Any]) -> None:
    (source_width, source_height), (width, height) = case["source"].split("x"), case["box"].split("x")
    fit: Any
    for fit in ("scale-down", "contain", "cover", "crop", "pad"):
        expected = case[fit]
        got = cretula.place(
            int(source_width), int(source_height), fit=fit, width=int(width), height=int(height)
        )
        crop = numbers(expected.get("crop", case["source"] + "+0+0"))
        assert list(got.canvas) == numbers(expected["size"]), fit
        assert list(got.crop) == [*crop[2:], *crop[:2]], fit
        assert list(got.offset) == numbers(expected.get("offset", "+0+0")), fit


@each(VARIANT["options"])
def test_variant_options(case: dict[str, Any]) -> None:
    read = judged(case.get("error_contains"), lambda: cretula.VariantOptions.from_json(case["json"]))
    assert read == (cretula.VariantOptions(**case["parses_to"]) if "parses_to" in case else None)


@each(OPTIONS["case"], "text")
def test_option_text(case: dict[str, Any]) -> None:
    read = judged(case.get("error_contains"), lambda: cretula.VariantOptions.parse(case["text"]))
    assert (read and str(read)) == case.get("canonical")
    if read is not None:
        assert read == cretula.VariantOptions.parse(str(read)) == read.normalized()
        assert str(eval(repr(read), {"VariantOptions": cretula.VariantOptions})) == case["canonical"]


@each(NEGOTIATE["case"])
def test_negotiate(case: dict[str, Any]) -> None:
    for source, rest in (
        (("jpeg", False, 1), case["jpeg"]), (("png", True, 1), case["png"]), (("gif", True, 12), case["gif"]),
    ):
        # This version writes WebP and animations, but not AVIF, which no animation becomes.
        format, has_alpha, frames = source
        expected = cretula.Negotiated(rest[3 if frames > 1 else 1], "Accept")
        given: Any = format
        assert cretula.negotiate(case["accept"], given, has_alpha=has_alpha, frames=frames) == expected
        info = cretula.Info(given, 9, 9, 1, frames, 8, has_alpha, False, False)
        assert cretula.negotiate(case["accept"].encode(), info) == expected


@each(VARIANT["variant"])
def test_variant(case: dict[str, Any]) -> None:
    written = judged(case.get("error_contains"), lambda: records.normalize("variant", case["json"]))
    assert written == case.get("expect")
    if written is not None:
        assert records.normalize("variant", written) == written


@each(VARIANT["update"])
def test_variant_update(case: dict[str, Any]) -> None:
    variants = records.Variants({"variants": {"hero": json.loads(case["variant"])}})
    judged(case.get("error_contains"), lambda: variants.patch("hero", case["update"]))
    expect = case.get("expect")
    if expect is not None:
        assert variants.to_json() == f'{{"variants":{{"hero":{expect}}}}}'


@each(QUERIES["query"])
def test_query(case: dict[str, Any]) -> None:
    query = judged(case.get("error_contains"), lambda: records.ImageQuery(case["query"]))
    assert (None if query is None else str(query)) == case.get("expect")


@each(QUERIES["match"])
def test_match(case: dict[str, Any]) -> None:
    assert records.ImageQuery(case["query"]).matches(case["image"]) == case["matches"]


@each(FORMS["form"])
def test_form(case: dict[str, Any]) -> None:
    fields = [(name, value) for name, value in case["fields"]]
    meta = judged(case.get("error_contains"), lambda: records.meta_from_form(fields))
    assert meta == case.get("expect")


def ring(names: list[str]) -> signing.Keyring:
    keys = signing.Keyring(capacity=len(names) or None)
    for name in names:
        keys.put(name, SIGN["keys"][name])
    return keys


@each(SIGN["sign"])
def test_sign(case: dict[str, Any]) -> None:
    keys, key = ring(sorted(SIGN["keys"])), case.get("key", "one")
    expires_at = int(case["expires_at"]) if "expires_at" in case else None
    encoding = case.get("encoding", "hex")

    def call() -> str:
        return keys.sign(case["url"], key_name=key, expires_at=expires_at, encoding=encoding)

    if "error_contains" in case:
        with pytest.raises(cretula.Error) as caught:
            call()
        assert case["error_contains"] in str(caught.value)
        assert caught.value.http_status in (400, 404)
    else:
        signed = call()
        assert signed == case["expect"]
        assert keys.verify(signed, now=0).key == key
        assert keys.is_signed(signed, now=0)


@each(SIGN["verify"])
def test_verify(case: dict[str, Any]) -> None:
    keys, now = ring(case.get("keys", sorted(SIGN["keys"]))), int(case["now"])
    if "error_kind" in case:
        with pytest.raises(cretula.SignatureError) as caught:
            keys.verify(case["url"], now=now)
        error = caught.value
        assert error.kind == case["error_kind"]
        assert (error.http_status, error.code, error.stage) == (403, 9425, "sign")
        assert not keys.is_signed(case["url"], now=now)
    else:
        expires = int(case["expires"]) if "expires" in case else None
        assert keys.verify(case["url"], now=now) == (case["key"], expires or None)
        assert keys.is_signed(case["url"].encode(), now=now)


@each(DELIVERY["parse"])
def test_delivery(case: dict[str, Any]) -> None:
    rules: Any = "hosted" if case.get("hosted") else "reference"
    url = judged(case.get("error_contains"), lambda: records.DeliveryUrl.parse(case["url"], rules=rules))
    if url is None:
        return
    assert url.host == case.get("host")
    assert url.on_custom_domain == case.get("custom", False)
    parts = (url.account_hash, url.image_id, url.variant_id)
    assert parts == (case["account"], case["image"], case.get("variant"))
    assert (None if url.options is None else str(url.options)) == case.get("options")
    assert url.scheme == (None if url.host is None else "http" if case.get("http") else "https")
    assert str(url) == case.get("expect", case["url"])
    rendition = url.options or url.variant_id
    assert rendition is not None
    built = records.DeliveryUrl(
        url.account_hash,
        url.image_id,
        rendition,
        host=None if url.host is None else f"{url.scheme}://{url.host}",
        on_custom_domain=url.on_custom_domain,
        rules=rules,
    )
    assert built == url and str(built) == str(url)


@each(IDENTIFIERS["case"], "field")
def test_identifier(case: dict[str, Any]) -> None:
    values = [case["value"]] if "value" in case else [char * case["count"] for char in case["chars"]]
    rules: Any
    for rules in [case["rules"]] if "rules" in case else ["reference", "hosted"]:
        for value in values:
            judged(case.get("error_contains"), lambda: VALIDATE[case["field"]](value, rules=rules))


@each(META["case"])
def test_meta(case: dict[str, Any]) -> None:
    text = case["json"].replace("@", case["char"] * case["count"]) if "char" in case else case["json"]
    compact = judged(case.get("error_contains"), lambda: records.normalize("meta", text))
    judged(case.get("error_contains"), lambda: records.validate_meta(text))
    if compact is not None:
        assert compact == case.get("expect", text)
        assert len(compact.encode()) == case.get("bytes", len(compact.encode()))


@each(RECORDS["case"])
def test_record(case: dict[str, Any]) -> None:
    record: Any = "variant-result" if case["model"] == "variant" else case["model"]
    rules: Any = case.get("rules", "reference")

    def call() -> str:
        written = records.normalize(record, case["json"], rules)
        result = json.loads(written)["result"] if record == "response" else None
        if result is not None:
            records.normalize("stat", result)
        return written

    written = judged(case.get("error_contains"), call)
    if written is not None:
        assert written == case.get("expect", case["json"])


@each(RECORDS["update"])
def test_update(case: dict[str, Any]) -> None:
    rules = case["rules"]
    updated = judged(
        case.get("error_contains"), lambda: records.update_image(case["image"], case["update"], rules=rules)
    )
    assert updated == case.get("expect")


@each(RECORDS["time"], "text")
def test_time(case: dict[str, Any]) -> None:
    millis = judged(case.get("error_contains"), lambda: records.parse_timestamp_ms(case["text"]))
    judged(case.get("error_contains"), lambda: records.validate_timestamp(case["text"]))
    if millis is None:
        return
    assert millis == case["millis"]
    assert records.format_timestamp(millis) == case["expect"]
    if not case["expect"].startswith("0000"):
        assert records.format_timestamp(records.parse_timestamp(case["text"])) == case["expect"]

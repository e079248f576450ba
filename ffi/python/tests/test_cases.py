"""The cases of the repository through Python, with the results that Rust and C give."""

from __future__ import annotations

import json
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

VALIDATE = {
    "image-id": records.validate_image_id,
    "variant-id": records.validate_variant_id,
    "key-name": records.validate_key_name,
    "creator": records.validate_creator,
    "filename": records.validate_filename,
}


def test_the_cases_are_there() -> None:
    assert len(FIT["case"]) >= 29
    assert len(SIGN["sign"]) >= 50 and len(SIGN["verify"]) >= 80
    assert len(DELIVERY["parse"]) >= 35
    for found in (VARIANT["options"], VARIANT["variant"], IDENTIFIERS["case"], META["case"], RECORDS["case"]):
        assert len(found) >= 3


@each(FIT["case"])
def test_fit(case: dict[str, Any]) -> None:
    (source_width, source_height), (width, height) = case["source"], case["box"]
    for index, fit in enumerate(FIT["fits"]):
        got = cretula.place(source_width, source_height, fit=fit, width=width, height=height)
        assert list(got.canvas) == case["size"][index], fit
        if "crop" in case:
            assert list(got.crop) == case["crop"][index], fit
        if "offset" in case:
            assert list(got.offset) == case["offset"][index], fit


@each(VARIANT["options"])
def test_variant_options(case: dict[str, Any]) -> None:
    read = judged(case.get("says"), lambda: cretula.VariantOptions.from_json(case["json"]))
    assert read == (cretula.VariantOptions(**case["reads"]) if "reads" in case else None)


@each(VARIANT["variant"])
def test_variant(case: dict[str, Any]) -> None:
    written = judged(case.get("says"), lambda: records.normalize("variant", case["json"]))
    assert written == case.get("writes")
    if written is not None:
        assert records.normalize("variant", written) == written


def keyring(names: list[str]) -> signing.Keyring:
    keys = signing.Keyring(capacity=len(names) or None)
    for name in names:
        keys.put(name, SIGN["keys"][name])
    return keys


@each(SIGN["sign"])
def test_sign(case: dict[str, Any]) -> None:
    keys, key = keyring(sorted(SIGN["keys"])), case.get("key", "one")
    expires_at = int(case["expires_at"]) if "expires_at" in case else None
    encoding = case.get("encoding", "hex")

    def call() -> str:
        return keys.sign(case["url"], key_name=key, expires_at=expires_at, encoding=encoding)

    if "says" in case:
        with pytest.raises(cretula.Error) as caught:
            call()
        assert case["says"] in str(caught.value)
        assert caught.value.http_status in (400, 404)
    else:
        signed = call()
        assert signed == case["gives"]
        assert keys.verify(signed, now=0).key == key
        assert keys.is_signed(signed, now=0)


@each(SIGN["verify"])
def test_verify(case: dict[str, Any]) -> None:
    keys, now = keyring(case.get("keys", sorted(SIGN["keys"]))), int(case["now"])
    if "refused" in case:
        with pytest.raises(cretula.SignatureError) as caught:
            keys.verify(case["url"], now=now)
        error = caught.value
        assert error.kind == case["refused"]
        assert (error.http_status, error.code, error.stage) == (403, 9425, "sign")
        assert not keys.is_signed(case["url"], now=now)
    else:
        expires = int(case["expires"]) if "expires" in case else None
        assert keys.verify(case["url"], now=now) == (case["key"], expires or None)
        assert keys.is_signed(case["url"].encode(), now=now)


@each(DELIVERY["parse"])
def test_delivery(case: dict[str, Any]) -> None:
    rules: Any = "hosted" if case.get("hosted") else "reference"
    url = judged(case.get("says"), lambda: records.DeliveryUrl.parse(case["url"], rules=rules))
    if url is None:
        return
    assert url.host == case.get("host")
    assert url.on_custom_domain == case.get("custom", False)
    parts = (url.account_hash, url.image_id, url.variant_id)
    assert parts == (case["account"], case["image"], case["variant"])
    assert str(url) == case.get("builds", case["url"])
    built = records.DeliveryUrl(
        url.account_hash,
        url.image_id,
        url.variant_id,
        host=url.host,
        on_custom_domain=url.on_custom_domain,
        rules=rules,
    )
    assert built == url and str(built) == str(url)


@each(IDENTIFIERS["case"], "field")
def test_identifier(case: dict[str, Any]) -> None:
    values = [case["value"]] if "value" in case else [char * case["count"] for char in case["chars"]]
    rules: Any
    for rules in [case["profile"]] if "profile" in case else ["reference", "hosted"]:
        for value in values:
            judged(case.get("says"), lambda: VALIDATE[case["field"]](value, rules=rules))


@each(META["case"])
def test_meta(case: dict[str, Any]) -> None:
    text = case["json"].replace("@", case["char"] * case["count"]) if "char" in case else case["json"]
    compact = judged(case.get("says"), lambda: records.normalize("meta", text))
    judged(case.get("says"), lambda: records.validate_meta(text))
    if compact is not None:
        assert compact == case.get("compact", text)
        assert len(compact.encode()) == case.get("bytes", len(compact.encode()))


@each(RECORDS["case"])
def test_record(case: dict[str, Any]) -> None:
    record: Any = "variant-result" if case["model"] == "variant" else case["model"]
    rules: Any = case.get("profile", "reference")

    def call() -> str:
        written = records.normalize(record, case["json"], rules)
        result = json.loads(written)["result"] if record == "response" else None
        if result is not None:
            records.normalize("stat", result)
        return written

    written = judged(case.get("says"), call)
    if written is not None:
        assert written == case.get("writes", case["json"])


@each(RECORDS["update"])
def test_update(case: dict[str, Any]) -> None:
    rules = case["profile"]
    updated = judged(
        case.get("says"), lambda: records.update_image(case["image"], case["update"], rules=rules)
    )
    assert updated == case.get("writes")


@each(RECORDS["time"], "text")
def test_time(case: dict[str, Any]) -> None:
    millis = judged(case.get("says"), lambda: records.parse_timestamp_ms(case["text"]))
    judged(case.get("says"), lambda: records.validate_timestamp(case["text"]))
    if millis is None:
        return
    assert millis == case["millis"]
    assert records.format_timestamp(millis) == case["writes"]
    if not case["writes"].startswith("0000"):
        assert records.format_timestamp(records.parse_timestamp(case["text"])) == case["writes"]

"""Validation and generation of identifiers.

Each ``validate_…`` function returns ``None``, or raises :class:`InvalidValueError` with a message
that names the violated rule.
"""

from __future__ import annotations

from typing import Literal

from .._call import BUFFER, ERROR, Json, fail, json_text, new, rules_number, taken_text, utf8
from .._native import lib

RuleSet = Literal["reference", "hosted"]

_validate = lib.cretula_validate

_IMAGE_ID = lib.CRETULA_FIELD_IMAGE_ID
_EXISTING_IMAGE_ID = lib.CRETULA_FIELD_EXISTING_IMAGE_ID
_VARIANT_ID = lib.CRETULA_FIELD_VARIANT_ID
_KEY_NAME = lib.CRETULA_FIELD_KEY_NAME
_CREATOR = lib.CRETULA_FIELD_CREATOR
_FILENAME = lib.CRETULA_FIELD_FILENAME
_META = lib.CRETULA_FIELD_META
_TIMESTAMP = lib.CRETULA_FIELD_TIMESTAMP


def _check(field: int, text: bytes, rules: str) -> None:
    number, error = rules_number(rules), new(ERROR)
    if _validate(field, number, text, len(text), error):
        fail(error)


def validate_image_id(image_id: str, *, rules: RuleSet = "reference") -> None:
    """Validates a custom id for a new image."""
    _check(_IMAGE_ID, utf8("image_id", image_id), rules)


def validate_existing_image_id(image_id: str, *, rules: RuleSet = "reference") -> None:
    """Validates the id of an existing image, custom or generated."""
    _check(_EXISTING_IMAGE_ID, utf8("image_id", image_id), rules)


def validate_variant_id(variant_id: str, *, rules: RuleSet = "reference") -> None:
    """Validates the id of a variant."""
    _check(_VARIANT_ID, utf8("variant_id", variant_id), rules)


def validate_key_name(name: str, *, rules: RuleSet = "reference") -> None:
    """Validates the name of a signing key."""
    _check(_KEY_NAME, utf8("name", name), rules)


def validate_creator(creator: str, *, rules: RuleSet = "reference") -> None:
    """Validates the creator of an image."""
    _check(_CREATOR, utf8("creator", creator), rules)


def validate_filename(filename: str, *, rules: RuleSet = "reference") -> None:
    """Validates the name of an uploaded file."""
    _check(_FILENAME, utf8("filename", filename), rules)


def validate_meta(meta: Json, *, rules: RuleSet = "reference") -> None:
    """Validates the metadata of an image: a JSON object, as a dict or JSON text."""
    _check(_META, json_text("meta", meta), rules)


def validate_timestamp(text: str, *, rules: RuleSet = "reference") -> None:
    """Validates a timestamp in the format of RFC 3339."""
    _check(_TIMESTAMP, utf8("text", text), rules)


def generate_image_id(*, rules: RuleSet = "reference") -> str:
    """A new image id: 128 random bits as 32 hexadecimal digits; with hosted rules, a version 4
    UUID.
    
    """
    number, out, error = rules_number(rules), new(BUFFER), new(ERROR)
    if lib.cretula_image_id_generate(number, out, error):
        fail(error)
    return taken_text(out)


def looks_generated(image_id: str, *, rules: RuleSet = "reference") -> bool:
    """Whether an id has the form of those from :func:`generate_image_id`; false for an invalid id."""
    text = utf8("image_id", image_id)
    return bool(lib.cretula_image_id_looks_generated(rules_number(rules), text, len(text)))

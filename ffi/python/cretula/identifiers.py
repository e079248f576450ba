"""Identifiers: checking them, and making new ones.

Each ``validate_…`` returns nothing, or raises :class:`InvalidValueError`, whose text names the rule that is
broken. ``profile`` is ``"reference"``, the API reference's own words, or ``"hosted"``, what the hosted
service documents and does: longer image ids with subpaths, plainer variant ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._call import BUFFER, ERROR, PROFILES, Json, fail, json_text, new, profile_number, taken_text, utf8
from ._native import lib

if TYPE_CHECKING:
    from .options import Profile

_validate = lib.cretula_validate

_IMAGE_ID = lib.CRETULA_FIELD_IMAGE_ID
_EXISTING_IMAGE_ID = lib.CRETULA_FIELD_EXISTING_IMAGE_ID
_VARIANT_ID = lib.CRETULA_FIELD_VARIANT_ID
_KEY_NAME = lib.CRETULA_FIELD_KEY_NAME
_CREATOR = lib.CRETULA_FIELD_CREATOR
_FILENAME = lib.CRETULA_FIELD_FILENAME
_META = lib.CRETULA_FIELD_META
_TIMESTAMP = lib.CRETULA_FIELD_TIMESTAMP


def _check(field: int, text: bytes, profile: str) -> None:
    number, error = profile_number(profile), new(ERROR)
    if _validate(field, number, text, len(text), error):
        fail(error)


def validate_image_id(image_id: str, *, profile: Profile = "reference") -> None:
    """The id of an image, chosen by its uploader."""
    _check(_IMAGE_ID, utf8("image_id", image_id), profile)


def validate_existing_image_id(image_id: str, *, profile: Profile = "reference") -> None:
    """The id of an image that is in use already: chosen or generated."""
    _check(_EXISTING_IMAGE_ID, utf8("image_id", image_id), profile)


def validate_variant_id(variant_id: str, *, profile: Profile = "reference") -> None:
    """The id of a variant."""
    _check(_VARIANT_ID, utf8("variant_id", variant_id), profile)


def validate_key_name(name: str, *, profile: Profile = "reference") -> None:
    """The name of a signing key."""
    _check(_KEY_NAME, utf8("name", name), profile)


def validate_creator(creator: str, *, profile: Profile = "reference") -> None:
    """Who an image belongs to."""
    _check(_CREATOR, utf8("creator", creator), profile)


def validate_filename(filename: str, *, profile: Profile = "reference") -> None:
    """The name of the file that was uploaded."""
    _check(_FILENAME, utf8("filename", filename), profile)


def validate_meta(meta: Json, *, profile: Profile = "reference") -> None:
    """A JSON object of metadata, as a dict or JSON text."""
    _check(_META, json_text("meta", meta), profile)


def validate_timestamp(text: str, *, profile: Profile = "reference") -> None:
    """A point in time, in the format of RFC 3339."""
    _check(_TIMESTAMP, utf8("text", text), profile)


def generate_image_id(*, profile: Profile = "reference") -> str:
    """A new id: 128 random bits as 32 hexadecimal digits; in the hosted profile a version 4 UUID."""
    number, out, error = profile_number(profile), new(BUFFER), new(ERROR)
    if number == PROFILES["reference"]:
        status = lib.cretula_image_id_generate(out, error)
    else:
        status = lib.cretula_image_id_generate_for(number, out, error)
    if status:
        fail(error)
    return taken_text(out)


def looks_generated(image_id: str, *, profile: Profile = "reference") -> bool:
    """Whether an id has the shape of those that :func:`generate_image_id` makes; false for what is no id."""
    text = utf8("image_id", image_id)
    return bool(lib.cretula_image_id_looks_generated(profile_number(profile), text, len(text)))

"""Identifiers and records of the service: validation, delivery URLs, lists of variants and of images,
forms, and the JSON of its API.

``rules`` selects a rule set: ``"reference"``, the rules of the API reference, or ``"hosted"``, the
documented and observed behavior of the hosted service, with longer image ids that may contain
subpaths and simpler variant ids.
"""

from .delivery import DeliveryUrl
from .identifiers import (
    RuleSet,
    generate_image_id,
    looks_generated,
    validate_creator,
    validate_existing_image_id,
    validate_filename,
    validate_image_id,
    validate_key_name,
    validate_meta,
    validate_timestamp,
    validate_variant_id,
)
from .models import (
    Record,
    normalize,
    response_failure,
    response_success,
    stat_after_delete,
    stat_after_upload,
    update_image,
)
from .queries import ImageQuery, SortOrder
from .timestamps import format_timestamp, parse_timestamp, parse_timestamp_ms
from .uploads import direct_upload_expires_at, direct_upload_from_form, meta_from_form
from .variants import Variant, Variants

__all__ = [
    "DeliveryUrl",
    "ImageQuery",
    "Record",
    "RuleSet",
    "SortOrder",
    "Variant",
    "Variants",
    "direct_upload_expires_at",
    "direct_upload_from_form",
    "format_timestamp",
    "generate_image_id",
    "looks_generated",
    "meta_from_form",
    "normalize",
    "parse_timestamp",
    "parse_timestamp_ms",
    "response_failure",
    "response_success",
    "stat_after_delete",
    "stat_after_upload",
    "update_image",
    "validate_creator",
    "validate_existing_image_id",
    "validate_filename",
    "validate_image_id",
    "validate_key_name",
    "validate_meta",
    "validate_timestamp",
    "validate_variant_id",
]

//! The list of the variants of an account, by id.

use std::ffi::c_char;

use cretula::records::{RuleSet, VariantId, VariantUpdate, Variants};
use cretula::{Limits, Variant};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::{Exclusive, HandleType, Mutable, New, Shared};
use crate::identifiers::rule_set;
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_NOT_FOUND, cretula_status};
use crate::variant::{self, cretula_variant_options};

/// The variants of an account, at most 100, in the order of their ids.
///
/// Any number of threads may read a list at once. Changing it needs exclusive access
/// (CRETULA_ERR_BUSY otherwise).
pub struct cretula_variants {
    _opaque: (),
}

impl HandleType for cretula_variants {
    type Value = List;
    type Change = Mutable;
    const TAG: u64 = u64::from_be_bytes(*b"crt:vars");
    const NAME: &'static str = "cretula_variants";
}

/// The list of the core, and its rule set.
pub(crate) struct List {
    rules: RuleSet,
    variants: Variants,
}

/// Creates a list without variants, whose ids follow the CRETULA_RULES_* `rules`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_new(
    rules: i32,
    out: New<cretula_variants>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        out.put(Exclusive::new(List { rules: rule_set(rules)?, variants: Variants::new() }));
        Ok(())
    })
}

/// Creates a list from the JSON of the API, `{"variants":{"<id>":{"id","options",…}}}`.
///
/// CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT for other JSON or a variant that
/// violates a rule; CRETULA_ERR_LIMIT_EXCEEDED for more than 100.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_from_json(
    json: In<c_char>,
    json_len: usize,
    rules: i32,
    out: New<cretula_variants>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        let rules = rule_set(rules)?;
        let variants = Variants::from_json(json.text(json_len, "json")?, &Limits::default(), rules)?;
        out.put(Exclusive::new(List { rules, variants }));
        Ok(())
    })
}

/// Writes the JSON of the API.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_to_json(
    variants: Shared<cretula_variants>,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        out.put(into_buffer(variants.read()?.variants.to_json()?.into_bytes()));
        Ok(())
    })
}

/// The number of variants; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_count(variants: Shared<cretula_variants>) -> usize {
    guard::infallible(0, || Some(variants.read().ok()?.variants.len()))
}

/// The id of the variant at `index`. CRETULA_ERR_NOT_FOUND beyond the last.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_id_at(
    variants: Shared<cretula_variants>,
    index: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let list = variants.read()?;
        let variant = list.variants.iter().nth(index).ok_or_else(|| {
            let message = format!("no variant at index {index}: the list holds {}", list.variants.len());
            Failure::misuse(CRETULA_ERR_NOT_FOUND, message)
        })?;
        out.put(into_buffer(variant.id.as_str().into()));
        Ok(())
    })
}

/// Looks up a variant by id. CRETULA_ERR_NOT_FOUND if there is none.
///
/// `never_require_signed_urls_out` is whether the variant never requires a signature. Both outputs may
/// be NULL. CRETULA_ERR_INVALID_ARGUMENT if the options have more than the four fields of the struct:
/// cretula_variants_options gives all of them.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_get(
    variants: Shared<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    out: Out<cretula_variant_options>,
    never_require_signed_urls_out: Out<bool>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let (out, never_out) = (out.growing_slot(), never_require_signed_urls_out.slot());
        let out = out?;
        let list = variants.read()?;
        let found = list.variants.get(id.text(id_len, "id")?)?;
        if out.is_wanted() {
            out.put(variant::to_native(&found.options, "cretula_variants_options")?);
        }
        never_out.put(found.never_require_signed_urls);
        Ok(())
    })
}

/// The options of a variant as one text. CRETULA_ERR_NOT_FOUND if there is none of this id.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_options(
    variants: Shared<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let list = variants.read()?;
        let found = list.variants.get(id.text(id_len, "id")?)?;
        out.put(into_buffer(found.options.to_string().into_bytes()));
        Ok(())
    })
}

/// Adds a variant. With `never_require_signed_urls`, it never requires a signature.
///
/// CRETULA_ERR_ALREADY_EXISTS if the id is in use; CRETULA_ERR_INVALID_VALUE if it violates its rule;
/// CRETULA_ERR_INVALID_ARGUMENT if a side is out of range; CRETULA_ERR_LIMIT_EXCEEDED if there are 100
/// already. The list is then unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_create(
    variants: Exclusive<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    variant: In<cretula_variant_options>,
    never_require_signed_urls: bool,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let mut list = variants.write()?;
        let rules = list.rules;
        let variant = named(&id, id_len, rules, &variant, never_require_signed_urls)?;
        list.variants.create(variant, &Limits::default(), rules)?;
        Ok(())
    })
}

/// Replaces the variant with this id. CRETULA_ERR_NOT_FOUND if there is none; other failures as for
/// cretula_variants_create.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_update(
    variants: Exclusive<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    variant: In<cretula_variant_options>,
    never_require_signed_urls: bool,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let mut list = variants.write()?;
        let variant = named(&id, id_len, list.rules, &variant, never_require_signed_urls)?;
        list.variants.update(variant, &Limits::default())?;
        Ok(())
    })
}

/// Applies an update, `{"options","neverRequireSignedURLs"}`, to the variant with this id. What is
/// missing stays the same, each option for itself; an option that is null gets its default.
///
/// CRETULA_ERR_NOT_FOUND if there is none; CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT
/// for other JSON, an option out of its range, or if no side is left. The list is then unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_patch(
    variants: Exclusive<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    update_json: In<c_char>,
    update_json_len: usize,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let mut list = variants.write()?;
        let limits = Limits::default();
        let update = VariantUpdate::from_json(update_json.text(update_json_len, "update_json")?, &limits)?;
        let updated = list.variants.get(id.text(id_len, "id")?)?.updated(&update);
        list.variants.update(updated, &limits)?;
        Ok(())
    })
}

/// Removes a variant. CRETULA_ERR_NOT_FOUND if there is none with this id;
/// CRETULA_ERR_INVALID_VALUE for "public" with CRETULA_RULES_HOSTED, where it cannot be removed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_remove(
    variants: Exclusive<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let mut list = variants.write()?;
        let rules = list.rules;
        list.variants.remove(id.text(id_len, "id")?, rules)?;
        Ok(())
    })
}

/// Frees a list. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_free(variants: Exclusive<cretula_variants>) {
    guard::infallible((), || {
        variants.free();
        None
    });
}

fn named(
    id: &In<c_char>,
    id_len: usize,
    rules: RuleSet,
    variant: &In<cretula_variant_options>,
    never_require_signed_urls: bool,
) -> Result<Variant> {
    let id = VariantId::new(id.text(id_len, "id")?, rules)?;
    let mut named = Variant::new(id, variant::options(&variant.read()?)?);
    named.never_require_signed_urls = never_require_signed_urls;
    Ok(named)
}

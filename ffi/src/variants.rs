//! Lists of variants: those that an account has, by id.

use std::ffi::c_char;

use cretula::records::{RuleSet, VariantId, Variants};
use cretula::{Limits, Variant};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::{Exclusive, HandleType, Mutable, New, Shared};
use crate::identifiers::rules;
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_NOT_FOUND, cretula_status};
use crate::variant::{self, cretula_variant};

/// The variants of an account, at most 100, in the order of their ids. Many threads may look one up at once; changing the
/// list needs it alone.
pub struct cretula_variants {
    _opaque: (),
}

impl HandleType for cretula_variants {
    type Value = List;
    type Change = Mutable;
    const TAG: u64 = u64::from_be_bytes(*b"crt:vars");
    const NAME: &'static str = "cretula_variants";
}

/// The core's list, and whose rules it follows.
pub(crate) struct List {
    rules: RuleSet,
    variants: Variants,
}

/// A list without variants, whose ids follow the rules of the CRETULA_PROFILE_* `rules`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_new(
    rules: i32,
    out: New<cretula_variants>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        out.put(Exclusive::new(List { rules: self::rules(rules)?, variants: Variants::new() }));
        Ok(())
    })
}

/// The list in the reference's JSON, `{"variants":{"<id>":{"id","options",…}}}`.
///
/// CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT if it is no such JSON or a variant breaks a rule;
/// CRETULA_ERR_LIMIT_EXCEEDED for over 100.
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
        let rules = self::rules(rules)?;
        let variants = Variants::from_json(json.text(json_len, "json")?, &Limits::default(), rules)?;
        out.put(Exclusive::new(List { rules, variants }));
        Ok(())
    })
}

/// Writes the reference's JSON.
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

/// How many variants there are; 0 for NULL.
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
            let message = format!("there are {} variants, none at index {index}", list.variants.len());
            Failure::misuse(CRETULA_ERR_NOT_FOUND, message)
        })?;
        out.put(into_buffer(variant.id.as_str().into()));
        Ok(())
    })
}

/// Looks a variant up. `never_require_signed_urls_out`, which may be NULL, gets 1 if an unsigned URL may always see it,
/// else 0. CRETULA_ERR_NOT_FOUND if there is none of this id.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_get(
    variants: Shared<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    out: Out<cretula_variant>,
    never_require_signed_urls_out: Out<u32>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let (out, never_out) = (out.growing_slot(), never_require_signed_urls_out.slot());
        let out = out?.required()?;
        let list = variants.read()?;
        let found = list.variants.get(id.text(id_len, "id")?)?;
        out.put(variant::written(&found.options));
        never_out.put(found.never_require_signed_urls.into());
        Ok(())
    })
}

/// Adds a variant; one for which `never_require_signed_urls` is not 0 may always be seen by unsigned URLs.
///
/// CRETULA_ERR_INVALID_VALUE if the id is in use or breaks its rule; CRETULA_ERR_INVALID_ARGUMENT if a side is out of
/// range; CRETULA_ERR_LIMIT_EXCEEDED if there are 100 already. The list is then as it was.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_create(
    variants: Exclusive<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    variant: In<cretula_variant>,
    never_require_signed_urls: i32,
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

/// Replaces the variant of this id whole. CRETULA_ERR_NOT_FOUND if there is none, else as cretula_variants_create.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variants_update(
    variants: Exclusive<cretula_variants>,
    id: In<c_char>,
    id_len: usize,
    variant: In<cretula_variant>,
    never_require_signed_urls: i32,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let mut list = variants.write()?;
        let variant = named(&id, id_len, list.rules, &variant, never_require_signed_urls)?;
        list.variants.update(variant, &Limits::default())?;
        Ok(())
    })
}

/// Takes a variant out. CRETULA_ERR_NOT_FOUND if there is none of this id; CRETULA_ERR_INVALID_VALUE if it is "public" in
/// CRETULA_PROFILE_HOSTED, which never lets go of it.
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
    variant: &In<cretula_variant>,
    never_require_signed_urls: i32,
) -> Result<Variant> {
    let id = VariantId::new(id.text(id_len, "id")?, rules)?;
    let mut named = Variant::new(id, variant::options(&variant.read()?)?);
    named.never_require_signed_urls = never_require_signed_urls != 0;
    Ok(named)
}

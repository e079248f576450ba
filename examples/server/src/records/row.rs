//! Rows of the table `images`: to and from [`StoredImage`].
//!
//! In: a row with the columns of [`columns!`], or an image. Out: the other of the two. Must not
//! know what they are used for.

use cretula::Format;
use cretula::records::{Creator, Filename, Image, ImageId, Meta, RuleSet, Timestamp};
use sqlx::Any;
use sqlx::Row;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use super::StoredImage;
use crate::failure::Failure;

/// The columns that [`image`] reads.
macro_rules! columns {
    () => {
        "id, uploaded, creator, filename, meta, require_signed_urls, object, digest, bytes, format, width, height, \
         has_alpha, frames, draft_token"
    };
}
pub(super) use columns;

/// A query with its bound arguments.
type Bound<'q> = Query<'q, Any, AnyArguments>;

/// Parses the image in a row. A row that cannot be parsed was not written by this program.
pub(super) fn image(row: &AnyRow) -> Result<StoredImage, Failure> {
    let read = read(row);
    read.map_err(|why| {
        let id: String = row.try_get("id").unwrap_or_default();
        tracing::error!(id, %why, "the row of an image cannot be read");
        Failure::internal("the record of an image cannot be read")
    })
}

fn read(row: &AnyRow) -> Result<StoredImage, Box<dyn std::error::Error + Send + Sync>> {
    let text = |name| row.try_get::<Option<String>, _>(name);
    let number = |name| row.try_get::<i64, _>(name);
    let format: String = row.try_get("format")?;
    let record = Image {
        id: image_id(row.try_get("id")?)?,
        creator: text("creator")?.map(Creator::new).transpose()?,
        filename: text("filename")?.map(Filename::new).transpose()?,
        meta: text("meta")?.map(|json| Meta::from_json(&json)).transpose()?,
        require_signed_urls: number("require_signed_urls")? != 0,
        uploaded: Some(Timestamp::from_unix_millis(number("uploaded")?)?),
        draft: text("draft_token")?.is_some(),
        variants: Vec::new(),
    };
    Ok(StoredImage {
        record,
        object: row.try_get("object")?,
        digest: row.try_get("digest")?,
        bytes: u64::try_from(number("bytes")?)?,
        format: format.parse::<Format>()?,
        width: u32::try_from(number("width")?)?,
        height: u32::try_from(number("height")?)?,
        has_alpha: number("has_alpha")? != 0,
        frames: u32::try_from(number("frames")?)?,
    })
}

/// The id of a row, under either rule set: the configuration may have changed since the row was
/// written.
fn image_id(text: String) -> cretula::Result<ImageId> {
    ImageId::existing(text.as_str(), RuleSet::Reference).or_else(|_| ImageId::existing(text, RuleSet::Hosted))
}

/// Binds the columns that an upload sets, in this order: position, uploaded, filename, object,
/// digest, bytes, format, width, height, has_alpha, frames.
pub(super) fn bind_upload<'q>(query: Bound<'q>, image: &StoredImage) -> Bound<'q> {
    let uploaded = millis(&image.record);
    query
        .bind(position(uploaded, &image.object))
        .bind(uploaded)
        .bind(image.record.filename.as_ref().map(|name| name.as_str().to_owned()))
        .bind(image.object.clone())
        .bind(image.digest.clone())
        .bind(integer(image.bytes))
        .bind(image.format.as_str())
        .bind(i64::from(image.width))
        .bind(i64::from(image.height))
        .bind(i64::from(image.has_alpha))
        .bind(i64::from(image.frames))
}

/// Binds the columns that users set, in this order: creator, meta, require_signed_urls.
pub(super) fn bind_said<'q>(query: Bound<'q>, record: &Image) -> Bound<'q> {
    // An empty creator is stored as none: a filter by it finds the images without a creator.
    let creator =
        record.creator.as_ref().map(|creator| creator.as_str()).filter(|creator| !creator.is_empty());
    query
        .bind(creator.map(str::to_owned))
        .bind(record.meta.as_ref().map(|meta| meta.as_json().to_owned()))
        .bind(i64::from(record.require_signed_urls))
}

/// The position of an image in lists. Times of equal length sort correctly in every collation; the
/// rest is the last part of the original's key, which is unique.
pub(super) fn position(uploaded: i64, object: &str) -> String {
    let unique = object.rsplit('/').next().unwrap_or_default();
    format!("{:015}{unique}", uploaded.max(0))
}

pub(super) fn millis(record: &Image) -> i64 {
    record.uploaded.map_or(0, Timestamp::as_unix_millis)
}

pub(super) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

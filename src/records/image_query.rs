//! [`ImageQuery`]: which images are listed, in which order, and how many at once.
//!
//! In: the query of a URL. Out: its checked parameters, and back. Must not know what a
//! continuation token means, or where images are stored.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use super::image::Image;
use super::meta_filter::MetaFilter;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::Creator;
use crate::json;
use crate::string_enum::string_enum;

/// The order of a list, by the time of the upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum SortOrder {
    /// The oldest first.
    #[serde(rename = "asc")]
    Ascending,
    /// The newest first.
    #[serde(rename = "desc")]
    #[default]
    Descending,
}

impl SortOrder {
    /// Both orders.
    pub const ALL: [Self; 2] = [Self::Ascending, Self::Descending];

    /// `asc` or `desc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

string_enum!(SortOrder, Self::ALL, "sort_order", "asc, desc");

/// The parameters of a list of images, of both versions of the list.
///
/// Parameters that are unknown are ignored, and so are `page`, `per_page`, `sort_order` and
/// `continuation_token` that are empty.
///
/// ```
/// use cretula::records::{ImageQuery, SortOrder};
/// let query = ImageQuery::from_query("per_page=50&sort_order=asc&meta.region[in]=us%7Ceu")?;
/// assert_eq!((query.per_page, query.sort_order, query.meta.len()), (50, SortOrder::Ascending, 1));
/// assert!(ImageQuery::from_query("per_page=9").is_err());
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageQuery {
    /// The page, from 1, of a list without tokens.
    pub page: u32,
    /// How many images a page has, 10 to 10000.
    pub per_page: u32,
    /// The order.
    pub sort_order: SortOrder,
    /// Where the page begins: [`ImagePage::continuation_token`](super::ImagePage::continuation_token)
    /// of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// Only images of this creator; `Some(None)`: only those without one, in the query an empty
    /// `creator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<Option<Creator>>,
    /// Only images that match all of these.
    pub meta: Vec<MetaFilter>,
}

impl ImageQuery {
    /// The most filters of metadata.
    pub const MAX_META: usize = 32;

    const PER_PAGE: std::ops::RangeInclusive<u32> = 10..=10_000;

    /// Parses the query of a URL, without its `?`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a parameter is out of its range, is given twice (a filter of metadata may
    /// be), or is not UTF-8; `LimitExceeded` for more than [`MAX_META`](Self::MAX_META) filters.
    pub fn from_query(query: &str) -> Result<Self> {
        let mut read = Self::default();
        let mut seen = Vec::new();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if let Some(known) = read.set(&name, &value)? {
                if seen.contains(&known) {
                    return Err(refused(format!("{known} is given twice")));
                }
                seen.push(known);
            }
        }
        Ok(read)
    }

    /// Whether `image` has the wanted creator and metadata.
    pub fn matches(&self, image: &Image) -> bool {
        let creator = image.creator.as_ref().filter(|creator| !creator.as_str().is_empty());
        let created = self.creator.as_ref().is_none_or(|wanted| wanted.as_ref() == creator);
        created && self.meta.iter().all(|filter| filter.matches(image.meta.as_ref()))
    }

    /// Writes the parameters as JSON, those with a default included and filters as
    /// `meta.shot.iso[lt:number]=400`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "a query", self)
    }

    /// Sets one parameter. Returns its name if it can be given only once.
    fn set(&mut self, name: &str, value: &str) -> Result<Option<&'static str>> {
        let given = !value.is_empty();
        Ok(Some(match name {
            "page" => {
                self.page = if given { whole("page", value, &(1..=u32::MAX))? } else { self.page };
                "page"
            }
            "per_page" => {
                self.per_page =
                    if given { whole("per_page", value, &Self::PER_PAGE)? } else { self.per_page };
                "per_page"
            }
            "sort_order" => {
                self.sort_order = if given { value.parse()? } else { self.sort_order };
                "sort_order"
            }
            "continuation_token" => {
                self.continuation_token = given.then(|| value.to_owned());
                "continuation_token"
            }
            "creator" => {
                self.creator = Some(given.then(|| Creator::new(value)).transpose()?);
                "creator"
            }
            _ => {
                self.meta.extend(MetaFilter::from_parameter(name, value)?);
                if self.meta.len() > Self::MAX_META {
                    let (what, max) = ("filters of metadata", Self::MAX_META as u64);
                    let cause = Cause::Full { what, max, advice: "ask for fewer" };
                    return Err(Error::new(Stage::Records, cause));
                }
                return Ok(None);
            }
        }))
    }
}

impl Default for ImageQuery {
    /// The first 1000 images, the newest first.
    fn default() -> Self {
        Self {
            page: 1,
            per_page: 1000,
            sort_order: SortOrder::Descending,
            continuation_token: None,
            creator: None,
            meta: Vec::new(),
        }
    }
}

impl FromStr for ImageQuery {
    type Err = Error;

    fn from_str(query: &str) -> Result<Self> {
        Self::from_query(query)
    }
}

/// The query, percent-encoded, without its `?` and without what has its default.
impl fmt::Display for ImageQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Self::default();
        let mut parameters = Vec::new();
        let mut add = |name: String, value: String| parameters.push((name, value));
        if self.page != default.page {
            add("page".to_owned(), self.page.to_string());
        }
        if self.per_page != default.per_page {
            add("per_page".to_owned(), self.per_page.to_string());
        }
        if self.sort_order != default.sort_order {
            add("sort_order".to_owned(), self.sort_order.to_string());
        }
        if let Some(token) = &self.continuation_token {
            add("continuation_token".to_owned(), token.clone());
        }
        if let Some(creator) = &self.creator {
            add("creator".to_owned(), creator.as_ref().map_or("", Creator::as_str).to_owned());
        }
        for filter in &self.meta {
            let (name, value) = filter.parameter();
            add(name, value);
        }
        for (at, (name, value)) in parameters.iter().enumerate() {
            let separator = if at == 0 { "" } else { "&" };
            let [name, value] = [name, value].map(|text| utf8_percent_encode(text, ESCAPED));
            write!(f, "{separator}{name}={value}")?;
        }
        Ok(())
    }
}

/// The characters to percent-encode in names and values: all except RFC 3986's unreserved ones, and the
/// brackets, which every parser of filters accepts unencoded.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'[')
    .remove(b']')
    .remove(b':');

/// Decodes `+` and percent-encoded bytes, as forms encode them.
fn decoded(text: &str) -> Result<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned);
    decoded.map_err(|_| refused(format!("{:?} is not UTF-8", json::excerpt(text))))
}

/// A whole number in decimal digits; `20.0` is one, too.
fn whole(name: &str, text: &str, range: &std::ops::RangeInclusive<u32>) -> Result<u32> {
    let digits = text.split_once('.').map_or(text, |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') { whole } else { text }
    });
    let number = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        let (min, max) = (range.start(), range.end());
        refused(format!("{name} must be a whole number from {min} to {max}, got {:?}", json::excerpt(text)))
    })
}

fn refused(rule: String) -> Error {
    Error::new(Stage::Records, Cause::Query { rule })
}

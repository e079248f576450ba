//! Caches plans for recently used profiles: most pictures carry one of a few, and making a
//! transform takes longer than applying it to a thumbnail.
//!
//! In: a source's color statement, and the plan made from it. Out: that plan. Must not know what
//! plans do.

use std::collections::VecDeque;
use std::fmt;

use super::plan::Plan;
use crate::render::frame::Layout;
use crate::render::header::SourceColor;

/// The most recently used plans, newest first.
#[derive(Default)]
pub(crate) struct TransformCache {
    plans: VecDeque<Entry>,
}

struct Entry {
    bytes: Vec<u8>,
    form: Form,
    /// The layout of the pixels, and whether their samples have 16 bits.
    kind: (Layout, bool),
    plan: Plan,
}

impl TransformCache {
    /// Number of cached plans: a camera's, a browser's, a designer's, and one more.
    const MAX_PLANS: usize = 4;

    /// Maximum size of a cached profile in bytes. Larger profiles contain tables, and their
    /// transforms would take megabytes.
    const MAX_PROFILE: usize = 16 << 10;

    /// The plan for the same statement and the same kind of pixels.
    pub(super) fn get(&mut self, color: &SourceColor<'_>, kind: (Layout, bool)) -> Option<Plan> {
        let (bytes, form) = key(color)?;
        let same =
            |entry: &Entry| entry.kind == kind && entry.form == form && entry.bytes.as_slice() == bytes;
        let entry = self.plans.remove(self.plans.iter().position(same)?)?;
        let plan = entry.plan.clone();
        self.plans.push_front(entry);
        Some(plan)
    }

    /// Adds a plan, unless its profile is too large; the least recently used plan makes room for
    /// it.
    pub(super) fn put(&mut self, color: &SourceColor<'_>, kind: (Layout, bool), plan: &Plan) {
        let Some((bytes, form)) = key(color).filter(|(bytes, _)| bytes.len() <= Self::MAX_PROFILE) else {
            return;
        };
        self.plans.truncate(Self::MAX_PLANS - 1);
        self.plans.push_front(Entry { bytes: bytes.to_vec(), form, kind, plan: plan.clone() });
    }
}

/// The kind of statement that the bytes of an entry are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Icc,
    IccZlib,
    Cicp(u8, u8),
    AdobeRgb,
}

/// The embedded bytes, if any, and the form of a statement; `None` if it is not worth caching.
fn key<'a>(color: &'a SourceColor<'_>) -> Option<(&'a [u8], Form)> {
    match color {
        SourceColor::Icc(bytes) => Some((bytes, Form::Icc)),
        SourceColor::IccZlib(stream) => Some((stream, Form::IccZlib)),
        SourceColor::Cicp { primaries, transfer } => Some((&[], Form::Cicp(*primaries, *transfer))),
        SourceColor::AdobeRgb => Some((&[], Form::AdobeRgb)),
        SourceColor::Gamma { .. } | SourceColor::Srgb | SourceColor::Damaged(_) => None,
    }
}

impl fmt::Debug for TransformCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransformCache").field("plans", &self.plans.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::render::color::Fills;
    use crate::render::color::preserve::Preserved;

    #[test]
    fn recent_plans_are_found_only_for_the_same_bytes_and_kind_of_pixels() {
        let mut cache = TransformCache::default();
        let color = |number: u8| SourceColor::Icc(Cow::Owned(vec![number; 9]));
        let plan = |number: u8| {
            Plan::Preserved(Box::new(Preserved { icc: vec![number], expand: false, fills: Fills::default() }))
        };
        let number_of = |found: Option<Plan>| match found {
            Some(Plan::Preserved(preserved)) => Some(preserved.icc[0]),
            _ => None,
        };
        let kind = (Layout::Rgb, false);
        for number in 0..4 {
            cache.put(&color(number), kind, &plan(number));
        }
        assert_eq!(number_of(cache.get(&color(0), kind)), Some(0));
        cache.put(&color(4), kind, &plan(4));
        let found: Vec<_> = (0..6).map(|number| number_of(cache.get(&color(number), kind))).collect();
        assert_eq!(found, [Some(0), None, Some(2), Some(3), Some(4), None]);
        for other in [(Layout::Rgb, true), (Layout::Gray, false)] {
            assert_eq!(number_of(cache.get(&color(4), other)), None);
        }
        assert_eq!(
            number_of(cache.get(&SourceColor::IccZlib(&[4; 9]), kind)),
            None,
            "the same bytes, compressed"
        );
        let code_points = |transfer| SourceColor::Cicp { primaries: 9, transfer };
        cache.put(&code_points(16), kind, &plan(5));
        cache.put(&SourceColor::AdobeRgb, kind, &plan(6));
        assert_eq!(number_of(cache.get(&code_points(16), kind)), Some(5));
        assert_eq!(number_of(cache.get(&code_points(18), kind)), None);
        assert_eq!(number_of(cache.get(&SourceColor::AdobeRgb, kind)), Some(6));
        let large = SourceColor::Icc(Cow::Owned(vec![7; TransformCache::MAX_PROFILE + 1]));
        cache.put(&large, kind, &plan(7));
        assert_eq!(number_of(cache.get(&large, kind)), None);
    }
}

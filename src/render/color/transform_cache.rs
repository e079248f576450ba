//! Plans for profiles that were met before: most pictures carry one of a few, and to make a transform takes longer than to
//! use it on a thumbnail.
//!
//! In: what a source says of its colors, and the plan made of it. Out: that plan. Must not know what plans do.

use std::collections::VecDeque;
use std::fmt;

use super::Plan;
use crate::render::frame::Layout;
use crate::render::header::SourceColor;

/// The plans made last, the newest first.
#[derive(Default)]
pub(crate) struct TransformCache {
    plans: VecDeque<Entry>,
}

struct Entry {
    color: Vec<u8>,
    form: Form,
    kind: (Layout, bool),
    plan: Plan,
}

impl TransformCache {
    /// Plans that are kept: a camera's, a browser's, a designer's, and one more.
    const MOST: usize = 4;

    /// Larger profiles hold tables, and their transforms would take megabytes.
    const LARGEST: usize = 16 << 10;

    pub(super) fn get(&mut self, color: &SourceColor<'_>, kind: (Layout, bool)) -> Option<Plan> {
        let (color, form) = stated(color)?;
        let same =
            |entry: &Entry| entry.kind == kind && entry.form == form && entry.color.as_slice() == color;
        let entry = self.plans.remove(self.plans.iter().position(same)?)?;
        let plan = entry.plan.clone();
        self.plans.push_front(entry);
        Some(plan)
    }

    pub(super) fn put(&mut self, color: &SourceColor<'_>, kind: (Layout, bool), plan: &Plan) {
        let Some((color, form)) = stated(color).filter(|(color, _)| color.len() <= Self::LARGEST) else {
            return;
        };
        self.plans.truncate(Self::MOST - 1);
        self.plans.push_front(Entry { color: color.to_vec(), form, kind, plan: plan.clone() });
    }
}

/// What kind of statement the bytes of one are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Icc,
    IccZlib,
    Cicp(u8, u8),
    AdobeRgb,
}

/// The profile as it is embedded, if there is one; `None` for what is not worth keeping.
fn stated<'a>(color: &'a SourceColor<'_>) -> Option<(&'a [u8], Form)> {
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
    use crate::render::color::kept::Kept;

    #[test]
    fn the_plans_used_last_are_found_again_for_the_same_bytes_and_pixels_alone() {
        let mut known = TransformCache::default();
        let color = |number: u8| SourceColor::Icc(Cow::Owned(vec![number; 9]));
        let marked = |number: u8| Plan::Kept(Box::new(Kept { icc: vec![number], expand: false, fill: None }));
        let mark = |plan: Option<Plan>| match plan {
            Some(Plan::Kept(kept)) => Some(kept.icc[0]),
            _ => None,
        };
        let kind = (Layout::Rgb, false);
        for number in 0..4 {
            known.put(&color(number), kind, &marked(number));
        }
        assert_eq!(mark(known.get(&color(0), kind)), Some(0));
        known.put(&color(4), kind, &marked(4));
        let found: Vec<_> = (0..6).map(|number| mark(known.get(&color(number), kind))).collect();
        assert_eq!(found, [Some(0), None, Some(2), Some(3), Some(4), None]);
        for other in [(Layout::Rgb, true), (Layout::Gray, false)] {
            assert_eq!(mark(known.get(&color(4), other)), None);
        }
        assert_eq!(mark(known.get(&SourceColor::IccZlib(&[4; 9]), kind)), None, "packed");
        let code_points = |transfer| SourceColor::Cicp { primaries: 9, transfer };
        known.put(&code_points(16), kind, &marked(5));
        known.put(&SourceColor::AdobeRgb, kind, &marked(6));
        assert_eq!(mark(known.get(&code_points(16), kind)), Some(5));
        assert_eq!(mark(known.get(&code_points(18), kind)), None);
        assert_eq!(mark(known.get(&SourceColor::AdobeRgb, kind)), Some(6));
        let large = SourceColor::Icc(Cow::Owned(vec![7; TransformCache::LARGEST + 1]));
        known.put(&large, kind, &marked(7));
        assert_eq!(mark(known.get(&large, kind)), None);
    }
}

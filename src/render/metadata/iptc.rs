//! The IPTC-IIM records of an output: one block with all datasets of the source, without previews.
//!
//! In: blocks of records. Out: one block and the losses. Parses the structure of datasets (IIM 4.2,
//! section 1.5), but interprets only previews and the character set.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::borrow::Cow;
use std::collections::HashMap;

/// Record and dataset number of CodedCharacterSet.
const CHARSET: (u8, u8) = (1, 90);

/// The result of merging all blocks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// `None` if nothing can be kept.
    pub(super) records: Option<Vec<u8>>,
    /// Why part of the first block is lost.
    pub(super) damage: Option<String>,
    /// Why part of the other blocks is lost.
    pub(super) second: Option<String>,
}

/// Merges the blocks: the first one up to the first byte that is not a dataset (where readers stop,
/// too), and the datasets of the others that the first does not have. Removes the preview, which
/// shows the uncropped picture (record 2, datasets 200 to 202).
pub(super) fn keep(blocks: &[Cow<'_, [u8]>]) -> Kept {
    let mut kept = Kept::default();
    let Some((first, others)) = blocks.split_first() else { return kept };
    let (mut datasets, rest) = read(first);
    if rest.iter().any(|byte| *byte != 0) {
        let why = if datasets.is_empty() { "it contains no IIM record" } else { "the rest of it is damaged" };
        kept.damage = Some(why.to_owned());
    }
    let mut has: HashMap<(u8, u8), Vec<&[u8]>> = HashMap::new();
    for dataset in &datasets {
        has.entry(dataset.name).or_default().push(dataset.whole);
    }
    let charset = has.get(&CHARSET).cloned().unwrap_or_default();
    for block in others {
        let (more, rest) = read(block);
        let named: Vec<_> = more.iter().filter(|dataset| dataset.name == CHARSET).map(|d| d.whole).collect();
        if !datasets.is_empty() && named != charset {
            kept.second.get_or_insert("its character set differs from that of the first".to_owned());
            continue;
        }
        if rest.iter().any(|byte| *byte != 0) {
            kept.second.get_or_insert("the rest of it is damaged".to_owned());
        }
        for dataset in more {
            match has.get(&dataset.name) {
                None => datasets.push(dataset),
                Some(same) if same.contains(&dataset.whole) || dataset.is_preview() => {}
                Some(_) => {
                    kept.second.get_or_insert("the first has other values for the same datasets".to_owned());
                }
            }
        }
        for dataset in &datasets {
            let values = has.entry(dataset.name).or_default();
            if !values.contains(&dataset.whole) {
                values.push(dataset.whole);
            }
        }
    }
    // Readers expect ascending records; within a record the order is significant.
    datasets.sort_by_key(|dataset| dataset.name.0);
    let records: Vec<u8> =
        datasets.iter().filter(|dataset| !dataset.is_preview()).flat_map(|d| d.whole).copied().collect();
    kept.records = (!records.is_empty()).then_some(records);
    kept
}

/// A dataset.
#[derive(Debug, Clone, Copy)]
struct Dataset<'a> {
    /// Record and dataset number.
    name: (u8, u8),
    /// Header and value.
    whole: &'a [u8],
}

impl Dataset<'_> {
    fn is_preview(&self) -> bool {
        matches!(self.name, (2, 200..=202))
    }
}

/// The datasets at the start of a block, and the bytes after them.
fn read(block: &[u8]) -> (Vec<Dataset<'_>>, &[u8]) {
    let (mut found, mut rest) = (vec![], block);
    while let Some((name, head, length)) = header(rest) {
        let Some((whole, after)) = rest.split_at_checked(head.saturating_add(length)) else { break };
        found.push(Dataset { name, whole });
        rest = after;
    }
    (found, rest)
}

/// The name of the first dataset of `records`, and the lengths of its header and value.
fn header(records: &[u8]) -> Option<((u8, u8), usize, usize)> {
    let &[0x1c, record, number, high, low, ref rest @ ..] = records else { return None };
    if high & 0x80 == 0 {
        return Some(((record, number), 5, usize::from(u16::from_be_bytes([high, low]))));
    }
    // An extended dataset: the field is the number of bytes of the length.
    let size = usize::from(u16::from_be_bytes([high & 0x7f, low]));
    let digits = rest.get(..size).filter(|_| size <= 4)?;
    let length = digits.iter().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
    Some(((record, number), size.saturating_add(5), usize::try_from(length).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &[u8] = b"\x1c\x02\x50\0\x02me\x1c\x02\xca\0\x02\xff\xd8\x1c\x02\x05\x80\x02\0\x01t";

    fn kept(blocks: &[&[u8]]) -> Kept {
        keep(&blocks.iter().map(|block| Cow::Borrowed(*block)).collect::<Vec<_>>())
    }

    #[test]
    fn only_previews_are_removed() {
        let records = Some(b"\x1c\x02\x50\0\x02me\x1c\x02\x05\x80\x02\0\x01t".to_vec());
        assert_eq!(kept(&[FIRST]), Kept { records, ..Kept::default() });
        assert_eq!(kept(&[b"\x1c\x02\xca\0\x02\xff\xd8"]), Kept::default());
    }

    #[test]
    fn an_empty_block_loses_nothing() {
        for empty in [&b""[..], b"\0", b"\0\0\0\0"] {
            assert_eq!(kept(&[empty]), Kept::default());
        }
        assert!(kept(&[b"not records"]).damage.is_some());
    }

    #[test]
    fn a_second_block_adds_datasets_that_the_first_lacks() {
        let (me, you, city) =
            (&b"\x1c\x02\x50\0\x02me"[..], &b"\x1c\x02\x50\0\x03you"[..], &b"\x1c\x02\x5a\0\x01c"[..]);
        let envelope = &b"\x1c\x01\x00\0\x02\0\x04"[..];
        assert_eq!(kept(&[me, me]), Kept { records: Some(me.to_vec()), ..Kept::default() });
        let both = kept(&[me, &[envelope, city, me].concat()]);
        assert_eq!(both, Kept { records: Some([envelope, me, city].concat()), ..Kept::default() });
        let contradicts = kept(&[me, &[you, city].concat()]);
        assert_eq!(contradicts.records, Some([me, city].concat()));
        assert!(contradicts.second.is_some() && contradicts.damage.is_none());
        let other_charset = kept(&[me, &[b"\x1c\x01\x5a\0\x03\x1b%G", city].concat()]);
        assert_eq!((other_charset.records, other_charset.second.is_some()), (Some(me.to_vec()), true));
        // Repeated datasets of one block form a list.
        let words = [&b"\x1c\x02\x19\0\x01a"[..], b"\x1c\x02\x19\0\x01b"].concat();
        assert_eq!(kept(&[city, &words]).records, Some([city, &words].concat()));
    }

    #[test]
    fn truncated_at_every_offset() {
        for length in 1..FIRST.len() {
            let kept = kept(&[&FIRST[..length]]);
            assert_eq!(kept.records.is_some(), length >= 7, "{length}");
            assert_eq!(kept.damage.is_none(), [7, 14].contains(&length), "{length}");
        }
    }
}

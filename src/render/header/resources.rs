//! Photoshop image resources: a list of blocks in a JPEG's APP13 segment, or as text in a PNG.
//!
//! In: the list. Out: the data of the resources with a given id. Must not know its meaning.

/// Signatures of a resource: Photoshop's own and others that exiftool accepts.
const SIGNATURES: [&[u8; 4]; 5] = [b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa"];
/// Maximum number of resources with one id that are returned.
const MAX: usize = 16;

/// The data of the resources with the id `wanted`, except data that is all zeros. A resource
/// consists of signature, id, padded Pascal string, length and padded data; the list ends at the
/// first bytes that are not a resource.
pub(crate) fn resources(list: &[u8], wanted: u16) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        loop {
            let (id, data, after) = resource(rest)?;
            // Some writers omit the padding.
            let padded = after.get(data.len() % 2..).unwrap_or_default();
            rest = if has_signature(after) && !has_signature(padded) { after } else { padded };
            if id == wanted && data.iter().any(|byte| *byte != 0) {
                return Some(data);
            }
        }
    })
    .take(MAX)
}

fn has_signature(list: &[u8]) -> bool {
    SIGNATURES.iter().any(|signature| list.starts_with(*signature))
}

/// The id and data of the first resource, and the bytes after its data.
fn resource(list: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (_signature, rest) = list.split_first_chunk::<4>().filter(|_| has_signature(list))?;
    let (id, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first()?;
    let length = usize::from(*length);
    let rest = rest.get(length.checked_add(usize::from(length % 2 == 0))?..)?;
    let (length, rest) = rest.split_first_chunk()?;
    let (data, after) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some((u16::from_be_bytes(*id), data, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(signature: &[u8; 4], id: u16, data: &[u8], padded: bool) -> Vec<u8> {
        let mut bytes = [&signature[..], &id.to_be_bytes(), &[0, 0]].concat();
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        if padded && !data.len().is_multiple_of(2) {
            bytes.push(0);
        }
        bytes
    }

    #[test]
    fn nonzero_resources_are_found_with_and_without_padding() {
        for padded in [true, false] {
            let list = [
                one(b"8BIM", 0x0425, b"odd", padded),
                one(b"8BIM", 0x0404, b"", padded),
                one(b"8BIM", 0x0404, b"first", padded),
                one(b"8BIM", 0x0404, b"\0\0\0", padded),
                one(b"MeSa", 7, b"x", padded),
                one(b"8BIM", 0x0404, b"second!", padded),
            ]
            .concat();
            assert_eq!(resources(&list, 0x0404).collect::<Vec<_>>(), [&b"first"[..], b"second!"]);
        }
        assert_eq!(resources(b"8BIM", 0).count() + resources(b"garbage", 0).count(), 0);
    }

    #[test]
    fn a_truncated_resource_is_not_returned() {
        let list = one(b"8BIM", 0x0404, b"records", true);
        for length in 0..=list.len() {
            assert_eq!(resources(&list[..length], 0x0404).count(), usize::from(length >= list.len() - 1));
        }
    }
}

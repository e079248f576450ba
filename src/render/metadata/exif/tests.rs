//! EXIF blocks as cameras, editors and attackers write them, edited.

use super::*;

const SIZE: Size = Size::new(320, 70_000);
type Tag<'a> = (u16, u16, u32, &'a [u8]);

/// The kept block, without its losses.
fn keep(exif: &[u8], size: Size, srgb: bool) -> Result<Vec<u8>, String> {
    super::keep(exif, size, srgb).map(|kept| kept.block.unwrap_or_default())
}

/// The kept block and its losses as text.
fn kept(exif: &[u8]) -> (Vec<u8>, Vec<String>) {
    let kept = super::keep(exif, SIZE, true).unwrap();
    (kept.block.unwrap_or_default(), kept.losses.iter().map(Warning::to_string).collect())
}

/// A directory at `at`: its entries, the offset of the next directory, then the values that do not
/// fit into entries.
fn directory(order: ByteOrder, at: usize, entries: &[Tag<'_>], next: u32) -> Vec<u8> {
    let mut table = order.bytes16(u16::try_from(entries.len()).unwrap()).to_vec();
    let mut values: Vec<u8> = vec![];
    let after = at + 2 + 12 * entries.len() + 4;
    for &(tag, kind, count, value) in entries {
        table.extend(order.bytes16(tag));
        table.extend(order.bytes16(kind));
        table.extend(order.bytes32(count));
        if value.len() <= 4 {
            table.extend(value);
            table.resize(table.len() + 4 - value.len(), 0);
        } else {
            table.extend(order.bytes32(u32::try_from(after + values.len()).unwrap()));
            values.extend(value);
        }
    }
    table.extend(order.bytes32(next));
    table.extend(values);
    table
}

/// IFD0 at 8, Exif at 200, GPS at 300, Interop at 400, IFD1 at 500 with a thumbnail at 600.
fn camera(order: ByteOrder) -> Vec<u8> {
    let (long, short) = (|n| order.bytes32(n), |n| order.bytes16(n));
    let mut bytes = if order == ByteOrder::Little { b"II\x2a\0".to_vec() } else { b"MM\0\x2a".to_vec() };
    bytes.extend(long(8));
    let mut place = |at: usize, entries: &[Tag<'_>], next| {
        bytes.resize(at, 0xee);
        bytes.extend(directory(order, at, entries, next));
    };
    place(
        8,
        &[
            (0x0100, 3, 1, &short(4000)),
            (0x0101, 3, 1, &short(3000)),
            (0x010f, 2, 6, b"Maker\0"),
            (ORIENTATION, 3, 1, &short(6)),
            (0x02bc, 1, 5, b"<xmp>"),
            (COPYRIGHT, 2, 9, b"foto\0edi\0"),
            (EXIF_IFD, 4, 1, &long(200)),
            (GPS_IFD, 4, 1, &long(300)),
        ],
        500,
    );
    place(
        200,
        &[
            (0x927c, 7, 10, b"maker note"),
            (0xa001, 3, 1, &short(0xffff)),
            (0xa002, 4, 1, &long(4000)),
            (0xa003, 3, 1, &short(3000)),
            (INTEROP_IFD, 4, 1, &long(400)),
        ],
        0,
    );
    place(300, &[(2, 5, 3, &[9; 24])], 0);
    place(400, &[(1, 2, 4, b"R03\0")], 0);
    let thumbnail: &[Tag<'_>] =
        &[(0x0201, 4, 1, &long(600)), (0x0202, 4, 1, &long(50)), (0x010e, 2, 8, b"thumb 1\0")];
    place(500, thumbnail, 0);
    bytes.resize(600, 0);
    bytes.extend([0xff, 0xd8, 0xff]);
    bytes.resize(650, 0xd8);
    bytes
}

fn number(block: &[u8], directory: u32, tag: u16) -> Option<(u16, u32)> {
    let tiff = Tiff::new(block).unwrap();
    let entry = tiff.entries(tiff.ifd(directory).unwrap()).find(|entry| entry.tag == tag)?;
    Some((entry.kind, tiff.number(entry, 0)?))
}

#[test]
fn keep_corrects_entries_that_do_not_hold_for_the_output() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let before = camera(order);
        let after = keep(&before, SIZE, true).unwrap();
        assert_eq!(number(&after, 8, ORIENTATION), Some((3, 1)));
        assert_eq!(number(&after, 8, 0x0100), Some((3, 320)));
        assert_eq!(number(&after, 8, 0x0101), Some((4, 70_000)));
        assert_eq!(number(&after, 200, 0xa002), Some((4, 320)));
        assert_eq!(number(&after, 200, 0xa003), Some((4, 70_000)));
        assert_eq!(number(&after, 200, 0xa001), Some((3, 1)));
        let tiff = Tiff::new(&after).unwrap();
        assert_eq!(tiff.next(tiff.ifd(8).unwrap()), Some(0));
        assert_eq!(tiff.ifd(8).unwrap().count, 7);
        // The rest is in place, and the removed values are erased.
        assert_eq!(after.get(300..350), before.get(300..350));
        for (text, kept) in [
            ("Maker\0", 1),
            ("maker note", 1),
            ("foto\0edi", 1),
            ("R98\0", 1),
            ("R03", 0),
            ("<xmp>", 0),
            ("thumb", 0),
        ] {
            let found = after.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
            assert_eq!(found, kept, "{text}");
        }
        assert_eq!(after.len(), 500);

        let preserved = keep(&before, SIZE, false).unwrap();
        assert_eq!(number(&preserved, 200, 0xa001), Some((3, 0xffff)));
        assert!(preserved.windows(4).any(|window| window == b"R03\0"));
    }
}

#[test]
fn erasing_spares_bytes_that_are_still_referenced() {
    // The thumbnail claims the whole block, and IFD1 is chained to IFD0.
    let mut hostile = camera(ByteOrder::Big);
    hostile[510..514].copy_from_slice(&[0; 4]);
    hostile[522..526].copy_from_slice(&[0xff; 4]);
    hostile[538..542].copy_from_slice(&[0, 0, 0, 8]);
    let after = keep(&hostile, SIZE, true).unwrap();
    assert!(after.windows(10).any(|window| window == b"maker note"));
    assert_eq!(after.get(300..342), hostile.get(300..342));
    assert!(!after.contains(&0xd8) && !after.contains(&0xee));
}

/// The position of an entry of the directory at `at`; IFD0 is at 8.
fn entry(at: usize, index: usize) -> usize {
    at + 2 + 12 * index
}

#[test]
fn a_block_without_a_first_directory_is_refused() {
    let good = camera(ByteOrder::Little);
    let with = |at: usize, bytes: &[u8]| {
        let mut block = good.clone();
        block[at..at + bytes.len()].copy_from_slice(bytes);
        keep(&block, SIZE, true)
    };
    assert!(with(4, &[0xff; 4]).is_err(), "IFD0 outside");
    assert!(with(4, &[0; 4]).is_err(), "IFD0 in the header");
    assert!(with(8, &[0xff; 2]).is_err(), "IFD0 cut off");
    assert!(with(0, b"XX").is_err(), "no header");
    // Without entries nothing is lost.
    assert_eq!(
        super::keep(b"II\x2a\0\x08\0\0\0\0\0\0\0\0\0", SIZE, true),
        Ok(Kept { block: None, losses: vec![] })
    );
}

/// The result of editing the camera's block with these bytes changed: the number of entries of
/// IFD0, whether the Exif, GPS and Interop directories remain, and the losses.
fn damaged(order: ByteOrder, at: usize, bytes: &[u8]) -> (usize, [bool; 3], Vec<String>) {
    let mut block = camera(order);
    block[at..at + bytes.len()].copy_from_slice(bytes);
    let (after, losses) = kept(&block);
    let tiff = Tiff::new(&after).unwrap();
    let ifd0 = tiff.ifd(8).unwrap();
    let has = |directory: u32, tag| number(&after, directory, tag).is_some();
    let exif = has(8, EXIF_IFD);
    assert!(!after.windows(16).any(|window| window == [0xd8; 16]), "the thumbnail");
    assert_eq!(tiff.next(ifd0), Some(0));
    (ifd0.count, [exif, has(8, GPS_IFD), exif && has(200, INTEROP_IFD)], losses)
}

#[test]
fn a_damaged_directory_loses_only_its_own_branch() {
    let all = [true; 3];
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let long = |n: u32| order.bytes32(n);
        let short = |n: u16| order.bytes16(n);
        let (exif, gps, interop) = (entry(8, 6), entry(8, 7), entry(200, 4));
        for (at, bytes, count, directories, losses) in [
            // The GPS directory is outside, null, empty, truncated, the Exif directory, IFD0; its
            // pointer is no number.
            (
                gps + 8,
                &long(0xffff)[..],
                6,
                [true, false, true],
                &["EXIF GPS directory dropped: it is outside the block"][..],
            ),
            (gps + 8, &long(0), 6, [true, false, true], &[]),
            (300, &short(0), 6, [true, false, true], &[]),
            (300, &short(999), 6, [true, false, true], &["EXIF GPS directory dropped: it is truncated"]),
            (
                gps + 8,
                &long(200),
                6,
                [true, false, true],
                &["EXIF GPS directory dropped: it overlaps another directory"],
            ),
            (
                gps + 8,
                &long(8),
                6,
                [true, false, true],
                &["EXIF GPS directory dropped: it overlaps another directory"],
            ),
            (
                gps + 2,
                &short(2),
                6,
                [true, false, true],
                &["EXIF GPS directory dropped: the pointer to it is not a number"],
            ),
            // The same for the Exif directory, with its branch.
            (
                exif + 8,
                &long(0xffff),
                6,
                [false, true, false],
                &["EXIF Exif directory dropped: it is outside the block"],
            ),
            (
                exif + 8,
                &long(8),
                6,
                [false, true, false],
                &["EXIF Exif directory dropped: it overlaps another directory"],
            ),
            (
                exif + 8,
                &long(107),
                6,
                [false, true, false],
                &["EXIF Exif directory dropped: it overlaps another directory"],
            ),
            (200, &short(0), 6, [false, true, false], &[]),
            (200, &short(500), 6, [false, true, false], &["EXIF Exif directory dropped: it is truncated"]),
            // The Interop directory.
            (
                interop + 8,
                &long(0xffff),
                7,
                [true, true, false],
                &["EXIF Interop directory dropped: it is outside the block"],
            ),
            (400, &short(0), 7, [true, true, false], &[]),
            // IFD1 is always removed, so nothing is lost.
            (entry(8, 8), &long(0xffff), 7, all, &[]),
            (500, &short(0), 7, all, &[]),
            (500, &short(60), 7, all, &[]),
            (entry(500, 0) + 2, &short(0), 7, all, &[]),
            (entry(500, 1), &short(0x0203), 7, all, &[]),
            (entry(500, 2) + 8, &long(0xffff), 7, all, &[]),
        ] {
            let (count, directories, losses) = (count, directories, losses.to_vec());
            let found = damaged(order, at, bytes);
            assert_eq!(
                (found.0, found.1, found.2.iter().map(String::as_str).collect::<Vec<_>>()),
                (count, directories, losses),
                "{at} {bytes:?}"
            );
        }
    }
}

#[test]
fn a_misplaced_value_loses_only_its_own_entry() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let long = |n: u32| order.bytes32(n);
        for (at, bytes, count, loss) in [
            (
                entry(8, 2) + 8,
                &long(0xffff)[..],
                6,
                "EXIF tag dropped: 0x010f (Make) in IFD0: its value is outside the block",
            ),
            (
                entry(8, 2) + 8,
                &long(12),
                6,
                "EXIF tag dropped: 0x010f (Make) in IFD0: its value overlaps a directory or a thumbnail",
            ),
            (
                entry(8, 2) + 4,
                &long(150),
                6,
                "EXIF tag dropped: 0x010f (Make) in IFD0: its value overlaps a directory or a thumbnail",
            ),
            (
                entry(8, 2) + 8,
                &long(220),
                6,
                "EXIF tag dropped: 0x010f (Make) in IFD0: its value overlaps a directory or a thumbnail",
            ),
            (
                entry(300, 0) + 8,
                &long(0xffff),
                6,
                "EXIF tag dropped: 0x0002 (GPSLatitude) in GPS directory: its value is outside the block",
            ),
            (
                entry(200, 0) + 8,
                &long(30),
                7,
                "EXIF tag dropped: 0x927c (MakerNote) in Exif directory: its value overlaps a directory or a thumbnail",
            ),
        ] {
            let (found, _, losses) = damaged(order, at, bytes);
            assert_eq!((found, &losses[..]), (count, &[loss.to_owned()][..]), "{at} {bytes:?}");
        }
        // A maker note that extends beyond an otherwise intact block is kept as far as it goes.
        assert_eq!(damaged(order, entry(200, 0) + 8, &long(0xffff)).2, [""; 0]);
        // A maker note may overlap a directory that is not edited.
        let (found, directories, losses) = damaged(order, entry(200, 0) + 8, &long(298));
        assert_eq!((found, directories, losses.len()), (7, [true; 3], 0));
    }
}

#[test]
fn only_the_first_losses_are_named() {
    let outside = 0xffff_u32.to_le_bytes();
    let long: Vec<_> =
        (0..40_u16).map(|tag| [&tag.to_le_bytes()[..], &[2, 0, 9, 0, 0, 0], &outside].concat()).collect();
    let table = [
        &b"II\x2a\0\x08\0\0\0"[..],
        &41_u16.to_le_bytes(),
        &long.concat(),
        &[0x0f, 1, 2, 0, 2, 0, 0, 0, 65, 0, 0, 0],
        &[0; 4],
    ]
    .concat();
    let (block, losses) = kept(&table);
    assert_eq!((block.len(), losses.len()), (table.len(), 9));
    assert_eq!(losses[8], "EXIF tag dropped: 32 more values are outside the block or overlap others");
    assert_eq!(number(&block, 8, 0x0f), None);
}

#[test]
fn pointers_of_every_integer_type_are_followed_and_written_as_long() {
    let (exif, gps) = (entry(8, 6), entry(8, 7));
    for (kind, bytes) in [
        (3_u16, &[200_u8, 0, 0, 0][..]),
        (8, &[200, 0, 0, 0]),
        (4, &[200, 0, 0, 0]),
        (9, &[200, 0, 0, 0]),
        (13, &[200, 0, 0, 0]),
        (1, &[200, 0, 0, 0]),
    ] {
        let mut block = camera(ByteOrder::Little);
        block[exif + 2..exif + 4].copy_from_slice(&kind.to_le_bytes());
        block[exif + 8..exif + 12].copy_from_slice(bytes);
        let (after, losses) = kept(&block);
        assert_eq!((number(&after, 8, EXIF_IFD), losses.len()), (Some((4, 200)), 0), "{kind}");
        assert_eq!(number(&after, 200, 0xa002), Some((4, 320)), "{kind}");
    }
    // Of several values the first is used.
    let mut block = camera(ByteOrder::Little);
    block[gps + 4..gps + 8].copy_from_slice(&2_u32.to_le_bytes());
    block[gps + 8..gps + 12].copy_from_slice(&520_u32.to_le_bytes());
    block[520..528].copy_from_slice(&[44, 1, 0, 0, 9, 9, 9, 9]);
    block[500..502].copy_from_slice(&[0, 0]);
    let (after, losses) = kept(&block);
    assert_eq!((number(&after, 8, GPS_IFD), losses.len()), (Some((4, 300)), 0));
    // The same for orientation and lengths.
    let mut block = camera(ByteOrder::Big);
    block[entry(8, 3) + 2..entry(8, 3) + 12].copy_from_slice(&[0, 9, 0, 0, 0, 1, 0, 0, 0, 6]);
    block[entry(500, 0) + 3] = 9;
    block[entry(500, 1) + 3] = 9;
    let (after, losses) = kept(&block);
    assert_eq!((number(&after, 8, ORIENTATION), losses.len()), (Some((3, 1)), 0));
    assert!(!after.contains(&0xd8));
}

/// A block whose directory at `place` (Exif, GPS or Interop) has a preview at 600, described by
/// `tags`.
fn with_preview(order: ByteOrder, place: u32, tags: [u16; 2], picture: &[u8]) -> Vec<u8> {
    let mut block = camera(order);
    block.resize(600, 0);
    block.extend(picture);
    // IFD1 plays no part here.
    block[entry(8, 8)..entry(8, 8) + 4].copy_from_slice(&[0; 4]);
    let length = u32::try_from(picture.len()).unwrap();
    let (at, next) = (usize::try_from(place).unwrap(), [0; 4]);
    let tiff = Tiff::new(&block).unwrap();
    let old = tiff.ifd(place).unwrap();
    let mut table = block[at + 2..old.entries().end].to_vec();
    for (tag, value) in tags.into_iter().zip([600, length]) {
        table.extend(order.bytes16(tag));
        table.extend(order.bytes16(4));
        table.extend(order.bytes32(1));
        table.extend(order.bytes32(value));
    }
    table.extend(next);
    // The longer directory moves to the end.
    let moved = block.len();
    let count = u16::try_from(old.count + 2).unwrap();
    block.extend(order.bytes16(count));
    block.extend(table);
    let pointer = match place {
        200 => entry(8, 6),
        300 => entry(8, 7),
        _ => entry(200, 4),
    };
    block[pointer + 8..pointer + 12].copy_from_slice(&order.bytes32(u32::try_from(moved).unwrap()));
    block
}

fn jpeg() -> Vec<u8> {
    let noise = (0..300_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x7f);
    [0xff, 0xd8, 0xff].into_iter().chain(noise).chain([0xff, 0xd9]).collect()
}

fn contains(block: &[u8], picture: &[u8]) -> bool {
    picture[2..].windows(16).any(|part| memchr::memmem::find(block, part).is_some())
}

#[test]
fn previews_are_erased_in_every_directory() {
    let picture = jpeg();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for place in [200, 300, 400] {
            for tags in [[0x0201, 0x0202], [0x0111, 0x0117], [0x0144, 0x0145]] {
                let block = with_preview(order, place, tags, &picture);
                assert!(contains(&block, &picture));
                let (after, losses) = kept(&block);
                assert!(!contains(&after, &picture), "{place} {tags:?}");
                assert_eq!(losses, [""; 0], "{place} {tags:?}");
                assert!(after.windows(10).any(|window| window == b"maker note"));
            }
        }
    }
}

#[test]
fn a_truncated_block_contains_nothing_of_a_preview() {
    let picture = jpeg();
    for (order, place) in [(ByteOrder::Little, 200), (ByteOrder::Big, 300), (ByteOrder::Little, 400)] {
        let whole = with_preview(order, place, [0x0201, 0x0202], &picture);
        for length in 0..whole.len() {
            let after = keep(&whole[..length], SIZE, true).unwrap_or_default();
            assert!(!contains(&after, &picture), "{place} {length}");
        }
    }
}

#[test]
fn a_thumbnail_is_erased_even_if_another_value_claims_its_bytes() {
    let picture = jpeg();
    let plain = |tag: u16| {
        let mut block = camera(ByteOrder::Little);
        block.truncate(600);
        block.extend(&picture);
        block[entry(500, 1) + 8..entry(500, 1) + 12]
            .copy_from_slice(&u32::try_from(picture.len()).unwrap().to_le_bytes());
        // A value that extends to the end.
        let at = if tag == 0x927c { entry(200, 0) } else { entry(8, 2) };
        block[at + 4..at + 12].copy_from_slice(&[0x20, 1, 0, 0, 0x5c, 2, 0, 0]);
        block
    };
    let (after, losses) = kept(&plain(0x010f));
    assert!(!contains(&after, &picture));
    assert_eq!(losses.len(), 1, "{losses:?}");
    // A maker note may contain a thumbnail: only the picture is lost.
    let (after, losses) = kept(&plain(0x927c));
    assert!(!contains(&after, &picture));
    assert_eq!(losses, [""; 0]);
    // A length that is too small.
    let mut short = camera(ByteOrder::Little);
    short.truncate(600);
    short.extend(&picture);
    short[entry(500, 1) + 8] = 20;
    assert!(!contains(&kept(&short).0, &picture));
    // An empty IFD1, although the picture is there.
    let mut empty = camera(ByteOrder::Little);
    empty.truncate(600);
    empty.extend(&picture);
    empty[500] = 0;
    assert!(!contains(&kept(&empty).0, &picture));
}

#[test]
fn a_thumbnail_is_erased_even_if_its_description_is_damaged() {
    let picture = jpeg();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let mut whole = camera(order);
        whole.truncate(600);
        whole.extend(&picture);
        let length = u32::try_from(picture.len()).unwrap();
        whole[entry(500, 1) + 8..entry(500, 1) + 12].copy_from_slice(&order.bytes32(length));
        // The entries of IFD1, and the link to it; with a null link there is no thumbnail.
        let link = entry(8, 8);
        for at in (500..entry(500, 3)).chain(link..link + 4) {
            for change in [0x01, 0x02, 0x04, 0x08, 0x10, 0x40, 0x80, 0xff, whole[at]] {
                let mut damaged = whole.clone();
                damaged[at] ^= change;
                if damaged[link..link + 4] == [0; 4] {
                    continue;
                }
                let (after, losses) = kept(&damaged);
                assert!(!contains(&after, &picture), "{order:?} {at} {change}");
                assert_eq!(losses, [""; 0], "{order:?} {at} {change}");
                assert_eq!(number(&after, 200, 0xa002), Some((4, 320)));
            }
        }
    }
}

#[test]
fn no_damage_changes_the_orientation_or_moves_a_maker_note() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let whole = camera(order);
        for at in 8..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= change;
                let Ok(after) = keep(&damaged, SIZE, true) else { continue };
                assert_eq!(crate::render::tiff::orientation(&after), 1, "{at} {change}");
                let place = |bytes: &[u8]| bytes.windows(10).position(|window| window == b"maker note");
                let (old, new) = (place(&damaged), place(&after));
                assert!(new.is_none() || new == old, "{at} {change}");
            }
        }
    }
}

#[test]
fn coordinates_of_the_source_are_removed_without_a_warning() {
    let mut block = camera(ByteOrder::Big);
    block[entry(200, 1)..entry(200, 1) + 8].copy_from_slice(&[0x92, 0x14, 0, 3, 0, 0, 0, 2]);
    let (after, losses) = kept(&block);
    assert_eq!((number(&after, 200, 0x9214), losses.len()), (None, 0));
    assert_eq!(number(&after, 200, 0xa002), Some((4, 320)));
}

#[test]
fn copyright_is_copied_byte_for_byte() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for (kind, value) in [
            (2, &b"photographer\0editor\0"[..]),
            (2, b"(c)\0"),
            (129, "© Zoë\0".as_bytes()),
            (7, b"1"),
            (1, b"12345"),
        ] {
            let count = u32::try_from(value.len()).unwrap();
            let mut source = camera(order).get(..4).unwrap().to_vec();
            source.extend(order.bytes32(8));
            source.extend(directory(
                order,
                8,
                &[(0x010e, 2, 5, b"text\0"), (COPYRIGHT, kind, count, value)],
                0,
            ));
            let block = copyright(&source).unwrap().unwrap();
            let tiff = Tiff::new(&block).unwrap();
            let ifd = tiff.ifd(tiff.first()).unwrap();
            let entry = tiff.entries(ifd).next().unwrap();
            assert_eq!((entry.tag, entry.kind, tiff.value(entry)), (COPYRIGHT, kind, Some(value)));
            assert_eq!((tiff.order, ifd.count, tiff.next(ifd)), (order, 1, Some(0)));
            assert_eq!(block.len(), if value.len() > 4 { 26 + value.len() } else { 26 });
        }
    }
    let mut none = camera(ByteOrder::Big);
    none[10 + 12 * 5] = 0;
    assert_eq!(copyright(&none), Ok(None));
    assert!(copyright(b"Exif\0\0MM").is_err());
}

#[test]
fn truncated_at_every_offset() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let whole = camera(order);
        for length in 0..whole.len() {
            let cut = whole.get(..length).unwrap();
            let kept = keep(cut, SIZE, true);
            // Kept once IFD0 is complete; every other loss is separate.
            assert_eq!(kept.is_ok(), length >= 106, "{length}");
            assert!(!kept.unwrap_or_default().windows(16).any(|window| window == [0xd8; 16]), "{length}");
            assert_eq!(copyright(cut).is_ok(), length >= 130, "{length}");
        }
    }
}

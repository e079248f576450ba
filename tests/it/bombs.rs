//! Bombs: files that claim more than they hold, that unpack to far more than their size, or that
//! cost far too much time.

use std::iter::repeat_n;

use crate::made_jpeg::progressive;

const ROCKET: &[u8] = include_bytes!("../images/rocket.jpg");

/// All bombs, by name.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let mut bombs = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| bombs.push((name.to_owned(), bytes));
    sizes(&mut add);
    packed(&mut add);
    efforts(&mut add);
    blocks(&mut add);
    bombs
}

type Add<'a> = dyn FnMut(&str, Vec<u8>) + 'a;

/// Huge dimensions with little data.
fn sizes(add: &mut Add<'_>) {
    for (width, height) in [(65_535_u16, 65_535_u16), (12_000, 8333), (9000, 9000), (1, 65_535), (4000, 3000)]
    {
        let named = |format: &str| format!("{width}x{height}.{format}");
        add(&named("jpg"), resized(ROCKET, width, height));
        add(&named("progressive.jpg"), resized(&progressive(64, 64), width, height));
        for (name, depth, color, interlaced) in
            [("png", 8, 2, 0), ("16.png", 16, 6, 0), ("adam7.png", 8, 2, 1)]
        {
            let header = ihdr(width.into(), height.into(), depth, color, interlaced);
            add(&named(name), png(&[header, chunk(b"IDAT", &zeros(1000))]));
        }
        let [[w0, w1], [h0, h1]] = [width.to_le_bytes(), height.to_le_bytes()];
        let tiny = [&[0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0][..], &lzw(2, &[0x44, 1])].concat();
        add(&named("gif"), gif(width, height, &tiny));
        let whole = [&[0x2c, 0, 0, 0, 0, w0, w1, h0, h1, 0][..], &lzw(2, &[0x44, 1])].concat();
        add(&named("frame.gif"), gif(width, height, &whole));
        add(
            &named("interlaced.gif"),
            gif(9, 9, &{
                let mut beyond = whole;
                beyond[9] = 0x40;
                beyond
            }),
        );
        let side = |side: u16| [(side - 1).to_le_bytes().as_slice(), &[0]].concat();
        let large = [&[0; 4][..], &side(width), &side(height)].concat();
        let key = [&[0x10, 0, 0, 0x9d, 1, 0x2a, w0, w1 & 0x3f, h0, h1 & 0x3f][..], &[0; 40]].concat();
        add(&named("webp"), riff(&[(b"VP8X", &large), (b"VP8 ", &key)]));
        add(&named("key.webp"), riff(&[(b"VP8 ", &key)]));
        let bits = u32::from(width - 1) & 0x3fff | (u32::from(height - 1) & 0x3fff) << 14;
        let lossless = [&[0x2f][..], &bits.to_le_bytes(), &[0; 40]].concat();
        add(&named("lossless.webp"), riff(&[(b"VP8L", &lossless)]));
    }
}

/// Small files that unpack to much data.
fn packed(add: &mut Add<'_>) {
    let much = zeros(96 << 20);
    let tiny = chunk(b"IDAT", &zeros(64 * 193));
    let small = ihdr(64, 64, 8, 2, 0);
    add("pixels.png", png(&[ihdr(5000, 5000, 8, 2, 0), chunk(b"IDAT", &zeros(5000 * 15_001))]));
    add("adam7.png", png(&[ihdr(3000, 3000, 8, 6, 1), chunk(b"IDAT", &zeros(3000 * 12_001 + 60_000))]));
    add("too-much.png", png(&[small.clone(), chunk(b"IDAT", &much)]));
    for (name, kind, key) in [
        ("profile.png", b"iCCP", &b"p\0\0"[..]),
        ("text.png", b"zTXt", b"Comment\0\0"),
        ("international.png", b"iTXt", b"Comment\0\x01\0\0\0"),
        ("xmp.png", b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0"),
        ("raw-exif.png", b"zTXt", b"Raw profile type exif\0\0"),
    ] {
        add(name, png(&[small.clone(), chunk(kind, &[key, &much].concat()), tiny.clone()]));
    }
    for kind in [b"IDAT", b"eXIf", b"iCCP", b"tEXt"] {
        let mut promise = chunk(kind, b"\x78\x9c");
        promise[..4].copy_from_slice(&[0xff; 4]);
        add(&format!("promise-{}.png", kind.escape_ascii()), png(&[small.clone(), promise]));
    }
    add("many-idat.png", png(&[small, repeat_n(chunk(b"IDAT", &[]), 100_000).flatten().collect(), tiny]));
}

/// Small files that cost time.
fn efforts(add: &mut Add<'_>) {
    for (width, height) in [(640, 480), (4000, 3000)] {
        let jpeg = progressive(64, 64);
        let last = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xda]).expect("a scan");
        let (head, scan) = jpeg[..jpeg.len() - 2].split_at(last);
        let scans = [head, &scan.repeat(1000), &[0xff, 0xd9]].concat();
        add(&format!("scans-{width}x{height}.jpg"), resized(&scans, width, height));
    }
    add("segments.jpg", [&[0xff, 0xd8][..], &[0xff, 0xe1, 0, 2].repeat(500_000)].concat());
    let dot = [&[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0][..], &lzw(2, &[0x44, 1])].concat();
    add("frames.gif", gif(64, 64, &dot.repeat(10_000)));
    add("more-frames.gif", gif(64, 64, &dot.repeat(10_001)));
    for (name, codes) in [
        // Only clear codes; growing codes; end codes.
        ("clear", [0x24, 0x49, 0x92].repeat(700_000)),
        ("grow", [&[0x84][..], &[0xff; 2_000_000]].concat()),
        ("end", [&[0x44, 1][..], &[0x55; 2_000_000]].concat()),
    ] {
        for (side, [low, high]) in [1_u16, 3000].map(|side| (side, side.to_le_bytes())) {
            let frame = [&[0x2c, 0, 0, 0, 0, low, high, low, high, 0][..], &lzw(2, &codes)].concat();
            add(&format!("lzw-{name}-{side}.gif"), gif(side, side, &frame));
        }
    }
    add("codes.webp", riff(&[(b"VP8L", &codes())]));
    let frame = [&[0; 16][..], b"VP8 \x0a\0\0\0", &[0x10, 0, 0, 0x9d, 1, 0x2a, 1, 0, 1, 0]].concat();
    let animated = [2, 0, 0, 0, 0x3f, 0, 0, 0x3f, 0, 0];
    let mut chunks: Vec<(&[u8; 4], &[u8])> = vec![(b"VP8X", &animated), (b"ANIM", &[0; 6])];
    chunks.extend(repeat_n((b"ANMF", frame.as_slice()), 10_001));
    add("frames.webp", riff(&chunks));
}

/// EXIF, XMP and profiles with cycles or of huge size.
fn blocks(add: &mut Add<'_>) {
    let tiff = |directories: &[u8]| [b"MM\0\x2a\0\0\0\x08", directories].concat();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value.to_be_bytes()].concat()
    };
    let directory = |entries: &[u8], next: u32| {
        let count = u16::try_from(entries.len() / 12).expect("entries");
        [&count.to_be_bytes()[..], entries, &next.to_be_bytes()].concat()
    };
    let notes = entry(0x010e, 2, 0xffff_ffff, 8).repeat(65_535);
    let exif = [
        ("cyclic", tiff(&directory(&entry(0x0112, 3, 1, 0x1_0000), 8))),
        ("cyclic-exif", tiff(&directory(&[entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8)].concat(), 8))),
        ("many-entries", tiff(&directory(&entry(0x8298, 2, 4, 0).repeat(65_535), 0))),
        ("million", {
            let size = 6 + 12 * 65_535;
            tiff(&(1..8).flat_map(|i| directory(&notes, 8 + i * size)).collect::<Vec<_>>())
        }),
        (
            "overlap",
            tiff(&directory(&(0..4000).flat_map(|i| entry(0x010e + i, 2, 40_000, 8)).collect::<Vec<_>>(), 0)),
        ),
    ];
    let xmp = [
        ("deep", [b"<a>".repeat(300_000), b"</a>".repeat(300_000)].concat()),
        ("attributes", {
            let names: String = (0..60_000).map(|i| format!(" a{i}='1'")).collect();
            format!("<a{names}/>").into_bytes()
        }),
        ("orientations", {
            let one = b"<tiff:Orientation>6</tiff:Orientation>".repeat(50_000);
            [&b"<a xmlns:tiff='http://ns.adobe.com/tiff/1.0/'>"[..], &one, b"</a>"].concat()
        }),
        ("namespaces", {
            let names: String = (0..80_000).map(|i| format!(" xmlns:a{i}='urn:{i}'")).collect();
            format!("<a{names}/>").into_bytes()
        }),
        ("laughs", {
            let entities: String =
                (0..9).map(|i| format!("<!ENTITY a{} '{}'>", i + 1, format!("&a{i};").repeat(100))).collect();
            format!("<!DOCTYPE a [<!ENTITY a0 'ha'>{entities}]><a>&a9;</a>").into_bytes()
        }),
    ];
    let profile = |tags: u32, rest: &[u8]| {
        let mut profile = vec![0; 128];
        profile[8] = 2;
        profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
        profile[36..40].copy_from_slice(b"acsp");
        [&profile, &tags.to_be_bytes()[..], rest].concat()
    };
    let tag = [&b"rTRC"[..], &128_u32.to_be_bytes(), &4_000_000_u32.to_be_bytes()].concat();
    let curve = [&b"rTRC\0\0\0\x90\0\x3d\x09\x0ccurv\0\0\0\0\0\x1e\x84\x80"[..], &[0; 4_000_000]].concat();
    let profiles = [("tags", profile(300_000, &tag.repeat(300_000))), ("curve", profile(1, &curve))];
    let (header, tiny) = (ihdr(64, 64, 8, 2, 0), chunk(b"IDAT", &zeros(64 * 193)));
    for (name, block) in exif {
        add(&format!("exif-{name}.png"), png(&[header.clone(), chunk(b"eXIf", &block), tiny.clone()]));
        let short = &block[..block.len().min(65_000)];
        let length = u16::try_from(short.len() + 8).expect("a segment").to_be_bytes();
        let segment = [&[0xff, 0xe1][..], &length, b"Exif\0\0", short].concat();
        add(&format!("exif-{name}.jpg"), [&ROCKET[..2], &segment, &ROCKET[2..]].concat());
    }
    for (name, packet) in xmp {
        let text = [b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_slice()].concat();
        add(&format!("xmp-{name}.png"), png(&[header.clone(), chunk(b"iTXt", &text), tiny.clone()]));
    }
    for (name, profile) in profiles {
        let packed = [b"p\0\0", miniz_oxide::deflate::compress_to_vec_zlib(&profile, 1).as_slice()].concat();
        add(&format!("icc-{name}.png"), png(&[header.clone(), chunk(b"iCCP", &packed), tiny.clone()]));
    }
}

/// The JPEG with another size in its frame header.
fn resized(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = jpeg.to_vec();
    let frame = |pair: &[u8]| pair[0] == 0xff && matches!(pair[1], 0xc0 | 0xc2);
    let at = jpeg.windows(2).position(frame).expect("a frame header");
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// A zlib stream of `count` zeros.
pub(crate) fn zeros(count: usize) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; count], 1)
}

pub(crate) fn ihdr(width: u32, height: u32, depth: u8, color: u8, interlaced: u8) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(b"IHDR", &[&sides[..], &[depth, color, 0, 0, interlaced]].concat())
}

pub(crate) fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat(), &chunk(b"IEND", &[])].concat()
}

pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a chunk").to_be_bytes();
    let body = [kind, data].concat();
    [&length[..], &body, &crc(&body).to_be_bytes()].concat()
}

/// PNG's CRC (third edition, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|byte| {
        let byte = u32::try_from(byte).expect("a byte");
        (0..8).fold(byte, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    !bytes.iter().fold(!0, |crc: u32, byte| table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ crc >> 8)
}

pub(crate) fn gif(width: u16, height: u16, blocks: &[u8]) -> Vec<u8> {
    let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [b"GIF89a", &sides[..], &[0x80, 0, 0, 0, 0, 0, 255, 255, 255], blocks, b";"].concat()
}

pub(crate) fn lzw(least: u8, codes: &[u8]) -> Vec<u8> {
    let blocks =
        codes.chunks(255).flat_map(|block| [&[u8::try_from(block.len()).expect("a block")], block].concat());
    [least].into_iter().chain(blocks).chain([0]).collect()
}

pub(crate) fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend([&kind[..], &u32::try_from(data.len()).expect("a chunk").to_le_bytes(), data].concat());
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &u32::try_from(body.len()).expect("a file").to_le_bytes()[..], &body].concat()
}

/// A lossless WebP of 4×4 pixels with 65 536 groups of five prefix codes, each of eleven symbols.
fn codes() -> Vec<u8> {
    let (mut data, mut held, mut count) = (Vec::new(), 0_u64, 0);
    let mut put = |value: u64, bits: u32| {
        held |= value << count;
        count += bits;
        while count >= 8 {
            data.push(held.to_le_bytes()[0]);
            held >>= 8;
            count -= 8;
        }
    };
    // A header, no transforms, no color cache; groups by 4×4 blocks, in an entropy image of one
    // pixel without a color cache.
    for (value, bits) in [(0x2f, 8), (3, 14), (3, 14), (0, 4), (0, 1), (0, 1), (1, 1), (0, 3), (0, 1)] {
        put(value, bits);
    }
    for symbol in [255, 255, 0, 255, 0] {
        put(0b101, 3);
        put(symbol, 8);
    }
    for _ in 0..65_536 * 5 {
        put(0, 1);
        put(10, 4);
        [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4].into_iter().for_each(|length| put(length, 3));
        put(1, 1);
        put(1, 3);
        put(9, 4);
        // The code words of lengths 1 to 10 and 10, bit by bit from the highest.
        for code in [0b000, 0b100, 0b010, 0b110, 0b001, 0b101] {
            put(code, 3);
        }
        for code in [0b0011, 0b1011, 0b0111, 0b1111, 0b1111] {
            put(code, 4);
        }
    }
    put(0, 40);
    data
}

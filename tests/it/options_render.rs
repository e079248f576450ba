//! Rendering with every option: sizes are those of the plan, a used renderer gives the bytes of a new
//! one, and the options that choose an encoder reach it.

use cretula::{
    Color, ColorPolicy, ErrorKind, Fit, Format, Gravity, Limits, OutputOptions, PixelLayout, Pixels,
    PngOptions, Rendered, Renderer, Request, Trim, VariantOptions, Warning,
};

use crate::reuse::every_layout;
use crate::thorough::every;

/// At least one text for every option and every kind of value.
const TEXTS: [&str; 44] = [
    "w=31,h=17,fit=squeeze",
    "w=400,h=300,fit=scale-up",
    "w=31,h=17,fit=aspect-crop",
    "w=31",
    "h=17,fit=cover",
    "w=20,dpr=1.5",
    "w=30,h=30,fit=cover,g=left",
    "w=30,h=30,fit=cover,g=0.3x0.7",
    "w=30,h=30,fit=cover,g=auto",
    "w=30,h=30,fit=crop,g=auto",
    "trim=3;5;7;11,w=40",
    "trim=border,w=40",
    "trim=border,trim.border.tolerance=250",
    "trim=border,trim.border.color=black,trim.border.keep=2,w=40",
    "trim=1;1;1;1,rotate=90,flip=h,w=33,h=20,fit=cover,g=auto",
    "rotate=90,w=40",
    "rotate=180,w=40",
    "rotate=270,w=40",
    "flip=h,w=40",
    "flip=v,w=40",
    "flip=hv,rotate=90,w=40",
    "w=40,h=40,fit=pad,background=red",
    "w=40,background=rgba(0,128,255,0.5)",
    "w=40,border=3,border.color=blue",
    "w=40,border=1;2;3;4",
    "w=40,border=2,border.color=rgba(1,2,3,0.4)",
    "w=40,blur=1",
    "w=40,blur=20",
    "w=40,blur=250",
    "w=40,sharpen=1",
    "w=40,sharpen=10",
    "w=40,brightness=1.3",
    "w=40,contrast=0.7",
    "w=40,gamma=2.2",
    "w=40,saturation=0",
    "w=40,saturation=1.8,brightness=0.9,contrast=1.1,gamma=0.8,blur=3,sharpen=2",
    "w=40,q=20",
    "w=40,q=low",
    "w=40,q=100",
    "w=40,compression=fast",
    "w=40,metadata=none",
    "w=40,metadata=keep",
    "w=40,anim=false",
    "w=40,scq=10",
];

const FORMATS: [Format; 4] = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif];

fn request(text: &str, format: Format) -> Request {
    Request::new(text.parse().unwrap()).output(OutputOptions::new().format(format))
}

fn trims_border(request: &Request) -> bool {
    matches!(request.variant.trim, Trim::Border(_))
}

#[test]
fn every_option_renders_every_layout_to_every_format_as_planned_and_on_a_used_renderer() {
    let mut used = Renderer::new();
    let layouts = every_layout(90, 70);
    let all = layouts
        .iter()
        .enumerate()
        .flat_map(|layout| TEXTS.into_iter().enumerate().map(move |text| (layout, text)));
    // Each option meets each format and each layout; by default, a third of both.
    for ((number, file), (index, text)) in every(3, all) {
        let request = request(text, FORMATS[(index + number) % 4]);
        let rendered =
            used.render(file, &request).unwrap_or_else(|error| panic!("{text}, {number}: {error}"));
        assert!(
            rendered == Renderer::new().render(file, &request).unwrap(),
            "{text}, {number}: a used renderer"
        );
        let plan = used.plan(file, &request).unwrap();
        let size = (plan.output_size().width, plan.output_size().height);
        if !trims_border(&request) {
            assert_eq!((rendered.info.width, rendered.info.height), size, "{text}, {number}");
        }
    }
}

/// A picture with structure at the right, on a flat ground.
fn picture(width: u32, height: u32) -> Pixels {
    let pixel = |x: u32, y: u32| {
        let inside = x >= width * 2 / 3 && x < width - 8 && y > height / 4 && y < height * 3 / 4;
        if inside { [(x * 37 % 256) as u8, (y * 91 % 256) as u8, 40] } else { [200, 200, 190] }
    };
    let samples = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    Pixels::new(width, height, PixelLayout::Rgb, samples).unwrap()
}

fn decoded(rendered: &Rendered) -> image::RgbaImage {
    image::load_from_memory(&rendered.bytes).unwrap().to_rgba8()
}

fn png(text: &str, pixels: &Pixels) -> image::RgbaImage {
    decoded(&Renderer::new().render_pixels(pixels, &request(text, Format::Png)).unwrap())
}

#[test]
fn options_change_the_picture() {
    let pixels = picture(90, 70);
    let plain = png("w=40", &pixels);
    for text in TEXTS.into_iter().filter(|text| text.starts_with("w=40,")) {
        let encoder_or_metadata = ["q=", "compression", "metadata", "anim", "scq", "background"]
            .iter()
            .any(|key| text.contains(key));
        let changed = png(text, &pixels) != plain;
        assert!(changed || encoder_or_metadata, "{text} changes nothing");
    }
}

#[test]
fn turns_are_exact() {
    let pixels = picture(90, 70);
    let same = png("fit=scale-down", &pixels);
    let turned = |text: &str| png(text, &pixels);
    assert_eq!(turned("rotate=90"), image::imageops::rotate90(&same));
    assert_eq!(turned("rotate=180"), image::imageops::rotate180(&same));
    assert_eq!(turned("rotate=270"), image::imageops::rotate270(&same));
    assert_eq!(turned("flip=h"), image::imageops::flip_horizontal(&same));
    assert_eq!(turned("flip=v"), image::imageops::flip_vertical(&same));
    let both = image::imageops::rotate90(&image::imageops::flip_horizontal(&same));
    assert_eq!(turned("flip=h,rotate=90"), both);
    let trimmed = image::imageops::crop_imm(&same, 4, 1, 90 - 2 - 4, 70 - 3 - 1).to_image();
    assert_eq!(turned("trim=1;2;3;4"), trimmed);
}

#[test]
fn a_border_is_trimmed_to_the_pixel_and_grows_the_canvas_to_the_pixel() {
    let pixels = picture(90, 70);
    let trimmed = png("trim=border", &pixels);
    // The structure: columns 60 to 81, rows 18 to 51.
    assert_eq!(trimmed.dimensions(), (22, 34));
    assert_eq!(png("trim=border,trim.border.keep=2", &pixels).dimensions(), (26, 38));
    let bordered = png("border=1;2;3;4,border.color=red", &pixels);
    assert_eq!(bordered.dimensions(), (96, 74));
    let red = image::Rgba([255, 0, 0, 255]);
    let whole = png("fit=scale-down", &pixels);
    for (x, y, pixel) in bordered.enumerate_pixels() {
        let inside = (4..94).contains(&x) && (1..71).contains(&y);
        assert_eq!(*pixel, if inside { *whole.get_pixel(x - 4, y - 1) } else { red }, "{x}, {y}");
    }
}

#[test]
fn a_picture_of_one_color_is_not_trimmed_and_says_so() {
    let pixels = Pixels::new(9, 9, PixelLayout::Gray, vec![7; 81]).unwrap();
    let rendered = Renderer::new().render_pixels(&pixels, &request("trim=border", Format::Png)).unwrap();
    assert_eq!((rendered.info.width, rendered.info.height), (9, 9));
    assert!(rendered.warnings.contains(&Warning::TrimIgnored));
}

#[test]
fn gravity_keeps_its_point_and_auto_finds_the_structure() {
    let pixels = picture(90, 30);
    let left = png("w=30,h=30,fit=cover,g=left", &pixels);
    assert!(left.pixels().all(|pixel| pixel.0 == [200, 200, 190, 255]));
    let auto = png("w=30,h=30,fit=cover,g=auto", &pixels);
    let structure = auto.pixels().filter(|pixel| pixel.0 != [200, 200, 190, 255]).count();
    assert!(structure >= 22 * 14, "{structure}");
}

#[test]
fn auto_examines_nothing_where_nothing_is_cut() {
    let file = include_bytes!("../images/rocket.jpg");
    let plan = |text: &str| Renderer::new().plan(file, &request(text, Format::Jpeg)).unwrap().to_string();
    assert_eq!(plan("w=320,g=auto,fit=cover"), plan("w=320,fit=cover"));
    assert!(plan("w=320,h=320,g=auto,fit=cover").contains("placed anew"));
}

#[test]
fn many_variants_of_one_image_are_those_of_separate_calls() {
    let file = include_bytes!("../images/chelsea.png");
    let requests: Vec<Request> = TEXTS.iter().map(|text| request(text, Format::Png)).collect();
    let together = Renderer::new().render_all(file, &requests, None).unwrap();
    for ((together, request), text) in together.iter().zip(&requests).zip(TEXTS) {
        let alone = Renderer::new().render(file, request).unwrap();
        let size = |rendered: &Rendered| (rendered.info.width, rendered.info.height);
        assert_eq!(size(together), size(&alone), "{text}");
    }
}

#[test]
fn the_format_of_the_options_comes_first() {
    let file = include_bytes!("../images/rocket.jpg");
    let bytes = |text: &str, output: OutputOptions| {
        Renderer::new().render(file, &Request::new(text.parse().unwrap()).output(output)).unwrap().bytes
    };
    let has = |bytes: &[u8], marker: &[u8]| bytes.windows(marker.len()).any(|window| window == marker);
    let png = || OutputOptions::new().format(Format::Png);
    assert!(has(&bytes("w=64,f=jpeg", png()), b"\xff\xc2\0\x11"), "progressive");
    assert!(has(&bytes("w=64,f=baseline-jpeg", png()), b"\xff\xc0\0\x11"), "baseline");
    assert!(has(&bytes("w=64", OutputOptions::new()), b"\xff\xc0\0\x11"), "baseline by default");
    assert!(has(&bytes("w=64,f=webp,q=100", png()), b"VP8L"), "lossless");
    assert!(has(&bytes("w=64,f=webp,q=99", png()), b"VP8 "), "lossy");
    assert!(has(&bytes("w=64,q=80", png()), b"PLTE"), "palette");
    assert!(!has(&bytes("w=64,q=100", png()), b"PLTE"), "no palette");
    assert!(
        bytes("w=64,q=80,scq=20", png().slow_connection(true)).len() < bytes("w=64,q=80,scq=20", png()).len()
    );
    assert_eq!(bytes("w=64,q=80,scq=20", png()), bytes("w=64,q=80", png()));
    assert_eq!(bytes("w=64,q=80", png().slow_connection(true)), bytes("w=64,q=80", png()));
}

#[test]
fn sources_of_16_bits_keep_them_on_request() {
    let layouts = every_layout(40, 30);
    let sixteen = OutputOptions::new().format(Format::Png).png(PngOptions::new().sixteen(true));
    let render = |file: &[u8], text: &str, output: &OutputOptions| {
        Renderer::new().render(file, &Request::new(text.parse().unwrap()).output(output.clone())).unwrap()
    };
    for (number, file) in layouts.iter().enumerate().take(8) {
        let depth = render(file, "w=20", &sixteen).info.bit_depth;
        assert_eq!(depth, if number < 4 { 8 } else { 16 }, "layout {number}");
        assert_eq!(render(file, "w=20", &OutputOptions::new().format(Format::Png)).info.bit_depth, 8);
        let same = render(file, "fit=scale-down", &sixteen.clone().color(ColorPolicy::Preserve));
        let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap();
        assert_eq!(pixels(&same.bytes), pixels(file), "layout {number}");
        // Effects and palettes work on 8 bits.
        assert_eq!(render(file, "w=20,blur=2", &sixteen).info.bit_depth, 8);
    }
}

#[test]
fn json_describes_the_picture_in_its_place() {
    let file = include_bytes!("../images/rocket.jpg");
    let request = Request::new("w=320,h=320,fit=pad,border=2,f=json".parse().unwrap());
    let error = Renderer::new().render(file, &request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("format=json is not supported: render makes pictures"), "{error}");
    let json = Renderer::new().describe(file, &request).unwrap();
    let expected = format!(
        r#"{{"width":324,"height":324,"original":{{"file_size":{},"width":640,"height":427,"format":"image/jpeg"}}}}"#,
        file.len()
    );
    assert_eq!(json, expected);
    // The border that is trimmed is found among the pixels.
    let plain = Renderer::new()
        .render_pixels(&picture(90, 70), &self::request("fit=scale-down", Format::Png))
        .unwrap();
    let trimmed = Request::new("trim=border,f=json".parse().unwrap());
    let json = Renderer::new().describe(&plain.bytes, &trimmed).unwrap();
    assert!(json.starts_with(r#"{"width":22,"height":34,"original":{"#), "{json}");
}

#[test]
fn a_background_shows_under_transparency_and_in_the_padding() {
    let samples = [[255, 0, 0, 255], [0, 0, 0, 0]].concat();
    let pixels = Pixels::new(2, 1, PixelLayout::Rgba, samples).unwrap();
    let shown = png("w=2,h=3,fit=pad,background=blue", &pixels);
    let column = |x: u32| [0, 1, 2].map(|y| shown.get_pixel(x, y).0);
    let blue = [0, 0, 255, 255];
    assert_eq!(column(0), [blue, [255, 0, 0, 255], blue]);
    assert_eq!(column(1), [blue; 3]);
    // The background of the output options shows where the format has no alpha.
    let output = OutputOptions::new().format(Format::Png).background(Color::opaque(0, 0, 255));
    let request = Request::new(VariantOptions::original_size()).output(output);
    let kept = Renderer::new().render_pixels(&pixels, &request).unwrap();
    assert_eq!(decoded(&kept).get_pixel(1, 0).0[3], 0);
    let options: VariantOptions = "background=blue".parse().unwrap();
    assert_eq!(options.background, Some(Color::opaque(0, 0, 255)));
}

#[test]
fn sides_and_pixels_are_limited_after_dpr_and_border() {
    let file = include_bytes!("../images/rocket.jpg");
    let mut limits = Limits::default();
    limits.max_side = 1000;
    let mut renderer = Renderer::with_limits(limits);
    let mut kind = |text: &str| {
        renderer.render(file, &request(text, Format::Jpeg)).map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(kind("w=500,dpr=2,fit=contain"), Ok(()));
    assert_eq!(kind("w=501,dpr=2,fit=contain"), Err(ErrorKind::LimitExceeded));
    assert_eq!(kind("w=900,fit=contain,border=50"), Ok(()));
    assert_eq!(kind("w=900,fit=contain,border=51"), Err(ErrorKind::LimitExceeded));
    assert_eq!(kind("w=1001"), Err(ErrorKind::InvalidArgument));
    assert_eq!(kind("border=1001"), Err(ErrorKind::InvalidArgument));
}

#[test]
fn gravity_of_the_center_is_the_default() {
    assert_eq!(VariantOptions::new(Fit::Cover, 1, 1).gravity, Gravity::CENTER);
}

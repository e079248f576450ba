//! `Renderer::plan`: what it says is what `render` does, and it says it before any pixel is decoded.

use cretula::{
    DecodeOptions, ErrorKind, Fit, Format, LimitName, Limits, MetadataPolicy, OutputOptions, Renderer,
    Request, ShrinkOnLoad, Size, VariantOptions, place,
};

use crate::reuse::every_layout;

/// One small image per layout.
fn images() -> Vec<Vec<u8>> {
    let images = every_layout(61, 47);
    assert!(images.len() > 10, "images of every layout");
    images
}

const FORMATS: [Format; 4] = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif];

#[test]
fn a_plan_is_carried_out() {
    let mut renderer = Renderer::new();
    let mut planned = 0;
    for image in images() {
        for (fit, format) in Fit::REFERENCE.into_iter().zip(FORMATS.into_iter().cycle()) {
            let request =
                Request::new(VariantOptions::new(fit, 40, 30)).output(OutputOptions::new().format(format));
            let plan = renderer.plan(&image, &request).unwrap();
            let rendered = renderer.render(&image, &request).unwrap();
            let canvas = plan.placement().canvas;
            assert_eq!((canvas.width, canvas.height), (rendered.info.width, rendered.info.height));
            assert_eq!(plan.format(), rendered.info.format);
            assert_eq!(renderer.plan(&image, &request).unwrap(), plan, "the same plan again");
            planned += 1;
        }
    }
    assert!(planned > 50, "{planned}");
}

#[test]
fn plans_differ_where_renders_do() {
    let rocket = include_bytes!("../images/rocket.jpg");
    let mut renderer = Renderer::new();
    let request = Request::new(VariantOptions::new(Fit::Cover, 100, 100));
    let plan = renderer.plan(rocket, &request).unwrap();
    let others = [
        Request::new(VariantOptions::new(Fit::Cover, 100, 101)),
        Request::new(VariantOptions::new(Fit::Contain, 100, 100)),
        Request::new(request.variant.metadata(MetadataPolicy::Keep)),
        request.clone().output(OutputOptions::new().format(Format::Png)),
        request.clone().decode(DecodeOptions::new().shrink(ShrinkOnLoad::Never)),
    ];
    for other in others {
        assert_ne!(renderer.plan(rocket, &other).unwrap(), plan, "{other:?}");
    }
}

#[test]
fn memory_is_known_before_pixels_are_decoded() {
    let mut largest = 0.0_f64;
    for image in images() {
        for format in FORMATS {
            let request = Request::new(VariantOptions::new(Fit::Contain, 50, 50))
                .output(OutputOptions::new().format(format))
                .shrink(ShrinkOnLoad::Never);
            let needed = Renderer::new().plan(&image, &request).unwrap().memory_bytes();
            let within = |bytes: u64| {
                let mut limits = Limits::default();
                limits.max_memory_bytes = bytes;
                Renderer::with_limits(limits).render(&image, &request)
            };
            let error = within(needed - 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            assert_eq!(error.limit(), Some(LimitName::MaxMemoryBytes));
            // About the least that suffices.
            let mut enough = needed;
            while within(enough).is_err() {
                enough += enough / 8;
            }
            largest = largest.max(needed as f64 / enough as f64);
        }
    }
    assert!(largest > 0.2, "a plan's figure says something of what is needed: {largest}");
}

#[test]
fn either_side_may_be_left_out() {
    for fit in Fit::REFERENCE {
        let enlarges = matches!(fit, Fit::Contain | Fit::Cover | Fit::Pad);
        for (source, side, expected) in [
            ((1080, 720), 500, (500, 333)),
            ((1080, 720), 2000, if enlarges { (2000, 1333) } else { (1080, 720) }),
            ((3, 1000), 1, (1, 333)),
        ] {
            let placement = place(source.0, source.1, &VariantOptions::with_width(fit, side)).unwrap();
            assert_eq!((placement.canvas.width, placement.canvas.height), expected, "{fit}");
            assert_eq!((placement.crop.x, placement.crop.y), (0.0, 0.0), "{fit} does not crop");
            assert_eq!(placement.resize, placement.canvas, "{fit} does not pad");
            // The same turned by 90 degrees.
            let turned = place(source.1, source.0, &VariantOptions::with_height(fit, side)).unwrap();
            assert_eq!((turned.canvas.height, turned.canvas.width), expected, "{fit}");
        }
    }
    for fit in Fit::ALL {
        let mut neither = VariantOptions::original_size();
        neither.fit = fit;
        let placement = place(4, 3, &neither).unwrap();
        assert_eq!((placement.canvas, placement.resize), (Size::new(4, 3), Size::new(4, 3)), "{fit}");
    }
}

#[test]
fn a_side_that_follows_stays_within_limits() {
    let rocket = include_bytes!("../images/rocket.jpg");
    let mut limits = Limits::default();
    limits.max_side = 700;
    let request = |height| Request::new(VariantOptions::with_height(Fit::Contain, height));
    assert!(Renderer::with_limits(limits.clone()).render(rocket, &request(467)).is_ok());
    let error = Renderer::with_limits(limits).render(rocket, &request(468)).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(LimitName::MaxSide)));
    assert!(
        error.to_string().starts_with("the width of the output is 701 pixels, the limit is 700"),
        "{error}"
    );
}

#[test]
fn a_plan_prints_its_steps() {
    let rocket = include_bytes!("../images/rocket.jpg");
    let request = Request::new(VariantOptions::new(Fit::Pad, 320, 320))
        .output(OutputOptions::new().format(Format::WebP));
    let plan = Renderer::new().plan(rocket, &request).unwrap().to_string();
    for line in [
        "source:      jpeg 640x427, orientation 1",
        "place:       640x427 [640x427+0+0] -> 320x214+0+53 on 320x320",
        "color:       converted to sRGB",
        "background:  #ffffff",
        "metadata:    none",
        "encode:      webp 320x320",
    ] {
        assert!(plan.lines().any(|printed| printed == line), "{line}\n{plan}");
    }
}

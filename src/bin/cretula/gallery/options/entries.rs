//! The list of what the page of options shows.
//!
//! Plain data: option texts, a sentence about each, and the picture that it is applied to.

/// A group of entries.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) entries: &'static [Entry],
}

/// One picture of the page.
pub(super) struct Entry {
    pub(super) options: &'static str,
    pub(super) sentence: &'static str,
    pub(super) of: Of,
}

/// The picture that options are applied to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// The image of the page.
    Image,
    /// The image in two borders.
    Framed,
    /// The image between transparent bars.
    Translucent,
}

/// The option texts that make [`Of::Framed`], one after the other.
pub(super) const FRAMED: [&str; 2] =
    ["width=400,border=16,border.color=%23203050,format=png", "border=24,border.color=%23101c30,format=png"];

/// The option text that makes [`Of::Translucent`].
pub(super) const TRANSLUCENT: [&str; 1] = ["width=400,height=400,fit=pad,background=transparent,format=png"];

const fn image(options: &'static str, sentence: &'static str) -> Entry {
    Entry { options, sentence, of: Of::Image }
}

const fn framed(options: &'static str, sentence: &'static str) -> Entry {
    Entry { options, sentence, of: Of::Framed }
}

const fn translucent(options: &'static str, sentence: &'static str) -> Entry {
    Entry { options, sentence, of: Of::Translucent }
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        title: "Size",
        text: "A side that is left out follows the aspect ratio.",
        entries: &[
            image("width=300", "300 pixels wide, unless the image is smaller."),
            image("height=200", "200 pixels high, unless the image is smaller."),
            image("width=150,dpr=2", "150 CSS pixels on a screen with two pixels for each."),
        ],
    },
    Group {
        title: "Fit",
        text: "How the image is fitted to a box of width by height.",
        entries: &[
            image("width=300,height=300,fit=scale-down", "The default: fits inside the box, never enlarged."),
            image("width=300,height=300,fit=contain", "Fits inside the box, enlarged if necessary."),
            image("width=300,height=300,fit=cover", "Fills the box and crops the overflow."),
            image("width=300,height=300,fit=crop", "Like cover, but never enlarged."),
            image("width=300,height=300,fit=pad", "Like contain, then padded to the box."),
            image("width=300,height=300,fit=squeeze", "Exactly the box, distorted."),
            image("width=1200,height=1200,fit=scale-up", "Like contain, but never reduced."),
            image("width=2000,height=2000,fit=aspect-crop", "Crops to the ratio of the box; never enlarged."),
        ],
    },
    Group {
        title: "Gravity",
        text: "Which part remains where cover, crop and aspect-crop cut.",
        entries: &[
            image("width=100,height=240,fit=cover,gravity=center", "The default: around the center."),
            image("width=100,height=240,fit=cover,gravity=left", "Keeps the left side."),
            image("width=100,height=240,fit=cover,gravity=right", "Keeps the right side."),
            image("width=320,height=100,fit=cover,gravity=top", "Keeps the top."),
            image("width=320,height=100,fit=cover,gravity=bottom", "Keeps the bottom."),
            image("width=100,height=240,fit=cover,gravity=bottom-right", "Keeps a corner."),
            image(
                "width=100,height=240,fit=cover,gravity=0.3x0.6",
                "The point at 30 % of the width and 60 % of the height stays at these fractions.",
            ),
            image("width=100,height=240,fit=cover,gravity=auto", "Keeps the most salient part."),
        ],
    },
    Group {
        title: "Trim",
        text: "What is cut off before anything else. All but the first are made of the image in two borders.",
        entries: &[
            image("trim=20;120;60;40,width=300", "Source pixels from the top, right, bottom and left."),
            framed("width=400", "The image in two borders, before it is trimmed."),
            framed("trim=border,width=400", "Cuts off the border of the color of the top left pixel."),
            framed(
                "trim=border,trim.border.tolerance=40,width=400",
                "Colors within 40 levels count as the border: both are cut off.",
            ),
            framed(
                "trim=border,trim.border.color=%23101c30,trim.border.keep=8,width=400",
                "The color is given, and 8 pixels of the border are kept.",
            ),
        ],
    },
    Group {
        title: "Flip and rotate",
        text: "The image is mirrored first and rotated then. Width and height are those of the turned picture.",
        entries: &[
            image("flip=h,width=300", "Left and right change places."),
            image("flip=v,width=300", "Top and bottom change places."),
            image("flip=hv,width=300", "Both."),
            image("rotate=90,height=300", "Clockwise by 90 degrees."),
            image("rotate=180,width=300", "By 180 degrees."),
            image("rotate=270,height=300", "Clockwise by 270 degrees."),
            image("flip=h,rotate=90,height=300", "Mirrored, then rotated."),
        ],
    },
    Group {
        title: "Background and border",
        text: "A color is a CSS name, #rgb, #rrggbb or #rrggbbaa (# is %23 in a URL), rgb() or rgba().",
        entries: &[
            image("width=300,height=300,fit=pad,background=%23346", "The color of the padding."),
            image(
                "width=300,height=300,fit=pad,background=rgb(250,200,60)",
                "The same, by red, green and blue.",
            ),
            image(
                "width=300,height=300,fit=pad,background=rgba(0,0,80,0.5),format=png",
                "Translucent, in a format with alpha.",
            ),
            translucent("width=300,background=coral,format=jpeg", "The color under transparency."),
            image(
                "width=300,border=10,border.color=crimson",
                "A border on all sides; the output grows by it.",
            ),
            image("width=300,border=0;10;40;10,border.color=white", "Its top, right, bottom and left."),
        ],
    },
    Group {
        title: "Effects",
        text: "Changes to the resized picture, applied in the order brightness, contrast, gamma, saturation, blur, sharpen.",
        entries: &[
            image("width=300,brightness=1.4", "Levels times 1.4."),
            image("width=300,contrast=1.6", "Distance from middle gray times 1.6."),
            image("width=300,gamma=1.8", "Lightens the dark parts; black and white stay."),
            image("width=300,saturation=0", "Gray."),
            image("width=300,saturation=2", "Distance from gray doubled."),
            image("width=300,blur=6", "A Gaussian with a standard deviation of 3 pixels."),
            image("width=300,blur=60", "With a standard deviation of 30 pixels."),
            image("width=300,sharpen=1", "Edges a little sharper."),
            image("width=300,sharpen=6", "Edges much sharper."),
        ],
    },
    Group {
        title: "Output",
        text: "How the picture is encoded. Compare the sizes of the files.",
        entries: &[
            image("width=300,format=jpeg,quality=20", "A quality from 1 to 100."),
            image(
                "width=300,format=jpeg,quality=high",
                "A quality by name: low, medium-low, medium-high, high.",
            ),
            image("width=300,format=jpeg", "A progressive JPEG."),
            image("width=300,format=baseline-jpeg", "A JPEG that is not progressive: the same pixels."),
            image("width=300,format=png", "A lossless PNG."),
            image("width=300,format=png,quality=40", "A PNG with a palette."),
            image("width=300,format=webp", "A lossy WebP."),
            image("width=300,format=webp,quality=100", "A lossless WebP."),
            image("width=300,format=webp,compression=fast", "The cheapest encoder."),
            image("width=300,format=gif", "A GIF of up to 256 colors."),
            image(
                "width=300,format=auto",
                "Chosen by the Accept header; here of a client that accepts WebP.",
            ),
            image("width=300,format=json", "A description of the output in the place of the picture."),
            image(
                "width=300,quality=90,slow-connection-quality=15",
                "The second quality, on a slow connection.",
            ),
            image(
                "width=300,metadata=keep",
                "Keeps metadata, also positions; the default keeps the copyright only.",
            ),
            image("width=300,anim=false", "The first frame of an animation."),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use cretula::{Fit, FormatChoice, VariantOptions};

    /// The long names of the options that the library has.
    const NAMES: [&str; 26] = [
        "width",
        "height",
        "dpr",
        "fit",
        "gravity",
        "trim",
        "trim.border.color",
        "trim.border.tolerance",
        "trim.border.keep",
        "rotate",
        "flip",
        "background",
        "border",
        "border.color",
        "blur",
        "sharpen",
        "brightness",
        "contrast",
        "gamma",
        "saturation",
        "quality",
        "format",
        "compression",
        "metadata",
        "anim",
        "slow-connection-quality",
    ];

    fn all() -> impl Iterator<Item = &'static Entry> {
        GROUPS.iter().flat_map(|group| group.entries)
    }

    #[test]
    fn every_option_and_every_fit_is_shown_once_or_more() {
        let keys: Vec<&str> = all()
            .flat_map(|entry| entry.options.split(','))
            .filter_map(|pair| Some(pair.split_once('=')?.0))
            .collect();
        for name in NAMES {
            assert!(keys.contains(&name), "{name}");
        }
        let parsed: Vec<VariantOptions> = all().map(|entry| entry.options.parse().unwrap()).collect();
        for fit in Fit::ALL {
            assert!(parsed.iter().any(|options| options.fit == fit), "{fit}");
        }
        for choice in ["auto", "webp", "jpeg", "baseline-jpeg", "png", "gif", "json"] {
            let choice: FormatChoice = choice.parse().unwrap();
            assert!(parsed.iter().any(|options| options.format == Some(choice)), "{choice}");
        }
    }

    #[test]
    fn no_text_is_shown_twice() {
        let mut texts: Vec<&str> =
            all().map(|entry| entry.options).filter(|text| *text != "width=400").collect();
        let count = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }
}

//! `cretula gallery --options`.

use super::*;

/// Runs the gallery of options on `input`, and returns its report and its page.
fn gallery(dir: &Path, input: &str, output: &str) -> (Value, String) {
    let arguments = ["gallery", "--options", "--json", input, "-o", output];
    let ran = cretula(arguments).current_dir(dir).output().unwrap();
    assert_exit(&ran, 0);
    let page = fs::read_to_string(dir.join(output).join("options.html")).unwrap();
    (serde_json::from_slice(&ran.stdout).unwrap(), page)
}

/// The file that shows `options`.
fn file_of<'a>(report: &'a Value, options: &str) -> &'a str {
    let pictures = report["pictures"].as_array().unwrap();
    let found = pictures.iter().find(|picture| picture["options"] == options);
    found.unwrap_or_else(|| panic!("no picture of {options}"))["file"].as_str().unwrap()
}

#[test]
fn every_option_is_shown_with_its_text_and_its_picture() {
    let dir = folder("gallery_options");
    fs::copy(ROCKET, dir.join("r & r.jpg")).unwrap();
    let (report, page) = gallery(&dir, "r & r.jpg", "out");
    let pictures = report["pictures"].as_array().unwrap();
    assert!(pictures.len() >= 40, "{}", pictures.len());
    assert_eq!(names(&dir.join("out")).len(), pictures.len() + 1);
    assert_eq!(page.matches("<figure>").count(), pictures.len());
    assert_eq!(page.matches("<img").count(), page.matches(" alt=\"").count());
    assert!(page.contains("r &amp; r.jpg") && !page.contains("r & r"));
    for picture in pictures {
        let file = picture["file"].as_str().unwrap();
        assert!(page.contains(&format!("<a href=\"{file}\">")), "{file}");
        assert!(page.contains(&format!("<code>{}</code>", picture["options"].as_str().unwrap())), "{file}");
        assert_eq!(picture["bytes"], fs::metadata(dir.join("out").join(file)).unwrap().len());
        assert_eq!(picture["warnings"], json!([]), "{file}");
    }
    // The image has 640x427 pixels, the one in two borders 480x347.
    for (options, size) in [
        ("width=300", (300, 200)),
        ("width=150,dpr=2", (300, 200)),
        ("width=300,height=300,fit=squeeze", (300, 300)),
        ("width=1200,height=1200,fit=scale-up", (1200, 801)),
        ("width=2000,height=2000,fit=aspect-crop", (427, 427)),
        ("rotate=90,height=300", (200, 300)),
        ("trim=20;120;60;40,width=300", (300, 217)),
        ("trim=border,width=400", (400, 277)),
        ("trim=border,trim.border.tolerance=40,width=400", (400, 267)),
        ("width=300,border=0;10;40;10,border.color=white", (320, 240)),
    ] {
        assert_eq!(size_of(&dir.join("out").join(file_of(&report, options))), size, "{options}");
    }
    let described = fs::read(dir.join("out").join(file_of(&report, "width=300,format=json"))).unwrap();
    let described: Value = serde_json::from_slice(&described).unwrap();
    assert_eq!((&described["width"], &described["original"]["width"]), (&json!(300), &json!(640)));
    assert!(file_of(&report, "width=300,format=auto").ends_with(".webp"));
}

#[test]
fn the_page_of_options_is_made_from_images_of_any_shape() {
    let dir = folder("gallery_options_shapes");
    for (width, height) in [(1, 1), (3, 200), (1100, 300)] {
        let name = format!("{width}x{height}.png");
        let color = image::Rgba([9, 99, 199, 120]);
        image::RgbaImage::from_pixel(width, height, color).save(dir.join(&name)).unwrap();
        let (report, page) = gallery(&dir, &name, "out");
        let trimmed = report["pictures"].as_array().unwrap().iter().find(|picture| {
            picture["options"].as_str().is_some_and(|options| options.starts_with("trim=20"))
        });
        let ignored =
            trimmed.unwrap()["warnings"] == json!(["trim ignored: nothing would be left of the picture"]);
        assert_eq!(ignored, width < 161 || height < 81, "{name}");
        assert_eq!(page.contains("<em>Warning: trim ignored"), ignored, "{name}");
    }
}

#[test]
fn an_error_ends_the_run_before_a_file_is_written() {
    let dir = folder("gallery_options_error");
    let small = cretula(["gallery", "--options", "--max-memory", "1000", "--json", ROCKET, "-o", "out"])
        .current_dir(&dir)
        .output()
        .unwrap();
    assert_exit(&small, 5);
    assert_eq!(error_of(&small)["kind"], "limit-exceeded");
    let sized = run(&dir, &format!("gallery --options --width 9 --height 9 {ROCKET} -o out"));
    assert_exit(&sized, 2);
    assert_eq!(names(&dir), [""; 0]);
}

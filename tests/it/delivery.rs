//! Delivery URLs: the cases of `tests/cases/delivery.toml`, and the round trip from building to
//! parsing.

use cretula::records::{DeliveryUrl, ImageId, Rendition, RuleSet, VariantId};
use cretula::{Color, ErrorKind, Fit, FormatChoice, Gravity, VariantOptions};
use proptest::prelude::*;

#[cfg(feature = "serde")]
#[test]
fn cases() {
    #[derive(serde::Deserialize)]
    struct Cases {
        parse: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        #[serde(default)]
        hosted: bool,
        url: String,
        expect: Option<String>,
        host: Option<String>,
        #[serde(default)]
        custom: bool,
        account: Option<String>,
        image: Option<String>,
        variant: Option<String>,
        options: Option<String>,
        #[serde(default)]
        http: bool,
        error_contains: Option<String>,
    }
    let cases: Cases = toml::from_str(include_str!("../cases/delivery.toml")).unwrap();
    assert!(cases.parse.len() >= 35);
    for case in cases.parse {
        let rules = if case.hosted { RuleSet::Hosted } else { RuleSet::Reference };
        match DeliveryUrl::parse(&case.url, rules) {
            Ok(url) => {
                let scheme = if case.http { "http" } else { "https" };
                assert_eq!(url.scheme(), case.host.as_ref().map(|_| scheme), "{}", case.name);
                assert_eq!(url.host(), case.host.as_deref(), "{}", case.name);
                assert_eq!(url.is_on_custom_domain(), case.custom, "{}", case.name);
                assert_eq!(Some(url.account_hash()), case.account.as_deref(), "{}", case.name);
                assert_eq!(Some(url.image_id().as_str()), case.image.as_deref(), "{}", case.name);
                assert_eq!(url.variant_id().map(VariantId::as_str), case.variant.as_deref(), "{}", case.name);
                let wanted = case.variant.or(case.options);
                assert_eq!(Some(url.rendition().to_string()), wanted, "{}", case.name);
                assert_eq!(url.to_string(), case.expect.unwrap_or(case.url), "{}", case.name);
            }
            Err(error) => {
                let error_contains = case.error_contains.unwrap_or_else(|| panic!("{}: {error}", case.name));
                assert!(error.to_string().contains(&error_contains), "{}: {error}", case.name);
                assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{}", case.name);
            }
        }
    }
}

#[test]
fn an_origin_has_a_scheme_and_a_host_and_nothing_else() {
    let path =
        || DeliveryUrl::new("h", "cat".parse().unwrap(), VariantId::new("hero", RuleSet::Hosted).unwrap());
    let made = path().unwrap().at_origin("HTTPS://[::1]:8443").unwrap();
    assert_eq!(made.to_string(), "https://[::1]:8443/h/cat/hero");
    assert_eq!(made.at_origin("http://h").unwrap().to_string(), "http://h/h/cat/hero");
    for (origin, says) in [
        ("", "an origin must be https:// or http:// and a host"),
        ("h.example", "an origin must be"),
        ("ftp://h", "its scheme is neither https nor http"),
        ("https://", "a host must be"),
        ("https://h/", "a host must be"),
        ("http://u@h", "a host must be"),
    ] {
        let error = path().unwrap().at_origin(origin).unwrap_err();
        assert!(error.to_string().contains(says), "{origin}: {error}");
    }
}

#[test]
fn options_that_no_text_can_say_are_refused() {
    let made = |options: VariantOptions| DeliveryUrl::with_rendition("h", "cat".parse().unwrap(), options);
    let all = VariantOptions::new(Fit::Cover, 4, 5).gravity(Gravity::Auto).quality(7);
    let all = all.background(Color::WHITE).format(FormatChoice::Auto);
    let url = made(all).unwrap();
    assert_eq!(DeliveryUrl::parse(url.to_string(), RuleSet::Hosted).unwrap(), url);
    assert_eq!(*url.rendition(), Rendition::Options(all));
    assert_eq!(url.variant_id(), None);
    let error = made(all.quality(0)).unwrap_err();
    assert!(error.to_string().contains("quality must be a whole number from 1 to 100"), "{error}");
    assert_eq!(Rendition::parse("w=3", RuleSet::Hosted).unwrap().to_string(), "width=3");
    assert!(Rendition::parse("a-b", RuleSet::Hosted).is_err());
}

#[test]
fn messages_shorten_and_escape_the_url() {
    let long = [b"/h/\xff".as_slice(), &b"x".repeat(100_000)].concat();
    let error = DeliveryUrl::parse(long, RuleSet::Hosted).unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");
}

proptest! {
    #[test]
    fn parsing_reverses_building(
        account in "[A-Za-z0-9_-]{1,64}",
        image in "\\PC{1,40}",
        variant in "[^\\pC/,=?#%]{1,99}|[A-Za-z0-9]{1,99}",
        host in proptest::option::of("[A-Za-z0-9.:_-]{1,40}"),
        plain: bool,
        custom: bool,
        hosted: bool,
    ) {
        let rules = if hosted { RuleSet::Hosted } else { RuleSet::Reference };
        let (Ok(image), Ok(variant)) = (ImageId::new(image, rules), VariantId::new(variant, rules)) else {
            return Ok(());
        };
        let Ok(mut url) = DeliveryUrl::new(account, image, variant) else { return Ok(()) };
        if let Some(host) = host {
            let origin = format!("{}://{host}", if plain { "http" } else { "https" });
            url = if plain { url.at_origin(origin).unwrap() } else { url.at_host(host).unwrap() };
        }
        if custom {
            url = url.on_custom_domain();
        }
        let built = url.to_string();
        prop_assert!(built.is_ascii());
        prop_assert_eq!(DeliveryUrl::parse(&built, rules).unwrap(), url.clone());
        prop_assert_eq!(DeliveryUrl::parse(&built, rules).unwrap(), url.clone());
        prop_assert_eq!(DeliveryUrl::parse(built + "?exp=1&sig=x/y", rules).unwrap(), url);
    }

    #[test]
    fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60), hosted: bool) {
        let rules = if hosted { RuleSet::Hosted } else { RuleSet::Reference };
        let _ = DeliveryUrl::parse(&bytes, rules);
        let path = [b"/h/".as_slice(), &bytes, b"/v"].concat();
        if let Ok(url) = DeliveryUrl::parse(path, rules) {
            prop_assert_eq!(DeliveryUrl::parse(url.to_string(), rules).unwrap(), url);
        }
        let path = [b"/h/i/w=9,".as_slice(), &bytes].concat();
        if let Ok(url) = DeliveryUrl::parse(path, rules) {
            prop_assert_eq!(DeliveryUrl::parse(url.to_string(), rules).unwrap(), url);
        }
    }
}

//! The cases of the core's `tests/cases`, through the C ABI: `tests/c/cases.c` makes each call, and the answer is what the
//! core's own tests demand.
//!
//! What C cannot say, and is left out: an expiry at second 0, which C gives as "never" (one case of `sign.toml`); the
//! refusal of a result of the wrong type in a response, since C's takes any result (one case of `records.toml`). A
//! signature of `exp=0` and one without `exp` both answer 0.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::programs::{Link, answers, command, compile};

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases").join(name);
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> String {
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

/// Makes all calls by one program; each answer beside its case.
fn ask<T>(calls: Vec<(T, String)>) -> Vec<(T, Answer)> {
    static PROGRAM: std::sync::LazyLock<std::path::PathBuf> =
        std::sync::LazyLock::new(|| compile("cases", Link::Shared));
    let input: String = calls.iter().map(|(_, call)| format!("{call}\n")).collect();
    let output = answers(command(&PROGRAM), &input);
    assert_eq!(output.lines().count(), calls.len(), "one answer a call");
    let answers = output.lines().map(|line| Answer(line.split('\t').map(str::to_owned).collect()));
    calls.into_iter().map(|(case, _)| case).zip(answers).collect()
}

/// The fields of one line: a status, and the outputs or the message, the HTTP status and the code.
struct Answer(Vec<String>);

impl Answer {
    fn is_ok(&self) -> bool {
        self.0[0] == "ok"
    }

    fn text(&self, index: usize) -> String {
        unhex(&self.0[index])
    }

    /// A text that may be NULL.
    fn text_or_null(&self, index: usize) -> Option<String> {
        (self.0[index] != "-").then(|| self.text(index))
    }

    fn number(&self, index: usize) -> u64 {
        self.0[index].parse().unwrap()
    }

    /// Asks for what a case expects: success, or a refusal that contains `says`. Answers which.
    #[track_caller]
    fn judge(&self, name: &str, says: Option<&str>) -> bool {
        match says {
            None => assert!(self.is_ok(), "{name}: {} {:?}", self.0[0], self.0.get(1).map(|t| unhex(t))),
            Some(says) => {
                assert!(!self.is_ok(), "{name}: accepted, expected {says:?}");
                assert!(self.text(1).contains(says), "{name}: {}", self.text(1));
                assert!(
                    ["invalid-value", "invalid-argument"].contains(&&*self.0[0]),
                    "{name}: {}",
                    self.0[0]
                );
                assert_eq!(self.number(2), 400, "{name}");
                assert!((5400..5600).contains(&self.number(3)), "{name}: {}", self.number(3));
            }
        }
        says.is_none()
    }
}

/// Both profiles' numbers, or that of the one named.
fn profiles(name: Option<&str>) -> Vec<u32> {
    match name {
        None => vec![0, 1],
        Some("reference") => vec![0],
        Some("hosted") => vec![1],
        Some(other) => panic!("unknown profile {other}"),
    }
}

const FITS: [&str; 5] = ["scale-down", "contain", "cover", "crop", "pad"];
const POLICIES: [&str; 3] = ["none", "copyright", "keep"];

#[test]
fn fit() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        source: String,
        #[serde(rename = "box")]
        bounds: String,
        #[serde(flatten)]
        by_fit: BTreeMap<String, Expected>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        size: String,
        crop: Option<String>,
        offset: Option<String>,
    }
    let cases: Cases = read("fit.toml");
    let mut calls = Vec::new();
    for case in &cases.case {
        assert_eq!(case.by_fit.len(), FITS.len(), "{}", case.name);
        for (index, fit) in FITS.iter().enumerate() {
            let sides = format!("{}x{}", case.bounds, case.source).replace('x', "\t");
            calls.push(((case, *fit), format!("place\t{index}\t{sides}")));
        }
    }
    for ((case, fit), answer) in ask(calls) {
        let (name, expected) = (format!("{} {fit}", case.name), &case.by_fit[fit]);
        assert!(answer.judge(&name, None));
        let size = format!("{}x{}", answer.number(5), answer.number(6));
        assert_eq!(size, expected.size, "{name}");
        let [x, y, width, height] = [1, 2, 3, 4].map(|index: usize| answer.0[index].parse::<f64>().unwrap());
        let whole = format!("{}+0+0", case.source);
        let crop = format!("{width}x{height}+{x}+{y}");
        assert_eq!(&crop, expected.crop.as_ref().unwrap_or(&whole), "{name}");
        let offset = format!("+{}+{}", answer.number(7), answer.number(8));
        assert_eq!(offset, expected.offset.as_deref().unwrap_or("+0+0"), "{name}");
    }
}

#[test]
fn variant() {
    #[derive(Deserialize)]
    struct Cases {
        options: Vec<Case>,
        variant: Vec<Case>,
        update: Vec<Update>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Update {
        name: String,
        variant: String,
        update: String,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        json: String,
        parses_to: Option<Options>,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Options {
        fit: String,
        width: u64,
        height: u64,
        metadata: String,
    }
    let cases: Cases = read("variant.toml");
    let calls = cases.options.iter().map(|case| (case, format!("options\t{}", hex(&case.json))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            let named = |names: &[&str], index: usize| {
                names[usize::try_from(answer.number(index)).unwrap()].to_owned()
            };
            let (width, height) = (answer.number(2), answer.number(3));
            let got = Options { fit: named(&FITS, 1), width, height, metadata: named(&POLICIES, 4) };
            assert_eq!(Some(&got), case.parses_to.as_ref(), "{}", case.name);
        }
    }
    let calls = cases.variant.iter().map(|case| (case, format!("record\t4\t0\t{}", hex(&case.json))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            assert_eq!(Some(answer.text(1)), case.expect, "{}", case.name);
        }
    }
    let calls = cases.update.iter();
    let calls = calls.map(|case| (case, format!("patch\t{}\t{}", hex(&case.variant), hex(&case.update))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            let expect = case.expect.as_ref().unwrap();
            assert_eq!(answer.text(1), format!("{{\"variants\":{{\"hero\":{expect}}}}}"), "{}", case.name);
        }
    }
}

#[derive(Deserialize)]
struct Signing {
    keys: BTreeMap<String, String>,
    sign: Vec<SignCase>,
    verify: Vec<VerifyCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignCase {
    name: String,
    url: String,
    key: Option<String>,
    expires_at: Option<String>,
    encoding: Option<String>,
    expect: Option<String>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyCase {
    name: String,
    url: String,
    now: String,
    keys: Option<Vec<String>>,
    key: Option<String>,
    expires: Option<String>,
    error_kind: Option<String>,
}

/// The fields of a ring of the keys of these names.
fn ring<'a>(cases: &Signing, names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("\t{}\t{}", hex(name), hex(&cases.keys[name]))).collect()
}

#[test]
fn sign() {
    let cases: Signing = read("sign.toml");
    let keys = ring(&cases, cases.keys.keys());
    let can = cases.sign.iter().filter(|case| case.expires_at.as_deref() != Some("0"));
    let calls: Vec<_> = can
        .map(|case| {
            let (key, url) = (hex(case.key.as_deref().unwrap_or("one")), hex(&case.url));
            let expires = case.expires_at.as_deref().unwrap_or("0");
            let encoding = match case.encoding.as_deref() {
                None | Some("hex") => 0,
                Some("base64url") => 1,
                Some(other) => panic!("unknown encoding {other}"),
            };
            (case, format!("sign\t{key}\t{url}\t{expires}\t{encoding}{keys}"))
        })
        .collect();
    assert_eq!(calls.len() + 1, cases.sign.len());
    for (case, answer) in ask(calls) {
        let name = &case.name;
        if answer.is_ok() {
            assert_eq!(Some(answer.text(1)), case.expect, "{name}");
            assert_eq!(answer.text(2), case.key.as_deref().unwrap_or("one"), "{name}");
        } else {
            let says = case.error_contains.as_ref().unwrap_or_else(|| panic!("{name}: {}", answer.text(1)));
            assert!(answer.text(1).contains(says), "{name}: {}", answer.text(1));
            let wanted = if answer.0[0] == "not-found" { 404 } else { 400 };
            assert_eq!(answer.number(2), wanted, "{name}: {}", answer.0[0]);
        }
    }
}

#[test]
fn verify() {
    let cases: Signing = read("sign.toml");
    let calls = cases.verify.iter().map(|case| {
        let keys = case.keys.as_ref();
        let keys = keys.map_or_else(|| ring(&cases, cases.keys.keys()), |names| ring(&cases, names.iter()));
        (case, format!("verify\t{}\t{}{keys}", hex(&case.url), case.now))
    });
    for (case, answer) in ask(calls.collect()) {
        let name = &case.name;
        if answer.is_ok() {
            assert_eq!(Some(answer.text(1)), case.key, "{name}");
            assert_eq!(answer.0[2], case.expires.as_deref().unwrap_or("0"), "{name}");
        } else {
            assert_eq!(Some(&answer.0[0]), case.error_kind.as_ref(), "{name}: {}", answer.text(1));
            assert_eq!((answer.number(2), answer.number(3)), (403, 9425), "{name}");
        }
    }
}

#[test]
fn delivery() {
    #[derive(Deserialize)]
    struct Cases {
        parse: Vec<Case>,
    }
    #[derive(Deserialize)]
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
    let cases: Cases = read("delivery.toml");
    let calls = cases
        .parse
        .iter()
        .map(|case| (case, format!("delivery\t{}\t{}", hex(&case.url), u32::from(case.hosted))));
    for (case, answer) in ask(calls.collect()) {
        let name = &case.name;
        if answer.judge(name, case.error_contains.as_deref()) {
            assert_eq!(answer.text_or_null(1), case.host, "{name}");
            assert_eq!(answer.number(2), u64::from(case.custom), "{name}");
            assert_eq!(answer.text_or_null(3), case.account, "{name}");
            assert_eq!(answer.text_or_null(4), case.image, "{name}");
            assert_eq!(answer.text_or_null(5), case.variant, "{name}");
            assert_eq!(&answer.text(6), case.expect.as_ref().unwrap_or(&case.url), "{name}");
            let scheme = if case.http { "http" } else { "https" };
            assert_eq!(answer.text_or_null(7).as_deref(), case.host.as_ref().map(|_| scheme), "{name}");
            assert_eq!(answer.text_or_null(8), case.options, "{name}");
        }
    }
}

#[test]
fn identifiers() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        field: String,
        rules: Option<String>,
        value: Option<String>,
        chars: Option<Vec<String>>,
        count: Option<usize>,
        error_contains: Option<String>,
    }
    let cases: Cases = read("identifiers.toml");
    let mut calls = Vec::new();
    for case in &cases.case {
        let field = ["image-id", "", "variant-id", "key-name", "creator", "filename"];
        let field = 1 + field.iter().position(|name| *name == case.field).unwrap();
        let values = case.chars.iter().flatten().map(|char| char.repeat(case.count.unwrap()));
        for value in values.chain(case.value.clone()) {
            for profile in profiles(case.rules.as_deref()) {
                calls.push((case, format!("validate\t{field}\t{profile}\t{}", hex(&value))));
            }
        }
    }
    assert!(calls.len() > cases.case.len());
    for (case, answer) in ask(calls) {
        answer.judge(&format!("{} {:?}", case.field, case.value), case.error_contains.as_deref());
    }
}

#[test]
fn meta() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        json: String,
        char: Option<String>,
        count: Option<usize>,
        expect: Option<String>,
        bytes: Option<usize>,
        error_contains: Option<String>,
    }
    let cases: Cases = read("meta.toml");
    let json = |case: &Case| match (&case.char, case.count) {
        (Some(char), Some(count)) => case.json.replace('@', &char.repeat(count)),
        _ => case.json.clone(),
    };
    let calls = cases.case.iter().map(|case| (case, format!("record\t8\t0\t{}", hex(&json(case)))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            assert_eq!(answer.text(1), *case.expect.as_ref().unwrap_or(&json(case)), "{}", case.name);
            assert!(case.bytes.is_none_or(|bytes| bytes == answer.text(1).len()), "{}", case.name);
        }
    }
    let calls = cases.case.iter().map(|case| (case, format!("validate\t7\t1\t{}", hex(&json(case)))));
    for (case, answer) in ask(calls.collect()) {
        answer.judge(&case.name, case.error_contains.as_deref());
    }
}

#[test]
fn records() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
        update: Vec<Update>,
        time: Vec<Time>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        model: String,
        rules: Option<String>,
        json: String,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Update {
        name: String,
        rules: String,
        image: String,
        update: String,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Time {
        text: String,
        millis: Option<i64>,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    let cases: Cases = read("records.toml");
    let models = [
        "image",
        "image-list",
        "image-update",
        "",
        "variant",
        "variants",
        "stat",
        "",
        "response",
        "image-page",
        "direct-upload-request",
        "direct-upload",
    ];
    let can = cases.case.iter().filter(|case| case.name != "a result that is refused");
    let calls: Vec<_> = can
        .map(|case| {
            let record = 1 + models.iter().position(|model| *model == case.model).unwrap();
            let profile = profiles(Some(case.rules.as_deref().unwrap_or("reference")))[0];
            (case, format!("record\t{record}\t{profile}\t{}", hex(&case.json)))
        })
        .collect();
    assert_eq!(calls.len() + 1, cases.case.len());
    for (case, answer) in ask(calls) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            assert_eq!(answer.text(1), *case.expect.as_ref().unwrap_or(&case.json), "{}", case.name);
        }
    }
    let calls = cases.update.iter().map(|case| {
        let profile = profiles(Some(&case.rules))[0];
        (case, format!("update\t{}\t{}\t{profile}", hex(&case.image), hex(&case.update)))
    });
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            assert_eq!(Some(answer.text(1)), case.expect, "{}", case.name);
        }
    }
    let calls = cases.time.iter().map(|case| (case, format!("time\t{}", hex(&case.text))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.text, case.error_contains.as_deref()) {
            assert_eq!(Some(answer.0[1].parse().unwrap()), case.millis, "{}", case.text);
            assert_eq!(Some(answer.text(2)), case.expect, "{}", case.text);
        }
    }
}

#[test]
fn queries() {
    #[derive(Deserialize)]
    struct Cases {
        query: Vec<Query>,
        r#match: Vec<Match>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Query {
        name: String,
        query: String,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Match {
        name: String,
        query: String,
        image: String,
        matches: bool,
    }
    let cases: Cases = read("queries.toml");
    let calls = cases.query.iter().map(|case| (case, format!("query\t{}", hex(&case.query))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            assert_eq!(Some(answer.text(1)), case.expect, "{}", case.name);
        }
    }
    let calls = cases.r#match.iter();
    let calls = calls.map(|case| (case, format!("match\t{}\t{}", hex(&case.query), hex(&case.image))));
    for (case, answer) in ask(calls.collect()) {
        assert!(answer.judge(&case.name, None));
        assert_eq!(answer.number(1), u64::from(case.matches), "{}", case.name);
    }
}

#[test]
fn forms() {
    #[derive(Deserialize)]
    struct Cases {
        form: Vec<Form>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        name: String,
        fields: Vec<[String; 2]>,
        expect: Option<String>,
        error_contains: Option<String>,
    }
    let cases: Cases = read("forms.toml");
    let json = |form: &Form| serde_json::to_string(&form.fields).unwrap();
    let calls = cases.form.iter().map(|case| (case, format!("form\t{}", hex(&json(case)))));
    for (case, answer) in ask(calls.collect()) {
        if answer.judge(&case.name, case.error_contains.as_deref()) {
            assert_eq!(answer.text(1), case.expect.as_deref().unwrap_or_default(), "{}", case.name);
        }
    }
}

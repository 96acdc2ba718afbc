//! The JUnit report and the Code Quality report, held against what Jenkins and GitLab accept.
//!
//! The rules of the first are those of `junit-10.xsd`, by which Jenkins's xUnit plugin refuses a report: which elements may
//! be in which, which attributes they must and may have.

use std::collections::BTreeMap;
use std::fs;

use gkfs_bench::Exit;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use crate::bed::Bed;
use crate::cases::stack::can_mount;

/// An element: its name, what may be in it, the attributes that it must have, and those that it may.
type Rule = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const RERUN: &[&str] = &["stackTrace", "system-out", "system-err"];

const RULES: [Rule; 16] = [
    ("", &["testsuites"], &[], &[]),
    (
        "testsuites",
        &["testsuite"],
        &[],
        &["name", "time", "tests", "failures", "errors"],
    ),
    (
        "testsuite",
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
        &["name", "tests", "failures", "errors"],
        &[
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        ],
    ),
    (
        "testcase",
        &[
            "skipped",
            "error",
            "failure",
            "rerunFailure",
            "rerunError",
            "flakyFailure",
            "flakyError",
            "system-out",
            "system-err",
        ],
        &["name"],
        &["time", "classname", "group"],
    ),
    ("properties", &["property"], &[], &[]),
    ("property", &[], &["name", "value"], &[]),
    ("skipped", &[], &[], &["type", "message"]),
    ("error", &[], &[], &["type", "message"]),
    ("failure", &[], &[], &["type", "message"]),
    ("rerunFailure", RERUN, &["type"], &["message"]),
    ("rerunError", RERUN, &["type"], &["message"]),
    ("flakyFailure", RERUN, &["type"], &["message"]),
    ("flakyError", RERUN, &["type"], &["message"]),
    ("stackTrace", &[], &[], &[]),
    ("system-out", &[], &[], &[]),
    ("system-err", &[], &[], &[]),
];

fn rule(name: &str) -> &'static Rule {
    let found = RULES.iter().find(|rule| rule.0 == name);
    found.unwrap_or_else(|| panic!("no such element: {name}"))
}

/// Holds one element against the rules.
fn check(element: &BytesStart<'_>, parent: &str) -> String {
    let name = String::from_utf8_lossy(element.name().as_ref()).into_owned();
    assert!(rule(parent).1.contains(&name.as_str()), "<{name}> in <{parent}>");
    let (_, _, must, may) = rule(&name);
    let attributes: Vec<(String, String)> = element
        .attributes()
        .map(|attribute| {
            let attribute = attribute.expect("an attribute");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(attribute.key.as_ref()), text(&attribute.value))
        })
        .collect();
    for (attribute, value) in &attributes {
        let known = must.iter().chain(*may).any(|known| known == attribute);
        assert!(known, "attribute {attribute} of <{name}>");
        if attribute == "time" && name != "testcase" {
            assert!(
                value.chars().all(|c| c.is_ascii_digit() || c == '.'),
                "time={value}"
            );
        }
    }
    for attribute in *must {
        assert!(
            attributes.iter().any(|(known, _)| known == attribute),
            "<{name}> without {attribute}"
        );
    }
    name
}

/// The elements whose children come in an order, each at most once.
const IN_ORDER: [&str; 4] = ["rerunFailure", "rerunError", "flakyFailure", "flakyError"];

/// An element that is open, with the names of its children so far.
type Open = (String, Vec<String>);

fn enter(open: &mut [Open], element: &BytesStart<'_>, counts: &mut BTreeMap<String, usize>) -> String {
    let mut none = Open::default();
    let (parent, before) = open.last_mut().unwrap_or(&mut none);
    let name = check(element, parent);
    if IN_ORDER.contains(&parent.as_str()) {
        let place = |name: &String| RERUN.iter().position(|known| known == name);
        let last = before.last().and_then(place);
        assert!(last < place(&name), "<{name}> behind {before:?} in <{parent}>");
    }
    before.push(name.clone());
    *counts.entry(name.clone()).or_default() += 1;
    name
}

/// No other character may be in a document at all, not even as a reference: no reader takes it.
fn is_of_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Goes through a report; returns how many elements there are of each name.
fn validate(text: &str) -> BTreeMap<String, usize> {
    let wrong = text.chars().find(|character| !is_of_xml(*character));
    assert_eq!(wrong, None, "no XML has this character");
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut counts = BTreeMap::new();
    loop {
        let event = reader.read_event().expect("well-formed XML");
        let parent = open.last().map_or("", |(name, _)| name);
        let takes_text = ![
            "",
            "testsuites",
            "testsuite",
            "testcase",
            "properties",
            "property",
        ]
        .contains(&parent);
        match event {
            Event::Start(element) => {
                let name = enter(&mut open, &element, &mut counts);
                open.push((name, Vec::new()));
            }
            Event::Empty(element) => drop(enter(&mut open, &element, &mut counts)),
            Event::End(_) => drop(open.pop()),
            Event::Text(said) => {
                let is_blank = said.iter().all(u8::is_ascii_whitespace);
                assert!(is_blank || takes_text, "text in <{parent}>: {said:?}");
                assert!(!said.windows(3).any(|three| three == b"]]>"), "]]> in <{parent}>");
            }
            Event::CData(_) => assert!(takes_text, "text in <{parent}>"),
            Event::GeneralRef(reference) => {
                let one = reference.resolve_char_ref().expect("a reference");
                assert!(
                    takes_text && one.is_none_or(is_of_xml),
                    "&{reference:?}; in <{parent}>"
                );
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    counts
}

/// A run with every status that a script can have, outputs that are no XML, and both reports.
fn reports() -> (Bed, String, Value) {
    let bed = Bed::new();
    bed.script(
        "s/fails.sh",
        "printf 'out <&> \\033[31m \\001\\n'; echo ']]> \"wrong\"' >&2; exit 3",
    );
    bed.script("s/flakes.sh", "echo here; test \"$GKFS_BENCH_ATTEMPT\" = 2");
    bed.script("s/hangs.sh", "sleep 1000");
    bed.script("s/passes.sh", "echo fine");
    bed.script("s/skips.sh", "echo 'no <such> thing' >&2; exit 77");
    let outcome = bed.process(&[
        "run",
        "--stack",
        "plain",
        "--retries",
        "1",
        "--timeout",
        "2s",
        "--junit",
        "junit.xml",
        "--code-quality",
        "quality.json",
    ]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.err);
    let junit = fs::read_to_string(bed.cwd().join("junit.xml")).expect("a report");
    let quality = fs::read(bed.cwd().join("quality.json")).expect("a report");
    (bed, junit, serde_json::from_slice(&quality).expect("json"))
}

#[test]
fn jenkins_and_gitlab_take_the_reports() {
    let (_bed, junit, quality) = reports();
    let counts = validate(&junit);
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    assert_eq!(
        (
            count("testcase"),
            count("failure"),
            count("skipped"),
            count("flakyFailure")
        ),
        (5, 2, 1, 1),
        "{junit}"
    );
    assert!(count("rerunFailure") >= 1 && count("system-err") >= 1, "{junit}");

    // GitLab: an array of objects that each have these, with a fingerprint of their own.
    let issues = quality.as_array().expect("an array");
    assert_eq!(issues.len(), 3, "{quality}");
    let mut fingerprints = std::collections::BTreeSet::new();
    for issue in issues {
        for field in ["description", "check_name", "fingerprint", "severity"] {
            assert!(
                issue[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}: {issue}"
            );
        }
        let severity = issue["severity"].as_str().expect("text");
        assert!(
            ["info", "minor", "major", "critical", "blocker"].contains(&severity),
            "{severity}"
        );
        let path = issue["location"]["path"].as_str().expect("a path");
        assert!(path.starts_with("s/") && !path.starts_with("./"), "{path}");
        assert!(
            issue["location"]["lines"]["begin"]
                .as_u64()
                .is_some_and(|line| line >= 1)
        );
        assert!(fingerprints.insert(issue["fingerprint"].as_str()), "{issue}");
    }
}

/// Runs a script on a stack that such a command mounts, and counts what the report has.
fn counts_of(start: &str) -> (BTreeMap<String, usize>, String) {
    let bed = Bed::new();
    bed.script("s/passes.sh", "exit 0");
    let start = Value::from(start);
    bed.write(
        "gkfs-bench.toml",
        &format!(
            "version = 1\n[stack.mine]\nkind = \"command\"\nstart = {start}\nstop = \"umount {{mnt}}\"\n"
        ),
    );
    let words = [
        "run",
        "s",
        "--stack",
        "mine",
        "--retries",
        "1",
        "--junit",
        "junit.xml",
    ];
    let outcome = bed.process(&words);
    let junit = fs::read_to_string(bed.cwd().join("junit.xml"));
    let junit = junit.unwrap_or_else(|why| panic!("{why}: {}{}", outcome.out, outcome.err));
    (validate(&junit), junit)
}

#[test]
fn so_are_those_on_what_could_not_be_set_up() {
    let (counts, junit) = counts_of("printf 'no \\033[1m<room>\\001 ]]> here\\n' >&2; exit 3");
    assert_eq!(
        (counts.get("error"), counts.get("rerunError")),
        (Some(&1), Some(&1)),
        "{junit}"
    );
    if !can_mount() {
        return;
    }
    let (counts, junit) =
        counts_of("test -e ~/twice || { touch ~/twice; exit 3; }; exec mount --bind {root} {mnt}");
    assert_eq!(
        (counts.get("error"), counts.get("flakyError")),
        (None, Some(&1)),
        "{junit}"
    );
}

#[test]
fn the_rules_refuse_what_jenkins_refuses() {
    let refused = |text: &str| std::panic::catch_unwind(|| validate(text)).is_err();
    let suite = |inside: &str| {
        format!(
            "<testsuites><testsuite name='a' tests='1' failures='0' errors='0'>{inside}</testsuite></testsuites>"
        )
    };
    assert!(!refused(&suite("<testcase name='b' time='0.1'/>")));
    for inside in [
        "<testcase/>",
        "<testcase name='b' file='x'/>",
        "<testcase name='b'><properties/></testcase>",
        "<testcase name='b'><flakyFailure/></testcase>",
        "<testcase name='b'><flakyFailure type='x'><system-out/><stackTrace/></flakyFailure></testcase>",
        "<testcase name='b'><rerunError type='x'><system-out/><system-out/></rerunError></testcase>",
        "<testcase name='b'>text</testcase>",
        "<testcase name='b'><failure>]]></failure></testcase>",
        "<testcase name='b'><failure>&#1;</failure></testcase>",
        "<testcase name='b'><failure>\u{1}</failure></testcase>",
        "<properties><property name='a' value='b'>text</property></properties>",
        "text",
    ] {
        assert!(refused(&suite(inside)), "{inside}");
    }
}

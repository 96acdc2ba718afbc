//! What every verb says of itself. The texts lie beside this as snapshots; `INSTA_UPDATE=always` writes them anew.

use gkfs_bench::Exit;

use crate::bed::Bed;

/// The verbs that a help text lists, in its order.
fn verbs(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        // What is indented further goes on with the description of the verb before.
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    names.collect()
}

/// Compares the help of some words with what is kept, and goes on with the verbs below.
fn explain(words: &[&str]) {
    let outcome = Bed::new().run(&[words, &["--help"]].concat());
    assert_eq!(outcome.exit, Exit::Passed, "{words:?}");
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!([&["help"], words].concat().join("_"), outcome.out);
    });
    for verb in verbs(&outcome.out) {
        explain(&[words, &[&verb]].concat());
    }
}

#[test]
fn every_verb_explains_itself() {
    explain(&[]);
    let all = verbs(&Bed::new().run(&["--help"]).out);
    assert!(all.len() > 20 && all.contains(&"run".to_owned()), "{all:?}");
}

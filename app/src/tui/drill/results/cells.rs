//! What the columns of the table say of a step.

use crate::report::steps::Step;

/// Returns an operation's name, or a command's first word.
pub(in crate::tui::drill) fn operation(step: &Step) -> String {
    let first = step.fields.get("argv").and_then(|argv| argv.get(0)?.as_str());
    let program = first.map(|path| path.rsplit('/').next().unwrap_or(path).to_owned());
    step.text("op").or(program).unwrap_or_else(|| step.kind.clone())
}

/// Returns what an operation was about: its paths, else its other arguments.
pub(in crate::tui::drill) fn subject(step: &Step) -> String {
    if let Some(argv) = step.fields.get("argv").and_then(|argv| argv.as_array()) {
        let words: Vec<&str> = argv.iter().skip(1).filter_map(|word| word.as_str()).collect();
        return words.join(" ");
    }
    let Some(args) = step.fields.get("args").and_then(|args| args.as_object()) else {
        return step.text("script").unwrap_or_default().replace('\n', "; ");
    };
    let path = |(name, value): (&String, &serde_json::Value)| {
        (name.contains("path") || name.contains("name"))
            .then(|| value.as_str().map(str::to_owned))
            .flatten()
    };
    let paths: Vec<String> = args.iter().filter_map(path).collect();
    if paths.is_empty() {
        let pairs = args.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    } else {
        paths.join(" → ")
    }
}

/// Returns what an operation returned, or with what a command ended.
pub(in crate::tui::drill) fn retval(step: &Step) -> String {
    let reply = step.fields.get("reply").and_then(|reply| reply.get("retval"));
    match (reply, step.text("signal"), step.text("exit")) {
        (Some(retval), ..) => retval.to_string(),
        (None, Some(signal), _) => format!("signal {signal}"),
        (None, None, Some(exit)) => format!("exit {exit}"),
        _ if step.is_open() => "…".to_owned(),
        _ => String::new(),
    }
}

/// Returns the error number of an operation; 0 is none.
pub(in crate::tui::drill) fn errno(step: &Step) -> i32 {
    let errno = step.fields.get("errno").and_then(serde_json::Value::as_i64);
    errno.and_then(|errno| i32::try_from(errno).ok()).unwrap_or(0)
}

/// Returns a count with a mark between thousands.
pub(in crate::tui::drill) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_marked() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}

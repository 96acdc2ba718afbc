//! What else than its exit status says whether a test passed, as CTest has it.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use regex::bytes::Regex;

use crate::discover::Judge;

/// The wait status of a test that said no.
const SAID_NO: i32 = 1 << 8;

/// What is to be made of a process that ended by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    /// The exit status that it stands for.
    pub(crate) exit: ExitStatus,
    /// Why it is no failure, but does not pass.
    pub(crate) skip: Option<String>,
    /// Why it failed, where the exit status does not say.
    pub(crate) why: Option<String>,
}

impl Judge {
    /// Holds outputs and exit status of an attempt against what was agreed.
    pub(crate) fn judge(&self, exit: ExitStatus, dir: &Path) -> Judged {
        let outputs = ["stdout.log", "stderr.log"].map(|name| fs::read(dir.join(name)).unwrap_or_default());
        let skip = |why: String| Judged {
            exit: ExitStatus::from_raw(0),
            skip: Some(why),
            why: None,
        };
        if let Some(code) = self.skip_code.filter(|code| exit.code() == Some(*code)) {
            return skip(last_line(&outputs).unwrap_or_else(|| format!("exit status {code}")));
        }
        if let Some(pattern) = matching(&self.skip, &outputs) {
            return skip(format!("its output matches `{pattern}`"));
        }
        let unsaid = !self.pass.is_empty() && matching(&self.pass, &outputs).is_none();
        let said = matching(&self.fail, &outputs);
        let (good, why) = if let Some(pattern) = said {
            (false, Some(format!("its output matches `{pattern}`")))
        } else if unsaid {
            (
                false,
                Some(format!("its output matches none of `{}`", self.pass.join("`, `"))),
            )
        } else {
            (!self.pass.is_empty() || exit.success(), None)
        };
        match (good, self.will_fail) {
            (true, false) | (false, true) => Judged {
                exit: ExitStatus::from_raw(0),
                skip: None,
                why: None,
            },
            (true, true) => Judged {
                exit: ExitStatus::from_raw(SAID_NO),
                skip: None,
                why: Some("it passed, but is to fail".to_owned()),
            },
            (false, false) => Judged {
                exit: if exit.success() {
                    ExitStatus::from_raw(SAID_NO)
                } else {
                    exit
                },
                skip: None,
                why,
            },
        }
    }
}

/// The first pattern that one of the outputs matches. One that is none matches where it stands word for word.
fn matching<'a>(patterns: &'a [String], outputs: &[Vec<u8>]) -> Option<&'a String> {
    patterns.iter().find(|pattern| {
        let regex = Regex::new(pattern).or_else(|_| Regex::new(&regex::escape(pattern)));
        regex.is_ok_and(|regex| outputs.iter().any(|output| regex.is_match(output)))
    })
}

fn last_line(outputs: &[Vec<u8>]) -> Option<String> {
    let texts = outputs
        .iter()
        .rev()
        .map(|output| String::from_utf8_lossy(output).into_owned());
    texts
        .filter_map(|text| {
            text.lines()
                .map(str::trim)
                .rfind(|line| !line.is_empty())
                .map(str::to_owned)
        })
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(judge: &Judge, code: i32, out: &str) -> (bool, Option<String>, Option<String>) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("stdout.log"), out).unwrap();
        let judged = judge.judge(ExitStatus::from_raw(code << 8), dir.path());
        (judged.exit.success(), judged.skip, judged.why)
    }

    #[test]
    fn patterns_outrank_the_exit_status_and_will_fail_turns_it_all_around() {
        let pass = Judge {
            pass: vec!["us[e]d".into()],
            ..Judge::default()
        };
        assert_eq!(verdict(&pass, 3, "is used\n"), (true, None, None));
        let why = Some("its output matches none of `us[e]d`".to_owned());
        assert_eq!(verdict(&pass, 0, "no\n"), (false, None, why));
        let fail = Judge {
            fail: vec!["(".into()],
            ..Judge::default()
        };
        assert!(!verdict(&fail, 0, "a (\n").0 && verdict(&fail, 0, "a\n").0);
        let turned = Judge {
            will_fail: true,
            ..Judge::default()
        };
        assert!(verdict(&turned, 1, "").0 && !verdict(&turned, 0, "").0);
        let skip = Judge {
            skip_code: Some(77),
            ..turned
        };
        assert_eq!(
            verdict(&skip, 77, "not here\n"),
            (true, Some("not here".into()), None)
        );
    }
}

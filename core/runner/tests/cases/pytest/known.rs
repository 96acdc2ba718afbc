//! What pytest collected counts for as long as nothing has changed that it read, and no longer.

use std::fs;
use std::path::PathBuf;

use gkfs_runner::event::Level;
use gkfs_runner::{EventKind, Lookup, Selection};

use super::lookup;
use crate::bed::{Bed, RUNNER, end};
use crate::found::{Verdicts, discover, ids, program, write};
use crate::python::python;

/// A suite whose Python notes each time that it is started.
struct Suite {
    bed: Bed,
    python: PathBuf,
}

impl Suite {
    fn new() -> Option<Self> {
        let python = python()?;
        let bed = Bed::new();
        let count = bed.path("bin/count");
        let code = format!(
            "echo >> '{}'\nexec '{}' \"$@\"",
            count.display(),
            python.display()
        );
        let python = program(&bed, "bin/python", &code);
        write(&bed, "t/test_a.py", "def test_one(): pass\n");
        Some(Self { bed, python })
    }

    fn lookup(&self) -> Lookup {
        Lookup {
            recalls: true,
            ..lookup(&self.bed, &self.python)
        }
    }

    /// The names of what is found, and how often Python was started for that.
    async fn find(&self, lookup: &Lookup) -> (Vec<String>, usize) {
        let count = self.bed.path("bin/count");
        let _ = fs::remove_file(&count);
        let found = discover(lookup).await;
        let names = ids(&found);
        let names = names.iter().map(|id| id.rsplit("::").next().unwrap().to_owned());
        (
            names.collect(),
            fs::read_to_string(&count).unwrap_or_default().len(),
        )
    }

    /// Expects that it is collected anew, with this result, and known the next time.
    async fn changes(&self, what: &str, names: &[&str]) {
        let lookup = self.lookup();
        assert_eq!(
            self.find(&lookup).await,
            (names.iter().map(|name| (*name).to_owned()).collect(), 1),
            "{what}"
        );
        assert_eq!(self.find(&lookup).await.1, 0, "{what}: known now");
    }
}

#[tokio::test]
async fn it_is_collected_anew_when_something_changed_that_was_read_or_would_be() {
    let Some(suite) = Suite::new() else { return };
    let bed = &suite.bed;
    suite.changes("nothing is known", &["test_one"]).await;
    let mut anew = suite.lookup();
    anew.recalls = false;
    assert_eq!(
        suite.find(&anew).await.1,
        1,
        "whoever does not want to recall does not"
    );
    write(bed, "t/test_a.py", "def test_one(): pass\ndef test_two(): pass\n");
    suite.changes("a file of tests", &["test_one", "test_two"]).await;
    write(bed, "t/deep/test_b.py", "def test_b(): pass\n");
    suite
        .changes("a directory", &["test_b", "test_one", "test_two"])
        .await;
    fs::remove_file(bed.path("t/test_a.py")).unwrap();
    suite.changes("a file that is gone", &["test_b"]).await;
    let conftest = "import helper, pathlib\nCASES = (pathlib.Path(__file__).parent / 'cases.txt').read_text().split()\n\
                    def pytest_generate_tests(metafunc):\n    metafunc.fixturenames.append('case')\n    \
                    metafunc.parametrize('case', CASES + helper.MORE)\n";
    write(bed, "t/cases.txt", "x");
    write(bed, "t/helper.py", "MORE = []\n");
    write(bed, "t/conftest.py", conftest);
    suite.changes("a conftest", &["test_b[x]"]).await;
    write(bed, "t/cases.txt", "x y");
    suite
        .changes("a file that the conftest reads", &["test_b[x]", "test_b[y]"])
        .await;
    write(bed, "t/helper.py", "MORE = ['z']\n");
    suite
        .changes(
            "a module that it imports",
            &["test_b[x]", "test_b[y]", "test_b[z]"],
        )
        .await;
    write(bed, "pytest.ini", "[pytest]\npython_functions = check_* test_b\n");
    suite
        .changes("a configuration above", &["test_b[x]", "test_b[y]", "test_b[z]"])
        .await;
    let mut other = suite.lookup();
    other.environment.insert("WANTED".into(), "1".into());
    assert_eq!(suite.find(&other).await.1, 1, "the environment");
    other.python.options.push(("--bin-dir".into(), vec!["/b".into()]));
    assert_eq!(suite.find(&other).await.1, 1, "an option");
}

#[tokio::test]
async fn what_no_file_answers_for_is_not_kept() {
    let Some(suite) = Suite::new() else { return };
    for (what, code) in [
        ("a process", "import subprocess; subprocess.run(['true'])\n"),
        ("the kernel", "open('/proc/self/stat').read()\n"),
        ("a file that is broken", "import nothing_of_that_name\n"),
    ] {
        write(&suite.bed, "t/test_b.py", code);
        for _ in 0..2 {
            assert_eq!(suite.find(&suite.lookup()).await.1, 1, "{what}");
        }
    }
}

#[tokio::test]
async fn a_worker_that_finds_more_says_so_and_what_was_known_is_forgotten() {
    let Some(suite) = Suite::new() else { return };
    let bed = &suite.bed;
    let code = "import os\ndef test_one(): pass\n\
                if os.path.exists(os.path.join(os.path.dirname(__file__), '..', 'there')):\n    def test_two(): pass\n\
                else:\n    def test_three(): pass\n";
    write(bed, "t/test_a.py", code);
    suite.changes("it depends", &["test_one", "test_three"]).await;
    write(bed, "there", "");
    let run = async || {
        let plan = Selection::default()
            .apply(discover(&suite.lookup()).await)
            .unwrap();
        end(RUNNER.start(plan, bed.settings()).unwrap()).await
    };
    let first = run().await;
    let notices = first.events.iter().filter_map(|event| match &event.kind {
        EventKind::Notice {
            level: Level::Error,
            text,
        } => Some(text.as_str()),
        _ => None,
    });
    let notices: Vec<&str> = notices.collect();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("test_a.py::test_two"), "{notices:?}");
    assert_eq!(first.outcome.exit_code, 1);
    let verdicts = Verdicts::of(&first);
    assert_eq!(verdicts["test_one"].0, "passed");
    assert!(
        verdicts["test_three"].1.contains("no such test any more"),
        "{verdicts:?}"
    );
    let second = run().await;
    assert_eq!((second.outcome.exit_code, second.outcome.summary.passed), (0, 2));
}

//! The programs that tests call: which of them are pytest, and which are missing.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a command line asks of pytest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pytest {
    pub(super) python: PathBuf,
    /// Options, none of them a file.
    pub(super) args: Vec<String>,
    /// Files and directories, absolute.
    pub(super) paths: Vec<PathBuf>,
}

/// Whether a command line is pytest's, and what it is to do. `cwd` is where it is started.
pub(super) fn pytest(command: &[String], cwd: &Path) -> Option<Pytest> {
    let program = Path::new(command.first()?);
    let name = program.file_name()?.to_string_lossy();
    let rest = if name.starts_with("python") {
        match &command[1..] {
            [m, module, rest @ ..] if m == "-m" && module == "pytest" => rest,
            _ => return None,
        }
    } else if name == "pytest" || name == "py.test" {
        &command[1..]
    } else {
        return None;
    };
    // `bin/pytest` lies beside its interpreter.
    let python = match name.starts_with("python") {
        true => program.to_owned(),
        false => program.with_file_name("python"),
    };
    let is_path = |word: &String| {
        let file = word.split("::").next().unwrap_or(word);
        !word.starts_with('-') && cwd.join(file).exists()
    };
    let (paths, args): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(is_path);
    // Ours are other ones, and how output is caught is ours to say.
    let args = args
        .into_iter()
        .filter(|arg| !matches!(arg.as_str(), "-s" | "-v" | "-vv" | "-q" | "-x"));
    let mut paths: Vec<PathBuf> = paths.iter().map(|path| clean(&cwd.join(path))).collect();
    if paths.is_empty() {
        paths.push(cwd.to_owned());
    }
    Some(Pytest {
        python,
        args: args.collect(),
        paths,
    })
}

/// A path without a slash at its end.
fn clean(path: &Path) -> PathBuf {
    path.components().collect()
}

/// The programs of tests, by the tests' names, as the files say that CMake wrote for ctest. It is asked only where ctest
/// leaves a program out because there is none.
pub(super) fn written(build: &Path) -> HashMap<String, String> {
    let mut programs = HashMap::new();
    let mut waiting = vec![build.join("CTestTestfile.cmake")];
    let mut seen = Vec::new();
    while let Some(file) = waiting.pop() {
        if seen.contains(&file) {
            continue;
        }
        let dir = file.parent().unwrap_or(build).to_owned();
        let text = fs::read_to_string(&file).unwrap_or_default();
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("add_test(") {
                let words = words(rest);
                if let [name, program, ..] = words.as_slice() {
                    programs.insert(name.clone(), program.clone());
                }
            } else if let Some(rest) = line.strip_prefix("subdirs(") {
                let dirs = words(rest).into_iter();
                waiting.extend(dirs.map(|sub| dir.join(sub).join("CTestTestfile.cmake")));
            }
        }
        seen.push(file);
    }
    programs
}

/// The words of a CMake command up to its parenthesis: bare, in quotes, or in brackets.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with(')') {
        if let Some(inside) = rest.strip_prefix('[').and_then(|rest| {
            let signs = rest.chars().take_while(|c| *c == '=').count();
            let close = format!("]{}]", "=".repeat(signs));
            let inside = rest[signs..].strip_prefix('[')?;
            let end = inside.find(&close)?;
            Some((inside[..end].to_owned(), &inside[end + close.len()..]))
        }) {
            words.push(inside.0);
            rest = inside.1;
        } else if let Some(inside) = rest.strip_prefix('"') {
            let (word, after) = quoted(inside);
            words.push(word);
            rest = after;
        } else {
            let end = rest.find([' ', ')']).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    words
}

fn quoted(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (word, &text[at + 1..]),
            '\\' => word.extend(letters.next().map(|(_, letter)| letter)),
            letter => word.push(letter),
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn pytest_is_known_by_its_module_or_its_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("test_a.py"), "").unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        let line = command("/v/bin/python3.11 -m pytest -v -s --bin-dir=/b --tb short test_a.py sub/");
        let found = pytest(&line, dir.path()).unwrap();
        assert_eq!(found.python, Path::new("/v/bin/python3.11"));
        assert_eq!(found.args, ["--bin-dir=/b", "--tb", "short"]);
        assert_eq!(
            found.paths,
            [dir.path().join("test_a.py"), dir.path().join("sub")]
        );
        let found = pytest(&command("/v/bin/pytest -k x"), dir.path()).unwrap();
        assert_eq!(
            (found.python.as_path(), found.paths),
            (Path::new("/v/bin/python"), vec![dir.path().to_owned()])
        );
        assert_eq!(
            pytest(&command("/usr/bin/python3 run.py -m pytest"), dir.path()),
            None
        );
        assert_eq!(pytest(&command("/b/unit --pytest"), dir.path()), None);
    }

    #[test]
    fn what_cmake_wrote_is_read_in_all_its_quotes() {
        assert_eq!(words(r#"a "/b/x y" "\"q\"")"#), ["a", "/b/x y", "\"q\""]);
        assert_eq!(words(r#"[=[a test]=] "/b/p" "1")"#), ["a test", "/b/p", "1"]);
    }
}

//! Script groups: the `*.sh` of a directory.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::collect::Collect;
use super::{Group, Test, TestCommand, name_of};
use crate::event::SourceKind;
use crate::settings::GroupSettings;

/// How much of a script is read for its header, in bytes.
const HEAD: u64 = 4096;

/// Whether a directory has scripts.
pub(super) fn has_scripts(dir: &Path) -> bool {
    scripts(dir).is_ok_and(|scripts| !scripts.is_empty())
}

/// Adds the group of a directory's scripts.
pub(super) fn discover(name: &str, dir: &Path, settings: &GroupSettings, collect: &mut Collect<'_>) {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let found = scripts(&dir);
    let error = match &found {
        Err(error) => Some(format!("cannot list {}: {error}", dir.display())),
        Ok(scripts) if scripts.is_empty() => Some(format!("no *.sh in {}", dir.display())),
        Ok(_) => None,
    };
    let (path, settings) = (dir.clone(), settings.clone());
    let group = collect.group(Group {
        name: name.to_owned(),
        source: SourceKind::Script,
        path,
        settings,
        error,
        made_of: Vec::new(),
        worker: None,
    });
    for path in found.unwrap_or_default() {
        collect.test(group, test(&path, &dir));
    }
}

fn scripts(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut scripts = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = name_of(&path).starts_with('.');
        if path.extension().is_some_and(|end| end == "sh") && !hidden && !path.is_dir() {
            scripts.push(path);
        }
    }
    scripts.sort_unstable();
    Ok(scripts)
}

fn test(path: &Path, dir: &Path) -> Test {
    // A script that cannot be read is a test that fails when it is run, with its interpreter's message.
    let header = header(path).unwrap_or_default();
    Test {
        id: String::new(),
        group: 0,
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        file: Some(path.to_owned()),
        line: None,
        tags: header.tags,
        description: header.description,
        ignored: false,
        timeout: None,
        command: TestCommand {
            argv: argv(path, header.interpreter),
            cwd: dir.to_owned(),
            env: Vec::new(),
        },
        ..Test::default()
    }
}

/// A script that may be executed and names its interpreter is a program; any other is read by the interpreter it
/// names, or by `sh`.
fn argv(path: &Path, interpreter: Option<Vec<OsString>>) -> Vec<OsString> {
    let executable = fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
    match interpreter {
        Some(_) if executable => vec![path.into()],
        Some(mut interpreter) => {
            interpreter.push(path.into());
            interpreter
        }
        None => vec!["sh".into(), path.into()],
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    interpreter: Option<Vec<OsString>>,
    tags: Vec<String>,
    description: Option<String>,
}

fn header(path: &Path) -> io::Result<Header> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(parse(&String::from_utf8_lossy(&head)))
}

/// Reads the comment lines at the beginning. The first paragraph of them that is no `key: value` is the description.
fn parse(text: &str) -> Header {
    let mut lines = text.lines().peekable();
    let interpreter = lines.next_if(|line| line.starts_with("#!")).map(|line| {
        // The kernel passes everything after the program as one argument.
        let (program, argument) = line[2..].trim().split_once(' ').unwrap_or((line[2..].trim(), ""));
        let argument = Some(argument.trim()).filter(|argument| !argument.is_empty());
        std::iter::once(program)
            .chain(argument)
            .map(OsString::from)
            .collect()
    });
    let mut header = Header {
        interpreter,
        ..Header::default()
    };
    let mut words: Vec<&str> = Vec::new();
    for comment in lines.map_while(|line| line.strip_prefix('#').map(str::trim)) {
        match comment.strip_prefix("tags:") {
            Some(tags) => header.tags.extend(
                tags.split([' ', ','])
                    .filter(|t| !t.is_empty())
                    .map(str::to_owned),
            ),
            // What the host of the script asks for first.
            None if comment.starts_with("needs:") => {}
            None if comment.is_empty() && !words.is_empty() => break,
            None if comment.is_empty() => {}
            None => words.push(comment),
        }
    }
    header.description = Some(words.join(" ")).filter(|text| !text.is_empty());
    header
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_header_gives_interpreter_tags_and_description() {
        let header = parse(
            "#!/bin/bash -eu\n#\n# tags: posix, slow\n# needs: fork\n# Copies a tree\n# and compares.\n\necho # x\n",
        );
        assert_eq!(header.interpreter.unwrap(), ["/bin/bash", "-eu"]);
        assert_eq!(header.tags, ["posix", "slow"]);
        assert_eq!(header.description.as_deref(), Some("Copies a tree and compares."));
    }

    #[test]
    fn a_script_without_a_header_is_fine() {
        assert_eq!(parse("echo hi\n# tags: late\n"), Header::default());
    }

    proptest! {
        #[test]
        fn any_text_is_a_script(text in "(?s).{0,200}") {
            let _ = parse(&text);
        }
    }
}

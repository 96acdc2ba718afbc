//! A place to run the command in: a private home and directory, and nothing of the caller's environment.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use gkfs_bench::{Env, Exit, Io};

/// One test's private machine.
pub(crate) struct Bed {
    dir: tempfile::TempDir,
    env: Env,
}

/// What the command did.
pub(crate) struct Outcome {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bed {
    pub(crate) fn new() -> Bed {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let root = dir
            .path()
            .canonicalize()
            .expect("the temporary directory is there");
        let home = root.join("home");
        fs::create_dir(&home).expect("home");
        let mut vars = std::collections::BTreeMap::<OsString, OsString>::new();
        vars.insert("HOME".into(), home.into());
        // What is built or run below needs the tools of this machine, and nothing else of it.
        vars.insert("PATH".into(), std::env::var_os("PATH").unwrap_or_default());
        vars.insert("TERM".into(), "dumb".into());
        vars.insert("LANG".into(), "C.UTF-8".into());
        let exe = PathBuf::from(env!("CARGO_BIN_EXE_gkfs-bench"));
        let env = Env {
            vars,
            cwd: root.join("work"),
            exe,
            cpus: 2,
        };
        fs::create_dir(&env.cwd).expect("working directory");
        Bed { dir, env }
    }

    pub(crate) fn cwd(&self) -> &Path {
        &self.env.cwd
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: &Path) {
        self.env.vars.insert(name.into(), value.into());
    }

    /// Writes a file below the working directory.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.env.cwd.join(path);
        fs::create_dir_all(path.parent().expect("below the working directory")).expect("parents");
        fs::write(&path, text).expect("a writable file");
        path
    }

    /// Runs the command in this process, without styles.
    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        let args = std::iter::once("gkfs-bench")
            .chain(words.iter().copied())
            .map(OsString::from);
        let mut out = anstream::StripStream::new(Vec::new());
        let mut err = anstream::StripStream::new(Vec::new());
        let exit = gkfs_bench::run(
            args,
            &self.env,
            Io {
                out: &mut out,
                err: &mut err,
                columns: &|| None,
            },
        );
        let text = |bytes: Vec<u8>| self.redact(&String::from_utf8(bytes).expect("utf-8 output"));
        Outcome {
            exit,
            out: text(out.into_inner()),
            err: text(err.into_inner()),
        }
    }

    /// Where all of it lies: what `[BED]` stands for.
    pub(crate) fn root(&self) -> PathBuf {
        let root = self.dir.path().canonicalize();
        root.expect("the temporary directory is there")
    }

    /// Replaces what differs from machine to machine.
    fn redact(&self, text: &str) -> String {
        text.replace(&*self.root().to_string_lossy(), "[BED]")
            .replace(&*self.env.exe.to_string_lossy(), "gkfs-bench")
    }
}

/// The command as a process of its own: needed where tests run, as the process that runs them adopts orphans.
impl Bed {
    /// Returns the command, ready to be started.
    pub(crate) fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(&self.env.exe);
        command
            .args(words)
            .current_dir(&self.env.cwd)
            .env_clear()
            .envs(&self.env.vars);
        command
    }

    /// Runs the command to its end.
    pub(crate) fn process(&self, words: &[&str]) -> Outcome {
        let done = self.command(words).output().expect("the command starts");
        let text = |bytes: Vec<u8>| self.redact(&String::from_utf8(bytes).expect("utf-8 output"));
        let code = done.status.code().expect("the command exits");
        let all = [
            Exit::Passed,
            Exit::Failed,
            Exit::Interrupted,
            Exit::Internal,
            Exit::Usage,
            Exit::NoTests,
        ];
        let exit = all
            .into_iter()
            .find(|exit| *exit as i32 == code)
            .expect("a known exit status");
        Outcome {
            exit,
            out: text(done.stdout),
            err: text(done.stderr),
        }
    }

    /// Writes a script that can be executed.
    pub(crate) fn script(&self, path: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write(path, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("mode");
    }
}

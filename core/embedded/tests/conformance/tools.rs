//! Which programs this machine has, and how a case becomes a command line.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::{Case, Language};

/// The machine's programs, as found on PATH.
#[derive(Debug)]
pub(crate) struct Toolbox {
    path: OsString,
    /// The interpreter itself: what is called `python3` may be a shell script that searches for one.
    python: Option<PathBuf>,
}

impl Toolbox {
    pub(crate) fn search() -> Self {
        let python = output("python3", &["-c", "import sys; print(sys.executable)"]).map(PathBuf::from);
        Self {
            path: search_path(),
            python,
        }
    }

    pub(crate) fn path(&self) -> &OsString {
        &self.path
    }

    pub(crate) fn python(&self) -> Option<&Path> {
        self.python.as_deref()
    }

    /// Whether the machine has a program, or a module where the name is `python3:MODULE`.
    pub(crate) fn has(&self, program: &str) -> bool {
        match program.strip_prefix("python3:") {
            Some(module) => self.imports(module),
            None if program == "python3" => self.python.is_some(),
            None => on_path(program),
        }
    }

    /// Python may have been built without sqlite3 and others.
    fn imports(&self, module: &str) -> bool {
        let Some(python) = &self.python else { return false };
        let tried = Command::new(python)
            .args(["-c", &format!("import {module}")])
            .output();
        tried.is_ok_and(|tried| tried.status.success())
    }

    /// The command line of a case, compiled into `scratch` where it has to be.
    pub(crate) fn argv(&self, case: &Case, scratch: &Path) -> Result<Vec<OsString>, String> {
        let source = case.source.clone().into_os_string();
        let program = scratch.join("program");
        match case.language {
            Language::Shell => Ok(vec![case.interpreter.clone().into(), source]),
            Language::Python => Ok(vec![self.python.clone().unwrap_or_default().into(), source]),
            // Short programs: half the start-up time without the optimising compiler.
            Language::Java => Ok(vec![
                "java".into(),
                "-Xshare:auto".into(),
                "-XX:TieredStopAtLevel=1".into(),
                source,
            ]),
            Language::Perl | Language::Node => Ok(vec![case.language.tool().into(), source]),
            Language::C => Ok(vec![compile_c(&case.source, &program)?.into()]),
            Language::Rust => {
                let mut compiler = Command::new("rustc");
                compiler.args(["--edition", "2024", "-Cdebuginfo=0", "-o"]);
                compile(compiler.arg(&program).arg(&source).current_dir(scratch))?;
                Ok(vec![program.into()])
            }
        }
    }
}

/// Compiles one C source into `program`.
pub(crate) fn compile_c(source: &Path, program: &Path) -> Result<PathBuf, String> {
    let include = concat!("-I", env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
    let mut compiler = Command::new("cc");
    compiler.args([
        "-std=gnu17",
        "-O1",
        "-Wall",
        "-Wno-unused-result",
        "-pthread",
        include,
    ]);
    compile(compiler.arg("-o").arg(program).arg(source).arg("-ldl"))?;
    Ok(program.to_owned())
}

fn compile(compiler: &mut Command) -> Result<(), String> {
    let run = compiler
        .output()
        .map_err(|e: io::Error| format!("{compiler:?}: {e}"))?;
    if run.status.success() {
        Ok(())
    } else {
        Err(format!(
            "{compiler:?}: {}\n{}",
            run.status,
            String::from_utf8_lossy(&run.stderr)
        ))
    }
}

/// Whether PATH has an executable file of this name.
pub(crate) fn on_path(program: &str) -> bool {
    let executable = |path: PathBuf| {
        fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    env::split_paths(&search_path()).any(|dir| executable(dir.join(program)))
}

fn search_path() -> OsString {
    env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let run = Command::new(program).args(arguments).output().ok()?;
    run.status
        .success()
        .then(|| String::from_utf8_lossy(&run.stdout).trim().to_owned())
}

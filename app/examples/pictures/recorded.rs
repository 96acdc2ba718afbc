//! A recorded run, laid out as it was when it ended.
//!
//! Version control keeps the texts of the record, with `{PLACE}` for where it was. `left.txt` lists all that two of its
//! attempts left, with sizes, permissions and times: what was not kept is made anew,
//! as large, and empty, and so is the rest of a file of which only the beginning was.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Lays the run out below `place`, and returns its directory.
pub(crate) fn lay_out(kept: &Path, place: &Path) -> io::Result<PathBuf> {
    let place = place.canonicalize()?;
    let suite = place.join("sample-tests");
    let described = fs::read_to_string(kept.join("run/run.json"))?;
    let described: serde_json::Value = serde_json::from_str(&described)?;
    let id = described["id"].as_str().ok_or(io::ErrorKind::InvalidData)?;
    let run = suite.join(".gkfs-bench/runs").join(id);
    let began = described["started_ts"]
        .as_u64()
        .ok_or(io::ErrorKind::InvalidData)?;
    copy(&kept.join("suite"), &suite, &place)?;
    // The source is older than what it was built into.
    File::open(suite.join("showcase/main.rs"))?.set_modified(UNIX_EPOCH + Duration::from_micros(began))?;
    copy(&kept.join("run"), &run, &place)?;
    let left = fs::read_to_string(kept.join("left.txt"))?;
    for line in left.lines() {
        entry(line, &run).ok_or(io::ErrorKind::InvalidData)??;
    }
    // Times last and from below: what is made in a directory changes the directory's.
    for line in left.lines().rev() {
        time(line, &run).ok_or(io::ErrorKind::InvalidData)??;
    }
    Ok(run)
}

fn copy(from: &Path, to: &Path, place: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to, place)?;
        } else {
            let text = fs::read_to_string(entry.path())?;
            fs::write(to, text.replace("{PLACE}", &place.to_string_lossy()))?;
        }
    }
    Ok(())
}

/// Makes what a line of `left.txt` says: size (a directory has none), permissions, time, path.
fn entry(line: &str, run: &Path) -> Option<io::Result<()>> {
    let [size, mode, _, path] = fields(line)?;
    let path = run.join(path);
    let mode = u32::from_str_radix(mode, 8).ok()?;
    let made = match size.parse() {
        Err(_) => fs::create_dir_all(&path),
        // As long as the name of the place makes it.
        Ok(_) if is_record(&path) && path.exists() => Ok(()),
        Ok(size) => File::options()
            .append(true)
            .create(true)
            .open(&path)
            .and_then(|file| file.set_len(size)),
    };
    Some(made.and_then(|()| fs::set_permissions(&path, Permissions::from_mode(mode))))
}

/// Whether a file is kept whole, and names the place.
fn is_record(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "log" || end == "jsonl")
}

fn time(line: &str, run: &Path) -> Option<io::Result<()>> {
    let [_, _, time, path] = fields(line)?;
    let time = UNIX_EPOCH + Duration::from_micros(time.parse().ok()?);
    Some(File::open(run.join(path)).and_then(|file| file.set_modified(time)))
}

fn fields(line: &str) -> Option<[&str; 4]> {
    let mut fields = line.splitn(4, ' ');
    Some([fields.next()?, fields.next()?, fields.next()?, fields.next()?])
}

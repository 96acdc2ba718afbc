//! std::fs: every operation that it has, with the kinds of its errors.
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn kind<T: std::fmt::Debug>(result: std::io::Result<T>) -> String {
    result.map_or_else(|e| format!("{:?}", e.kind()), |value| format!("{value:?}"))
}

fn main() -> std::io::Result<()> {
    fs::create_dir_all("a/b/c")?;
    println!("{}", kind(fs::create_dir("a")));
    println!("{}", kind(fs::create_dir("none/x")));
    fs::write("a/f", "hello world")?;
    println!("{} {:?}", fs::read_to_string("a/f")?, fs::read("a/f")?.len());
    println!("{}", kind(fs::copy("a/f", "a/b/copy")));
    println!("{}", kind(fs::copy("none", "x")));
    println!("{}", kind(fs::copy("a", "x")));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o640).open("new")?;
    println!("{}", kind(OpenOptions::new().write(true).create_new(true).open("new").map(drop)));
    file.write_all(&vec![7; 600_000])?;
    file.write_all_at(b"boundary", 524_284)?;
    file.seek(SeekFrom::Start(524_282))?;
    let mut window = [0; 12];
    file.read_exact(&mut window)?;
    println!("{window:?} {} {}", file.stream_position()?, file.seek(SeekFrom::End(-1))?);
    println!("{}", kind(file.read_exact(&mut window)));
    file.set_len(524_290)?;
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 5))?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.sync_all()?;
    let meta = file.metadata()?;
    println!("{} {:o} {} {} {}", meta.len(), meta.mode(), meta.nlink(), meta.mtime(), meta.mtime_nsec());
    let mut clone = file.try_clone()?;
    clone.rewind()?;
    println!("{}", file.stream_position()?);
    let appended = OpenOptions::new().append(true).create(true).open("log");
    for i in 0..3 {
        writeln!(appended.as_ref().expect("a log"), "line {i}")?;
    }
    let lines: Result<Vec<_>, _> = BufReader::new(File::open("log")?).lines().collect();
    println!("{:?}", lines?);
    symlink("f", "a/link")?;
    symlink("nowhere", "broken")?;
    fs::hard_link("a/f", "a/hard")?;
    println!("{:?} {}", fs::read_link("a/link")?, kind(fs::read_link("a/f")));
    println!("{} {}", fs::metadata("a/link")?.is_file(), fs::symlink_metadata("a/link")?.is_symlink());
    println!("{} {} {}", Path::new("broken").exists(), Path::new("a/link").exists(), fs::metadata("a/f")?.nlink());
    println!("{:?}", fs::canonicalize("a/b/../link")?);
    let mut names: Vec<_> = fs::read_dir("a")?.map(|e| e.map(|e| (e.file_name(), e.file_type().map(|t| t.is_dir()).ok()))).collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?}");
    fs::rename("a/hard", "moved")?;
    println!("{} {}", kind(fs::rename("none", "x")), kind(fs::rename("a", "moved")));
    println!("{} {}", kind(fs::remove_dir("a")), kind(fs::remove_file("a")));
    println!("{} {}", kind(fs::remove_file("none")), kind(File::open("a/f/x").map(drop)));
    println!("{}", kind(fs::read("a")));
    fs::remove_dir_all("a")?;
    println!("{} {}", Path::new("a").exists(), kind(fs::remove_dir_all("a")));
    fs::set_permissions("moved", fs::Permissions::from_mode(0o444))?;
    println!("{}", fs::metadata("moved")?.permissions().readonly());
    std::env::set_current_dir("/")?;
    std::env::set_current_dir(std::env::var_os("D").expect("a directory"))?;
    println!("{:?}", std::env::current_dir()?);
    let mut left: Vec<_> = fs::read_dir(".")?.map(|e| e.map(|e| e.file_name())).collect::<Result<_, _>>()?;
    left.sort();
    println!("{left:?}");
    std::io::copy(&mut File::open("new")?, &mut File::create("streamed")?)?;
    println!("{}", fs::read("streamed")? == fs::read("new")?);
    Ok(())
}

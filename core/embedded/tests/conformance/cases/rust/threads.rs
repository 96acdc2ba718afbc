//! Eight threads with files, directories and child processes at once.
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;

const THREADS: usize = 8;

fn work(number: usize, shared: &File) -> std::io::Result<usize> {
    let dir = format!("thread{number}");
    fs::create_dir_all(format!("{dir}/sub"))?;
    let mut bytes = 0;
    for round in 0..10 {
        let path = format!("{dir}/file{round}");
        fs::write(&path, vec![number as u8; 1000 * (round + 1)])?;
        bytes += fs::read(&path)?.len();
        fs::rename(&path, format!("{dir}/sub/file{round}"))?;
        shared.write_all_at(&[b'0' + number as u8; 100], ((round * THREADS + number) * 100) as u64)?;
        OpenOptions::new().append(true).create(true).open("log")?.write_all(format!("{number} {round}\n").as_bytes())?;
    }
    let input = File::open(format!("{dir}/sub/file9"))?;
    let output = Command::new("wc").arg("-c").stdin(input).current_dir(&dir).stderr(Stdio::null()).output()?;
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "10000");
    let listing = Command::new("ls").current_dir(format!("{dir}/sub")).output()?;
    assert_eq!(String::from_utf8_lossy(&listing.stdout).lines().count(), 10);
    assert!(Command::new("no-such-program").status().is_err());
    assert!(Command::new("true").current_dir("missing").status().is_err());
    let status = Command::new("sh").args(["-c", "echo from a child; exit 3"]).stdout(File::create(format!("{dir}/out"))?).status()?;
    assert_eq!(status.code(), Some(3));
    Ok(bytes + fs::read_dir(format!("{dir}/sub"))?.count())
}

fn main() -> std::io::Result<()> {
    let shared = Arc::new(OpenOptions::new().read(true).write(true).create(true).truncate(true).open("shared")?);
    let barrier = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (shared, barrier) = (Arc::clone(&shared), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                work(number, &shared)
            })
        })
        .collect();
    for thread in threads {
        println!("{}", thread.join().expect("no panic")?);
    }
    let mut content = String::new();
    let mut reader = &*shared;
    reader.seek(SeekFrom::Start(0))?;
    reader.read_to_string(&mut content)?;
    let right = content.as_bytes().chunks(100).enumerate().all(|(i, part)| part.iter().all(|b| *b == b'0' + (i % THREADS) as u8));
    println!("{} {right}", content.len());
    let mut log: Vec<_> = fs::read_to_string("log")?.lines().map(str::to_owned).collect();
    log.sort();
    println!("{} {:?}", log.len(), &log[..3]);
    println!("{}", fs::read_to_string("thread5/out")?);
    Ok(())
}

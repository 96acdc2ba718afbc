//! Logs that are large are compressed when their test has ended, and read as if they were not.
//!
//! A log `x.log` becomes `x.log.zst`, in zstd's seekable format: frames that can be read one by one, with a table of them at
//! the end. `zstdcat` reads it, too. Everybody here goes on to speak of `x.log`, and opens it with [`LogFile::open`].

use std::ffi::OsString;
use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use zeekstd::{EncodeOptions, FrameSizePolicy};

mod frames;

use frames::Frames;

/// What is put behind the name of a log that is compressed.
const END: &str = ".zst";
/// How much of a log one frame holds: the more, the better it is compressed, and the longer a single line takes to be
/// read.
const FRAME: u32 = 512 * 1024;
/// Logs repeat themselves; a higher level gains little and takes much longer.
const LEVEL: i32 = 6;

/// A log, compressed or not, to be read anywhere.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    packed: Option<Frames>,
}

impl LogFile {
    /// Opens the log of this name, be it compressed or not.
    ///
    /// # Errors
    /// There is neither, or what is there cannot be read.
    pub fn open(log: &Path) -> io::Result<Self> {
        match File::open(log) {
            Ok(file) => Self::of(file, log),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // It may have been compressed between a listing and now.
                Self::of_packed(File::open(packed(log)).map_err(|_| error)?)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a file that is open already, and was opened by the name `path`.
    ///
    /// # Errors
    /// It is compressed, by its name, and cannot be read so.
    pub fn of(file: File, path: &Path) -> io::Result<Self> {
        if is_packed(path) {
            return Self::of_packed(file);
        }
        Ok(Self { file, packed: None })
    }

    fn of_packed(file: File) -> io::Result<Self> {
        let packed = Some(Frames::of(&file)?);
        Ok(Self { file, packed })
    }

    /// How long the log is.
    ///
    /// # Errors
    /// The system cannot say so.
    pub fn size(&self) -> io::Result<u64> {
        // One that is not compressed may grow.
        match &self.packed {
            Some(frames) => Ok(frames.size()),
            None => Ok(self.file.metadata()?.len()),
        }
    }

    /// Whether it is compressed: then nobody writes to it any more.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        self.packed.is_some()
    }

    /// How many frames were decompressed to read what was read so far: what that cost. None of one that is not compressed.
    #[must_use]
    pub fn decompressed(&self) -> u64 {
        self.packed.as_ref().map_or(0, Frames::decompressed)
    }

    /// What the system knows of the file. When it was changed is when the log was.
    ///
    /// # Errors
    /// The system cannot say so.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Reads at a place of the log; less than asked for at its end, and sometimes before.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        match &self.packed {
            None => self.file.read_at(buffer, at),
            Some(frames) => frames.read_at(&self.file, buffer, at),
        }
    }

    /// Reads at most `most` bytes from a place on, less only at the end.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    pub fn read_from(&self, at: u64, most: u64) -> io::Result<Vec<u8>> {
        let len = most.min(self.size()?.saturating_sub(at));
        let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.read_at(&mut bytes[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

/// Where a log is when it is compressed.
fn packed(log: &Path) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(END);
    name.into()
}

fn is_packed(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(".log.zst"))
}

/// The name under which the file at `path` is spoken of: that of the log it is, compressed or not.
#[must_use]
pub fn log_name(path: PathBuf) -> PathBuf {
    if is_packed(&path) {
        path.with_extension("")
    } else {
        path
    }
}

/// Whether there is a log of this name, compressed or not.
#[must_use]
pub fn has_log(log: &Path) -> bool {
    log.is_file() || packed(log).is_file()
}

/// Compresses a log. Only when everything of it is in the compressed one does it go.
///
/// # Errors
/// It cannot be read, or the other not be written; then it stays as it is.
pub fn pack_log(log: &Path) -> io::Result<()> {
    let source = File::open(log)?;
    let meta = source.metadata()?;
    let unfinished = tempfile::NamedTempFile::new_in(log.parent().unwrap_or(Path::new(".")))?;
    let options = EncodeOptions::try_new().ok_or(io::ErrorKind::OutOfMemory)?;
    let options = options
        .compression_level(LEVEL)
        .checksum_flag(true)
        .frame_size_policy(FrameSizePolicy::Uncompressed(FRAME));
    let mut encoder = options
        .into_encoder(unfinished.reopen()?)
        .map_err(io::Error::other)?;
    let mut reader = BufReader::with_capacity(FRAME as usize, source);
    let mut block = vec![0; FRAME as usize];
    loop {
        match reader.read(&mut block)? {
            0 => break,
            read => io::Write::write_all(&mut encoder, &block[..read])?,
        }
    }
    encoder.finish().map_err(io::Error::other)?;
    let file = unfinished.as_file();
    file.set_permissions(meta.permissions())?;
    // Lines without a time are told with that of the file.
    file.set_times(FileTimes::new().set_modified(meta.modified()?))?;
    // What a process that outlived its test added meanwhile is worth more than the room.
    if fs::metadata(log)?.len() != meta.len() || meta.nlink() > 1 {
        return Err(io::Error::other("it is still written to, or has another name"));
    }
    unfinished.persist(packed(log)).map_err(|error| error.error)?;
    fs::remove_file(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Vec<u8> {
        (0..200_000)
            .flat_map(|n| format!("line {n} of a log that says little\n").into_bytes())
            .collect()
    }

    #[test]
    fn what_is_compressed_is_read_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("client.log");
        let text = text();
        fs::write(&log, &text).unwrap();
        let plain = LogFile::open(&log).unwrap();
        let before = fs::metadata(&log).unwrap().modified().unwrap();
        pack_log(&log).unwrap();
        assert!(!log.exists() && has_log(&log));
        let compressed = packed(&log);
        assert!(fs::metadata(&compressed).unwrap().len() < text.len() as u64 / 5);
        assert_eq!(fs::metadata(&compressed).unwrap().modified().unwrap(), before);
        let file = LogFile::open(&log).unwrap();
        assert_eq!(
            (file.size().unwrap(), file.is_packed()),
            (text.len() as u64, true)
        );
        for at in [
            0,
            1,
            FRAME as usize - 3,
            FRAME as usize,
            3 * FRAME as usize + 17,
            text.len() - 5,
            text.len(),
        ] {
            let expected = &text[at..(at + 700_000).min(text.len())];
            assert_eq!(file.read_from(at as u64, 700_000).unwrap(), expected, "{at}");
            assert_eq!(plain.read_from(at as u64, 700_000).unwrap(), expected, "{at}");
        }
        assert_eq!(log_name(compressed.clone()), log);
        // By its own name it is the same log.
        assert_eq!(
            LogFile::open(&compressed).unwrap().size().unwrap(),
            text.len() as u64
        );
    }

    /// As the screen reads: in blocks, two threads at once, and a line again that goes over the end of a block.
    #[test]
    fn each_frame_is_decompressed_once() {
        const BLOCK: usize = 128 * 1024;
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("x.log");
        let text = text();
        fs::write(&log, &text).unwrap();
        pack_log(&log).unwrap();
        let file = LogFile::open(&log).unwrap();
        let half = text.len() / 2 / BLOCK * BLOCK;
        let mut block = vec![0; BLOCK];
        for at in (0..half).step_by(BLOCK) {
            for at in [at, half + at] {
                let filled = file.read_at(&mut block, at as u64).unwrap();
                assert_eq!(block[..filled], text[at..at + filled]);
                let line = at.saturating_sub(100);
                assert_eq!(file.read_from(line as u64, 256).unwrap(), text[line..line + 256]);
            }
        }
        // The frame in the midst is the last of one half and the first of the other.
        let frames = text.len().div_ceil(FRAME as usize) as u64;
        assert!(
            (frames - 1..=frames + 1).contains(&file.decompressed()),
            "{}",
            file.decompressed()
        );
        assert_eq!(LogFile::open(&log).unwrap().decompressed(), 0);
    }

    #[test]
    fn one_that_is_damaged_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("x.log");
        fs::write(&log, text()).unwrap();
        pack_log(&log).unwrap();
        let compressed = packed(&log);
        let bytes = fs::read(&compressed).unwrap();
        fs::write(&compressed, &bytes[..bytes.len() / 2]).unwrap();
        assert!(LogFile::open(&log).unwrap_err().to_string().contains("damaged"));
        let mut wrong = bytes.clone();
        let half = wrong.len() / 2;
        wrong[4..half].fill(0x55);
        fs::write(&compressed, wrong).unwrap();
        let file = LogFile::open(&log).unwrap();
        assert!(file.read_from(0, 10).is_err());
        assert!(LogFile::open(&dir.path().join("none.log")).is_err());
    }
}

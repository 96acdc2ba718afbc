//! File content: `<rootdir>/chunks/<key>/<number>`, one sparse file a chunk.
//!
//! A chunk that was never written has no file and reads as zeros, and so does what lies behind a chunk file's
//! end: the caller knows the file's size.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt, fs::FileExt},
    path::{Path, PathBuf},
};

use gkfs_proto::{CHUNK_SIZE, node::KEY_MAX};

/// A part of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Number of the chunk.
    pub(crate) chunk: u64,
    /// Where the part starts within it.
    pub(crate) offset: u64,
    /// Bytes in the part.
    pub(crate) len: usize,
}

/// Splits a range of a file at the borders of its chunks.
pub(crate) fn pieces(offset: u64, len: usize) -> impl Iterator<Item = Piece> {
    let end = offset + len as u64;
    let mut at = offset;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let piece = Piece {
            chunk: at / CHUNK_SIZE,
            offset: at % CHUNK_SIZE,
            len: (CHUNK_SIZE - at % CHUNK_SIZE).min(end - at) as usize,
        };
        at += piece.len as u64;
        Some(piece)
    })
}

/// The chunk directories of one daemon.
#[derive(Debug)]
pub(crate) struct Chunks {
    root: PathBuf,
}

impl Chunks {
    /// Uses `root`, which is made if missing.
    pub(crate) fn open(root: &Path) -> io::Result<Chunks> {
        fs::create_dir_all(root)?;
        Ok(Chunks {
            root: root.to_owned(),
        })
    }

    /// Where the chunks are.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Keys come from clients, and must not lead anywhere else.
    fn dir(&self, key: &[u8]) -> io::Result<PathBuf> {
        if key.is_empty() || key.len() > KEY_MAX || key.contains(&b'/') || key == b"." || key == b".." {
            return Err(rustix::io::Errno::INVAL.into());
        }
        Ok(self.root.join(OsStr::from_bytes(key)))
    }

    /// Where one chunk is.
    pub(crate) fn file(&self, key: &[u8], chunk: u64) -> io::Result<PathBuf> {
        Ok(self.dir(key)?.join(chunk.to_string()))
    }

    /// Fills `buffer` from a chunk and returns how many bytes there were; the rest is left alone.
    pub(crate) fn read(&self, key: &[u8], chunk: u64, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match File::open(self.file(key, chunk)?) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut done = 0;
        while done < buffer.len() {
            match file.read_at(&mut buffer[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Writes into a chunk, making it where it is missing.
    pub(crate) fn write(&self, key: &[u8], chunk: u64, offset: u64, data: &[u8]) -> io::Result<()> {
        let path = self.file(key, chunk)?;
        let open = || {
            File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
        };
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.dir(key)?)?;
                open()?
            }
            file => file?,
        };
        file.write_all_at(data, offset)
    }

    /// Removes what lies at `size` and behind.
    pub(crate) fn cut(&self, key: &[u8], size: u64) -> io::Result<()> {
        if size == 0 {
            return self.drop_all(key);
        }
        let (last, rest) = (size / CHUNK_SIZE, size % CHUNK_SIZE);
        for chunk in self.numbers(key)? {
            let path = self.file(key, chunk)?;
            if chunk > last || (chunk == last && rest == 0) {
                gone_is_fine(fs::remove_file(path))?;
            } else if chunk == last {
                let shorten = |file: File| {
                    if file.metadata()?.len() > rest {
                        file.set_len(rest)
                    } else {
                        Ok(())
                    }
                };
                gone_is_fine(File::options().write(true).open(path).and_then(shorten))?;
            }
        }
        Ok(())
    }

    /// Makes a part of a chunk read as zeros.
    pub(crate) fn punch(&self, key: &[u8], piece: Piece) -> io::Result<()> {
        let path = self.file(key, piece.chunk)?;
        let file = match File::options().write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let len = file.metadata()?.len();
        let end = len.min(piece.offset + piece.len as u64);
        if piece.offset == 0 && end == len {
            gone_is_fine(fs::remove_file(path))?;
        } else if piece.offset < end {
            file.write_all_at(&vec![0; (end - piece.offset) as usize], piece.offset)?;
        }
        Ok(())
    }

    /// Removes all chunks of a file.
    pub(crate) fn drop_all(&self, key: &[u8]) -> io::Result<()> {
        gone_is_fine(fs::remove_dir_all(self.dir(key)?))
    }

    /// Numbers of the chunks that have a file.
    pub(crate) fn numbers(&self, key: &[u8]) -> io::Result<Vec<u64>> {
        let dir = match fs::read_dir(self.dir(key)?) {
            Ok(dir) => dir,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut numbers = Vec::new();
        for entry in dir {
            if let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }
}

/// What was to be removed may be gone already: daemons that forward share their chunks.
fn gone_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_split_at_chunk_borders() {
        let all: Vec<_> = pieces(CHUNK_SIZE - 1, CHUNK_SIZE as usize + 2).collect();
        let piece = |chunk, offset, len| Piece { chunk, offset, len };
        assert_eq!(
            all,
            [
                piece(0, CHUNK_SIZE - 1, 1),
                piece(1, 0, CHUNK_SIZE as usize),
                piece(2, 0, 1)
            ]
        );
        assert_eq!(pieces(5, 0).count(), 0);
    }

    #[test]
    fn cutting_removes_chunks_behind_and_shortens_the_last() {
        let dir = tempfile::tempdir().unwrap();
        let chunks = Chunks::open(&dir.path().join("chunks")).unwrap();
        for chunk in 0..3 {
            chunks.write(b"a:b", chunk, 0, b"0123456789").unwrap();
        }
        chunks.cut(b"a:b", CHUNK_SIZE + 4).unwrap();
        let mut buffer = [0; 16];
        assert_eq!(chunks.read(b"a:b", 0, 0, &mut buffer).unwrap(), 10);
        assert_eq!(chunks.read(b"a:b", 1, 0, &mut buffer).unwrap(), 4);
        assert!(!chunks.file(b"a:b", 2).unwrap().exists());
        chunks.cut(b"a:b", 0).unwrap();
        assert!(!dir.path().join("chunks/a:b").exists());
    }

    #[test]
    fn no_key_leads_out_of_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let chunks = Chunks::open(&dir.path().join("chunks")).unwrap();
        for key in [b"..".as_slice(), b".", b"", b"../x", b"/tmp", &[b'k'; 256]] {
            assert!(
                chunks.write(key, 0, 0, b"data").is_err(),
                "{}",
                key.escape_ascii()
            );
            assert!(chunks.drop_all(key).is_err());
        }
        assert!(chunks.root().exists());
    }

    #[test]
    fn a_missing_chunk_has_no_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let chunks = Chunks::open(dir.path()).unwrap();
        assert_eq!(chunks.read(b"none", 4, 0, &mut [0; 4]).unwrap(), 0);
        chunks.cut(b"none", 9).unwrap();
    }
}

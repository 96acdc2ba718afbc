//! Files with known contents, outside of the file system under test.

mod checksum;
mod size;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub use checksum::Checksums;
pub use size::{IntoSize, Size};

use crate::context::TestContext;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::fixture::Fixture;
use crate::steps::Steps;
use crate::workspace::Workspace;
use checksum::Hasher;

/// What is written at once.
const BLOCK: usize = 64 * 1024;

/// Makes files in the workspace's `tmp/`.
///
/// Contents look random and are the same in each run with the same seed (`GKFS_BENCH_SEED`), for they depend only on
/// seed and name. Checksums are computed while writing.
///
/// ```
/// use gkfs_harness::{FileFactory, Workspace};
///
/// # fn main() -> gkfs_harness::Result<()> {
/// let workspace = Workspace::temporary()?;
/// let file = FileFactory::new(&workspace).create("data/a", "4K")?;
/// assert_eq!(file.size(), 4096);
/// assert_eq!(file.md5().len(), 32);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileFactory {
    dir: PathBuf,
    seed: u64,
    steps: Option<Steps>,
}

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFile {
    path: PathBuf,
    size: u64,
    checksums: Checksums,
}

impl FileFactory {
    /// A factory in `workspace` with the seed 0.
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            dir: workspace.tmpdir(),
            seed: 0,
            steps: None,
        }
    }

    /// The same with another seed.
    #[must_use]
    pub fn seed(&self, seed: u64) -> Self {
        Self { seed, ..self.clone() }
    }

    /// The same, with each file in the test's record.
    pub(crate) fn recorded(self, steps: &Steps) -> Self {
        Self {
            steps: Some(steps.clone()),
            ..self
        }
    }

    /// Where files are made.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes a file of `size` bytes, given as a number or as text: `"512"`, `"4K"`, `"1MB"`; see [`Size`].
    ///
    /// # Errors
    /// The size is none, or the file cannot be written.
    pub fn create(&self, name: impl AsRef<Path>, size: impl IntoSize) -> Result<TestFile> {
        let size = size.into_size()?.bytes();
        let name = name.as_ref();
        let mut random =
            fastrand::Rng::with_seed(xxh3_64_with_seed(name.as_os_str().as_encoded_bytes(), self.seed));
        self.write(name, size, |file, hasher| {
            let mut block = vec![0; BLOCK];
            let mut left = size;
            while left > 0 {
                let part = &mut block[..left.min(BLOCK as u64) as usize];
                random.fill(part);
                hasher.update(part);
                file.write_all(part)?;
                left -= part.len() as u64;
            }
            Ok(())
        })
    }

    /// Makes a file of `size` zeros that occupies no blocks.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn sparse(&self, name: impl AsRef<Path>, size: impl IntoSize) -> Result<TestFile> {
        let size = size.into_size()?.bytes();
        self.write(name.as_ref(), size, |file, hasher| {
            let block = vec![0; BLOCK];
            let mut left = size;
            while left > 0 {
                let part = &block[..left.min(BLOCK as u64) as usize];
                hasher.update(part);
                left -= part.len() as u64;
            }
            file.set_len(size)
        })
    }

    /// Makes a file with these contents.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn with_contents(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> Result<TestFile> {
        let contents = contents.as_ref();
        self.write(name.as_ref(), contents.len() as u64, |file, hasher| {
            hasher.update(contents);
            file.write_all(contents)
        })
    }

    fn write(
        &self,
        name: &Path,
        size: u64,
        fill: impl FnOnce(&mut File, &mut Hasher) -> io::Result<()>,
    ) -> Result<TestFile> {
        let path = self.dir.join(name);
        let failed = |source| Error::io("write a test file", &path, source);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut hasher = Hasher::default();
        let mut file = File::create(&path).map_err(failed)?;
        fill(&mut file, &mut hasher).map_err(failed)?;
        let file = TestFile {
            size,
            checksums: hasher.finish(),
            path,
        };
        if let Some(steps) = &self.steps {
            steps.instant(
                "file",
                json!({ "path": file.path, "size": size, "md5": file.md5() }),
            );
        }
        Ok(file)
    }
}

impl TestFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its MD5 digest in hexadecimal digits, as `md5sum` prints it.
    pub fn md5(&self) -> &str {
        &self.checksums.md5
    }

    /// Its SHA-256 digest in hexadecimal digits, as `sha256sum` prints it.
    pub fn sha256(&self) -> &str {
        &self.checksums.sha256
    }

    /// Its XXH3 64-bit hash.
    pub fn xxh3(&self) -> u64 {
        self.checksums.xxh3
    }

    /// Its contents.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self) -> Result<Vec<u8>> {
        std::fs::read(&self.path).map_err(|source| Error::io("read a test file", &self.path, source))
    }
}

impl AsRef<Path> for TestFile {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<std::ffi::OsStr> for TestFile {
    fn as_ref(&self) -> &std::ffi::OsStr {
        self.path.as_os_str()
    }
}

impl Fixture for FileFactory {
    fn setup(context: &TestContext) -> Result<Self> {
        let seed = Environment::seed(context.environment()).unwrap_or_default();
        let factory = Self::new(context.workspace()).seed(seed);
        Ok(factory.recorded(context.steps()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn contents_depend_on_seed_and_name_alone() {
        let workspaces = [Workspace::temporary().unwrap(), Workspace::temporary().unwrap()];
        let [first, second] = workspaces.each_ref().map(FileFactory::new);
        let file = first.create("a", 100_001_u64).unwrap();
        assert_eq!(file.read().unwrap().len(), 100_001);
        assert_eq!(file.xxh3(), second.create("a", "100001").unwrap().xxh3());
        assert_ne!(file.xxh3(), second.create("b", 100_001_u64).unwrap().xxh3());
        assert_ne!(
            file.xxh3(),
            second.seed(1).create("a", 100_001_u64).unwrap().xxh3()
        );
    }

    #[test]
    fn checksums_are_those_of_the_contents() {
        let workspace = Workspace::temporary().unwrap();
        let file = FileFactory::new(&workspace)
            .with_contents("dir/f", "abc")
            .unwrap();
        assert_eq!(file.md5(), "900150983cd24fb0d6963f7d28e17f72");
        assert!(file.sha256().starts_with("ba7816bf8f01cfea"));
        assert_eq!(file.xxh3(), xxhash_rust::xxh3::xxh3_64(b"abc"));
        assert!(file.path().ends_with("tmp/dir/f"));
    }

    #[test]
    fn a_sparse_file_has_zeros_but_no_blocks() {
        let workspace = Workspace::temporary().unwrap();
        let factory = FileFactory::new(&workspace);
        let file = factory.sparse("hole", "1M").unwrap();
        assert_eq!(file.path().metadata().unwrap().blocks(), 0);
        assert_eq!(
            file.md5(),
            factory.with_contents("zeros", vec![0; 1 << 20]).unwrap().md5()
        );
    }
}

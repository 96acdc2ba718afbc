//! What a test asks for by naming a type.

use crate::context::TestContext;
use crate::error::Result;

/// Something a test needs: made before it, ended after it, once per test.
///
/// A test function takes it as `&T` or `&mut T`. A fixture may ask for others with
/// [`TestContext::fixture`]; they are ended after it.
///
/// ```
/// use gkfs_harness::{Daemon, Fixture, Result, TestContext, Workspace};
///
/// /// A directory that is there before the test begins.
/// struct Scratch(std::path::PathBuf);
///
/// impl Fixture for Scratch {
///     fn setup(context: &TestContext) -> Result<Self> {
///         let workspace = context.fixture::<Workspace>()?;
///         let path = workspace.tmpdir().join("scratch");
///         std::fs::create_dir(&path).map_err(|e| gkfs_harness::Error::io("make", &path, e))?;
///         Ok(Self(path))
///     }
/// }
/// ```
pub trait Fixture: Sized + 'static {
    /// Makes it.
    ///
    /// # Errors
    /// The test does not run, and is reported as an error of its set-up.
    fn setup(context: &TestContext) -> Result<Self>;

    /// Ends it, after the test and after every fixture that asked for it.
    ///
    /// # Errors
    /// The test fails with this, even if its body passed.
    fn teardown(self, context: &TestContext) -> Result<()> {
        let _ = context;
        Ok(())
    }
}

/// A fixture's name for people: its type without the path.
pub(crate) fn name_of<T>() -> &'static str {
    let full = std::any::type_name::<T>();
    let generic = full.find('<').unwrap_or(full.len());
    full[..generic].rfind("::").map_or(full, |at| &full[at + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short() {
        assert_eq!(name_of::<crate::Workspace>(), "Workspace");
        assert_eq!(
            name_of::<Option<std::string::String>>(),
            "Option<alloc::string::String>"
        );
        assert_eq!(name_of::<u8>(), "u8");
    }
}

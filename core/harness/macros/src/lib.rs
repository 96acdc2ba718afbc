//! The attribute macro of `gkfs-harness`.
//!
//! [`macro@test`] turns a function with fixture arguments into what libtest knows: a `#[test]` function
//! without arguments, one for each parametrised case. Beside it stands one line of JSON in the ELF section
//! `gkfs_tests`, so that a runner learns names, tags and places without running the binary.
//!
//! This crate knows syntax only; what happens at run time is `gkfs_harness`'s.

mod args;
mod case;
mod expand;
mod listing;
mod signature;

use proc_macro::TokenStream;

/// Makes a function a test whose arguments are fixtures, found by their type.
///
/// ```ignore
/// /// Create a new directory in the file system's root.
/// #[gkfs_harness::test(tags("metadata"), timeout = "10s")]
/// fn mkdir(daemon: &Daemon, client: &Client) {
///     let reply = client.mkdir(daemon.mountdir().join("top"), 0o777);
///     assert_eq!((reply.retval, reply.errno), (0, 0));
/// }
/// ```
///
/// The attribute takes, in any order and separated by commas:
///
/// * `tags("a", "b")`: words that a selection can name.
/// * `timeout = "10s"`: the longest the test may take (`ms`, `s`, `m`, `h`).
/// * `ignore` or `ignore = "why"`: as libtest's `#[ignore]`, which may be used as well.
/// * `params(size = ["0", "1K"], mode = [0o700, 0o777])`: one test for each combination. The function
///   takes `size` and `mode` as ordinary arguments.
///
/// Single cases are written below the attribute, with a label of one's own if one likes:
///
/// ```ignore
/// #[gkfs_harness::test]
/// #[case::empty(size = "0", blocks = 0)]
/// #[case(size = "4K", blocks = 8)]
/// fn blocks(size: &str, blocks: u64, files: &FileFactory) { /* */ }
/// ```
///
/// A case is displayed as `blocks[empty]`, `blocks[4K-8]`, and libtest knows it as `blocks::empty`,
/// `blocks::case_4K_8`: a libtest name is a path of Rust. The section holds both.
///
/// The function returns `()` or `TestResult`.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::test(attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

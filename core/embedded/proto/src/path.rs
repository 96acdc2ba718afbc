//! Lexical paths: joining, normalising and finding the mount in them, without allocation.

/// A path did not fit into [`PATH_MAX`](crate::PATH_MAX) bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// The components of a path as they are written: empty ones and `.` left out, `..` kept.
pub fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
}

/// Whether a path insists on a directory at its end: `a/`, `a/.`, `a/..`.
pub fn wants_directory(path: &[u8]) -> bool {
    path.ends_with(b"/") || path.ends_with(b"/.") || path.ends_with(b"/..") || path == b"." || path == b".."
}

/// Writes the normal form of `path`, taken relative to the absolute `base`, into `out` and returns its length.
///
/// # Errors
/// [`TooLong`] where it does not fit.
pub fn normalise(base: &[u8], path: &[u8], out: &mut [u8]) -> Result<usize, TooLong> {
    let mut len = 0;
    let base = if path.starts_with(b"/") { &[] } else { base };
    for part in components(base).chain(components(path)) {
        if part == b".." {
            len = out[..len].iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            continue;
        }
        let end = len + 1 + part.len();
        let slot = out.get_mut(len..end).ok_or(TooLong)?;
        slot[0] = b'/';
        slot[1..].copy_from_slice(part);
        len = end;
    }
    if len == 0 {
        *out.first_mut().ok_or(TooLong)? = b'/';
        len = 1;
    }
    Ok(len)
}

/// Whether `path`, taken relative to the absolute `base`, names `root` or something below it, or goes through
/// there by a name that `..` takes back: what that name is decides where the path leads.
///
/// Else it says what [`normalise`] and [`below`] would, but needs no buffer: it runs on stacks that have no
/// room for a path. `root` is absolute and normal.
pub fn reaches(root: &[u8], base: &[u8], path: &[u8]) -> bool {
    let base = if path.starts_with(b"/") { &[] } else { base };
    let wanted = components(root).count();
    let mut depth = 0usize;
    let mut matched = 0usize;
    let mut rest = root;
    let mut names = 0usize;
    let known = components(base).map(|part| (part, 0));
    for (part, named) in known.chain(components(path).map(|part| (part, 1))) {
        if part == b".." {
            if names > 0 && matched == wanted {
                return true;
            }
            names = names.saturating_sub(1);
            depth = depth.saturating_sub(1);
            if matched > depth {
                matched = depth;
                rest = after(root, matched);
            }
            continue;
        }
        if matched == depth
            && matched < wanted
            && let Some(tail) = step(rest, part)
        {
            matched += 1;
            rest = tail;
        }
        depth += 1;
        names += named;
    }
    matched == wanted
}

/// Whether a path takes back a name by `..`, so that its lexical form is right only if no link is in it.
pub fn turns_back(path: &[u8]) -> bool {
    let mut named = false;
    for part in components(path) {
        if part == b".." && named {
            return true;
        }
        named |= part != b"..";
    }
    false
}

/// What follows `part` in the absolute path `rest`, if that is its first component.
fn step<'a>(rest: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let tail = rest.strip_prefix(b"/")?.strip_prefix(part)?;
    (tail.is_empty() || tail[0] == b'/').then_some(tail)
}

/// What follows the first `count` components of an absolute normal path.
fn after(path: &[u8], count: usize) -> &[u8] {
    let mut rest = path;
    for part in components(path).take(count) {
        rest = &rest[1 + part.len()..];
    }
    rest
}

/// The path within `root` that an absolute normal path stands for: `/` for `root` itself.
pub fn below<'a>(root: &[u8], normal: &'a [u8]) -> Option<&'a [u8]> {
    if root == b"/" {
        return Some(normal);
    }
    match normal.strip_prefix(root)? {
        [] => Some(b"/"),
        inner @ [b'/', ..] => Some(inner),
        _ => None,
    }
}

/// What the last component of a path is, where it is no name: `.` or `..`.
pub fn dots(path: &[u8]) -> Option<&[u8]> {
    let last = path.split(|byte| *byte == b'/').rfind(|part| !part.is_empty())?;
    matches!(last, b"." | b"..").then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{string::String, vec::Vec};

    fn normal(base: &str, path: &str) -> String {
        let mut out = [0; 256];
        let len = normalise(base.as_bytes(), path.as_bytes(), &mut out).unwrap();
        String::from_utf8(out[..len].to_vec()).unwrap()
    }

    #[test]
    fn dots_and_slashes_vanish() {
        assert_eq!(normal("/a/b", "../c//./d/"), "/a/c/d");
        assert_eq!(normal("/a", "/x/../../.."), "/");
        assert_eq!(normal("/", "a"), "/a");
        assert_eq!(normal("/a", ""), "/a");
    }

    #[test]
    fn a_path_too_long_is_an_error() {
        assert_eq!(normalise(b"/", b"abc", &mut [0; 3]), Err(TooLong));
        assert_eq!(normalise(b"/", b"", &mut []), Err(TooLong));
    }

    #[test]
    fn below_knows_the_mount_from_its_neighbours() {
        assert_eq!(below(b"/mnt", b"/mnt"), Some(&b"/"[..]));
        assert_eq!(below(b"/mnt", b"/mnt/a/b"), Some(&b"/a/b"[..]));
        assert_eq!(below(b"/mnt", b"/mnt2/a"), None);
    }

    #[test]
    fn a_path_may_leave_the_mount_and_come_back() {
        assert!(reaches(b"/tmp/mnt", b"/tmp/mnt/a", "../../mnt/b".as_bytes()));
        assert!(!reaches(b"/tmp/mnt", b"/tmp/mnt/a", b"../.."));
        assert!(!reaches(b"/tmp/mnt", b"/", b"/tmp/mntx"));
    }

    #[test]
    fn a_name_in_the_mount_that_is_taken_back_counts() {
        assert!(reaches(b"/tmp/mnt", b"/tmp/mnt", b"link/../.."));
        assert!(reaches(b"/tmp/mnt", b"/", b"/tmp/mnt/.."));
        assert!(!reaches(b"/tmp/mnt", b"/tmp/mnt", b"../other/.."));
    }

    #[test]
    fn trailing_dots_want_a_directory() {
        assert!(wants_directory(b"a/") && wants_directory(b"a/.") && wants_directory(b".."));
        assert!(!wants_directory(b"a") && !wants_directory(b"a..") && !wants_directory(b""));
    }

    #[test]
    fn dots_are_no_name() {
        assert_eq!(dots(b"a/."), Some(&b"."[..]));
        assert_eq!(dots(b"..//"), Some(&b".."[..]));
        assert_eq!((dots(b"a"), dots(b"/"), dots(b"")), (None, None, None));
    }

    proptest! {
        #[test]
        fn reaching_is_what_normalising_says(
            base in proptest::collection::vec("[ab]{1,2}|\\.\\.", 0..5),
            path in proptest::collection::vec("[ab]{0,2}|\\.\\.?", 0..7),
            absolute: bool,
        ) {
            let base = std::format!("/{}", base.join("/"));
            let path = std::format!("{}{}", if absolute { "/" } else { "" }, path.join("/"));
            let normal = normal(&base, &path);
            let inside = below(b"/a/b", normal.as_bytes()).is_some();
            let found = reaches(b"/a/b", base.as_bytes(), path.as_bytes());
            prop_assert!(found == inside || found && turns_back(path.as_bytes()), "{}", normal);
        }

        #[test]
        fn a_normal_path_stays_as_it_is(path in proptest::collection::vec("[a-c.]{3,4}", 0..5)) {
            let path = std::format!("/{}", path.join("/"));
            prop_assert_eq!(normal("/ignored", &path), path);
        }

        #[test]
        fn no_bytes_make_it_panic(root: Vec<u8>, base: Vec<u8>, path: Vec<u8>) {
            let mut out = [0; 64];
            let _ = normalise(&base, &path, &mut out);
            let _ = reaches(&root, &base, &path);
        }
    }
}

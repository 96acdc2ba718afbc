//! The environment at the start, and keeping it so that children get it too.

use core::ffi::CStr;

/// The environment block that the kernel built.
pub(crate) struct Environment(*const *const u8);

impl Environment {
    /// Wraps `envp`.
    ///
    /// # Safety
    /// `envp` is a NULL-terminated array of strings that nobody changes while this value is used.
    pub(crate) unsafe fn new(envp: *const *const u8) -> Environment {
        Environment(envp)
    }

    /// All `NAME=value` strings.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &[u8]> {
        // SAFETY: `new` was promised such an array.
        unsafe { strings(self.0) }
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.entries().find_map(|entry| value(entry, name))
    }
}

/// The strings of a NULL-terminated array such as `argv`; a NULL array has none.
///
/// # Safety
/// The array and its strings stay as they are for `'a`.
pub(crate) unsafe fn strings<'a>(array: *const *const u8) -> impl Iterator<Item = &'a [u8]> {
    let mut next = array;
    core::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: the array goes on until its NULL.
        let entry = unsafe { *next };
        if entry.is_null() {
            return None;
        }
        // SAFETY: not past the NULL; the entry is a C string.
        unsafe {
            next = next.add(1);
            Some(CStr::from_ptr(entry.cast()).to_bytes())
        }
    })
}

/// The value in `entry`, if it is for `name`.
pub(crate) fn value<'a>(entry: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    entry.strip_prefix(name)?.strip_prefix(b"=")
}

/// The name in an `entry`.
pub(crate) fn name(entry: &[u8]) -> &[u8] {
    entry.split(|byte| *byte == b'=').next().unwrap_or(entry)
}

/// Our variables' common prefix, and the one that loads us.
const OURS: &[u8] = b"LIBGKFS_";
/// The variable that loads us.
pub(crate) const PRELOAD: &[u8] = b"LD_PRELOAD";

const TEXT: usize = 16 * 1024;
const ENTRIES: usize = 32;

/// Copies of `LD_PRELOAD` and our own variables: programs overwrite the original block, `setproctitle` for one.
pub(crate) struct Saved {
    text: [u8; TEXT],
    used: usize,
    starts: [usize; ENTRIES],
    count: usize,
}

impl Saved {
    pub(crate) const EMPTY: Saved = Saved {
        text: [0; TEXT],
        used: 0,
        starts: [0; ENTRIES],
        count: 0,
    };

    pub(crate) fn keep(&mut self, environment: &Environment) {
        for entry in environment.entries() {
            if entry.starts_with(OURS) || value(entry, PRELOAD).is_some() {
                self.push(entry);
            }
        }
    }

    fn push(&mut self, entry: &[u8]) {
        let end = self.used + entry.len();
        if end + 1 > TEXT || self.count == ENTRIES {
            return;
        }
        self.text[self.used..end].copy_from_slice(entry);
        self.starts[self.count] = self.used;
        self.count += 1;
        self.used = end + 1;
    }

    /// The kept entries; each is followed by a NUL in memory.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count).map(|index| {
            let end = self
                .starts
                .get(index + 1)
                .filter(|_| index + 1 < self.count)
                .map_or(self.used, |next| *next);
            &self.text[self.starts[index]..end - 1]
        })
    }
}

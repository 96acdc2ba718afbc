//! Which opcodes are meant, in words: `lookup,getattr`, `%stat`, `!forget`.

use gkfs_harness::fuse::abi::{Opcode, Opcodes};

use super::entry::Entry;

/// Groups that people think in.
const GROUPS: [(&str, Opcodes); 9] = [
    ("stat", Opcodes::STAT),
    ("list", Opcodes::LIST),
    ("rename", Opcodes::RENAME),
    ("close", Opcodes::CLOSE),
    ("forget", Opcodes::FORGET),
    (
        "xattr",
        Opcodes::of(&[
            Opcode::Getxattr,
            Opcode::Setxattr,
            Opcode::Listxattr,
            Opcode::Removexattr,
        ]),
    ),
    (
        "lock",
        Opcodes::of(&[Opcode::Getlk, Opcode::Setlk, Opcode::Setlkw]),
    ),
    (
        "data",
        Opcodes::of(&[
            Opcode::Read,
            Opcode::Write,
            Opcode::Fsync,
            Opcode::Fallocate,
            Opcode::Lseek,
            Opcode::CopyFileRange,
            Opcode::CopyFileRange64,
        ]),
    ),
    (
        "name",
        Opcodes::of(&[
            Opcode::Lookup,
            Opcode::Mknod,
            Opcode::Mkdir,
            Opcode::Unlink,
            Opcode::Rmdir,
            Opcode::Symlink,
            Opcode::Link,
            Opcode::Rename,
            Opcode::Rename2,
            Opcode::Create,
        ]),
    ),
];

/// What is printed of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Filter {
    opcodes: Opcodes,
    /// Whether what belongs to no opcode is printed, too.
    rest: bool,
}

/// A word that is no opcode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no opcode and no group of them{nearest}; see --help")]
pub(super) struct NoOpcode {
    word: String,
    nearest: String,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            opcodes: Opcodes::ALL,
            rest: true,
        }
    }
}

impl Filter {
    /// Whether this is to be printed.
    pub(super) fn lets(&self, entry: &Entry) -> bool {
        entry
            .opcode()
            .map_or(self.rest, |opcode| self.opcodes.contains(opcode))
    }
}

impl std::str::FromStr for Filter {
    type Err = NoOpcode;

    fn from_str(text: &str) -> Result<Self, NoOpcode> {
        // As strace has it: `trace=open`, `trace=!close`.
        let text = text.strip_prefix("trace=").unwrap_or(text);
        let (not, text) = match text.strip_prefix(['!', '^']) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut named = Opcodes::NONE;
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            named = named | set(word)?;
        }
        Ok(Self {
            opcodes: if not { Opcodes::ALL.without(named) } else { named },
            rest: not,
        })
    }
}

fn set(word: &str) -> Result<Opcodes, NoOpcode> {
    let lower = word.to_lowercase();
    let group = lower.strip_prefix('%').unwrap_or(&lower);
    let found = GROUPS.iter().find(|(name, _)| *name == group);
    match (Opcode::from_name(word), found) {
        (_, Some((_, opcodes))) if lower.starts_with('%') => Ok(*opcodes),
        (Some(opcode), _) => Ok(opcode.into()),
        (None, Some((_, opcodes))) => Ok(*opcodes),
        (None, None) => Err(NoOpcode {
            word: word.to_owned(),
            nearest: nearest(group),
        }),
    }
}

fn nearest(word: &str) -> String {
    const ALIKE: f64 = 0.7;
    let names = Opcode::ALL.iter().map(|opcode| opcode.name().to_lowercase());
    let all = names.chain(GROUPS.iter().map(|(name, _)| format!("%{name}")));
    let closest = all
        .map(|name| (strsim::jaro_winkler(word, name.trim_start_matches('%')), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    closest.map_or_else(String::new, |(_, name)| format!(" (did you mean `{name}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opcodes(text: &str) -> String {
        text.parse::<Filter>().unwrap().opcodes.to_string()
    }

    #[test]
    fn opcodes_are_named_one_by_one_by_group_and_by_what_they_are_not() {
        assert_eq!(opcodes("lookup,FUSE_OPEN"), "LOOKUP|OPEN");
        assert_eq!(opcodes("trace=%stat"), "GETATTR|STATX");
        assert_eq!(opcodes("rename"), "RENAME");
        assert_eq!(opcodes("%rename"), "RENAME|RENAME2");
        let not: Filter = "!%forget,interrupt".parse().unwrap();
        assert!(!not.opcodes.contains(Opcode::BatchForget) && not.opcodes.contains(Opcode::Read));
        assert!(not.rest);
    }

    #[test]
    fn a_wrong_word_is_named_with_what_was_meant() {
        let error = "lokup".parse::<Filter>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`lokup` is no opcode and no group of them (did you mean `lookup`?); see --help"
        );
    }
}

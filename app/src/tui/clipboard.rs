//! What reaches the clipboard of the machine that the terminal runs on (OSC 52): through ssh, through a tmux, and through
//! a GNU screen.

use base64::Engine as _;

use super::tmux;

/// So much of a sequence a GNU screen passes on at once: the oldest ones that are around hold no longer string, and what
/// is too long they drop without a word.
const CHUNK: usize = 250;

/// What stands between us and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    /// Nothing that would keep what is copied.
    Nothing,
    /// A tmux.
    Tmux,
    /// A GNU screen.
    Screen,
}

impl Through {
    /// Reads it from what both of them tell their programs. Who runs a tmux inside of a screen talks to that tmux.
    pub(crate) fn of(var: impl Fn(&str) -> bool) -> Through {
        match () {
            () if var("TMUX") => Through::Tmux,
            () if var("STY") => Through::Screen,
            () => Through::Nothing,
        }
    }

    /// Returns the bytes by which text gets into the clipboard.
    pub(super) fn copy(self, text: &str) -> Vec<u8> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let sequence = format!("\x1b]52;c;{encoded}\x07").into_bytes();
        match self {
            Through::Nothing => sequence,
            // As it is for a tmux that passes it on itself, and wrapped up for one that lets others through.
            Through::Tmux => [sequence.clone(), tmux::wrapped(&sequence)].concat(),
            Through::Screen => in_parts(&sequence),
        }
    }
}

/// Wraps a sequence up in such a way that a GNU screen passes it on: in parts, each of which it takes for one for a
/// printer. The terminal sees them joined.
fn in_parts(sequence: &[u8]) -> Vec<u8> {
    let parts = sequence.chunks(CHUNK);
    parts
        .flat_map(|part| [b"\x1bP", part, b"\x1b\\"].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_what_stands_between() {
        let of = |set: &[&str]| Through::of(|name| set.contains(&name));
        assert_eq!(of(&[]), Through::Nothing);
        assert_eq!(of(&["STY"]), Through::Screen);
        assert_eq!(of(&["STY", "TMUX"]), Through::Tmux);
    }

    #[test]
    fn a_screen_gets_parts_that_it_can_hold_and_the_terminal_all() {
        let text = "what is copied\n".repeat(100);
        let bytes = Through::Screen.copy(&text);
        let (mut joined, mut rest) = (Vec::new(), bytes.as_slice());
        while !rest.is_empty() {
            let part = rest.strip_prefix(b"\x1bP").expect("a part begins");
            let end = memchr::memmem::find(part, b"\x1b\\").expect("a part ends");
            assert!(end <= CHUNK, "{end} bytes are too many");
            joined.extend_from_slice(&part[..end]);
            rest = &part[end + 2..];
        }
        assert_eq!(joined, Through::Nothing.copy(&text));
        assert!(joined.starts_with(b"\x1b]52;c;") && joined.ends_with(b"\x07"));
    }

    #[test]
    fn a_tmux_gets_it_as_it_is_and_wrapped_up() {
        let bytes = Through::Tmux.copy("x");
        assert_eq!(bytes, b"\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\");
    }
}

//! One line of text that is being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The text and where in it the next letter goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    /// In bytes, at the start of a character or at the end.
    cursor: usize,
}

/// What a key did to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text is as it was.
    Nothing,
    /// The text is another.
    Changed,
    /// It is finished.
    Accepted,
    /// It is not wanted any more.
    Cancelled,
}

impl Prompt {
    /// A prompt that begins with `text`, the cursor behind it.
    #[must_use]
    pub fn new(text: &str) -> Prompt {
        Prompt {
            text: text.to_owned(),
            cursor: text.len(),
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text before the cursor.
    #[must_use]
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Puts text in; control characters, as line ends in what was pasted, are left out.
    pub fn insert(&mut self, text: &str) {
        for letter in text.chars().filter(|letter| !letter.is_control()) {
            self.text.insert(self.cursor, letter);
            self.cursor += letter.len_utf8();
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Typed {
        let held = key.modifiers - KeyModifiers::SHIFT;
        match (key.code, held) {
            (KeyCode::Enter, _) => return Typed::Accepted,
            (KeyCode::Esc, _) => return Typed::Cancelled,
            (KeyCode::Char('c'), KeyModifiers::CONTROL) => return Typed::Cancelled,
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => self.remove(0),
            (KeyCode::Char('w'), KeyModifiers::CONTROL) => self.remove(self.word()),
            (KeyCode::Backspace, _) => self.remove(self.left()),
            (KeyCode::Char(letter), KeyModifiers::NONE) => self.insert(letter.encode_utf8(&mut [0; 4])),
            (KeyCode::Left, _) => return self.go(self.left()),
            (KeyCode::Right, _) => return self.go(self.right()),
            (KeyCode::Home, _) => return self.go(0),
            (KeyCode::End, _) => return self.go(self.text.len()),
            _ => return Typed::Nothing,
        }
        Typed::Changed
    }

    fn go(&mut self, to: usize) -> Typed {
        self.cursor = to;
        Typed::Nothing
    }

    fn left(&self) -> usize {
        self.before().char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        let next = self.text[self.cursor..].chars().next();
        self.cursor + next.map_or(0, char::len_utf8)
    }

    /// Where the word before the cursor begins.
    fn word(&self) -> usize {
        let trimmed = self.before().trim_end();
        trimmed.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    fn remove(&mut self, from: usize) {
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(prompt: &mut Prompt, code: KeyCode, held: KeyModifiers) -> Typed {
        prompt.key(KeyEvent::new(code, held))
    }

    #[test]
    fn letters_of_any_length_come_and_go() {
        let mut prompt = Prompt::new("größe");
        press(&mut prompt, KeyCode::Left, KeyModifiers::NONE);
        press(&mut prompt, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut prompt, KeyCode::Char('S'), KeyModifiers::SHIFT);
        assert_eq!((prompt.text(), prompt.before()), ("gröSe", "gröS"));
        press(&mut prompt, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(prompt.text(), "e");
    }

    #[test]
    fn a_word_at_a_time() {
        let mut prompt = Prompt::new("mkdir two  ");
        assert_eq!(
            press(&mut prompt, KeyCode::Char('w'), KeyModifiers::CONTROL),
            Typed::Changed
        );
        assert_eq!(prompt.text(), "mkdir ");
    }

    #[test]
    fn pasted_lines_become_one() {
        let mut prompt = Prompt::default();
        prompt.insert("a\nb\x1b");
        assert_eq!(prompt.text(), "ab");
    }
}

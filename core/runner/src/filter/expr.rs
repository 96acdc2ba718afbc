//! pytest's selection expressions: `name and (tag or other) and not slow`.

use thiserror::Error;

/// A parsed expression over words.
///
/// The grammar is pytest's: `expr := and ("or" and)*`, `and := not ("and" not)*`, `not := "not" not | "(" expr ")" |
/// WORD`. A word is made of letters, digits and `_ : + - . [ ] \ /`. What a word means is the caller's: for `-k` a
/// case-insensitive part of a name or tag, for `-t` a tag.
///
/// ```
/// let expr: gkfs_runner::filter::Expr = "write and not (slow or posix)".parse()?;
/// assert!(expr.holds(&|word| word == "write"));
/// assert!(!expr.holds(&|word| word == "write" || word == "slow"));
/// # Ok::<(), gkfs_runner::filter::ExprError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Every test; the empty expression.
    All,
    /// One word.
    Word(String),
    /// Not.
    Not(Box<Expr>),
    /// Both.
    And(Box<Expr>, Box<Expr>),
    /// One of them, or both.
    Or(Box<Expr>, Box<Expr>),
}

/// An expression that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("wrong expression `{text}`: at column {column}, expected {expected}, found {found}")]
pub struct ExprError {
    text: String,
    column: usize,
    expected: &'static str,
    found: String,
}

/// Deeper nesting is refused, so that no input exhausts the stack.
const DEEPEST: usize = 64;

impl Expr {
    /// Whether the expression holds, given which words hold.
    pub fn holds(&self, word: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Word(text) => word(text),
            Self::Not(inner) => !inner.holds(word),
            Self::And(left, right) => left.holds(word) && right.holds(word),
            Self::Or(left, right) => left.holds(word) || right.holds(word),
        }
    }
}

impl std::str::FromStr for Expr {
    type Err = ExprError;

    fn from_str(text: &str) -> Result<Self, ExprError> {
        let mut parser = Parser {
            text,
            rest: text,
            depth: 0,
        };
        if parser.peek() == Token::End {
            return Ok(Self::All);
        }
        let expr = parser.or()?;
        match parser.peek() {
            Token::End => Ok(expr),
            _ => Err(parser.error("`and`, `or` or the end")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Open,
    Close,
    Not,
    And,
    Or,
    Word(&'a str),
    Strange(char),
    End,
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.and()?;
        while self.peek() == Token::Or {
            self.next();
            left = Expr::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.not()?;
        while self.peek() == Token::And {
            self.next();
            left = Expr::And(left.into(), self.not()?.into());
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, ExprError> {
        if self.depth == DEEPEST {
            return Err(self.error("less nesting"));
        }
        self.depth += 1;
        let expr = match self.peek() {
            Token::Not => {
                self.next();
                Expr::Not(self.not()?.into())
            }
            Token::Open => {
                self.next();
                let inner = self.or()?;
                if self.peek() != Token::Close {
                    return Err(self.error("`)`"));
                }
                self.next();
                inner
            }
            Token::Word(word) => {
                self.next();
                Expr::Word(word.to_owned())
            }
            _ => return Err(self.error("a word, `not` or `(`")),
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn peek(&self) -> Token<'a> {
        self.token().0
    }

    fn next(&mut self) {
        self.rest = self.token().1;
    }

    /// The next token and what follows it.
    fn token(&self) -> (Token<'a>, &'a str) {
        let rest = self.rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return (Token::End, rest);
        };
        match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            _ if is_word(first) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let token = match &rest[..end] {
                    "not" => Token::Not,
                    "and" => Token::And,
                    "or" => Token::Or,
                    word => Token::Word(word),
                };
                (token, &rest[end..])
            }
            _ => (Token::Strange(first), &rest[first.len_utf8()..]),
        }
    }

    fn error(&self, expected: &'static str) -> ExprError {
        let at = self.text.len() - self.rest.trim_start().len();
        let found = match self.peek() {
            Token::End => "the end".to_owned(),
            Token::Open => "`(`".to_owned(),
            Token::Close => "`)`".to_owned(),
            Token::Not => "`not`".to_owned(),
            Token::And => "`and`".to_owned(),
            Token::Or => "`or`".to_owned(),
            Token::Word(word) => format!("`{word}`"),
            Token::Strange(c) => format!("`{c}`"),
        };
        let column = self.text[..at].chars().count() + 1;
        ExprError {
            text: self.text.to_owned(),
            column,
            expected,
            found,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_:+-.[]\\/".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Fully parenthesised, so that printing and parsing must agree on structure.
    fn print(expr: &Expr) -> String {
        match expr {
            Expr::All => String::new(),
            Expr::Word(word) => word.clone(),
            Expr::Not(inner) => format!("not ({})", print(inner)),
            Expr::And(a, b) => format!("({}) and ({})", print(a), print(b)),
            Expr::Or(a, b) => format!("({}) or ({})", print(a), print(b)),
        }
    }

    fn exprs() -> impl Strategy<Value = Expr> {
        let word = "[a-z_:\\[\\]0-9.]{1,8}"
            .prop_filter("keyword", |w| !["and", "or", "not"].contains(&w.as_str()))
            .prop_map(Expr::Word);
        word.prop_recursive(5, 32, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|e| Expr::Not(e.into())),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::And(a.into(), b.into())),
                (inner.clone(), inner).prop_map(|(a, b)| Expr::Or(a.into(), b.into())),
            ]
        })
    }

    proptest! {
        #[test]
        fn printed_and_parsed_is_the_same(expr in exprs()) {
            prop_assert_eq!(print(&expr).parse::<Expr>().unwrap(), expr);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,80}") {
            let _ = text.parse::<Expr>();
        }

        #[test]
        fn de_morgan(a: bool, b: bool) {
            let truth = |w: &str| if w == "a" { a } else { b };
            let left: Expr = "not (a or b)".parse().unwrap();
            let right: Expr = "not a and not b".parse().unwrap();
            prop_assert_eq!(left.holds(&truth), right.holds(&truth));
        }
    }

    #[test]
    fn and_binds_tighter_than_or_and_not_tightest() {
        let expr: Expr = "not a and b or c".parse().unwrap();
        assert_eq!(print(&expr), "((not (a)) and (b)) or (c)");
    }

    #[test]
    fn nothing_selects_all() {
        assert!("  ".parse::<Expr>().unwrap().holds(&|_| false));
    }

    #[test]
    fn errors_say_where() {
        let column = |text: &str| text.parse::<Expr>().unwrap_err().to_string();
        assert_eq!(
            column("a and"),
            "wrong expression `a and`: at column 6, expected a word, `not` or `(`, found the end"
        );
        assert_eq!(
            column("(a b"),
            "wrong expression `(a b`: at column 4, expected `)`, found `b`"
        );
        assert!(column("a ? b").contains("found `?`"));
        assert!("(".repeat(100_000).parse::<Expr>().is_err());
        assert!("not ".repeat(100_000).parse::<Expr>().is_err());
    }
}

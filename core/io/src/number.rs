//! Numbers and flags as upstream's command-line parser (CLI11) reads them.

/// The integers that arguments are made of.
pub(crate) trait Integer: Sized {
    const SIGNED: bool;
    fn from_i128(value: i128) -> Option<Self>;
}

macro_rules! integer {
    ($($t:ident $signed:literal)*) => { $(
        impl Integer for $t {
            const SIGNED: bool = $signed;
            fn from_i128(value: i128) -> Option<Self> {
                value.try_into().ok()
            }
        }
    )* };
}

integer!(i32 true u32 false i64 true u64 false);

/// Reads decimal, `0` octal, `0o` octal, `0x` hexadecimal and `0b` binary; a sign only for signed types.
pub(crate) fn parse<T: Integer>(word: &str) -> Option<T> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) if T::SIGNED => (true, rest),
        Some(_) => return None,
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let (radix, digits) = radix(digits);
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    T::from_i128(if negative { -magnitude } else { magnitude })
}

fn radix(digits: &str) -> (u32, &str) {
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    }
}

/// Reads a flag: words, one letter, or a number.
pub(crate) fn parse_flag(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "enable" | "t" | "y" | "+" => Some(true),
        "false" | "off" | "no" | "disable" | "f" | "n" | "-" => Some(false),
        number => parse::<i64>(number).map(|n| n > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_bases_of_the_command_line() {
        assert_eq!(parse::<u32>("511"), Some(511));
        assert_eq!(parse::<u32>("0777"), Some(0o777));
        assert_eq!(parse::<u32>("0o777"), Some(0o777));
        assert_eq!(parse::<i32>("0x42"), Some(66));
        assert_eq!(parse::<i32>("0b101"), Some(5));
        assert_eq!(parse::<i64>("-5"), Some(-5));
        assert_eq!(parse::<u64>("18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse::<u32>("0"), Some(0));
    }

    #[test]
    fn refuses_what_is_no_number_of_the_type() {
        for word in [
            "",
            "-",
            "abc",
            "08",
            "0x",
            "1.5",
            "5 ",
            "--5",
            "0xfffffffff",
            "5é",
        ] {
            assert_eq!(parse::<i32>(word), None, "{word:?}");
        }
        assert_eq!(parse::<u32>("-1"), None);
        assert_eq!(parse::<u32>("4294967296"), None);
    }

    #[test]
    fn reads_flags() {
        assert_eq!(parse_flag("1"), Some(true));
        assert_eq!(parse_flag("True"), Some(true));
        assert_eq!(parse_flag("0"), Some(false));
        assert_eq!(parse_flag("off"), Some(false));
        assert_eq!(parse_flag("maybe"), None);
    }
}

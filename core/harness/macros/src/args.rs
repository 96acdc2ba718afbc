//! What stands in the parentheses of `#[gkfs_harness::test(…)]`.

use std::time::Duration;

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprArray, Ident, LitStr, Result, Token, parenthesized};

/// The attribute's arguments.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) tags: Vec<String>,
    pub(crate) timeout: Option<Duration>,
    /// `Some("")` when no reason is given.
    pub(crate) ignore: Option<String>,
    pub(crate) params: Vec<Param>,
}

/// One parameter and the values it takes.
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) values: Vec<Expr>,
}

impl Parse for Args {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            args.parse_one(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

impl Args {
    fn parse_one(&mut self, input: ParseStream) -> Result<()> {
        let key: Ident = input.parse()?;
        match key.to_string().as_str() {
            "tags" => {
                let inner;
                parenthesized!(inner in input);
                let tags = Punctuated::<LitStr, Token![,]>::parse_terminated(&inner)?;
                self.tags.extend(tags.iter().map(LitStr::value));
            }
            "params" => {
                let inner;
                parenthesized!(inner in input);
                self.params
                    .extend(Punctuated::<Param, Token![,]>::parse_terminated(&inner)?);
            }
            "timeout" => {
                input.parse::<Token![=]>()?;
                self.timeout = Some(duration(&input.parse()?)?);
            }
            "ignore" => {
                let reason = if input.peek(Token![=]) {
                    input.parse::<Token![=]>()?;
                    input.parse::<LitStr>()?.value()
                } else {
                    String::new()
                };
                self.ignore = Some(reason);
            }
            other => {
                let text = format!("unknown key `{other}`: tags(…), params(…), timeout and ignore are known");
                return Err(Error::new(key.span(), text));
            }
        }
        Ok(())
    }
}

impl Parse for Param {
    fn parse(input: ParseStream) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let array: ExprArray = input.parse()?;
        if array.elems.is_empty() {
            return Err(Error::new_spanned(array, "a parameter needs at least one value"));
        }
        Ok(Self {
            name,
            values: array.elems.into_iter().collect(),
        })
    }
}

/// Reads `"500ms"`, `"10s"`, `"2m"`, `"1h"`.
fn duration(literal: &LitStr) -> Result<Duration> {
    let text = literal.value();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|n| n.checked_mul(scale)) {
        Some(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        _ => Err(Error::new(
            literal.span(),
            "a duration is a number and ms, s, m or h, as in \"10s\"",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_key() {
        let args: Args = syn::parse_str(
            r#"tags("posix", "slow"), timeout = "500ms", ignore = "later", params(a = [1, 2], b = ["x"])"#,
        )
        .unwrap();
        assert_eq!(args.tags, ["posix", "slow"]);
        assert_eq!(args.timeout, Some(Duration::from_millis(500)));
        assert_eq!(args.ignore.as_deref(), Some("later"));
        assert_eq!(
            args.params.iter().map(|p| p.values.len()).collect::<Vec<_>>(),
            [2, 1]
        );
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (text, part) in [
            ("tag(\"a\")", "unknown key `tag`"),
            ("timeout = \"10\"", "a duration is"),
            ("timeout = \"0s\"", "a duration is"),
            ("params(a = [])", "at least one value"),
        ] {
            let error = syn::parse_str::<Args>(text).err().expect(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}

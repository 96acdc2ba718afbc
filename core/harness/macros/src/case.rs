//! Parametrised tests: from `params(…)` and `#[case(…)]` to named cases.

use std::collections::HashSet;

use proc_macro2::Span;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, Meta, Result, Token};

use crate::args::Param;

/// Longer source text makes no readable id; such a value is called by its parameter and place instead.
const LONGEST_LABEL: usize = 32;

/// One case of a parametrised test.
pub(crate) struct Case {
    /// What stands in the brackets of the test's id.
    pub(crate) label: String,
    /// The name of the `#[test]` function inside the module of the test's name.
    pub(crate) ident: Ident,
    /// Each parameter's value, in the order they were written.
    pub(crate) values: Vec<(Ident, Expr)>,
}

impl Case {
    /// The parameters as text, for the listing.
    pub(crate) fn described(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.values
            .iter()
            .map(|(name, value)| (name.to_string(), text_of(value)))
    }
}

/// One `name = value` inside `#[case(…)]`.
struct Binding(Ident, Expr);

impl Parse for Binding {
    fn parse(input: ParseStream) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self(name, input.parse()?))
    }
}

/// Takes the `#[case]` attributes out of `attributes` and reads them.
pub(crate) fn take_cases(attributes: &mut Vec<Attribute>) -> Result<Vec<Case>> {
    let (cases, rest) = std::mem::take(attributes).into_iter().partition(is_case);
    *attributes = rest;
    let cases: Vec<Attribute> = cases;
    let mut names = Names::default();
    cases
        .iter()
        .enumerate()
        .map(|(at, attribute)| read_case(attribute, at, &mut names))
        .collect()
}

fn is_case(attribute: &Attribute) -> bool {
    attribute
        .path()
        .segments
        .first()
        .is_some_and(|first| first.ident == "case")
}

fn read_case(attribute: &Attribute, at: usize, names: &mut Names) -> Result<Case> {
    let Meta::List(list) = &attribute.meta else {
        return Err(Error::new_spanned(
            attribute,
            "write the case's values: #[case(name = value)]",
        ));
    };
    let bindings = list.parse_args_with(Punctuated::<Binding, Token![,]>::parse_terminated)?;
    let values: Vec<_> = bindings
        .into_iter()
        .map(|Binding(name, value)| (name, value))
        .collect();
    let label = match attribute.path().segments.iter().nth(1) {
        Some(own) => own.ident.to_string(),
        None => label_of(&values, &vec![at; values.len()]),
    };
    Ok(names.case(label, values))
}

/// Every combination of the parameters' values; the last parameter varies fastest.
pub(crate) fn combine(params: &[Param]) -> Vec<Case> {
    let total = if params.is_empty() {
        0
    } else {
        params.iter().map(|p| p.values.len()).product()
    };
    let mut names = Names::default();
    (0..total)
        .map(|mut number| {
            let mut at = vec![0; params.len()];
            for (index, param) in params.iter().enumerate().rev() {
                at[index] = number % param.values.len();
                number /= param.values.len();
            }
            let chosen = params.iter().zip(&at);
            let values: Vec<_> = chosen
                .map(|(p, &i)| (p.name.clone(), p.values[i].clone()))
                .collect();
            let label = label_of(&values, &at);
            names.case(label, values)
        })
        .collect()
}

fn label_of(values: &[(Ident, Expr)], at: &[usize]) -> String {
    let words = values.iter().zip(at).map(|((name, value), at)| {
        let text = text_of(value);
        if text.is_empty() || text.len() > LONGEST_LABEL {
            format!("{name}{at}")
        } else {
            text
        }
    });
    words.collect::<Vec<_>>().join("-")
}

/// A string's own text, any other expression's source without blanks.
fn text_of(value: &Expr) -> String {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) => text.value(),
        other => other.to_token_stream().to_string().split_whitespace().collect(),
    }
}

/// Whether an expression uses a name.
fn mentions(value: &Expr, name: &str) -> bool {
    if matches!(value, Expr::Lit(_)) {
        return false;
    }
    let source = value.to_token_stream().to_string();
    source
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

/// Keeps labels and function names unique within one test.
#[derive(Default)]
struct Names {
    labels: HashSet<String>,
    idents: HashSet<String>,
}

impl Names {
    fn case(&mut self, label: String, values: Vec<(Ident, Expr)>) -> Case {
        let label = unique(&mut self.labels, label, "-");
        let word: String = label
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        // A label that is an identifier stays as it is, so that an author's own label can be typed; but the function
        // must not hide a constant of that name from the values.
        let is_ident = word == label && syn::parse_str::<Ident>(&label).is_ok();
        let ident = if is_ident && !values.iter().any(|(_, value)| mentions(value, &label)) {
            label.clone()
        } else {
            format!("case_{word}")
        };
        let ident = unique(&mut self.idents, ident, "_");
        Case {
            label,
            ident: Ident::new(&ident, Span::call_site()),
            values,
        }
    }
}

fn unique(taken: &mut HashSet<String>, wanted: String, separator: &str) -> String {
    let mut name = wanted.clone();
    for number in 2.. {
        if taken.insert(name.clone()) {
            break;
        }
        name = format!("{wanted}{separator}{number}");
    }
    name
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn names(cases: &[Case]) -> Vec<(String, String)> {
        cases
            .iter()
            .map(|case| (case.label.clone(), case.ident.to_string()))
            .collect()
    }

    #[test]
    fn parameters_are_combined_last_fastest() {
        let args: crate::args::Args =
            syn::parse_str(r#"params(size = ["0", "1K"], mode = [0o700, 7])"#).unwrap();
        let found = names(&combine(&args.params));
        let labels: Vec<_> = found.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["0-0o700", "0-7", "1K-0o700", "1K-7"]);
        assert_eq!(found[0].1, "case_0_0o700");
    }

    #[test]
    fn cases_have_labels_and_stay_unique() {
        let mut attributes: Vec<Attribute> = vec![
            parse_quote!(#[case::empty(size = 0)]),
            parse_quote!(#[doc = "kept"]),
            parse_quote!(#[case(size = 1 + 1)]),
            parse_quote!(#[case(size = 1 + 1)]),
            parse_quote!(#[case(size = "a/b")]),
            parse_quote!(#[case(size = "a//b")]),
        ];
        let cases = take_cases(&mut attributes).unwrap();
        assert_eq!(attributes.len(), 1);
        let expected = [
            ("empty", "empty"),
            ("1+1", "case_1_1"),
            ("1+1-2", "case_1_1_2"),
            ("a/b", "case_a_b"),
            ("a//b", "case_a__b"),
        ];
        assert_eq!(names(&cases), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_constant_is_not_hidden_by_its_case() {
        let args: crate::args::Args = syn::parse_str("params(size = [CHUNK, 2 * CHUNK])").unwrap();
        let found = names(&combine(&args.params));
        assert_eq!(found[0], ("CHUNK".into(), "case_CHUNK".into()));
        assert_eq!(found[1], ("2*CHUNK".into(), "case_2_CHUNK".into()));
    }

    #[test]
    fn long_values_are_called_by_their_place() {
        let args: crate::args::Args =
            syn::parse_str(r#"params(text = ["", "a string that is much too long to stand in an id"])"#)
                .unwrap();
        let labels: Vec<_> = combine(&args.params).into_iter().map(|case| case.label).collect();
        assert_eq!(labels, ["text0", "text1"]);
    }
}

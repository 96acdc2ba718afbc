//! From the author's function to libtest's.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, Ident, ItemFn, Lit, Meta, Result};

use crate::args::Args;
use crate::case::{Case, combine, take_cases};
use crate::listing::Listing;
use crate::signature::{Argument, argument, check_all_taken, check_same_parameters, check_signature};

/// What every case of one test has in common.
struct Test<'a> {
    function: &'a ItemFn,
    args: &'a Args,
    arguments: Vec<Argument>,
    description: Option<String>,
    ignored: bool,
    line: usize,
}

/// Expands `#[gkfs_harness::test]`.
pub(crate) fn test(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let args: Args = syn::parse2(attribute)?;
    let mut function: ItemFn = syn::parse2(item)?;
    check_signature(&function)?;
    let cases = all_cases(&args, &mut function)?;
    let parameters: Vec<Ident> = cases
        .first()
        .map(|case| case.values.iter().map(|(name, _)| name.clone()).collect())
        .unwrap_or_default();
    check_same_parameters(&cases, &parameters)?;
    let arguments: Vec<Argument> = function
        .sig
        .inputs
        .iter()
        .map(|arg| argument(arg, &parameters))
        .collect::<Result<_>>()?;
    check_all_taken(&arguments, &parameters)?;
    let test = Test {
        description: description(&function.attrs),
        ignored: args.ignore.is_some() || function.attrs.iter().any(|a| a.path().is_ident("ignore")),
        // The compiler has no position for tokens that a unit test of this crate makes.
        line: if proc_macro::is_available() {
            function.sig.ident.span().unwrap().line()
        } else {
            0
        },
        function: &function,
        args: &args,
        arguments,
    };
    Ok(if cases.is_empty() {
        test.single()
    } else {
        test.parametrised(&cases)
    })
}

fn all_cases(args: &Args, function: &mut ItemFn) -> Result<Vec<Case>> {
    let cases = take_cases(&mut function.attrs)?;
    if !cases.is_empty() && !args.params.is_empty() {
        let text = "a test has either params(…) or #[case(…)] lines, not both";
        return Err(Error::new_spanned(&function.sig.ident, text));
    }
    Ok(if cases.is_empty() {
        combine(&args.params)
    } else {
        cases
    })
}

impl Test<'_> {
    fn single(&self) -> TokenStream {
        let function = self.without_test_attributes();
        let name = &self.function.sig.ident;
        let attributes = self.test_attributes();
        let run = self.run(None);
        quote! {
            #(#attributes)*
            fn #name() {
                #function
                #run
            }
        }
    }

    /// The author's function beside a module of the same name, which holds the cases.
    fn parametrised(&self, cases: &[Case]) -> TokenStream {
        let function = self.without_test_attributes();
        let name = &self.function.sig.ident;
        let attributes = self.test_attributes();
        let tests = cases.iter().map(|case| {
            let case_name = &case.ident;
            let run = self.run(Some(case));
            quote! {
                #(#attributes)*
                fn #case_name() {
                    #run
                }
            }
        });
        quote! {
            #[cfg(test)]
            #function

            #[cfg(test)]
            mod #name {
                #[allow(unused_imports)]
                use super::*;
                #(#tests)*
            }
        }
    }

    fn without_test_attributes(&self) -> ItemFn {
        let mut function = self.function.clone();
        function.attrs.retain(|a| !a.path().is_ident("ignore"));
        function
    }

    fn test_attributes(&self) -> Vec<TokenStream> {
        let mut attributes = vec![quote!(#[::core::prelude::v1::test])];
        let own = self.function.attrs.iter();
        attributes.extend(
            own.filter(|a| a.path().is_ident("ignore") || a.path().is_ident("cfg"))
                .map(|a| quote!(#a)),
        );
        match self.args.ignore.as_deref() {
            Some("") => attributes.push(quote!(#[ignore])),
            Some(reason) => attributes.push(quote!(#[ignore = #reason])),
            None => {}
        }
        attributes
    }

    fn run(&self, case: Option<&Case>) -> TokenStream {
        let names: Vec<Ident> = (0..self.arguments.len())
            .map(|i| format_ident!("argument_{i}"))
            .collect();
        let fixtures = self
            .arguments
            .iter()
            .zip(&names)
            .filter_map(|(argument, name)| match argument {
                Argument::Shared(ty) => {
                    Some((ty, name, quote_spanned!(ty.span()=> context.fixture::<#ty>()?)))
                }
                Argument::Exclusive(ty) => {
                    Some((ty, name, quote_spanned!(ty.span()=> context.exclusive::<#ty>()?)))
                }
                Argument::Parameter(_) => None,
            });
        // What is started before the overlay would live outside of it.
        let (overlay, others): (Vec<_>, Vec<_>) = fixtures.partition(|(ty, ..)| is_overlay(ty));
        let in_order = overlay.into_iter().chain(others);
        let (bound, made): (Vec<_>, Vec<_>) = in_order.map(|(_, name, made)| (name, made)).unzip();
        let passed = self
            .arguments
            .iter()
            .zip(&names)
            .map(|(argument, name)| match argument {
                Argument::Shared(_) => quote!(&#name),
                Argument::Exclusive(_) => quote!(&mut #name),
                Argument::Parameter(parameter) => value_of(case, parameter),
            });
        let function = &self.function.sig.ident;
        let function = if case.is_some() {
            quote!(super::#function)
        } else {
            quote!(#function)
        };
        let listing = self.listing(case);
        quote! {
            #listing
            ::gkfs_harness::support::run(
                &TEST,
                |context| { let _ = context; ::core::result::Result::Ok((#(#made,)*)) },
                #[allow(unused_mut, unused_variables)]
                |(#(mut #bound,)*)| ::gkfs_harness::TestOutcome::into_result(#function(#(#passed),*)),
            );
        }
    }

    /// The constants that describe the test to a runner and to the harness.
    fn listing(&self, case: Option<&Case>) -> TokenStream {
        let function = self.function.sig.ident.to_string();
        let name = case.map_or_else(|| function.clone(), |case| case.ident.to_string());
        let label = case.map(|case| case.label.as_str());
        let timeout_ms = self.args.timeout.map(|timeout| timeout.as_millis() as u64);
        let parts = Listing {
            name: &name,
            label,
            params: case
                .map(|c| c.described().map(|(k, v)| (k, v.into())).collect())
                .unwrap_or_default(),
            tags: &self.args.tags,
            description: self.description.as_deref(),
            ignored: self.ignored,
            timeout_ms,
            line: self.line,
        }
        .parts();
        let label = option(label);
        let timeout = option(timeout_ms);
        quote! {
            use ::gkfs_harness::support::Part;
            const PARTS: &[Part] = #parts;
            // Naming a section is an unsafe attribute: a reader of the section trusts its bytes. They are JSON
            // lines whoever writes them.
            #[allow(unsafe_code)]
            #[unsafe(link_section = "gkfs_tests")]
            #[used]
            static LISTING: [u8; ::gkfs_harness::support::length(PARTS)] =
                ::gkfs_harness::support::join(PARTS);
            const TEST: ::gkfs_harness::support::Test = ::gkfs_harness::support::Test {
                module: ::core::module_path!(),
                function: #name,
                label: #label,
                timeout_ms: #timeout,
                manifest_dir: ::core::option_env!("CARGO_MANIFEST_DIR"),
                stack_program: ::core::option_env!("CARGO_BIN_EXE_gkfs-stack"),
            };
        }
    }
}

/// Whether the type is called `Overlay`, by whatever path.
fn is_overlay(ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "Overlay"),
        _ => false,
    }
}

fn value_of(case: Option<&Case>, parameter: &Ident) -> TokenStream {
    let values = case.iter().flat_map(|case| &case.values);
    let value = values
        .filter(|(name, _)| name == parameter)
        .map(|(_, value)| value)
        .next();
    quote!(#value)
}

fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The first line of the documentation comment.
fn description(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_without_arguments_becomes_a_test_function() {
        let function: TokenStream = syn::parse_str("fn nothing() {}").unwrap();
        let text = test(TokenStream::new(), function).unwrap().to_string();
        assert!(text.contains("fn nothing ()"), "{text}");
        assert!(text.contains("gkfs_tests"), "{text}");
    }

    #[test]
    fn an_overlay_is_set_up_first_wherever_it_stands() {
        let function: TokenStream = syn::parse_str("fn f(daemon: &Daemon, view: &h::Overlay) {}").unwrap();
        let text = test(TokenStream::new(), function).unwrap().to_string();
        let at = |part: &str| text.find(part).expect(part);
        assert!(
            at("fixture :: < h :: Overlay >") < at("fixture :: < Daemon >"),
            "{text}"
        );
        assert!(text.contains("f (& argument_0 , & argument_1)"), "{text}");
    }

    #[test]
    fn wrong_functions_are_refused_with_the_reason() {
        for (attribute, function, part) in [
            ("", "fn f(a: Daemon) {}", "taken by reference"),
            ("params(a = [1])", "fn f() {}", "no argument `a`"),
            ("", "async fn f() {}", "not async"),
            ("", "#[should_panic] fn f() {}", "not supported"),
            ("params(a = [1])", "#[case(a = 1)] fn f(a: u8) {}", "either"),
            (
                "",
                "#[case(a = 1)] #[case(b = 1)] fn f(a: u8) {}",
                "same parameters",
            ),
        ] {
            let [attribute, function] = [attribute, function].map(|text| syn::parse_str(text).unwrap());
            let error = test(attribute, function).expect_err(part).to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

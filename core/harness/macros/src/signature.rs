//! What an author's function may look like, and what its arguments are.

use proc_macro2::Span;
use syn::{Attribute, Error, FnArg, Ident, ItemFn, Pat, Result, Type};

use crate::case::Case;

/// An argument of the author's function.
pub(crate) enum Argument {
    Shared(Type),
    Exclusive(Type),
    Parameter(Ident),
}

pub(crate) fn check_signature(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if let Some(keyword) = &signature.asyncness {
        return Err(Error::new_spanned(
            keyword,
            "a test function is not async: fixtures block",
        ));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &signature.generics,
            "a test function has no generic parameters",
        ));
    }
    let unwanted = |a: &&Attribute| a.path().is_ident("should_panic") || a.path().is_ident("test");
    if let Some(attribute) = function.attrs.iter().find(unwanted) {
        let text = "not supported here: #[gkfs_harness::test] adds #[test] itself, and a test that is to fail \
                    catches the failure in its body";
        return Err(Error::new_spanned(attribute, text));
    }
    Ok(())
}

pub(crate) fn check_same_parameters(cases: &[Case], parameters: &[Ident]) -> Result<()> {
    for case in cases {
        if !case.values.iter().map(|(name, _)| name).eq(parameters) {
            let text = format!(
                "case `{}` does not name the same parameters as the first",
                case.label
            );
            let span = case
                .values
                .first()
                .map_or(Span::call_site(), |(name, _)| name.span());
            return Err(Error::new(span, text));
        }
    }
    Ok(())
}

pub(crate) fn check_all_taken(arguments: &[Argument], parameters: &[Ident]) -> Result<()> {
    let taken = |p: &&Ident| {
        !arguments
            .iter()
            .any(|a| matches!(a, Argument::Parameter(name) if name == *p))
    };
    match parameters.iter().find(taken) {
        Some(name) => Err(Error::new(
            name.span(),
            format!("the function takes no argument `{name}`"),
        )),
        None => Ok(()),
    }
}

pub(crate) fn argument(arg: &FnArg, parameters: &[Ident]) -> Result<Argument> {
    let FnArg::Typed(typed) = arg else {
        return Err(Error::new_spanned(arg, "a test function has no self"));
    };
    if let Pat::Ident(name) = &*typed.pat
        && parameters.contains(&name.ident)
    {
        return Ok(Argument::Parameter(name.ident.clone()));
    }
    match &*typed.ty {
        Type::Reference(reference) if reference.mutability.is_some() => {
            Ok(Argument::Exclusive((*reference.elem).clone()))
        }
        Type::Reference(reference) => Ok(Argument::Shared((*reference.elem).clone())),
        other => {
            let text = "neither a parameter nor a fixture: a fixture is taken by reference, `name: &Type`";
            Err(Error::new_spanned(other, text))
        }
    }
}

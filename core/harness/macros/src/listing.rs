//! The line of JSON that describes one test in the ELF section `gkfs_tests`.
//!
//! Module path and file are known to the compiler only after expansion, so the macro writes the line's
//! pieces and a `const fn` of the harness puts them together.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value};

/// What the macro itself knows about one test.
pub(crate) struct Listing<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: Option<&'a str>,
    pub(crate) params: Map<String, Value>,
    pub(crate) tags: &'a [String],
    pub(crate) description: Option<&'a str>,
    pub(crate) ignored: bool,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) line: usize,
}

impl Listing<'_> {
    /// An expression of type `&[Part]`.
    pub(crate) fn parts(&self) -> TokenStream {
        let name = inside_string(self.name);
        let (id_path, id_end) = match self.label {
            Some(label) => (quote!(Module), format!("[{}]", inside_string(label))),
            None => (quote!(Prefix), name.clone()),
        };
        let after_name = format!("{name}\",\"id\":\"");
        let after_id = format!("{id_end}\",\"file\":\"");
        let rest = self.rest();
        quote! {
            &[
                Part::Raw("{\"name\":\""), Part::Prefix(::core::module_path!()), Part::Raw(#after_name),
                Part::#id_path(::core::module_path!()), Part::Raw(#after_id),
                Part::Text(::core::file!()), Part::Raw(#rest),
            ]
        }
    }

    fn rest(&self) -> String {
        let mut fields = Map::new();
        fields.insert("line".into(), self.line.into());
        fields.insert("tags".into(), self.tags.into());
        if !self.params.is_empty() {
            fields.insert("params".into(), Value::Object(self.params.clone()));
        }
        if let Some(description) = self.description {
            fields.insert("description".into(), description.into());
        }
        if self.ignored {
            fields.insert("ignored".into(), true.into());
        }
        if let Some(millis) = self.timeout_ms {
            fields.insert("timeout_ms".into(), millis.into());
        }
        let object = Value::Object(fields).to_string();
        format!("\",{}\n", &object[1..])
    }
}

/// The text as it stands between the quotes of a JSON string.
fn inside_string(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

//! What `ctest --show-only=json-v1` says.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// The whole answer.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    #[serde(rename = "backtraceGraph", default)]
    graph: Graph,
    pub(super) tests: Vec<Registered>,
}

#[derive(Debug, Default, Deserialize)]
struct Graph {
    #[serde(default)]
    files: Vec<PathBuf>,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    file: usize,
    line: Option<u32>,
}

/// One `add_test`.
#[derive(Debug, Deserialize)]
pub(super) struct Registered {
    pub(super) name: String,
    /// Absent where its program does not exist.
    #[serde(default)]
    pub(super) command: Vec<String>,
    #[serde(default)]
    properties: Vec<Property>,
    backtrace: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct Property {
    name: String,
    value: Value,
}

impl Listing {
    /// Where a test is registered.
    pub(super) fn place(&self, test: &Registered) -> Option<(PathBuf, u32)> {
        let node = self.graph.nodes.get(test.backtrace?)?;
        Some((self.graph.files.get(node.file)?.clone(), node.line?))
    }
}

impl Registered {
    fn value(&self, name: &str) -> Option<&Value> {
        self.properties
            .iter()
            .find(|property| property.name == name)
            .map(|property| &property.value)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.value(name)?.as_f64()
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.value(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A list; one value alone is a list, too.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match self.value(name) {
            Some(Value::Array(values)) => values.iter().map(text).collect(),
            Some(value) => vec![text(value)],
            None => Vec::new(),
        }
    }

    /// Variables that are set, then those that are changed.
    pub(super) fn environment(&self, current: &dyn Fn(&str) -> Option<String>) -> Vec<(String, String)> {
        let mut env: Vec<(String, String)> = Vec::new();
        for pair in self.list("ENVIRONMENT") {
            let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
            set(&mut env, name, value.to_owned());
        }
        for change in self.list("ENVIRONMENT_MODIFICATION") {
            let Some((name, rest)) = change.split_once('=') else {
                continue;
            };
            let (how, value) = rest.split_once(':').unwrap_or((rest, ""));
            let known = env
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone());
            let before = known.or_else(|| current(name)).unwrap_or_default();
            let changed = modified(&before, how, value).unwrap_or_else(|| current(name).unwrap_or_default());
            set(&mut env, name, changed);
        }
        env
    }
}

fn set(env: &mut Vec<(String, String)>, name: &str, value: String) {
    env.retain(|(known, _)| known != name);
    env.push((name.to_owned(), value));
}

/// One step of `ENVIRONMENT_MODIFICATION`; nothing is what it was outside.
fn modified(before: &str, how: &str, value: &str) -> Option<String> {
    let joined = |separator: &str, first: &str, second: &str| match (first, second) {
        ("", one) | (one, "") => one.to_owned(),
        (first, second) => format!("{first}{separator}{second}"),
    };
    Some(match how {
        "set" => value.to_owned(),
        "unset" => String::new(),
        "string_append" => format!("{before}{value}"),
        "string_prepend" => format!("{value}{before}"),
        "path_list_append" => joined(":", before, value),
        "path_list_prepend" => joined(":", value, before),
        "cmake_list_append" => joined(";", before, value),
        "cmake_list_prepend" => joined(";", value, before),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_set_and_changed_in_order() {
        let json = r#"{"name":"a","properties":[
            {"name":"ENVIRONMENT","value":["A=1","B=two words"]},
            {"name":"ENVIRONMENT_MODIFICATION","value":["PATH=path_list_prepend:/x","A=string_append:2","C=set:3","A=string_prepend:0","B=reset:"]}]}"#;
        let test: Registered = serde_json::from_str(json).unwrap();
        let env = test.environment(&|name| (name == "PATH").then(|| "/bin".to_owned()));
        let value = |name: &str| env.iter().find(|(known, _)| known == name).unwrap().1.as_str();
        assert_eq!(
            (value("PATH"), value("A"), value("B"), value("C")),
            ("/x:/bin", "012", "", "3")
        );
    }
}

//! Help, laid out as CLI11 does.

use std::fmt::Write as _;

use crate::registry::{self, OperationInfo};

const NAME_WIDTH: usize = 28;
const HELP: &str = "-h,--help";
const ABOUT_SESSION: &str = "Execute many operations in one process: JSON lines on stdin and stdout";

/// `gkfs.io --help`
pub(super) fn overview(program: &str) -> String {
    let mut text = head("GekkoFS I/O client", program, " [OPTIONS] SUBCOMMAND");
    options(
        &mut text,
        &[
            (HELP, "Print this help message and exit"),
            ("--help-all", "Expand all help"),
        ],
    );
    text.push_str("\nSubcommands:\n");
    for operation in registry::operations() {
        row(&mut text, operation.name, operation.about);
    }
    row(&mut text, "session", ABOUT_SESSION);
    text
}

/// `gkfs.io --help-all`
pub(super) fn everything(program: &str) -> String {
    let mut text = head("GekkoFS I/O client", program, " [OPTIONS] SUBCOMMAND");
    options(
        &mut text,
        &[
            (HELP, "Print this help message and exit"),
            ("--help-all", "Expand all help"),
        ],
    );
    text.push_str("\nSubcommands:\n");
    for operation in registry::operations() {
        let _ = writeln!(text, "{}\n  {}", operation.name, operation.about);
        for (heading, rows) in [("Positionals:", positionals(operation)), ("Options:", flags())] {
            let _ = writeln!(text, "  {heading}");
            for (name, help) in rows {
                row(&mut text, &format!("  {name}"), &help);
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "session\n  {ABOUT_SESSION}\n  Options:");
    row(&mut text, "  --imitate-process", IMITATE);
    text
}

/// `gkfs.io OPERATION --help`
pub(super) fn operation(program: &str, operation: &OperationInfo) -> String {
    let mut usage = format!(" {} [OPTIONS]", operation.name);
    for argument in operation.arguments {
        let _ = match argument.required {
            true => write!(usage, " {}", argument.name),
            false => write!(usage, " [{}]", argument.name),
        };
    }
    let mut text = head(operation.about, program, &usage);
    text.push_str("\nPositionals:\n");
    for (name, help) in positionals(operation) {
        row(&mut text, &name, &help);
    }
    let flags = flags();
    let rows: Vec<_> = flags
        .iter()
        .map(|(name, help)| (name.as_str(), help.as_str()))
        .collect();
    options(&mut text, &rows);
    text
}

const IMITATE: &str =
    "After each operation close what it opened and reset directory, umask and descriptors 0 to 2";

/// `gkfs.io session --help`
pub(super) fn session(program: &str) -> String {
    let mut text = head(ABOUT_SESSION, program, " session [OPTIONS]");
    options(
        &mut text,
        &[
            (HELP, "Print this help message and exit"),
            ("--imitate-process", IMITATE),
        ],
    );
    text.push_str(
        "\nRequest:  {\"n\":1,\"op\":\"mkdir\",\"args\":{\"pathname\":\"/mnt/d\",\"mode\":511}}\n\
         Answer:   {\"n\":1,\"reply\":{\"errnum\":0,\"retval\":0},\"dur_us\":42}\n\
         or        {\"n\":1,\"error\":{\"kind\":\"bad_argument\",\"message\":\"...\"}}\n",
    );
    text
}

fn head(about: &str, program: &str, usage: &str) -> String {
    format!("{about}\nUsage: {program}{usage}\n")
}

fn options(text: &mut String, rows: &[(&str, &str)]) {
    text.push_str("\nOptions:\n");
    for (name, help) in rows {
        row(text, name, help);
    }
}

fn positionals(operation: &OperationInfo) -> Vec<(String, String)> {
    operation
        .arguments
        .iter()
        .map(|argument| (argument.name.to_owned(), argument.help.to_owned()))
        .collect()
}

fn flags() -> Vec<(String, String)> {
    [
        (HELP, "Print this help message and exit"),
        ("--help-all", "Expand all help"),
        ("-v,--verbose", "Produce human readable output"),
    ]
    .map(|(name, help)| (name.to_owned(), help.to_owned()))
    .into()
}

fn row(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "  {name:<NAME_WIDTH$}{help}");
}

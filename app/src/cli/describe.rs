//! `gkfs-bench completions` and `gkfs-bench man`: the command line, told to shells and to `man`.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::report::Screen;
use crate::{CommandError, Exit};

/// Writes the completions for a shell.
pub(super) fn completions(shell: Shell, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gkfs-bench", &mut script);
    screen.out.write_all(&script)?;
    Ok(Exit::Passed)
}

/// Writes the manual page: one for all verbs, each a section with its arguments.
pub(super) fn man(screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let mut cli = Cli::command();
    // So that each verb knows its whole name.
    cli.build();
    let mut page = Vec::new();
    Man::new(cli.clone()).render(&mut page)?;
    for verb in cli.get_subcommands().filter(|verb| verb.get_name() != "help") {
        section(verb, &mut page)?;
    }
    screen.out.write_all(&page)?;
    Ok(Exit::Passed)
}

/// Writes what is said of a verb, and of the verbs below it.
fn section(verb: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let below: Vec<_> = verb
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help")
        .collect();
    if !below.is_empty() {
        return below.into_iter().try_for_each(|verb| section(verb, page));
    }
    let name = verb.get_bin_name().unwrap_or(verb.get_name());
    writeln!(page, ".SH \"{}\"", name.to_uppercase())?;
    let man = Man::new(verb.clone());
    let mut text = Vec::new();
    man.render_description_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_options_section(&mut text)?;
    // They are sections of a section here.
    let text = String::from_utf8_lossy(&text).replace(".SH ", ".SS ");
    page.write_all(text.as_bytes())
}

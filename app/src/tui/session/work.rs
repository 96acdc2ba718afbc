//! What effects mean for the terminal; all others are for the worker.

use std::io;

use gkfs_runner::Moment;
use gkfs_runner::event::Level;

use super::keys::Keys;
use super::lend::{self, Wish};
use super::{Session, print};
use crate::tui::clipboard::Through;
use crate::tui::msg::{Effect, Msg};
use crate::tui::state::State;
use crate::tui::{shell, view};

impl Session {
    /// Does the work of effects.
    pub(super) fn work(&mut self, state: &mut State, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Copy(text) => self.copy(text),
                Effect::Collect(lines) => self.worker.collect(lines),
                Effect::Save(text) => self.worker.save(text),
                Effect::Mouse(on) => self.screen.mouse(on),
                Effect::ReadLog { file, from } => self.worker.read_log(file, from),
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => self.over = true,
                Effect::Suspend => self.wish = Some(Wish::Suspend),
                Effect::Shell { id, attempt, live } => {
                    match shell::command(&self.programs, &id, &attempt, live) {
                        Ok((command, greeting)) => self.wish = Some(Wish::Visit(command.into(), greeting)),
                        Err(why) => self.take(state, Msg::Note(Level::Error, why))?,
                    }
                }
                Effect::Debug { attempt } => match shell::debugger(&attempt) {
                    Ok((command, greeting)) => self.wish = Some(Wish::Visit(command.into(), greeting)),
                    Err(why) => self.take(state, Msg::Note(Level::Error, why))?,
                },
                Effect::Print => self.wish = Some(Wish::Print),
                Effect::Edit { file, line } => match lend::edit(&state.settings.editor, &file, line) {
                    Ok(command) => self.wish = Some(Wish::Lend(command)),
                    Err(why) => self.take(state, Msg::Note(Level::Error, why))?,
                },
                effect => self.worker.work(effect),
            }
        }
        Ok(())
    }

    fn copy(&mut self, text: String) {
        let through = self.programs.through;
        self.screen.copy(&text, through);
        if through == Through::Tmux {
            self.worker.copy_in_tmux(text);
        }
    }

    /// Lets others have the terminal, and takes it back.
    pub(super) async fn away(&mut self, state: &mut State, wish: Wish) -> io::Result<()> {
        if !self.keys.are_there() {
            return Ok(());
        }
        // Whoever has the terminal gets all the keys.
        tracing::debug!(?wish, "the terminal is for others");
        self.keys = Keys::Lent;
        self.screen.leave();
        let (result, asked) = match wish {
            Wish::Suspend => (self.signals.stop_job().await, None),
            Wish::Lend(command) => lend::run(command, &mut self.signals).await,
            Wish::Visit(command, greeting) => lend::visit(command, &greeting, &mut self.signals).await,
            Wish::Print => print::print(view::plain(state), &mut self.signals).await,
        };
        self.signals.forget_keys();
        self.keys = Keys::read();
        state.now = Moment::now().mono;
        let stood = self.signals.stood();
        if !stood.is_zero() {
            self.take(state, Msg::StoodStill(stood))?;
        }
        self.retake(state)?;
        if let Err(why) = result {
            self.take(state, Msg::Note(Level::Error, why))?;
        }
        match asked {
            Some(asked) => self.asked(state, asked),
            None => Ok(()),
        }
    }
}

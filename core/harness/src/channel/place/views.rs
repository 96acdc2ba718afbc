//! The views of a test's threads: where they are, and what is asked of them.

use std::io;

use serde_json::{Value, json};

use super::Place;
use crate::channel::protocol::{OverlayAct, Refusal};
use crate::channel::server::Answered;
use crate::channel::views::helper::Helper;
use crate::channel::views::{Surroundings, Told, Views};
use crate::error::Result;
use crate::outcome::skip;
use crate::overlay_fixture::surroundings;

impl Place {
    /// Does something with the views of a thread of the other process, which gives that a name.
    pub(in crate::channel) fn overlay(
        &self,
        helper: &Helper,
        test: &str,
        thread: &str,
        act: OverlayAct,
    ) -> Answered {
        if matches!(act, OverlayAct::Where) {
            return place(helper);
        }
        let told = if Helper::is_needed() {
            helper.ask(test, thread, self.around()?, act)
        } else {
            self.views_here(thread)?.ask(act)
        };
        match told {
            Told::Ok(value) => Ok(value),
            Told::Error(failed) => Err(failed.into()),
            Told::Unsupported(why) => skip(format!("no overlay here: {why}")),
        }
    }

    fn views_here(&self, thread: &str) -> Result<Views> {
        let mut views = super::lock(&self.views);
        if let Some(views) = views.get(thread) {
            return Ok(views.clone());
        }
        let started = Views::start(&self.around()?)?;
        views.insert(thread.to_owned(), started.clone());
        Ok(started)
    }

    fn around(&self) -> Result<Surroundings> {
        let bench = &self.bench;
        Ok(Surroundings {
            passing: surroundings(&bench.environment, &bench.workspace, Some(&bench.stack))?,
            steps: bench.steps.path().to_owned(),
        })
    }
}

/// Which process's user namespace the other one has to enter first, if any.
fn place(helper: &Helper) -> Answered {
    if !Helper::is_needed() {
        return Ok(json!({ "pid": Value::Null }));
    }
    match helper.place() {
        Ok(place) => Ok(place),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => skip(format!("no overlay here: {error}")),
        Err(error) => Err(Refusal::internal(format!(
            "the process that has the views: {error}"
        ))),
    }
}

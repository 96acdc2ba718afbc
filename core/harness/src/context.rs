//! One test while it runs: its names, its place, and its fixtures.

use std::any::{Any, TypeId};
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::json;

use crate::bench::Bench;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::fixture::{Fixture, name_of};
use crate::hold::Hold;
use crate::oracle::Oracle;
use crate::process::Spawner;
use crate::stack::{Finder, Stack};
use crate::steps::Steps;
use crate::support::Test;
use crate::workspace::Workspace;

/// What a fixture is made from.
#[derive(Debug)]
pub struct TestContext {
    id: String,
    workspace: Workspace,
    steps: Steps,
    spawner: Spawner,
    environment: Environment,
    finder: Finder,
    stack: OnceCell<Arc<Stack>>,
    /// One for all benches of the test.
    oracle: OnceCell<Oracle>,
    /// In the order in which they were set up.
    fixtures: RefCell<Vec<Entry>>,
    /// The fixtures being set up, outermost first, to recognise one that asks for itself.
    pending: RefCell<Vec<(TypeId, &'static str)>>,
}

#[derive(Clone, Debug)]
struct Entry {
    id: TypeId,
    place: Rc<dyn Any>,
    end: fn(&dyn Any, &TestContext) -> Result<()>,
    name: &'static str,
}

/// Where a fixture is kept; empty while a test has it exclusively, or after its end.
struct Place<T>(RefCell<Option<Arc<T>>>);

/// A fixture that nothing else can reach while this exists.
pub struct Exclusive<T> {
    place: Rc<Place<T>>,
    value: Option<T>,
}

impl TestContext {
    pub(crate) fn new(
        test: &Test,
        environment: Environment,
        workspace: Workspace,
        steps: Steps,
    ) -> Result<Self> {
        Ok(Self {
            id: environment.text("GKFS_BENCH_TEST").unwrap_or_else(|| test.id()),
            finder: Finder::new(test.manifest_dir, test.stack_program),
            workspace,
            steps,
            spawner: Spawner::new()?,
            environment,
            stack: OnceCell::new(),
            oracle: OnceCell::new(),
            fixtures: RefCell::default(),
            pending: RefCell::default(),
        })
    }

    /// The test's id: `group::path::name[param]`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The test's own directory.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The test's record.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Starts processes that end with the test.
    pub fn spawner(&self) -> &Spawner {
        &self.spawner
    }

    /// What lets a test that failed wait before its fixtures end.
    pub fn hold(&self) -> Hold {
        Hold::new(&self.environment, &self.steps)
    }

    /// What the runner said.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The system under test, looked for when it is first asked for.
    ///
    /// # Errors
    /// There is none, or it is not complete.
    pub fn stack(&self) -> Result<Arc<Stack>> {
        if let Some(stack) = self.stack.get() {
            return Ok(stack.clone());
        }
        let stack = Arc::new(self.finder.find(&self.environment)?);
        Ok(self.stack.get_or_init(|| stack).clone())
    }

    /// The stack, if a fixture has asked for it already.
    pub(crate) fn stack_in_use(&self) -> Option<&Stack> {
        self.stack.get().map(|stack| &**stack)
    }

    /// All that the harness's plain constructors take.
    ///
    /// # Errors
    /// As [`stack`](Self::stack).
    pub fn bench(&self) -> Result<Bench> {
        let bench = Bench {
            stack: self.stack()?,
            workspace: self.workspace.clone(),
            steps: self.steps.clone(),
            spawner: self.spawner.clone(),
            environment: self.environment.clone(),
            oracle: self.oracle.get().cloned(),
            clients_in: None,
        };
        let bench = bench.wanted_by_the_environment()?;
        if let Some(oracle) = &bench.oracle {
            self.oracle.get_or_init(|| oracle.clone());
        }
        Ok(bench)
    }

    /// What the oracle found, if there is one.
    pub(crate) fn divergence(&self) -> Option<String> {
        self.oracle.get()?.divergence()
    }

    /// The test's fixture of type `T`, which is set up if this is the first time it is asked for.
    ///
    /// # Errors
    /// Its set-up fails, it asks for itself, or the test has it exclusively.
    pub fn fixture<T: Fixture>(&self) -> Result<Arc<T>> {
        let place = self.place::<T>()?;
        let value = place.0.borrow().clone();
        value.ok_or_else(|| {
            let problem =
                "the test has it as `&mut`: name it after the fixtures that use it, or take it by `&`";
            Error::Fixture {
                name: name_of::<T>(),
                problem: problem.into(),
            }
        })
    }

    /// The same, for a test that wants to change it.
    ///
    /// # Errors
    /// As [`fixture`](Self::fixture), or another fixture holds it.
    pub fn exclusive<T: Fixture>(&self) -> Result<Exclusive<T>> {
        let shared = self.fixture::<T>()?;
        let place = self.place::<T>()?;
        place.0.take();
        match Arc::try_unwrap(shared) {
            Ok(value) => Ok(Exclusive {
                place,
                value: Some(value),
            }),
            Err(shared) => {
                place.0.replace(Some(shared));
                let problem = "another fixture uses it: take it by `&`, not by `&mut`".into();
                let error = Error::Fixture {
                    name: name_of::<T>(),
                    problem,
                };
                let begin = json!({ "name": name_of::<T>(), "phase": "setup" });
                let end = json!({ "ok": false, "error": error.to_string() });
                self.steps.begin("fixture", begin).end(end);
                Err(error)
            }
        }
    }

    fn place<T: Fixture>(&self) -> Result<Rc<Place<T>>> {
        let id = TypeId::of::<T>();
        let known = self
            .fixtures
            .borrow()
            .iter()
            .find(|entry| entry.id == id)
            .map(|e| e.place.clone());
        if let Some(place) = known {
            return place.downcast().map_err(|_| unreachable_type::<T>());
        }
        self.enter::<T>()?;
        let span = self
            .steps
            .begin("fixture", json!({ "name": name_of::<T>(), "phase": "setup" }));
        let made = T::setup(self);
        self.pending.borrow_mut().pop();
        let value = match made {
            Ok(value) => value,
            Err(error) => {
                span.end(json!({ "ok": false, "error": error.to_string() }));
                return Err(error);
            }
        };
        span.end(json!({ "ok": true }));
        let place = Rc::new(Place(RefCell::new(Some(Arc::new(value)))));
        let entry = Entry {
            id,
            place: place.clone(),
            end: end::<T>,
            name: name_of::<T>(),
        };
        self.fixtures.borrow_mut().push(entry);
        Ok(place)
    }

    fn enter<T: Fixture>(&self) -> Result<()> {
        let mut pending = self.pending.borrow_mut();
        if pending.iter().any(|(id, _)| *id == TypeId::of::<T>()) {
            let chain: Vec<_> = pending
                .iter()
                .map(|(_, name)| *name)
                .chain([name_of::<T>()])
                .collect();
            let problem = format!("it needs itself: {}", chain.join(" → "));
            return Err(Error::Fixture {
                name: name_of::<T>(),
                problem,
            });
        }
        pending.push((TypeId::of::<T>(), name_of::<T>()));
        Ok(())
    }

    /// Ends every fixture, the last one first; all are ended, whatever fails. Where a failure is to be looked at, those
    /// that are left wait for that.
    pub(crate) fn end_fixtures(&self) -> Vec<Error> {
        let mut errors = Vec::new();
        loop {
            let Some(entry) = self.fixtures.borrow_mut().pop() else {
                return errors;
            };
            let span = self
                .steps
                .begin("fixture", json!({ "name": entry.name, "phase": "teardown" }));
            match (entry.end)(&*entry.place, self) {
                Ok(()) => span.end(json!({ "ok": true })),
                Err(error) => {
                    span.end(json!({ "ok": false, "error": error.to_string() }));
                    if !self.fixtures.borrow().is_empty() {
                        self.hold()
                            .wait(&format!("teardown of {} failed: {error}", entry.name));
                    }
                    errors.push(error);
                }
            }
        }
    }
}

/// Ends the fixture in `place`, whose type the entry remembers in this function's parameter.
fn end<T: Fixture>(place: &dyn Any, context: &TestContext) -> Result<()> {
    let place: &Place<T> = place.downcast_ref().ok_or_else(unreachable_type::<T>)?;
    let Some(value) = place.0.take() else {
        return Ok(());
    };
    let value = Arc::into_inner(value).ok_or_else(|| {
        let problem = "still in use after the test: a thread or a static of the test keeps it".into();
        Error::Fixture {
            name: name_of::<T>(),
            problem,
        }
    })?;
    value.teardown(context)
}

fn unreachable_type<T>() -> Error {
    Error::Fixture {
        name: name_of::<T>(),
        problem: "stored under another type's id".into(),
    }
}

impl<T> Deref for Exclusive<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("taken only by drop")
    }
}

impl<T> DerefMut for Exclusive<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("taken only by drop")
    }
}

impl<T> Drop for Exclusive<T> {
    fn drop(&mut self) {
        self.place.0.replace(self.value.take().map(Arc::new));
    }
}

impl<T> fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Exclusive").field(&name_of::<T>()).finish()
    }
}

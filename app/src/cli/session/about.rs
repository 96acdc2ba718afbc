//! What a session is about: a suite and its stack, read again whenever something is run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use clap::CommandFactory as _;
use gkfs_harness::Stack;
use gkfs_runner::settings::Repeat;
use gkfs_runner::{Build, EventKind, Runner};
use tokio::sync::mpsc::UnboundedSender;

use crate::cli::rerun::{self, Pasted};
use crate::cli::targets::{self, Targets};
use crate::cli::{Cli, RunArgs, SessionArgs, harness, run, select};
use crate::stack::build::{Way, way};
use crate::suite::{FILE_NAME, OnChange, nearest};
use crate::tui::effect::{Engine, Loaded, MakeSettings};
use crate::tui::{Msg, Request, msg};
use crate::watch::{Changes, News, Scope, Sources, newer_source};
use crate::{CommandError, Env, stack};

/// A suite and its stack, as they are now.
#[derive(Clone)]
pub(super) struct About {
    pub(super) targets: Targets,
    pub(super) base: PathBuf,
    pub(super) stack: Stack,
    pub(super) args: RunArgs,
    pub(super) argv: Vec<OsString>,
    pub(super) env: Env,
    said: SessionArgs,
    poll: bool,
    /// Whether the harness was switched since: then the command line does not say any more which it is.
    switched: Arc<AtomicBool>,
}

impl About {
    /// Reads the suite file and chooses the stack.
    pub(super) fn new(
        said: &SessionArgs,
        argv: &[OsString],
        poll: bool,
        env: &Env,
    ) -> Result<About, CommandError> {
        let (targets, args, base) = suite(said, env)?;
        let stack = stack::choose(&args.stack, &targets.suite, env)?;
        Ok(About {
            targets,
            base,
            stack,
            args,
            argv: argv.to_vec(),
            env: env.clone(),
            said: said.clone(),
            poll,
            switched: Arc::default(),
        })
    }

    /// The same, as it is now.
    fn again(&self) -> Result<About, CommandError> {
        let mut now = About::new(&self.said, &self.argv, self.poll, &self.env)?;
        if self.switched.load(Ordering::Relaxed) {
            now.args.python.harness = None;
        }
        now.switched = self.switched.clone();
        Ok(now)
    }

    /// The command that runs tests of the suite, up to their names.
    pub(super) fn rerun(&self) -> String {
        let suite = &self.targets.suite;
        let stack = rerun::in_any_case(&stack::describe(&self.stack), &suite.config);
        rerun::command(&self.args, stack, Some(&suite.root), Pasted::Anywhere, &self.env)
    }

    /// Gives tests of pytest the other harness from now on, where the suite file does not say which they get.
    fn switch_harness(&self) -> Result<msg::Switched, CommandError> {
        let now = self.again()?;
        let told = harness::switch(now.args.python, &now.targets.suite.config, &now.base)?;
        self.switched.store(true, Ordering::Relaxed);
        let rerun = self.again()?.rerun();
        Ok(msg::Switched { told, rerun })
    }

    fn way(&self) -> Option<Way> {
        way(&self.targets.suite, &self.stack)
    }

    /// What the screen is told of it.
    pub(super) fn news(&self) -> Msg {
        Msg::Loaded(self.loaded())
    }

    /// And whether the stack's programs are older than what they are made of, as far as that can be said before it is
    /// known where tests are.
    pub(super) fn aged(&self) -> Msg {
        let build = self.targets.suite.config.build.as_ref();
        let named = build.is_some_and(|build| !build.sources.is_empty());
        Msg::Age(named.then(|| self.age(&[], None)).flatten())
    }

    fn loaded(&self) -> msg::Loaded {
        let watch = self.targets.suite.config.watch.as_ref();
        msg::Loaded {
            stack: stack::describe(&self.stack),
            restart: watch.map(|watch| watch.on_change == OnChange::Restart),
            builder: self.way().map(|way| (way.command, way.said)),
        }
    }

    fn scope(&self) -> Scope {
        let suite = &self.targets.suite;
        let watch = suite.config.watch.clone().unwrap_or_default();
        Scope {
            root: suite.root.clone(),
            suite_file: suite.root.join(FILE_NAME),
            own: self.base.clone(),
            binaries: self.binaries(),
            sources: self.way().map_or_else(Vec::new, |way| way.sources),
            include: watch.include,
            exclude: watch.exclude,
            poll: self.poll,
        }
    }

    /// The stack's programs, under all names they go by. What ships in this executable changes only with it.
    fn binaries(&self) -> Vec<PathBuf> {
        if self.stack.name == gkfs_harness::stack::EMBEDDED {
            return Vec::new();
        }
        let files = stack::describe(&self.stack).files;
        let paths = files.values().map(|file| file.path.to_path());
        paths
            .filter(|path| *path != self.env.exe)
            .flat_map(|path| [path.canonicalize().ok(), Some(path)])
            .flatten()
            .collect()
    }

    fn settings(self) -> MakeSettings {
        Box::new(move |request: &Request| {
            let mut settings = run::settings(
                &self.args,
                &self.targets,
                &self.base,
                &self.stack,
                &self.argv,
                &self.env,
            );
            if request.until_fail {
                settings.repeat = Repeat::UntilFail(None);
            }
            settings.hold |= request.hold;
            let harness = settings.selection[crate::cli::harness::KEY].take();
            settings.selection = serde_json::json!({ "ids": request.only, "session": true, crate::cli::harness::KEY: harness });
            settings
        })
    }

    /// Which tests there were when they were looked for last.
    pub(super) fn remembered(&self) -> Vec<EventKind> {
        let lookup = select::lookup(
            &self.targets.suite,
            Some(&self.stack),
            self.args.python,
            &self.base,
            &self.env,
        );
        lookup.map_or_else(|_| Vec::new(), |lookup| lookup.remembered())
    }

    fn load(&self) -> Result<Loaded, CommandError> {
        let now = self.again()?;
        Ok(Loaded {
            lookup: select::lookup(
                &now.targets.suite,
                Some(&now.stack),
                now.args.python,
                &now.base,
                &now.env,
            )?,
            scope: now.scope(),
            news: now.loaded(),
            settings: now.settings(),
        })
    }

    /// The suite file and the stack's directories are enough: the programs may be what is to be built.
    fn builder(&self) -> Result<Option<Build>, CommandError> {
        let (targets, _, base) = suite(&self.said, &self.env)?;
        Ok(way(&targets.suite, &self.stack).map(|way| Build {
            command: way.command,
            cwd: way.cwd,
            log: base.join("build").join("stack.log"),
            keeper: run::keeper(&self.env),
        }))
    }

    /// Why the stack's programs are older than what they are made of.
    fn age(&self, groups: &[PathBuf], built_ts: Option<i64>) -> Option<String> {
        let now = self.again().ok()?;
        let built = built_ts.and_then(|ts| u64::try_from(ts).ok());
        let built = built.map(|ts| UNIX_EPOCH + Duration::from_micros(ts));
        let source = newer_source(&now.scope(), groups, built)?;
        Some(format!(
            "{} is newer than the programs of stack `{}`; what passes and fails is an older build",
            self.env.shown(&source),
            now.stack.name
        ))
    }

    /// Begins to watch, and tells of it.
    fn watch(&self, out: UnboundedSender<Msg>) -> Result<Sources, String> {
        let changes = Changes::new(self.scope())?;
        let (sources, about) = (changes.sources(), self.clone());
        tokio::spawn(changes.follow(move |news| {
            let programs = matches!(&news, News::Change(change) if change.touched.stack);
            let now = programs.then(|| about.again().ok()).flatten();
            let stack = now.map(|now| stack::describe(&now.stack));
            out.send(Msg::Watched { news, stack }).is_ok()
        }));
        Ok(sources)
    }

    /// All that a session needs to run its tests.
    pub(super) fn engine(self, runner: Runner) -> Engine {
        let about = Arc::new(self);
        let words = |error: CommandError| error.to_string();
        let (load, build, age, switch, watch) =
            (about.clone(), about.clone(), about.clone(), about.clone(), about);
        Engine {
            runner,
            load: Arc::new(move || load.load().map_err(words)),
            builder: Arc::new(move || build.builder().map_err(words)),
            age: Arc::new(move |groups, built| age.age(groups, built)),
            watch: Arc::new(move |out| watch.watch(out)),
            harness: Arc::new(move || switch.switch_harness().map_err(words)),
            sources: None,
        }
    }
}

fn suite(said: &SessionArgs, env: &Env) -> Result<(Targets, RunArgs, PathBuf), CommandError> {
    let words: Vec<String> = said.path.iter().cloned().collect();
    let targets = targets::resolve(&words, env)?;
    if !targets.ids.is_empty() || !targets.paths.is_empty() {
        let word = words.join(" ");
        let error = CommandError::usage(format!("`{word}` is no verb, and no suite either"));
        return Err(match verb_like(&word) {
            Some(verb) => error.hint(format!("did you mean `gkfs-bench {verb}`?")),
            None => error.hint("a session is about a whole suite; filter it there with `/`"),
        });
    }
    let mut args = RunArgs::of_session(said);
    let base = run::base(args.base_temp.as_deref(), &targets, env);
    args.python = args.python.recalled(&base);
    Ok((targets, args, base))
}

/// Returns the verb that was probably meant.
fn verb_like(word: &str) -> Option<String> {
    let cli = Cli::command();
    nearest(word, cli.get_subcommands().map(clap::Command::get_name))
}

//! From a cargo package, and what a suite file declares about it, to groups.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, Package, Target};
use tokio_util::sync::CancellationToken;

use super::cargo::{Built, build, metadata, test_targets};
use super::collect::Collect;
use super::command::Shell;
use super::libtest::{self, Binary};
use super::made_of;
use super::{DiscoverError, Group, GroupSpec, Lookup, Test, name_of};
use crate::event::{EventKind, SourceKind};
use crate::process::Processes;
use crate::settings::GroupSettings;

/// Adds the groups of the package, or of the virtual workspace, with this manifest.
pub(super) async fn discover(
    processes: &Processes,
    manifest: &Path,
    specs: &[&GroupSpec],
    lookup: &Lookup,
    cancel: &CancellationToken,
    collect: &mut Collect<'_>,
) -> Result<(), DiscoverError> {
    let shell = Shell {
        processes,
        cancel,
        logs: &lookup.logs,
    };
    let metadata = match metadata(&shell, manifest).await? {
        Ok(metadata) => metadata,
        Err(error) => {
            broken(manifest, specs, lookup, error, collect);
            return Ok(());
        }
    };
    let own = metadata
        .packages
        .iter()
        .find(|package| package.manifest_path == manifest);
    let mut packages = own.map_or_else(|| metadata.workspace_packages(), |package| vec![package]);
    packages.retain(|package| !test_targets(package).is_empty());
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    if packages.is_empty() && !specs.is_empty() {
        broken(
            manifest,
            specs,
            lookup,
            format!("no test target in {}", manifest.display()),
            collect,
        );
    }
    for package in packages {
        let work = Work {
            shell: &shell,
            metadata: &metadata,
            package,
            specs,
            lookup,
        };
        work.discover(collect).await?;
    }
    Ok(())
}

/// A package that cargo cannot read breaks all groups declared for it.
fn broken(manifest: &Path, specs: &[&GroupSpec], lookup: &Lookup, error: String, collect: &mut Collect<'_>) {
    for spec in specs {
        collect.broken(spec, error.clone());
    }
    if specs.is_empty() {
        let dir = manifest.parent().unwrap_or(manifest);
        collect.group(group(name_of(dir), dir, &lookup.defaults, Some(error)));
    }
}

fn group(name: String, path: &Path, settings: &GroupSettings, error: Option<String>) -> Group {
    Group {
        name,
        source: SourceKind::Rust,
        path: path.to_owned(),
        settings: settings.clone(),
        error,
        made_of: Vec::new(),
        worker: None,
    }
}

/// A package after its build.
struct Made {
    built: Built,
    /// Directories of the packages it depends on by path.
    dependencies: Vec<PathBuf>,
}

struct Work<'a> {
    shell: &'a Shell<'a>,
    metadata: &'a Metadata,
    package: &'a Package,
    specs: &'a [&'a GroupSpec],
    lookup: &'a Lookup,
}

impl Work<'_> {
    async fn discover(&self, collect: &mut Collect<'_>) -> Result<(), DiscoverError> {
        let targets = test_targets(self.package);
        let package = self.package.name.to_string();
        collect.say(EventKind::BuildStarted {
            group: package.clone(),
        });
        let (args, listener) = (&self.lookup.cargo_args, self.lookup.listener.as_ref());
        let built = build(self.shell, self.package, &targets, args, listener).await?;
        let made = Made {
            dependencies: made_of::dependencies(self.shell, self.metadata, self.package).await?,
            built,
        };
        let built = &made.built;
        let log = Some(built.log.as_path().into());
        collect.say(EventKind::BuildFinished {
            group: package,
            ok: built.ok(),
            log,
        });
        for spec in self
            .specs
            .iter()
            .filter(|spec| self.takes_package(spec, &targets))
        {
            self.whole(spec, &targets, &made, collect).await?;
        }
        let whole = self.specs.iter().any(|spec| self.takes_package(spec, &targets));
        for target in &targets {
            match self.specs.iter().find(|spec| self.names(spec, target)) {
                Some(spec) => {
                    self.one(&spec.name, &spec.settings, target, &made, collect)
                        .await?
                }
                None if whole => {}
                None => {
                    self.one(&target.name, &self.lookup.defaults, target, &made, collect)
                        .await?
                }
            }
        }
        Ok(())
    }

    fn root(&self) -> &Path {
        self.package
            .manifest_path
            .parent()
            .map_or(Path::new("/"), |dir| dir.as_std_path())
    }

    /// Whether a declared group is about this target: by its name, or because its path is the target's own directory.
    fn names(&self, spec: &GroupSpec, target: &Target) -> bool {
        let dir = target.src_path.parent().map(|dir| dir.as_std_path().to_owned());
        let shared = |dir: &Path| dir == self.root() || dir == self.root().join("tests");
        spec.name == target.name
            || (spec.path.canonicalize().ok() == dir && dir.is_some_and(|dir| !shared(&dir)))
    }

    /// Whether a declared group is the whole package.
    fn takes_package(&self, spec: &GroupSpec, targets: &[&Target]) -> bool {
        !targets.iter().any(|target| self.names(spec, target))
    }

    /// One target as a group.
    async fn one(
        &self,
        name: &str,
        settings: &GroupSettings,
        target: &Target,
        made: &Made,
        collect: &mut Collect<'_>,
    ) -> Result<(), DiscoverError> {
        let (tests, error) = match self.list(target, &made.built, String::new()).await? {
            Ok(tests) => (tests, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let path = target.src_path.as_std_path();
        let at = collect.group(Group {
            made_of: self.made_of(&[target], made),
            ..group(name.to_owned(), path, settings, error)
        });
        tests.into_iter().for_each(|test| collect.test(at, test));
        Ok(())
    }

    /// All targets that no other declaration takes as one group.
    async fn whole(
        &self,
        spec: &GroupSpec,
        targets: &[&Target],
        made: &Made,
        collect: &mut Collect<'_>,
    ) -> Result<(), DiscoverError> {
        let rest: Vec<&Target> = targets
            .iter()
            .copied()
            .filter(|target| !self.specs.iter().any(|spec| self.names(spec, target)))
            .collect();
        let (mut tests, mut errors) = (Vec::new(), Vec::new());
        for target in &rest {
            match self
                .list(target, &made.built, format!("{}::", target.name))
                .await?
            {
                Ok(more) => tests.extend(more),
                Err(error) => errors.push(error),
            }
        }
        let error = Some(errors.join("\n\n")).filter(|text| !text.is_empty());
        let at = collect.group(Group {
            made_of: self.made_of(&rest, made),
            ..group(spec.name.clone(), self.root(), &spec.settings, error)
        });
        tests.into_iter().for_each(|test| collect.test(at, test));
        Ok(())
    }

    fn made_of(&self, targets: &[&Target], made: &Made) -> Vec<PathBuf> {
        let workspace = self.metadata.workspace_root.as_std_path();
        let binaries = targets
            .iter()
            .filter_map(|target| made.built.binaries.get(&target.name));
        let files = binaries.flat_map(|binary| made_of::files(binary, workspace));
        files.chain(made.dependencies.iter().cloned()).collect()
    }

    async fn list(
        &self,
        target: &Target,
        built: &Built,
        prefix: String,
    ) -> Result<Result<Vec<Test>, String>, DiscoverError> {
        let Some(path) = built.binaries.get(&target.name) else {
            return Ok(Err(built.error(&target.name)));
        };
        let env = self.env();
        let workspace = self.metadata.workspace_root.as_std_path();
        let binary = Binary {
            path,
            cwd: self.root(),
            workspace,
            env: &env,
            prefix,
        };
        libtest::list(self.shell, &binary).await
    }

    /// What cargo sets for the tests it runs, as far as tests use it.
    fn env(&self) -> Vec<(OsString, OsString)> {
        let package = self.package;
        vec![
            ("CARGO_MANIFEST_DIR".into(), self.root().into()),
            (
                "CARGO_MANIFEST_PATH".into(),
                package.manifest_path.as_std_path().into(),
            ),
            ("CARGO_PKG_NAME".into(), package.name.as_str().into()),
            ("CARGO_PKG_VERSION".into(), package.version.to_string().into()),
        ]
    }
}

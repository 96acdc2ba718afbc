//! What failed, and what each operation replied.

use super::list::List;
use super::logs::Logs;
use crate::report::steps::Step;

/// What the operations are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// As they were done.
    #[default]
    Time,
    /// The slowest first.
    Duration,
    /// By name.
    Operation,
    /// What was refused first.
    Errno,
}

impl Order {
    pub(super) fn next(self) -> Order {
        match self {
            Order::Time => Order::Duration,
            Order::Duration => Order::Operation,
            Order::Operation => Order::Errno,
            Order::Errno => Order::Time,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Order::Time => "time",
            Order::Duration => "duration",
            Order::Operation => "operation",
            Order::Errno => "errno",
        }
    }
}

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct Results {
    /// Indexes of the steps that are rows.
    pub(super) rows: Vec<usize>,
    pub(super) list: List,
    pub(super) order: Order,
    /// Whether the step under the cursor is shown as JSON.
    pub(super) open: bool,
    /// The first line of that which is shown.
    pub(super) scroll: usize,
    /// Lines around the failed assertion, with their numbers.
    pub(super) excerpt: Vec<(usize, String)>,
    /// The place whose lines these are.
    pub(super) excerpt_of: Option<(String, usize)>,
}

impl Results {
    /// Finds the rows: operations and commands.
    pub(super) fn rebuild(&mut self, logs: &Logs, height: usize) {
        let at = self.rows.get(self.list.cursor).copied();
        let is_row = |step: &Step| matches!(step.kind.as_str(), "op" | "shell");
        let steps = &logs.steps;
        self.rows = (0..steps.len()).filter(|index| is_row(&steps[*index])).collect();
        match self.order {
            Order::Time => {}
            Order::Duration => self
                .rows
                .sort_by_key(|index| std::cmp::Reverse(steps[*index].duration_us.unwrap_or(u64::MAX))),
            Order::Operation => self.rows.sort_by_cached_key(|index| operation(&steps[*index])),
            Order::Errno => self
                .rows
                .sort_by_key(|index| std::cmp::Reverse(errno(&steps[*index]))),
        }
        let row = at.and_then(|at| self.rows.iter().position(|index| *index == at));
        self.list.set(row.unwrap_or(0), self.rows.len(), height);
    }

    /// Returns the step under the cursor.
    pub(super) fn selected<'a>(&self, logs: &'a Logs) -> Option<&'a Step> {
        logs.steps.get(*self.rows.get(self.list.cursor)?)
    }
}

/// Returns the assertion that failed: the last one, as it ended the test.
pub(super) fn failure(logs: &Logs) -> Option<&Step> {
    logs.steps.iter().rfind(|step| step.is_failed_assert())
}

/// Returns an operation's name, or a command's first word.
pub(super) fn operation(step: &Step) -> String {
    let first = step.fields.get("argv").and_then(|argv| argv.get(0)?.as_str());
    let program = first.map(|path| path.rsplit('/').next().unwrap_or(path).to_owned());
    step.text("op").or(program).unwrap_or_else(|| step.kind.clone())
}

/// Returns what an operation was about: its paths, else its other arguments.
pub(super) fn subject(step: &Step) -> String {
    if let Some(argv) = step.fields.get("argv").and_then(|argv| argv.as_array()) {
        let words: Vec<&str> = argv.iter().skip(1).filter_map(|word| word.as_str()).collect();
        return words.join(" ");
    }
    let Some(args) = step.fields.get("args").and_then(|args| args.as_object()) else {
        return step.text("script").unwrap_or_default().replace('\n', "; ");
    };
    let path = |(name, value): (&String, &serde_json::Value)| {
        (name.contains("path") || name.contains("name"))
            .then(|| value.as_str().map(str::to_owned))
            .flatten()
    };
    let paths: Vec<String> = args.iter().filter_map(path).collect();
    if paths.is_empty() {
        let pairs = args.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    } else {
        paths.join(" → ")
    }
}

/// Returns what an operation returned, or with what a command ended.
pub(super) fn retval(step: &Step) -> String {
    let reply = step.fields.get("reply").and_then(|reply| reply.get("retval"));
    match (reply, step.text("signal"), step.text("exit")) {
        (Some(retval), ..) => retval.to_string(),
        (None, Some(signal), _) => format!("signal {signal}"),
        (None, None, Some(exit)) => format!("exit {exit}"),
        _ if step.is_open() => "…".to_owned(),
        _ => String::new(),
    }
}

/// Returns the error number of an operation; 0 is none.
pub(super) fn errno(step: &Step) -> i32 {
    let errno = step.fields.get("errno").and_then(serde_json::Value::as_i64);
    errno.and_then(|errno| i32::try_from(errno).ok()).unwrap_or(0)
}

/// Returns the name of an error number, as in `errno.h`.
pub(super) fn errno_name(errno: i32) -> String {
    const NAMES: &[(i32, &str)] = &[
        (1, "EPERM"),
        (2, "ENOENT"),
        (3, "ESRCH"),
        (4, "EINTR"),
        (5, "EIO"),
        (6, "ENXIO"),
        (7, "E2BIG"),
        (9, "EBADF"),
        (11, "EAGAIN"),
        (12, "ENOMEM"),
        (13, "EACCES"),
        (14, "EFAULT"),
        (16, "EBUSY"),
        (17, "EEXIST"),
        (18, "EXDEV"),
        (19, "ENODEV"),
        (20, "ENOTDIR"),
        (21, "EISDIR"),
        (22, "EINVAL"),
        (23, "ENFILE"),
        (24, "EMFILE"),
        (25, "ENOTTY"),
        (26, "ETXTBSY"),
        (27, "EFBIG"),
        (28, "ENOSPC"),
        (29, "ESPIPE"),
        (30, "EROFS"),
        (31, "EMLINK"),
        (32, "EPIPE"),
        (34, "ERANGE"),
        (35, "EDEADLK"),
        (36, "ENAMETOOLONG"),
        (38, "ENOSYS"),
        (39, "ENOTEMPTY"),
        (40, "ELOOP"),
        (61, "ENODATA"),
        (75, "EOVERFLOW"),
        (95, "EOPNOTSUPP"),
        (103, "ECONNABORTED"),
        (104, "ECONNRESET"),
        (107, "ENOTCONN"),
        (110, "ETIMEDOUT"),
        (111, "ECONNREFUSED"),
        (112, "EHOSTDOWN"),
        (116, "ESTALE"),
        (122, "EDQUOT"),
    ];
    if errno == 0 {
        return String::new();
    }
    let known = NAMES.iter().find(|(number, _)| *number == errno);
    known.map_or_else(|| format!("errno {errno}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_names_of_this_machine() {
        use rustix::io::Errno;
        for (errno, name) in [
            (Errno::NOENT, "ENOENT"),
            (Errno::NOTEMPTY, "ENOTEMPTY"),
            (Errno::LOOP, "ELOOP"),
            (Errno::OPNOTSUPP, "EOPNOTSUPP"),
            (Errno::STALE, "ESTALE"),
        ] {
            assert_eq!(errno_name(errno.raw_os_error()), name);
        }
        assert_eq!(
            (errno_name(0), errno_name(4000)),
            (String::new(), "errno 4000".to_owned())
        );
    }
}

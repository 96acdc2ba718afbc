//! A session that breaks, in a terminal of its own: this executable started again as its child.

use std::io::Read as _;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{Around, Keeper, Mailbox, run};
use crate::Exit;
use crate::tui::state::suite::Node;
use crate::tui::state::tree::Row;
use crate::tui::{Mode, State};

/// Tells the child that it is one.
const CHILD: &str = "GKFS_TEST_BROKEN_SESSION";

/// A session of which the first frame panics: it shows a test that there is not.
fn break_down() -> ! {
    let mut state = State::new(Mode::Live, "broken".into());
    state.stale_rows = false;
    state.tree.rows = vec![Row {
        node: Node::Test(7),
        found: Vec::new(),
    }];
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let env = crate::Env::from_process().expect("an environment");
    let around = Around {
        programs: crate::tui::config::programs(&env),
        memory: Keeper::none(),
        copies: None,
    };
    let ended = runtime.block_on(run(&mut state, None, Mailbox::new(), Vec::new(), around));
    let exit = ended.map_or_else(
        |error| {
            error.print(&mut std::io::stderr()).expect("a terminal");
            error.exit()
        },
        |_| Exit::Passed,
    );
    std::process::exit(exit as i32);
}

#[test]
fn a_panic_of_the_loop_itself_gives_the_terminal_back_and_is_reported_there() {
    if std::env::var_os(CHILD).is_some() {
        break_down();
    }
    let pty = native_pty_system()
        .openpty(PtySize::default())
        .expect("a terminal");
    let modes = format!("{:?}", pty.master.get_termios());
    let mut command = CommandBuilder::new(std::env::current_exe().expect("this test"));
    let (_, module) = module_path!().split_once("::").expect("a module");
    let name = format!("{module}::a_panic_of_the_loop_itself_gives_the_terminal_back_and_is_reported_there");
    command.args(["--exact", &name, "--nocapture"]);
    command.env(CHILD, "yes");
    let mut child = pty.slave.spawn_command(command).expect("it starts");
    let mut reader = pty.master.try_clone_reader().expect("a reader");
    let output = std::thread::spawn(move || {
        let (mut all, mut bytes) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            all.extend(&bytes[..count]);
        }
        String::from_utf8_lossy(&all).into_owned()
    });
    let status = child.wait().expect("a child");
    assert_eq!(format!("{:?}", pty.master.get_termios()), modes);
    drop(pty.slave);
    let output = output.join().expect("no panic");
    assert_eq!(status.exit_code(), Exit::Internal as u32, "{output}");
    // The screen was there, and whatever was said was said after it had gone.
    let places = [
        "\x1b[?1049h",
        "\x1b[?1049l",
        "index out of bounds",
        "fault of gkfs-bench",
    ];
    let places = places.map(|part| {
        output
            .rfind(part)
            .unwrap_or_else(|| panic!("no {part:?} in {output:?}"))
    });
    assert!(places.is_sorted(), "{output:?}");
}

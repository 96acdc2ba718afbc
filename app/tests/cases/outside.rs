//! What the session lends the terminal to, and takes it back from: an editor, a shell, plain text, the clipboard.

use base64::Engine as _;

use crate::bed::Bed;
use crate::terminal::{Session, builder, nothing_is_left};

/// A suite with a script that passes, run once; the cursor is on it.
fn session(bed: &Bed, code: &str, env: &[(&str, &str)]) -> Session {
    bed.script("smoke/good.sh", code);
    let mut command = builder(&bed.command(&["--stack", "embedded"]));
    for (name, value) in env {
        command.env(name, value);
    }
    let mut session = Session::of(command);
    session.wait("tests", |text| text.contains("good"));
    session.press("ja");
    session
}

/// Waits until nothing runs any more: only then nothing is asked on the way out.
fn ended(session: &mut Session) {
    session.wait("end of the run", |text| text.contains("passed 1 in "));
}

fn ends(bed: &Bed, mut session: Session) {
    ended(&mut session);
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(bed);
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|at| at == part.as_bytes())
}

#[test]
fn an_editor_has_the_terminal_while_it_runs() {
    let bed = Bed::new();
    let editor = bed.cwd().join("editor");
    let code =
        "#!/bin/sh\nstty -a | grep -q ' icanon' && echo editing $1 $2\nread line\necho read $line >> $2\n";
    std::fs::write(&editor, code).expect("write");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&editor, mode).expect("a mode");
    let editor = editor.display().to_string();
    let mut session = session(&bed, "exit 0", &[("EDITOR", &editor)]);
    session.wait("verdict", |text| text.contains("✓ good"));
    session.press("e");
    session.wait("editor", |text| {
        text.contains("editing +1") && text.contains("good.sh")
    });
    assert!(!session.is_alternate());
    session.press("q\r");
    session.wait("screen again", |text| text.contains("✓ good"));
    let script = std::fs::read_to_string(bed.cwd().join("smoke/good.sh")).expect("the script");
    assert!(script.ends_with("read q\n"), "{script}");
    ends(&bed, session);
}

#[test]
fn an_editor_that_is_not_there_is_told() {
    let bed = Bed::new();
    let mut session = session(&bed, "exit 0", &[("EDITOR", "/nowhere/ed")]);
    session.wait("verdict", |text| text.contains("✓ good"));
    session.press("e");
    session.wait("notice", |text| {
        text.contains("cannot start /nowhere/ed") && text.contains("✓ good")
    });
    ends(&bed, session);
}

#[test]
fn a_shell_that_is_not_there_is_told() {
    let bed = Bed::new();
    let mut session = session(&bed, "exit 0", &[("SHELL", "/nowhere/sh")]);
    session.wait("verdict", |text| text.contains("✓ good"));
    session.press("!");
    session.wait("notice", |text| {
        text.contains("cannot start /nowhere/sh") && text.contains("✓ good")
    });
    ends(&bed, session);
}

#[test]
fn a_shell_in_the_workspace_can_make_clients_while_the_daemon_lives() {
    let bed = Bed::new();
    let go = bed.cwd().join("go");
    let ready = bed.cwd().join("ready");
    let code = format!(
        "echo inside > $MNT/file; touch {}; while ! [ -e {} ]; do sleep 0.05; done",
        ready.display(),
        go.display()
    );
    let mut session = session(&bed, &code, &[("SHELL", "/bin/sh"), ("PS1", "")]);
    // Before that the daemon may not be up.
    session.wait("running test", |text| text.contains("▶ good") && ready.exists());
    session.press("!");
    session.wait("shell", |text| text.contains("its daemon lives"));
    session.press("with-client cat $MNT/file\r");
    session.wait("client", |text| text.contains("\ninside"));
    session.press("ls $MNT; echo \"preloaded ${LD_PRELOAD-none}\"; pwd\r");
    session.wait("no client", |text| {
        text.contains("preloaded none") && text.contains("/workspace")
    });
    session.press("exit 3\r");
    session.wait("screen", |text| text.contains("▶ good"));
    std::fs::write(&go, "").expect("write");
    session.wait("verdict", |text| text.contains("✓ good"));
    // Its daemon has ended with it, and nobody waits for that one.
    session.press("!");
    session.wait("shell", |text| text.contains("its daemon is gone"));
    session.press("with-client ls $MNT; echo status $?\r");
    session.wait("error", |text| {
        text.contains("with-client: no daemon of this attempt lives") && text.contains("status 125")
    });
    session.press("exit\r");
    session.wait("screen again", |text| text.contains("✓ good"));
    ends(&bed, session);
}

#[test]
fn what_is_shown_goes_to_the_normal_screen_and_comes_back() {
    let bed = Bed::new();
    let mut session = session(&bed, "exit 0", &[]);
    session.wait("verdict", |text| text.contains("✓ good"));
    session.press("S");
    session.wait("plain text", |text| {
        text.contains("  ✓ good") && text.contains("any key leads back")
    });
    assert!(!session.is_alternate());
    session.press("x");
    session.wait("screen", |text| text.contains("┌ tests"));
    assert!(session.is_alternate());
    ends(&bed, session);
}

#[test]
fn what_is_copied_reaches_the_terminal_and_can_be_run() {
    let bed = Bed::new();
    let mut session = session(&bed, "exit 0", &[]);
    session.wait("verdict", |text| text.contains("✓ good"));
    session.press("Y");
    session.wait("notice", |text| text.contains("copied"));
    let bytes = session.bytes();
    let begin = b"\x1b]52;c;";
    let at = bytes
        .windows(begin.len())
        .position(|at| at == begin)
        .expect("a copy")
        + begin.len();
    let end = bytes[at..].iter().position(|byte| *byte == 7).expect("its end");
    let copied = base64::engine::general_purpose::STANDARD
        .decode(&bytes[at..at + end])
        .expect("base64");
    let copied = String::from_utf8(copied).expect("utf-8");
    ends(&bed, session);
    // Pasted into a shell elsewhere, it runs that test and no other.
    let like = bed.command(&[]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &copied]).current_dir("/").env_clear();
    for (name, value) in like.get_envs() {
        shell.env(name, value.expect("a value"));
    }
    let output = shell.output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{copied}: {said}"
    );
}

/// A tmux that has these settings, keeps what it is given, and is the one around the session.
fn tmux(bed: &Bed, settings: &str) -> [(&'static str, String); 2] {
    let bin = bed.cwd().join("bin");
    std::fs::create_dir(&bin).expect("a directory");
    let program = bin.join("tmux");
    let code = format!(
        "#!/bin/sh\ncase $1 in\ndisplay-message) echo '{settings}';;\nload-buffer) cat > {}/buffer.new && mv {0}/buffer.new {0}/buffer;;\nesac\n",
        bed.cwd().display()
    );
    std::fs::write(&program, code).expect("write");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).expect("a mode");
    let path = std::env::var("PATH").unwrap_or_default();
    [
        ("PATH", format!("{}:{path}", bin.display())),
        ("TMUX", "/tmp/tmux-0/default,1,0".to_owned()),
    ]
}

#[test]
fn what_is_copied_gets_through_a_tmux_or_it_is_told_why_not() {
    const KEPT: &str = "tmux keeps the clipboard to itself";
    for (settings, is_given, is_told) in [
        ("external 0", true, false),
        ("off off", true, true),
        ("off on", false, false),
        ("on off", false, false),
    ] {
        let bed = Bed::new();
        let env = tmux(&bed, settings);
        let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
        let mut session = session(&bed, "exit 0", &env);
        ended(&mut session);
        session.press("Y");
        session.wait("notice", |text| text.contains("copied"));
        let buffer = bed.cwd().join("buffer");
        if is_given {
            session.wait("text in tmux", |_| buffer.exists());
            let text = std::fs::read_to_string(&buffer).expect("the buffer");
            assert!(text.contains("run") && text.contains("smoke::good"), "{text}");
        }
        if is_told {
            session.wait("hint", |text| text.contains(KEPT));
        }
        assert!(contains(&session.bytes(), "\x1bPtmux;\x1b\x1b]52;c;"));
        ends(&bed, session);
        // What would have been told is told by now.
        assert_eq!(buffer.exists(), is_given, "{settings}");
    }
}

#[test]
fn what_is_copied_gets_through_a_screen_in_parts() {
    let bed = Bed::new();
    let mut session = session(&bed, "exit 0", &[("STY", "4711.pts-0.here")]);
    ended(&mut session);
    session.press("Y");
    session.wait("notice", |text| text.contains("copied"));
    let bytes = session.bytes();
    assert!(contains(&bytes, "\x1bP\x1b]52;c;") && contains(&bytes, "\x07\x1b\\"));
    // Bare, a screen would drop it, or show it as a title.
    assert!(!contains(&bytes, "m\x1b]52;c;") && !contains(&bytes, "\x1bPtmux;"));
    ends(&bed, session);
}

#[test]
fn the_mouse_is_taken_on_request_only() {
    let bed = Bed::new();
    let mut session = session(&bed, "exit 0", &[]);
    session.wait("verdict", |text| text.contains("✓ good"));
    assert!(contains(&session.bytes(), "\x1b[?1007s\x1b") && contains(&session.bytes(), "\x1b[?1007h"));
    assert!(!contains(&session.bytes(), "\x1b[?1000h"));
    // F2, then a click on the first row.
    session.press("\x1bOQ");
    session.wait("notice", |text| text.contains("the mouse is ours"));
    assert!(contains(&session.bytes(), "\x1b[?1000h"));
    session.press("\x1b[<0;5;3M\x1b[<0;5;3m");
    session.wait("group", |text| text.contains("┌ smoke"));
    // It ends with the mouse still taken, which must not outlive it.
    ends(&bed, session);
}

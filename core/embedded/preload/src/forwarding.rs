//! Forwarding: a map that sends all file content of this machine through one daemon.

use crate::{
    desk::PathBuf,
    environment::Environment,
    hosts::read_file,
    log::{self, Level},
    sys::*,
};

/// Reads the file that `LIBGKFS_FORWARDING_MAP_FILE` names: lines of a host's name and a daemon's number.
///
/// Returns the daemon for this machine, or `None` where no map is asked for.
///
/// # Errors
/// The machine is not in the map; the real client does not start then either.
pub(crate) fn read(environment: &Environment, daemons: usize) -> Result<Option<usize>, ()> {
    let Some(name) = environment
        .get(b"LIBGKFS_FORWARDING_MAP_FILE")
        .filter(|name| !name.is_empty())
    else {
        return Ok(None);
    };
    let mut path = PathBuf::EMPTY;
    path.set(name).map_err(drop)?;
    let mut text = [0; 16 * 1024];
    let len = read_file(&mut path, &mut text).map_err(drop)?;
    let mut machine = [0; 65];
    let daemon = find(&text[..len], host_name(&mut machine))
        .filter(|daemon| *daemon < daemons)
        .ok_or(())?;
    log::log(
        Level::Info,
        format_args!("init_environment() Forward to {daemon}"),
    );
    log::log(
        Level::Info,
        format_args!("forwarding_mapper() Forward to {daemon}"),
    );
    Ok(Some(daemon))
}

fn find(map: &[u8], machine: &[u8]) -> Option<usize> {
    map.split(|byte| *byte == b'\n').find_map(|line| {
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let (name, number) = (words.next()?, words.next()?);
        (name == machine).then(|| core::str::from_utf8(number).ok()?.parse().ok())?
    })
}

/// The node name in `struct new_utsname`, whose fields have 65 bytes each.
fn host_name(to: &mut [u8; 65]) -> &[u8] {
    let mut names = [0u8; 65 * 6];
    let _ = sys!(__NR_uname, names.as_mut_ptr());
    to.copy_from_slice(&names[65..130]);
    let len = to.iter().position(|byte| *byte == 0).unwrap_or(to.len());
    &to[..len]
}

//! Draws the pictures of the documentation: `cargo run -p gkfs-bench --example pictures`.
//!
//! A recorded run is opened on the same state, update and view as in a session, keys are pressed, and what is drawn is
//! written to `app/pictures/`. A test draws them too, and fails when a committed one is not what the program draws now.

use std::io;

mod scenes;

fn main() -> io::Result<()> {
    let dir = scenes::pictures();
    std::fs::create_dir_all(&dir)?;
    for (name, picture) in scenes::draw_all()? {
        let path = dir.join(name);
        std::fs::write(&path, picture)?;
        println!("{}", path.display());
    }
    Ok(())
}

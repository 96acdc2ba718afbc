//! The pictures of the documentation are what the program draws now.

use std::fs;

#[path = "../../examples/pictures/scenes.rs"]
pub(super) mod scenes;

#[test]
fn pictures_are_up_to_date() {
    let dir = scenes::pictures();
    let drawn = scenes::draw_all().expect("the recorded run");
    let old: Vec<&String> = drawn
        .iter()
        .filter(|(name, picture)| fs::read_to_string(dir.join(name)).ok().as_ref() != Some(picture))
        .map(|(name, _)| name)
        .collect();
    assert!(
        old.is_empty(),
        "{old:?} are not what the program draws now; draw them with `cargo run -p gkfs-bench --example pictures`"
    );
    let kept = fs::read_dir(&dir).expect("pictures").count();
    assert_eq!(kept, drawn.len(), "there are pictures that nothing draws");
}

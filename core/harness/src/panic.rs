//! Failed assertions become steps: a hook sees them where they happen.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::Once;

use serde_json::json;

use crate::steps::Steps;

/// Installs the hook before the first test of the process; the one before it still prints.
pub(crate) fn record_failed_assertions() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            record(info);
            before(info);
        }));
    });
}

fn record(info: &PanicHookInfo<'_>) {
    let Some(steps) = Steps::current() else { return };
    let message = message(info.payload());
    let place = info.location();
    steps.instant(
        "assert",
        json!({
            "ok": false, "message": message,
            "file": place.map(|place| place.file()), "line": place.map(|place| place.line()),
        }),
    );
}

/// The text of a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a text".into())
}

//! Measurements side by side.

use std::io::{self, Write};
use std::time::Duration;

use gkfs_runner::status::Status;

use super::{MOMENTS, Samples};
use crate::report::style::{self, STRONG};

/// Writes the medians of the embedded stack and, if there is one, of another beside it.
pub(crate) fn write(
    embedded: &Samples,
    other: Option<(&str, &Samples)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = other.map_or("", |(name, _)| name);
    let width = name.chars().count().max(10);
    write!(out, "{STRONG}{:<24}{:>12}", "median", "embedded")?;
    if other.is_some() {
        write!(out, "{name:>pad$}{:>9}", "ratio", pad = width + 2)?;
    }
    writeln!(out, "{STRONG:#}  goal for the embedded stack")?;
    for (index, moment) in MOMENTS.iter().enumerate() {
        let ours = embedded.median(index);
        write!(out, "{:<24}{:>12}", moment.name, text(ours))?;
        if let Some((_, other)) = other {
            let theirs = other.median(index);
            let ratio = theirs.as_secs_f64() / ours.as_secs_f64().max(f64::EPSILON);
            write!(
                out,
                "{:>pad$}{:>9}",
                text(theirs),
                format!("{ratio:.1}×"),
                pad = width + 2
            )?;
        }
        match moment.goal {
            Some(goal) => {
                let (status, word) = if ours <= goal {
                    (Status::Passed, "met")
                } else {
                    (Status::Failed, "missed")
                };
                let color = style::of(status);
                writeln!(out, "  {:>10}  {color}{word}{color:#}", text(goal))?;
            }
            None => writeln!(out)?,
        }
    }
    out.flush()
}

/// Returns a duration with three digits that matter.
fn text(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    match us {
        0.0..1000.0 => format!("{us:.1} µs"),
        1000.0..1_000_000.0 => format!("{:.2} ms", us / 1e3),
        _ => format!("{:.2} s", us / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(us: [u64; MOMENTS.len()]) -> Samples {
        // The outliers on both sides show that it is the median that counts.
        Samples {
            times: us.map(|us| [1, us, 1_000_000_000].map(Duration::from_micros).to_vec()),
        }
    }

    #[test]
    fn medians_stand_side_by_side_with_ratio_and_goal() {
        let mut out = anstream::StripStream::new(Vec::new());
        let (ours, theirs) = (
            samples([7000, 3000, 150, 2000, 40_000]),
            samples([310_000, 560_000, 900, 1_700_000, 4_000_000]),
        );
        write(&ours, Some(("release", &theirs)), &mut out).expect("writable");
        insta::assert_snapshot!(String::from_utf8(out.into_inner()).expect("utf-8"), @r#"
        median                      embedded     release    ratio  goal for the embedded stack
        daemon: spawn to ready       7.00 ms   310.00 ms    44.3×    10.00 ms  met
        operation as a process       3.00 ms   560.00 ms   186.7×     4.00 ms  met
        operation in a session      150.0 µs    900.0 µs     6.0×    100.0 µs  missed
        daemon: SIGTERM to exit      2.00 ms      1.70 s   850.0×    10.00 ms  met
        one whole test              40.00 ms      4.00 s   100.0×
        "#);
    }
}

//! How often something is expected.

use std::ops::{Bound, RangeBounds};

/// How often: a number, or a range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub(super) least: usize,
    pub(super) most: usize,
}

impl From<usize> for Times {
    fn from(times: usize) -> Self {
        Self {
            least: times,
            most: times,
        }
    }
}

macro_rules! times_from_ranges {
    ($($range:ty),*) => {
        $(impl From<$range> for Times {
            fn from(range: $range) -> Self {
                let least: usize = match RangeBounds::<usize>::start_bound(&range) {
                    Bound::Included(least) => *least,
                    Bound::Excluded(below) => *below + 1,
                    Bound::Unbounded => 0,
                };
                let most: usize = match RangeBounds::<usize>::end_bound(&range) {
                    Bound::Included(most) => *most,
                    Bound::Excluded(above) => above.saturating_sub(1),
                    Bound::Unbounded => usize::MAX,
                };
                Self { least, most }
            }
        })*
    };
}

times_from_ranges!(
    std::ops::Range<usize>,
    std::ops::RangeInclusive<usize>,
    std::ops::RangeFrom<usize>,
    std::ops::RangeTo<usize>,
    std::ops::RangeToInclusive<usize>,
    std::ops::RangeFull
);

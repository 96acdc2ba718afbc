//! Bytes as people look at them: sixteen a row, with what is text beside.

/// Bytes in a row.
pub(crate) const WIDTH: usize = 16;

/// A row: where it begins, the digits, and what of it can be read.
pub(crate) fn row(at: u64, bytes: &[u8]) -> [String; 3] {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_shown = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    let text = bytes
        .iter()
        .map(|byte| if is_shown(*byte) { char::from(*byte) } else { '.' });
    [
        format!("{at:06x}  "),
        format!("{:47}  ", digits.join(" ")),
        text.collect(),
    ]
}

/// The first `limit` bytes, row by row, and a line that tells how many are left out.
pub(crate) fn dump(bytes: &[u8], limit: usize) -> Vec<String> {
    let shown = &bytes[..bytes.len().min(limit)];
    let rows = shown.chunks(WIDTH).enumerate();
    let mut lines: Vec<String> = rows
        .map(|(index, chunk)| row((index * WIDTH) as u64, chunk).concat())
        .collect();
    if shown.len() < bytes.len() {
        lines.push(format!("… {} bytes more", bytes.len() - shown.len()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_a_row_and_the_rest_told() {
        let bytes: Vec<u8> = (0..20).map(|number| number + b'0').collect();
        assert_eq!(
            dump(&bytes, 18),
            [
                "000000  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?",
                "000010  40 41                                            @A",
                "… 2 bytes more",
            ]
        );
        assert!(dump(&[], 10).is_empty());
    }
}

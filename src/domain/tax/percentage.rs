//! Percentages, stored as parts per million.

/// A percentage as a decimal number: `19`, `8.875`.
pub fn percentage(ppm: u32) -> String {
    let (whole, fraction) = (ppm / 10_000, ppm % 10_000);
    let text = format!("{whole}.{fraction:04}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentage_has_no_superfluous_zeros() {
        let shown = [190_000, 88_750, 99_750, 0, 1, 1_000_000, 100_000].map(percentage);
        assert_eq!(shown, ["19", "8.875", "9.975", "0", "0.0001", "100", "10"]);
    }
}

//! Percentages: whole parts per million, shown as a decimal number of hundredths.

use std::{fmt, str::FromStr};

/// A percentage of 0 to 100, with at most four decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentage {
    /// Parts per million: 190,000 for 19 %.
    ppm: u32,
}

/// The text is not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PercentageError {
    /// It is not digits with at most one point among them.
    #[error("not a decimal number")]
    Malformed,
    #[error("more than four decimal digits")]
    TooPrecise,
    #[error("more than 100")]
    OutOfRange,
}

impl Percentage {
    /// Parts per million in the whole.
    pub const WHOLE: u32 = 1_000_000;

    /// Parts per million of one percent.
    const PERCENT: u32 = 10_000;

    /// Number of decimal digits.
    const DIGITS: usize = 4;

    /// More than the whole is the whole.
    pub fn of_ppm(ppm: u32) -> Self {
        Self { ppm: ppm.min(Self::WHOLE) }
    }

    pub fn ppm(self) -> u32 {
        self.ppm
    }
}

/// Reads a decimal number without a sign. Nothing is rounded.
impl FromStr for Percentage {
    type Err = PercentageError;

    fn from_str(text: &str) -> Result<Self, PercentageError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(PercentageError::Malformed);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > Self::DIGITS {
            return Err(PercentageError::TooPrecise);
        }
        let digits = Self::DIGITS;
        let ppm: Option<u32> = format!("{whole}{fraction:0<digits$}").parse().ok();
        let ppm = ppm.filter(|ppm| *ppm <= Self::WHOLE).ok_or(PercentageError::OutOfRange)?;
        Ok(Self { ppm })
    }
}

/// The decimal number without superfluous zeros: `19`, `8.875`.
impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.ppm / Self::PERCENT, self.ppm % Self::PERCENT);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let fraction = format!("{fraction:04}");
        write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentage_is_a_decimal_number_up_to_100() {
        let ppm = |text: &str| text.parse().map(Percentage::ppm);
        for (text, expected) in [
            ("0", 0),
            ("19", 190_000),
            ("8.875", 88_750),
            ("9.9750", 99_750),
            ("0.0001", 1),
            ("007", 70_000),
            ("100.00000", 1_000_000),
        ] {
            assert_eq!(ppm(text), Ok(expected), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1,5", "1e1", "+1", "-1", "1.2.3", "19 %", " 1", "\u{661}"] {
            assert_eq!(ppm(text), Err(PercentageError::Malformed), "{text:?}");
        }
        assert_eq!(ppm("8.87501"), Err(PercentageError::TooPrecise));
        for text in ["100.0001", "101", &"9".repeat(60)] {
            assert_eq!(ppm(text), Err(PercentageError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn percentage_is_shown_without_superfluous_zeros() {
        let show = |ppm| Percentage::of_ppm(ppm).to_string();
        let shown = [0, 1, 50, 70_000, 88_750, 1_000_000].map(show);
        assert_eq!(shown, ["0", "0.0001", "0.005", "7", "8.875", "100"]);
    }

    proptest! {
        #[test]
        fn every_percentage_survives_its_text(ppm in 0..=Percentage::WHOLE) {
            let percentage = Percentage::of_ppm(ppm);
            prop_assert_eq!(percentage.to_string().parse(), Ok(percentage));
        }
    }
}

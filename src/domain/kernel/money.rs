//! Amounts of money: whole minor units and a currency, shown as a decimal number with the currency's digits.

use std::fmt;

use entity::Currency;

use super::text::{FieldProblem, InvalidField};

/// The highest price, in minor units: so that a sum of 9,999 pieces in each of 100 lines stays within 64 bits.
const MAX_PRICE: i64 = 10_000_000_000_000;

/// An amount in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// In the currency's minor unit: cents for EUR, yen for JPY.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// The text is not an amount in the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is not a decimal number: digits, at most one point among them, a minus sign before them.
    #[error("not a decimal number")]
    Malformed,
    /// It has more decimal digits than the currency.
    #[error("{currency} has {} decimal digits", .currency.digits())]
    TooPrecise {
        /// The currency.
        currency: Currency,
    },
    /// It does not fit into 64 bits of minor units.
    #[error("out of range")]
    OutOfRange,
}

impl Money {
    /// Reads a decimal number as an amount in `currency`. Nothing is rounded.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, AmountError> {
        let (negative, number) = amount.strip_prefix('-').map_or((false, amount), |number| (true, number));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(AmountError::Malformed);
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = currency.digits() as usize;
        if fraction.len() > digits {
            return Err(AmountError::TooPrecise { currency });
        }
        let minor: i128 =
            format!("{whole}{fraction:0<digits$}").parse().map_err(|_| AmountError::OutOfRange)?;
        let minor = if negative { -minor } else { minor };
        Ok(Self { minor: minor.try_into().map_err(|_| AmountError::OutOfRange)?, currency })
    }

    /// Reads the price of the input field `field`, which is neither negative nor too high to calculate with.
    pub fn of_field(field: &'static str, amount: &str, currency: Currency) -> Result<Self, InvalidField> {
        let problem = |error: AmountError| match error {
            AmountError::OutOfRange => FieldProblem::OutOfRange,
            AmountError::Malformed | AmountError::TooPrecise { .. } => FieldProblem::InvalidFormat,
        };
        let money = Self::parse(amount, currency).map_err(|error| {
            InvalidField::new(field, problem(error), format!("The amount is wrong: {error}."))
        })?;
        if (0..=MAX_PRICE).contains(&money.minor) {
            return Ok(money);
        }
        let max = Self { minor: MAX_PRICE, currency };
        let message = format!("The amount must be between 0 and {max} {currency}.");
        Err(InvalidField::new(field, FieldProblem::OutOfRange, message))
    }
}

/// The decimal number without the currency: `12.50`, `-0.05`, `1200` (JPY).
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10u64.pow(self.currency.digits());
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        match self.currency.digits() as usize {
            0 => write!(f, "{sign}{minor}"),
            digits => write!(f, "{sign}{}.{:0digits$}", minor / unit, minor % unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let show = |minor, code: &str| Money { minor, currency: code.parse().unwrap() }.to_string();
        assert_eq!(show(1250, "EUR"), "12.50");
        assert_eq!(show(-5, "EUR"), "-0.05");
        assert_eq!(show(0, "EUR"), "0.00");
        assert_eq!(show(1200, "JPY"), "1200");
        assert_eq!(show(1_234_567, "KWD"), "1234.567");
        assert_eq!(show(i64::MIN, "EUR"), "-92233720368547758.08");
    }

    #[test]
    fn what_is_no_amount_in_the_currency_is_refused() {
        let parse = |text, code: &str| Money::parse(text, code.parse().unwrap()).map(|money| money.minor);
        for text in ["", "-", ".", "1.", ".5", "1,5", "1e3", "+1", "--1", "1.2.3", "NaN", " 1", "\u{661}"] {
            assert_eq!(parse(text, "EUR"), Err(AmountError::Malformed), "{text:?}");
        }
        assert_eq!(parse("1.5", "EUR"), Ok(150));
        assert_eq!(parse("1.500", "EUR"), Ok(150));
        assert_eq!(parse("1.00", "JPY"), Ok(1));
        assert!(matches!(parse("1.505", "EUR"), Err(AmountError::TooPrecise { .. })));
        assert!(matches!(parse("1.5", "JPY"), Err(AmountError::TooPrecise { .. })));
        assert_eq!(parse("92233720368547758.08", "EUR"), Err(AmountError::OutOfRange));
        assert_eq!(parse(&"9".repeat(60), "EUR"), Err(AmountError::OutOfRange));
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_text(minor: i64, code in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
            let money = Money { minor, currency: code.parse().unwrap() };
            prop_assert_eq!(Money::parse(&money.to_string(), money.currency), Ok(money));
        }
    }
}

//! The currency of an amount, stored as its ISO 4217 code.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;

/// An [ISO 4217](https://www.iso.org/iso-4217-currency-codes.html) currency, written as its three-letter code (`EUR`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// US dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// Number of decimal digits of the minor unit: 2 for EUR (cents), 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// Three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl sea_orm::TryFromU64 for Currency {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("Currency"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is not an ISO 4217 currency code.
#[derive(Debug)]
pub struct UnknownCurrency;

impl fmt::Display for UnknownCurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an ISO 4217 currency code")
    }
}

impl std::error::Error for UnknownCurrency {}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        iso_currency::Currency::from_code(code).map(Self).ok_or(UnknownCurrency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currency_digits_follow_iso_4217() {
        let digits = |code: &str| code.parse::<Currency>().unwrap().digits();
        assert_eq!((digits("EUR"), digits("JPY"), digits("KWD")), (2, 0, 3));
    }

    #[test]
    fn currency_rejects_unknown_and_lower_case_codes() {
        for code in ["", "eur", "EURO", "ZZZ", "E\0R"] {
            assert!(code.parse::<Currency>().is_err(), "{code:?}");
        }
    }
}

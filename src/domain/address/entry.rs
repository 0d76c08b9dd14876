//! What somebody writes into an address, and what may be wrong with it. Everything that is wrong is told at once, so that a
//! form is sent twice at most.

use std::fmt;

use entity::address;

use super::country::{country, subdivision};

/// What somebody writes into an address. `None` leaves a field as it is, which in a new address is empty; `Some(None)` and
/// a text of nothing but space empty it. Space around a text is dropped.
#[derive(Debug, Default)]
pub struct Entry {
    /// Who receives what is sent there.
    pub name: Written,
    /// The company that they are at.
    pub company: Written,
    /// Street and number, as a rule.
    pub line1: Written,
    /// What else it takes to find the door.
    pub line2: Written,
    /// The city, town or village.
    pub city: Written,
    /// A code of ISO 3166-2 that belongs to the country.
    pub subdivision: Written,
    /// The postal code.
    pub postal_code: Written,
    /// A code of ISO 3166-1, two letters.
    pub country: Written,
    /// A phone number for the carrier.
    pub phone: Written,
    /// Whether it is to be where orders go by default.
    pub is_default_shipping: Option<bool>,
    /// Whether it is to be where invoices go by default.
    pub is_default_billing: Option<bool>,
}

/// See [`Entry`].
pub type Written = Option<Option<String>>;

/// A field of an address that holds text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Company,
    Line1,
    Line2,
    City,
    Subdivision,
    PostalCode,
    Country,
    Phone,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It must not be empty.
    #[error("is missing")]
    Missing,
    /// It has more characters than it may.
    #[error("is longer than {max} characters")]
    TooLong {
        /// How many it may have.
        max: usize,
    },
    /// It holds a line break or another character that is not for reading.
    #[error("holds a line break or another control character")]
    ControlCharacter,
    /// It is no code of ISO 3166-1.
    #[error("is not a country code of ISO 3166-1, like US")]
    UnknownCountry,
    /// It is no code of ISO 3166-2.
    #[error("is not a subdivision code of ISO 3166-2, like US-CA")]
    UnknownSubdivision,
    /// It belongs to another country than the address.
    #[error("does not belong to the country of the address")]
    ForeignSubdivision,
    /// It is no phone number.
    #[error("may hold digits, spaces and + - ( ) / only, and at least one digit")]
    NoPhoneNumber,
}

/// A field that cannot be kept as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidField {
    /// Which one.
    pub field: Field,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The {} {}.", self.field.words(), self.problem)
    }
}

impl Field {
    fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Company => "company",
            Self::Line1 => "first line",
            Self::Line2 => "second line",
            Self::City => "city",
            Self::Subdivision => "subdivision",
            Self::PostalCode => "postal code",
            Self::Country => "country",
            Self::Phone => "phone number",
        }
    }

    fn is_required(self) -> bool {
        matches!(self, Self::Name | Self::Line1 | Self::City | Self::Country)
    }

    /// How many characters it may have. Codes are looked up, which bounds them.
    fn max(self) -> usize {
        match self {
            Self::Line1 | Self::Line2 => 200,
            Self::PostalCode => 20,
            Self::Phone => 32,
            Self::Name | Self::Company | Self::City | Self::Subdivision | Self::Country => 100,
        }
    }

    /// The text as it is kept, `None` for nothing.
    fn clean(self, text: Option<&str>) -> Result<Option<String>, Problem> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return if self.is_required() { Err(Problem::Missing) } else { Ok(None) };
        };
        match self {
            Self::Country if country(text).is_none() => Err(Problem::UnknownCountry),
            Self::Subdivision if subdivision(text).is_none() => Err(Problem::UnknownSubdivision),
            _ if text.chars().count() > self.max() => Err(Problem::TooLong { max: self.max() }),
            _ if text.chars().any(is_control) => Err(Problem::ControlCharacter),
            Self::Phone if !is_phone(text) => Err(Problem::NoPhoneNumber),
            _ => Ok(Some(text.to_owned())),
        }
    }
}

/// Also the line breaks of Unicode that are no control characters in its terms.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_phone(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || " +-()/".contains(c))
}

/// An address's texts, checked.
pub(super) struct Texts {
    pub(super) name: String,
    pub(super) company: Option<String>,
    pub(super) line1: String,
    pub(super) line2: Option<String>,
    pub(super) city: String,
    pub(super) subdivision: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) country: String,
    pub(super) phone: Option<String>,
}

impl Texts {
    /// What `entry` makes of the address that was there `before`. Fields that it leaves as they are are not looked at, so
    /// that an address whose subdivision has been withdrawn can still get another phone number.
    pub(super) fn new(entry: &Entry, before: Option<&address::Model>) -> Result<Self, Vec<InvalidField>> {
        let mut wrong = Vec::new();
        let mut text = |field: Field, written: &Written, kept: Option<Option<&str>>| match (written, kept) {
            (None, Some(kept)) => kept.map(str::to_owned),
            (written, _) => {
                field.clean(written.as_ref().and_then(Option::as_deref)).unwrap_or_else(|problem| {
                    wrong.push(InvalidField { field, problem });
                    None
                })
            }
        };
        let name = text(Field::Name, &entry.name, before.map(|row| Some(&*row.name)));
        let company = text(Field::Company, &entry.company, before.map(|row| row.company.as_deref()));
        let line1 = text(Field::Line1, &entry.line1, before.map(|row| Some(&*row.line1)));
        let line2 = text(Field::Line2, &entry.line2, before.map(|row| row.line2.as_deref()));
        let city = text(Field::City, &entry.city, before.map(|row| Some(&*row.city)));
        let subdivision =
            text(Field::Subdivision, &entry.subdivision, before.map(|row| row.subdivision.as_deref()));
        let postal_code =
            text(Field::PostalCode, &entry.postal_code, before.map(|row| row.postal_code.as_deref()));
        let country = text(Field::Country, &entry.country, before.map(|row| Some(&*row.country)));
        let phone = text(Field::Phone, &entry.phone, before.map(|row| row.phone.as_deref()));

        let is_written = entry.subdivision.is_some() || entry.country.is_some();
        if is_written && !belongs(subdivision.as_deref(), country.as_deref()) {
            wrong.push(InvalidField { field: Field::Subdivision, problem: Problem::ForeignSubdivision });
        }
        match (name, line1, city, country) {
            (Some(name), Some(line1), Some(city), Some(country)) if wrong.is_empty() => {
                Ok(Self { name, company, line1, line2, city, subdivision, postal_code, country, phone })
            }
            _ => Err(wrong),
        }
    }
}

/// Whether a subdivision belongs to a country; where one of them is missing there is nothing to say against it.
fn belongs(subdivision: Option<&str>, code: Option<&str>) -> bool {
    let (Some(subdivision), Some(country)) = (subdivision, code.and_then(country)) else { return true };
    country.subdivision(subdivision).is_some()
}

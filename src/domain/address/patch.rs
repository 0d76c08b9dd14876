//! What somebody writes into an address, and what may be wrong with it. Everything that is wrong is told at once, so that a
//! form is sent twice at most.

use entity::address;

use super::country::{country, subdivision};
use crate::domain::kernel::text::{FieldProblem, InvalidField, check_line};

/// What somebody writes into an address. `None` leaves a field as it is, which in a new address is empty; `Some(None)` and
/// a text of nothing but space empty it. Space around a text is dropped.
#[derive(Debug, Default)]
pub struct AddressPatch {
    /// Who receives what is sent there.
    pub name: Patch<String>,
    /// The company that they are at.
    pub company: Patch<String>,
    /// Street and number, as a rule.
    pub line1: Patch<String>,
    /// What else it takes to find the door.
    pub line2: Patch<String>,
    /// The city, town or village.
    pub city: Patch<String>,
    /// A code of ISO 3166-2 that belongs to the country.
    pub subdivision_code: Patch<String>,
    /// The postal code.
    pub postal_code: Patch<String>,
    /// A code of ISO 3166-1, two letters.
    pub country_code: Patch<String>,
    /// A phone number for the carrier.
    pub phone: Patch<String>,
    /// Whether it is to be where orders go by default.
    pub is_default_shipping: Option<bool>,
    /// Whether it is to be where invoices go by default.
    pub is_default_billing: Option<bool>,
}

/// A field that may be changed: `None` leaves it, `Some(None)` empties it.
pub type Patch<T> = Option<Option<T>>;

/// A field of an address that holds text.
struct Field {
    name: &'static str,
    max: usize,
    is_required: bool,
}

const NAME: Field = Field::required("name", 100);
const COMPANY: Field = Field::optional("company", 100);
const LINE1: Field = Field::required("line1", 200);
const LINE2: Field = Field::optional("line2", 200);
const CITY: Field = Field::required("city", 100);
const SUBDIVISION: Field = Field::optional("subdivision_code", usize::MAX);
const POSTAL_CODE: Field = Field::optional("postal_code", 20);
const COUNTRY: Field = Field::required("country_code", usize::MAX);
const PHONE: Field = Field::optional("phone", 32);

impl Field {
    const fn required(name: &'static str, max: usize) -> Self {
        Self { name, max, is_required: true }
    }

    const fn optional(name: &'static str, max: usize) -> Self {
        Self { name, max, is_required: false }
    }

    /// The text as it is kept, `None` for nothing.
    fn check(&self, text: Option<&str>) -> Result<Option<String>, InvalidField> {
        let text = text.unwrap_or_default();
        let line = check_line(text, self.is_required.into(), self.max);
        let line = line.map_err(|problem| InvalidField::of_text(self.name, problem))?;
        let unknown = |message| Err(InvalidField::new(self.name, FieldProblem::UnknownValue, message));
        match self.name {
            _ if line.is_empty() => Ok(None),
            "country_code" => match country(line) {
                Some(country) => Ok(Some(country.code.to_owned())),
                None => unknown("This is not a country code of ISO 3166-1, like US."),
            },
            "subdivision_code" => match subdivision(line) {
                Some(part) => Ok(Some(part.code.to_owned())),
                None => unknown("This is not a subdivision code of ISO 3166-2, like US-CA."),
            },
            "phone" if !is_phone(line) => {
                let message = "The phone may hold digits, spaces and + - ( ) / only, and at least one digit.";
                Err(InvalidField::new(self.name, FieldProblem::InvalidFormat, message))
            }
            _ => Ok(Some(line.to_owned())),
        }
    }
}

fn is_phone(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || " +-()/".contains(c))
}

/// An address's texts, checked.
pub(super) struct ValidatedAddress {
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

impl ValidatedAddress {
    /// What `patch` makes of the address that was there `before`. Fields that it leaves as they are are not looked at, so
    /// that an address whose subdivision has been withdrawn can still get another phone number.
    pub(super) fn new(
        patch: &AddressPatch,
        before: Option<&address::Model>,
    ) -> Result<Self, Vec<InvalidField>> {
        let mut wrong = Vec::new();
        let mut text =
            |field: &Field, written: &Patch<String>, kept: Option<Option<&str>>| match (written, kept) {
                (None, Some(kept)) => kept.map(str::to_owned),
                (written, _) => {
                    field.check(written.as_ref().and_then(Option::as_deref)).unwrap_or_else(|invalid| {
                        wrong.push(invalid);
                        None
                    })
                }
            };
        let name = text(&NAME, &patch.name, before.map(|row| Some(&*row.name)));
        let company = text(&COMPANY, &patch.company, before.map(|row| row.company.as_deref()));
        let line1 = text(&LINE1, &patch.line1, before.map(|row| Some(&*row.line1)));
        let line2 = text(&LINE2, &patch.line2, before.map(|row| row.line2.as_deref()));
        let city = text(&CITY, &patch.city, before.map(|row| Some(&*row.city)));
        let subdivision =
            text(&SUBDIVISION, &patch.subdivision_code, before.map(|row| row.subdivision.as_deref()));
        let postal_code =
            text(&POSTAL_CODE, &patch.postal_code, before.map(|row| row.postal_code.as_deref()));
        let country = text(&COUNTRY, &patch.country_code, before.map(|row| Some(&*row.country)));
        let phone = text(&PHONE, &patch.phone, before.map(|row| row.phone.as_deref()));

        let is_written = patch.subdivision_code.is_some() || patch.country_code.is_some();
        if is_written && !belongs(subdivision.as_deref(), country.as_deref()) {
            let message = "The subdivision does not belong to the country of the address.";
            wrong.push(InvalidField::new(SUBDIVISION.name, FieldProblem::Inconsistent, message));
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

//! Input of an address, and its validation. All invalid fields are reported at once.

use entity::address;
use sea_orm::{ActiveValue::Set, IntoActiveModel};

use super::{
    country::{country, subdivision},
    postal::PostalAddress,
};
use crate::domain::kernel::{
    patch::Patch,
    text::{FieldProblem, InvalidField, check_line},
};

/// Changes of an address. `None` keeps a field (a new address has it empty); `Some(None)` and a text of spaces clear
/// it. Surrounding spaces are removed.
#[derive(Debug, Default)]
pub struct AddressPatch {
    pub name: Patch<String>,
    pub company: Patch<String>,
    /// First line, usually street and number.
    pub line1: Patch<String>,
    /// Second line.
    pub line2: Patch<String>,
    pub city: Patch<String>,
    /// Code of ISO 3166-2, which must belong to the country.
    pub subdivision_code: Patch<String>,
    pub postal_code: Patch<String>,
    /// Code of ISO 3166-1, two letters.
    pub country_code: Patch<String>,
    pub phone: Patch<String>,
    /// Whether it becomes the default for orders.
    pub is_default_shipping: Option<bool>,
    /// Whether it becomes the default for invoices.
    pub is_default_billing: Option<bool>,
}

/// A text field of an address.
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

    /// The validated text; `None` for an empty one.
    fn check(&self, text: Option<&str>) -> Result<Option<String>, InvalidField> {
        self.check_if(text, self.is_required)
    }

    fn check_if(&self, text: Option<&str>, is_required: bool) -> Result<Option<String>, InvalidField> {
        let text = text.unwrap_or_default();
        let line = check_line(text, is_required.into(), self.max);
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
                let message = "The phone number may contain only digits, spaces and + - ( ) /, with at least one digit.";
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

impl AddressPatch {
    /// Applies the changes to the address `before`. Unchanged fields are not validated, so that an address whose
    /// subdivision was withdrawn can get another phone number.
    pub(super) fn onto(
        &self,
        before: Option<&address::Model>,
    ) -> Result<address::ActiveModel, Vec<InvalidField>> {
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
        // A missing required field is reported with the invalid ones.
        let address = address::ActiveModel {
            name: Set(text(&NAME, &self.name, before.map(|row| Some(&*row.name))).unwrap_or_default()),
            company: Set(text(&COMPANY, &self.company, before.map(|row| row.company.as_deref()))),
            line1: Set(text(&LINE1, &self.line1, before.map(|row| Some(&*row.line1))).unwrap_or_default()),
            line2: Set(text(&LINE2, &self.line2, before.map(|row| row.line2.as_deref()))),
            city: Set(text(&CITY, &self.city, before.map(|row| Some(&*row.city))).unwrap_or_default()),
            subdivision: Set(text(
                &SUBDIVISION,
                &self.subdivision_code,
                before.map(|row| row.subdivision.as_deref()),
            )),
            postal_code: Set(text(
                &POSTAL_CODE,
                &self.postal_code,
                before.map(|row| row.postal_code.as_deref()),
            )),
            country: Set(
                text(&COUNTRY, &self.country_code, before.map(|row| Some(&*row.country))).unwrap_or_default()
            ),
            phone: Set(text(&PHONE, &self.phone, before.map(|row| row.phone.as_deref()))),
            ..before.cloned().map(IntoActiveModel::into_active_model).unwrap_or_default()
        };
        let is_written = self.subdivision_code.is_some() || self.country_code.is_some();
        if is_written {
            wrong.extend(mismatch(address.subdivision.as_ref().as_deref(), address.country.as_ref()));
        }
        if wrong.is_empty() { Ok(address) } else { Err(wrong) }
    }

    /// The address, which may lack everything but the country. All invalid fields are reported.
    pub(super) fn partial(&self) -> Result<PostalAddress, Vec<InvalidField>> {
        let mut wrong = Vec::new();
        let mut text = |field: &Field, written: &Patch<String>| {
            let checked =
                field.check_if(written.as_ref().and_then(Option::as_deref), field.name == COUNTRY.name);
            checked.unwrap_or_else(|invalid| {
                wrong.push(invalid);
                None
            })
        };
        let address = PostalAddress {
            name: text(&NAME, &self.name),
            company: text(&COMPANY, &self.company),
            line1: text(&LINE1, &self.line1),
            line2: text(&LINE2, &self.line2),
            city: text(&CITY, &self.city),
            subdivision: text(&SUBDIVISION, &self.subdivision_code),
            postal_code: text(&POSTAL_CODE, &self.postal_code),
            country: text(&COUNTRY, &self.country_code).unwrap_or_default(),
            phone: text(&PHONE, &self.phone),
        };
        wrong.extend(mismatch(address.subdivision.as_deref(), &address.country));
        if wrong.is_empty() { Ok(address) } else { Err(wrong) }
    }
}

/// The error of a subdivision that does not belong to the country.
fn mismatch(subdivision: Option<&str>, country: &str) -> Option<InvalidField> {
    let message = "The subdivision does not belong to the country of the address.";
    (!belongs(subdivision, country))
        .then(|| InvalidField::new(SUBDIVISION.name, FieldProblem::Inconsistent, message))
}

/// Whether a subdivision belongs to a country; true if one of them is missing.
fn belongs(subdivision: Option<&str>, code: &str) -> bool {
    let (Some(subdivision), Some(country)) = (subdivision, country(code)) else { return true };
    country.subdivision(subdivision).is_some()
}

//! Addresses that are typed before they are complete, like those of a cart.

use serde::{Deserialize, Serialize};

use super::{AddressPatch, Place};
use crate::domain::kernel::text::InvalidField;

/// A postal address of no address book. Only its country is certain to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostalAddress {
    /// Name of the recipient.
    pub name: Option<String>,
    pub company: Option<String>,
    /// Usually street and number.
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    /// Code of ISO 3166-2, which belongs to the country.
    pub subdivision: Option<String>,
    pub postal_code: Option<String>,
    /// Code of ISO 3166-1, two letters.
    pub country: String,
    pub phone: Option<String>,
}

impl PostalAddress {
    /// Reads an address, of which only the country is required. All invalid fields are reported at once.
    pub fn parse(written: &AddressPatch) -> Result<Self, Vec<InvalidField>> {
        written.partial()
    }

    /// Where it is, for tax and shipping.
    pub fn place(&self) -> Place {
        Place { country: self.country.clone(), subdivision: self.subdivision.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kernel::text::FieldProblem;

    #[test]
    fn address_needs_only_a_country() {
        let written = AddressPatch {
            country_code: Some(Some("de".into())),
            name: Some(Some(" ".into())),
            ..Default::default()
        };
        let address = PostalAddress::parse(&written).unwrap();
        assert_eq!(address, PostalAddress { country: "DE".into(), ..Default::default() });
        assert_eq!(address.place().key(), "DE");
    }

    #[test]
    fn address_reports_all_invalid_fields() {
        let written = AddressPatch {
            city: Some(Some("a\nb".into())),
            phone: Some(Some("x".into())),
            ..Default::default()
        };
        let wrong = PostalAddress::parse(&written).unwrap_err();
        let wrong: Vec<_> = wrong.iter().map(|invalid| (invalid.field, invalid.problem)).collect();
        assert_eq!(
            wrong,
            [
                ("city", FieldProblem::ForbiddenCharacter),
                ("country_code", FieldProblem::Required),
                ("phone", FieldProblem::InvalidFormat)
            ]
        );
    }
}

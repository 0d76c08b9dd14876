//! Numbers by which tax offices know customers.
//!
//! Numbers that begin with the letters of a member state of the European Union must have the format of its VAT numbers. No
//! check digit is computed and no registry is asked.

use crate::domain::kernel::text::{FieldProblem, InvalidField, Line};

/// Formats of VAT numbers after the letters of the state, several separated by spaces: `9` is a digit, `0` a digit that may be
/// missing, `A` a letter, `*` a letter or digit; others stand for themselves. Source: [VIES, frequently
/// asked questions](https://ec.europa.eu/taxation_customs/vies/#/faq).
const FORMATS: [(&str, &str); 27] = [
    ("AT", "U99999999"),
    ("BE", "9999999999"),
    ("BG", "9999999990"),
    ("CY", "99999999A"),
    ("CZ", "9999999900"),
    ("DE", "999999999"),
    ("DK", "99999999"),
    ("EE", "999999999"),
    ("EL", "999999999"),
    ("ES", "*9999999A A9999999*"),
    ("FI", "99999999"),
    ("FR", "**999999999"),
    ("HR", "99999999999"),
    ("HU", "99999999"),
    ("IE", "9999999A 9999999AA 9*99999A"),
    ("IT", "99999999999"),
    ("LT", "999999999 999999999999"),
    ("LU", "99999999"),
    ("LV", "99999999999"),
    ("MT", "99999999"),
    ("NL", "999999999B99"),
    ("PL", "9999999999"),
    ("PT", "999999999"),
    ("RO", "9900000000"),
    ("SE", "999999999999"),
    ("SI", "99999999"),
    ("SK", "9999999999"),
];

/// Reads the input field `tax_id`; an empty text is none.
pub(super) fn parse(text: Option<&str>) -> Result<Option<String>, InvalidField> {
    let id = String::from(Line::<0, 32>::of_field("tax_id", text.unwrap_or_default())?);
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || is_separator(c);
    let invalid = |message: String| Err(InvalidField::new("tax_id", FieldProblem::InvalidFormat, message));
    if id.is_empty() {
        return Ok(None);
    }
    if !id.chars().all(is_allowed) || id.chars().all(is_separator) {
        return invalid("A tax id has letters a to z, digits, spaces and . - / only.".to_owned());
    }
    let compact: String = id.chars().filter(|c| !is_separator(*c)).collect::<String>().to_ascii_uppercase();
    let format =
        FORMATS.iter().find_map(|(state, formats)| Some((state, formats, compact.strip_prefix(state)?)));
    match format {
        Some((state, formats, number)) if !formats.split(' ').any(|format| fits(number, format)) => {
            let message =
                format!("VAT numbers of {state} have another number of letters and digits after {state}.");
            invalid(message)
        }
        _ => Ok(Some(id)),
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '/')
}

fn fits(number: &str, format: &str) -> bool {
    let mut number = number.chars();
    let fits = |symbol: char, c: Option<char>| match symbol {
        '9' => c.is_some_and(|c| c.is_ascii_digit()),
        '0' => c.is_none_or(|c| c.is_ascii_digit()),
        'A' => c.is_some_and(|c| c.is_ascii_alphabetic()),
        '*' => c.is_some_and(|c| c.is_ascii_alphanumeric()),
        symbol => c == Some(symbol),
    };
    format.chars().all(|symbol| fits(symbol, number.next())) && number.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_numbers_of_each_state_have_its_format() {
        for id in [
            "ATU12345678",
            "BE0123456789",
            "BG123456789",
            "BG1234567890",
            "CY12345678X",
            "CZ12345678",
            "CZ1234567890",
            "DE123456789",
            "DK12345678",
            "EE123456789",
            "EL123456789",
            "ESX1234567X",
            "ES12345678X",
            "ESX12345678",
            "FI12345678",
            "FRXX123456789",
            "FR12123456789",
            "HR12345678901",
            "HU12345678",
            "IE1234567WA",
            "IE1234567T",
            "IE1S23456L",
            "IT12345678901",
            "LT123456789",
            "LT123456789012",
            "LU12345678",
            "LV12345678901",
            "MT12345678",
            "NL123456789B01",
            "PL1234567890",
            "PT123456789",
            "RO12",
            "RO1234567890",
            "SE123456789012",
            "SI12345678",
            "SK1234567890",
        ] {
            assert_eq!(parse(Some(id)), Ok(Some(id.to_owned())), "{id}");
            for wrong in [format!("{id}1234567890"), format!("{}#", &id[2..]), format!("{}-", &id[..2])] {
                assert_eq!(parse(Some(&wrong)).unwrap_err().problem, FieldProblem::InvalidFormat, "{wrong}");
            }
        }
        for wrong in [
            "DE12345678",
            "de12345678a",
            "ATX12345678",
            "ES123456789",
            "RO1",
            "NL123456789C01",
            "LT1234567890",
        ] {
            assert_eq!(parse(Some(wrong)).unwrap_err().problem, FieldProblem::InvalidFormat, "{wrong}");
        }
    }

    #[test]
    fn tax_ids_are_kept_as_they_are_written() {
        for id in ["de 123.456-789", "CHE-123.456.789", "GB123456789", "12/345/67890", "XX", "A1"] {
            assert_eq!(parse(Some(&format!(" {id} "))), Ok(Some(id.to_owned())));
        }
        assert_eq!((parse(None), parse(Some("  "))), (Ok(None), Ok(None)));
        for (text, problem) in [
            ("-", FieldProblem::InvalidFormat),
            ("1_2", FieldProblem::InvalidFormat),
            ("\u{c4}1", FieldProblem::InvalidFormat),
            ("1\n2", FieldProblem::ForbiddenCharacter),
            (&"1".repeat(33), FieldProblem::TooLong),
        ] {
            assert_eq!(parse(Some(text)).unwrap_err().problem, problem, "{text:?}");
        }
    }
}

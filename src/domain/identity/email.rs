//! Email addresses in the normal form in which they are stored and compared.

use std::{fmt, str::FromStr};

use email_address::EmailAddress;

use crate::domain::kernel::text::{FieldProblem, InvalidField};

/// An email address: without surrounding spaces, in lower case, valid after [RFC
/// 5321](https://www.rfc-editor.org/rfc/rfc5321) (at most 254 characters), without a display name and without quotes
/// (`"a b"@example.org`), which mailers do not accept.
///
/// RFC 5321 allows a case-sensitive part before the @, but no common mail provider uses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an email address")]
pub struct InvalidEmail;

impl Email {
    /// Parses the email address in the input field `field`.
    pub fn of_field(field: &'static str, text: &str) -> Result<Self, InvalidField> {
        let message = "This is not an email address. Write it like ada@example.org.";
        text.parse().map_err(|InvalidEmail| InvalidField::new(field, FieldProblem::InvalidFormat, message))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let options = email_address::Options::default().without_display_text().without_domain_literal();
        let email = text.trim().to_lowercase();
        match EmailAddress::parse_with_options(&email, options) {
            Ok(_) if !email.contains('"') && !email.chars().any(char::is_control) => Ok(Self(email)),
            _ => Err(InvalidEmail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_form() {
        assert_eq!(" Ada@Example.ORG ".parse::<Email>().unwrap().as_str(), "ada@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "Ada <ada@example.org>",
            "a\0@x.org",
            "\"a b\"@example.org",
            "\"ada\"@example.org",
        ] {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text:?}");
        }
        assert_eq!(format!("{}@example.org", "a".repeat(300)).parse::<Email>(), Err(InvalidEmail));
    }
}

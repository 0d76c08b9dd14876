//! Places that rates and shipping zones are given for: a subdivision, a country, or everywhere else.

use super::{country, subdivision};
use crate::domain::kernel::text::{FieldProblem, InvalidField};

/// A country, or a part of it. Its codes are those of ISO 3166.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Two-letter code of the country, like `US`.
    pub country: String,
    /// Code of the part, like `US-CA`.
    pub subdivision: Option<String>,
}

/// Key of everywhere else.
pub const ELSEWHERE: &str = "*";

impl Place {
    /// Reads the codes of input fields `country_code` and `subdivision_code`, in upper or lower case.
    pub fn of_fields(country_code: &str, subdivision_code: Option<&str>) -> Result<Self, InvalidField> {
        let unknown = |field, message| InvalidField::new(field, FieldProblem::UnknownValue, message);
        let found = country(country_code.trim())
            .ok_or_else(|| unknown("country_code", "This is not a country code of ISO 3166-1, like US."))?;
        let code = subdivision_code.map(str::trim).filter(|code| !code.is_empty());
        let part = match code {
            None => None,
            Some(code) if subdivision(code).is_none() => {
                return Err(unknown(
                    "subdivision_code",
                    "This is not a subdivision code of ISO 3166-2, like US-CA.",
                ));
            }
            Some(code) => Some(found.subdivision(code).ok_or_else(|| {
                let message = "The subdivision does not belong to the country.";
                InvalidField::new("subdivision_code", FieldProblem::Inconsistent, message)
            })?),
        };
        Ok(Self { country: found.code.to_owned(), subdivision: part.map(|part| part.code.to_owned()) })
    }

    /// The place as a key: the code of the subdivision, or of the country.
    pub fn key(&self) -> &str {
        self.subdivision.as_deref().unwrap_or(&self.country)
    }

    /// The place that a key stands for; `None` for everywhere else.
    pub fn of_key(key: &str) -> Option<Self> {
        let country = key.split('-').next().filter(|country| *country != ELSEWHERE)?;
        let subdivision = key.contains('-').then(|| key.to_owned());
        Some(Self { country: country.to_owned(), subdivision })
    }

    /// Keys under which something for this place can stand, the most specific first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.subdivision.as_deref().into_iter().chain([self.country.as_str(), ELSEWHERE])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_found_by_its_keys() {
        let place = Place::of_fields("us", Some("us-ca")).unwrap();
        assert_eq!(place.keys().collect::<Vec<_>>(), ["US-CA", "US", "*"]);
        assert_eq!(Place::of_key(place.key()), Some(place));
        let country = Place::of_fields("DE", None).unwrap();
        assert_eq!((country.key(), Place::of_key("DE")), ("DE", Some(country.clone())));
        assert_eq!(Place::of_key(ELSEWHERE), None);
    }

    #[test]
    fn place_refuses_unknown_codes() {
        let problem = |country, part| {
            let invalid = Place::of_fields(country, part).unwrap_err();
            (invalid.field, invalid.problem)
        };
        assert_eq!(problem("XX", None), ("country_code", FieldProblem::UnknownValue));
        assert_eq!(problem("", None), ("country_code", FieldProblem::UnknownValue));
        assert_eq!(problem("DE", Some("DE-XX")), ("subdivision_code", FieldProblem::UnknownValue));
        assert_eq!(problem("DE", Some("US-CA")), ("subdivision_code", FieldProblem::Inconsistent));
    }
}

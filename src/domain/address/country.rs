//! Countries and their subdivisions after [ISO 3166](https://www.iso.org/iso-3166-country-codes.html), with names and
//! codes of the crate `rust_iso3166`.

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A country or territory of ISO 3166-1.
#[derive(Debug)]
pub struct Country {
    /// Two-letter code, like `US`.
    pub code: &'static str,
    pub name: &'static str,
    /// Subdivisions on all levels, by name; empty if ISO 3166-2 has none.
    pub subdivisions: Vec<Subdivision>,
}

/// A subdivision of a country after ISO 3166-2.
#[derive(Clone, Copy, Debug)]
pub struct Subdivision {
    /// Code, which begins with that of the country, like `US-CA`.
    pub code: &'static str,
    /// Local name, in Latin letters.
    pub name: &'static str,
    /// Kind of subdivision in English, like `State`.
    pub category: &'static str,
}

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let mut countries: Vec<_> = rust_iso3166::ALL.iter().map(Country::from_iso).collect();
    countries.sort_by_cached_key(|country| (sort_key(country.name), country.code));
    countries
});

/// All countries, by name.
pub fn countries() -> &'static [Country] {
    &COUNTRIES
}

/// The country with this code, in upper or lower case.
pub fn country(code: &str) -> Option<&'static Country> {
    countries().iter().find(|country| country.code.eq_ignore_ascii_case(code))
}

/// The subdivision with this code, in upper or lower case, of any country.
pub fn subdivision(code: &str) -> Option<&'static Subdivision> {
    country(code.split_once('-')?.0)?.subdivision(code)
}

impl Country {
    fn from_iso(country: &'static rust_iso3166::CountryCode) -> Self {
        let parts = country.subdivisions().unwrap_or_default().iter();
        let mut subdivisions: Vec<_> = parts
            .map(|part| Subdivision { code: part.code, name: part.name, category: part.subdivision_type })
            .collect();
        subdivisions.sort_by_cached_key(|part| (sort_key(part.name), part.code));
        Self { code: country.alpha2, name: country.name, subdivisions }
    }

    /// The country's subdivision with this code, in upper or lower case.
    pub fn subdivision(&self, code: &str) -> Option<&Subdivision> {
        self.subdivisions.iter().find(|part| part.code.eq_ignore_ascii_case(code))
    }
}

/// Sort key of a name: lower case, without accents.
fn sort_key(name: &str) -> String {
    name.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_stand_where_people_look_for_them() {
        let at = |code: &str| countries().iter().position(|country| country.code == code).unwrap();
        assert_eq!(at("AF"), 0);
        assert!(at("AF") < at("AX") && at("AX") < at("AL"), "Aland Islands stand between A and B");
        assert!(at("CI") < at("HR"), "Cote d'Ivoire stands before Croatia");
        assert_eq!(countries().len(), 249);
    }

    #[test]
    fn every_country_and_subdivision_is_found_by_its_code() {
        for country in countries() {
            assert_eq!(super::country(country.code).unwrap().name, country.name);
            for part in &country.subdivisions {
                assert_eq!(subdivision(part.code).unwrap().name, part.name, "{}", part.code);
                assert!(part.code.len() <= 6, "{} does not fit its column", part.code);
                assert!(!part.name.is_empty() && !part.category.is_empty(), "{}", part.code);
            }
        }
    }

    #[test]
    fn codes_are_found_in_small_letters() {
        assert_eq!(country("us").unwrap().code, "US");
        assert_eq!(subdivision("us-ca").unwrap().code, "US-CA");
    }

    #[test]
    fn what_is_no_code_is_not_found() {
        for code in ["", "USA", "XX", "U\0", "US-CA"] {
            assert!(country(code).is_none(), "{code:?}");
        }
        for code in ["", "-", "US", "US-", "US-ZZ", "XX-CA", "US-CA-LA"] {
            assert!(subdivision(code).is_none(), "{code:?}");
        }
    }
}

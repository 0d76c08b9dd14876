//! Countries in the API: what a form offers to choose from. They come with the program and cost no statement.

use async_graphql::{ComplexObject, Context, Object, SimpleObject};

use crate::{
    domain::address,
    graphql::{context::ContextExt, cost::list_size, error::ResolverError},
};

/// A country or territory of [ISO 3166-1](https://www.iso.org/iso-3166-country-codes.html).
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct Country {
    #[graphql(skip)]
    row: &'static address::Country,
    /// The two letters, like `US`.
    code: &'static str,
    /// The short name in English.
    name: &'static str,
}

/// A part of a country after ISO 3166-2, like a state or a province.
#[derive(SimpleObject)]
pub(super) struct Subdivision {
    /// The code, which begins with that of the country, like `US-CA`.
    code: &'static str,
    /// The name as it is written there, in Latin letters.
    name: &'static str,
    /// What kind of part it is, in English, like `State`.
    category: &'static str,
}

impl From<&'static address::Country> for Country {
    fn from(row: &'static address::Country) -> Self {
        Self { row, code: row.code, name: row.name }
    }
}

impl From<&address::Subdivision> for Subdivision {
    fn from(part: &address::Subdivision) -> Self {
        Self { code: part.code, name: part.name, category: part.category }
    }
}

#[ComplexObject]
impl Country {
    /// What the country is divided into, on all levels, by name without regard to accents; empty for a country that is not
    /// divided.
    #[graphql(directive = list_size::apply(20, None))]
    async fn subdivisions(&self, ctx: &Context<'_>) -> Result<Vec<Subdivision>, ResolverError> {
        ctx.take_rows(self.row.subdivisions.len())?;
        Ok(self.row.subdivisions.iter().map(Subdivision::from).collect())
    }
}

/// Queries on countries.
#[derive(Default)]
pub struct CountryQuery;

#[Object]
impl CountryQuery {
    /// All countries that an address can be in, by name without regard to accents.
    #[graphql(directive = list_size::apply(250, None))]
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<Country>, ResolverError> {
        let countries = address::countries();
        ctx.take_rows(countries.len())?;
        Ok(countries.iter().map(Country::from).collect())
    }

    /// The country with this code; null where there is none.
    async fn country(
        &self,
        #[graphql(desc = "The two letters of ISO 3166-1, in capitals.")] code: String,
    ) -> Option<Country> {
        address::country(&code).map(Country::from)
    }
}

//! Reading countries. Their data is part of the program; no statement is needed.

use async_graphql::{Context, Object};

use super::types::Country;
use crate::{
    domain::address,
    graphql::kit::{context::ContextExt, cost::list_size, error::ResolverError},
};

#[derive(Default)]
pub struct CountryQuery;

#[Object]
impl CountryQuery {
    /// All countries that an address can be in, by name without regard to accents.
    #[graphql(directive = list_size::apply(250, None))]
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<Country>, ResolverError> {
        let countries = address::countries();
        ctx.charge_rows(countries.len())?;
        Ok(countries.iter().map(Country::from).collect())
    }

    /// One country; null if there is none with this code.
    async fn country(
        &self,
        #[graphql(desc = "Two-letter code of ISO 3166-1, in upper or lower case.")] code: String,
    ) -> Option<Country> {
        address::country(&code).map(Country::from)
    }
}

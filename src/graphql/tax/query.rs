//! Reading tax classes, rates and settings, and previews.

use async_graphql::{Context, ID, Object};
use entity::TaxClassId;

use super::types::{TaxClass, TaxPreview, TaxPreviewInput, TaxRateConnection, TaxSettings};
use crate::{
    domain::{
        address,
        tax::{self, TaxRateFilter},
    },
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        listing::connection,
        page::PageArgs,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct TaxQuery;

#[Object]
impl TaxQuery {
    /// The tax classes of the shop, by name. Requires `PRODUCTS_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(5, None),
        directive = requires::apply(Permission::ProductsEdit)
    )]
    async fn tax_classes(&self, ctx: &Context<'_>) -> Result<Vec<TaxClass>, ResolverError> {
        let classes = tax::tax_classes(ctx.op()).await?;
        ctx.charge_rows(classes.len())?;
        Ok(classes.into_iter().map(TaxClass::from).collect())
    }

    /// Settings of tax. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn tax_settings(&self, ctx: &Context<'_>) -> Result<TaxSettings, ResolverError> {
        Ok(tax::tax_settings(ctx.op()).await?.into())
    }

    /// Rates of tax classes by country and subdivision, those of everywhere else first; at one place the oldest first. Requires
    /// `SETTINGS_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::SettingsEdit)
    )]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn tax_rates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of a tax class; all classes by default.")] tax_class_id: Option<ID>,
        #[graphql(
            desc = "ISO 3166-1 code of a country, for its rates and those of its parts; all places by default."
        )]
        country_code: Option<String>,
        #[graphql(desc = "Maximum number of rates from the start, 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of rates from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<TaxRateConnection, ResolverError> {
        let tax_class = tax_class_id.map(|id| TaxClassId::from_global(&id, "taxClassId")).transpose()?;
        let unknown =
            || ResolverError::bad_input("`countryCode` is not a country code of ISO 3166-1, like US.");
        let country = country_code.map(|code| address::country(&code).ok_or_else(unknown)).transpose()?;
        let rates = tax::tax_rates(ctx.op(), TaxRateFilter { tax_class, country }).await?;
        connection(ctx, rates, PageArgs { first, after, last, before }).await
    }

    /// Tax of amounts at a destination, as a cart computes it. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn tax_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The amounts, and the destination.")] input: TaxPreviewInput,
    ) -> Result<TaxPreview, ResolverError> {
        TaxPreview::from_result(tax::tax_preview(ctx.op(), input.decode()?).await)
    }
}

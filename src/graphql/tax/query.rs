//! Reading tax classes.

use async_graphql::{Context, Object};

use super::types::TaxClass;
use crate::{
    domain::tax,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost, list_size},
        error::ResolverError,
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
}

//! Reading shipping zones.

use async_graphql::{Context, Object};

use super::types::ShippingZone;
use crate::{
    domain::shipping,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost, list_size},
        error::ResolverError,
        permission::{Permission, requires},
    },
};

/// Queries for shipping zones.
#[derive(Default)]
pub struct ShippingQuery;

#[Object]
impl ShippingQuery {
    /// All shipping zones, by name. Requires `SETTINGS_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(5, None),
        directive = requires::apply(Permission::SettingsEdit)
    )]
    async fn shipping_zones(&self, ctx: &Context<'_>) -> Result<Vec<ShippingZone>, ResolverError> {
        let zones = shipping::zones(ctx.op()).await?;
        ctx.charge_rows(zones.len())?;
        Ok(zones.into_iter().map(ShippingZone::from).collect())
    }
}

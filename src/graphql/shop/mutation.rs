//! Changing the settings.

use async_graphql::{Context, Object};

use super::types::{ShopUpdateInput, ShopUpdatePayload};
use crate::{
    domain::shop,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct ShopMutation;

#[Object]
impl ShopMutation {
    /// Changes settings of the shop. Fields left out keep their value. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shop_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: ShopUpdateInput,
    ) -> Result<ShopUpdatePayload, ResolverError> {
        ShopUpdatePayload::from_result(shop::update(ctx.op(), input.into()).await)
    }
}

//! Changing shipping zones and methods.

use async_graphql::{Context, Object};
use entity::{ShippingMethodId, ShippingZoneId};

use super::types::{method_edit::*, zone_edit::*};
use crate::{
    domain::shipping,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

/// Mutations on shipping zones and methods.
#[derive(Default)]
pub struct ShippingMutation;

#[Object]
impl ShippingMutation {
    /// Creates a shipping zone. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_zone_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The zone.")] input: ShippingZoneCreateInput,
    ) -> Result<ShippingZoneCreatePayload, ResolverError> {
        ShippingZoneCreatePayload::from_result(shipping::zone_create(ctx.op(), input.into()).await)
    }

    /// Changes a shipping zone. Fields left out keep their value. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_zone_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The zone, and the fields to change.")] input: ShippingZoneUpdateInput,
    ) -> Result<ShippingZoneUpdatePayload, ResolverError> {
        let id = ShippingZoneId::from_global(&input.id, "input.id")?;
        let version = input.version;
        let updated = shipping::zone_update(ctx.op(), id, version, input.into()).await;
        ShippingZoneUpdatePayload::from_result(updated)
    }

    /// Deletes a shipping zone with its methods. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_zone_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The zone.")] input: ShippingZoneDeleteInput,
    ) -> Result<ShippingZoneDeletePayload, ResolverError> {
        let id = ShippingZoneId::from_global(&input.id, "input.id")?;
        let deleted = shipping::zone_delete(ctx.op(), id).await;
        ShippingZoneDeletePayload::from_result(deleted.map(|()| id.global()))
    }

    /// Creates a shipping method, as the last one of its zone. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_method_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The method.")] input: ShippingMethodCreateInput,
    ) -> Result<ShippingMethodCreatePayload, ResolverError> {
        let (zone, method) = input.decode()?;
        ShippingMethodCreatePayload::from_result(shipping::method_create(ctx.op(), zone, method).await)
    }

    /// Changes a shipping method. Fields left out keep their value. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_method_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The method, and the fields to change.")] input: ShippingMethodUpdateInput,
    ) -> Result<ShippingMethodUpdatePayload, ResolverError> {
        let (id, version, patch) = input.decode()?;
        let updated = shipping::method_update(ctx.op(), id, version, patch).await;
        ShippingMethodUpdatePayload::from_result(updated)
    }

    /// Deletes a shipping method. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_method_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The method.")] input: ShippingMethodDeleteInput,
    ) -> Result<ShippingMethodDeletePayload, ResolverError> {
        let id = ShippingMethodId::from_global(&input.id, "input.id")?;
        let deleted = shipping::method_delete(ctx.op(), id).await;
        ShippingMethodDeletePayload::from_result(deleted.map(|()| id.global()))
    }

    /// Puts methods of a shipping zone first, in the given order; the others follow in their present order. Requires
    /// `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn shipping_methods_reorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The zone, and the order of its methods.")] input: ShippingMethodsReorderInput,
    ) -> Result<ShippingMethodsReorderPayload, ResolverError> {
        let (zone, methods) = input.decode()?;
        ShippingMethodsReorderPayload::from_result(shipping::methods_reorder(ctx.op(), zone, &methods).await)
    }
}

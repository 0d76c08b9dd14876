//! Changing the address book.

use async_graphql::{Context, Object};
use entity::AddressId;

use super::types::*;
use crate::{
    domain::address,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

#[derive(Default)]
pub struct AddressMutation;

#[Object]
impl AddressMutation {
    /// Adds an address to the viewer's account; at most 50. The first address becomes the default for shipping and
    /// billing.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn address_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressCreateInput,
    ) -> Result<AddressCreatePayload, ResolverError> {
        AddressCreatePayload::from_result(address::create(ctx.op(), input.into()).await)
    }

    /// Changes an address of the viewer's account.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn address_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address, and the fields to change.")] input: AddressUpdateInput,
    ) -> Result<AddressUpdatePayload, ResolverError> {
        let id = AddressId::from_global(&input.id, "input.id")?;
        AddressUpdatePayload::from_result(address::update(ctx.op(), id, input.into()).await)
    }

    /// Deletes an address of the viewer's account. After the deletion of a default address there is no default.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn address_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressDeleteInput,
    ) -> Result<AddressDeletePayload, ResolverError> {
        let id = AddressId::from_global(&input.id, "input.id")?;
        AddressDeletePayload::from_result(address::delete(ctx.op(), id).await.map(|()| id.global()))
    }
}

//! Changing customers.

use async_graphql::{Context, Object};
use entity::AccountId;

use super::types::{
    CustomerTagsSetInput, CustomerTagsSetPayload, CustomerUpdateInput, CustomerUpdatePayload,
};
use crate::{
    domain::customer,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Changes the name of a customer. Without `CUSTOMERS_VIEW` no customer is found. Requires `CUSTOMERS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::CustomersEdit))]
    async fn customer_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer, and the fields to change.")] input: CustomerUpdateInput,
    ) -> Result<CustomerUpdatePayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        CustomerUpdatePayload::from_result(customer::update(ctx.op(), id, input.name.as_deref()).await)
    }

    /// Replaces the tags of a customer, which discounts can require. Without `CUSTOMERS_VIEW` no customer is found. Requires
    /// `CUSTOMERS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::CustomersEdit))]
    async fn customer_tags_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer, and the tags.")] input: CustomerTagsSetInput,
    ) -> Result<CustomerTagsSetPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        CustomerTagsSetPayload::from_result(customer::tags_set(ctx.op(), id, &input.tags).await)
    }
}

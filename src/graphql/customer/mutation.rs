//! Correcting customers, and blocking accounts.

use async_graphql::{Context, Object};
use entity::AccountId;

use super::types::{
    AccountBlockError, AccountBlockInput, AccountBlockPayload, AccountUnblockError, AccountUnblockInput,
    AccountUnblockPayload, CustomerUpdateError, CustomerUpdateInput, CustomerUpdatePayload,
};
use crate::{
    domain::customer,
    graphql::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

/// Mutations on customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Changes what a customer is called. Takes `CUSTOMERS_EDIT`, and `CUSTOMERS_VIEW` to find anybody.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn customer_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which customer, and what changes.")] input: CustomerUpdateInput,
    ) -> Result<CustomerUpdatePayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        Ok(match customer::update(ctx.op(), id, input.name.as_deref()).await {
            Ok(row) => CustomerUpdatePayload { customer: Some(row.into()), errors: Vec::new() },
            Err(error) => {
                CustomerUpdatePayload { customer: None, errors: vec![CustomerUpdateError::new(error)?] }
            }
        })
    }

    /// Locks somebody out: their sessions end at once, and they cannot log in. They are told by mail. Takes `CUSTOMERS_EDIT`
    /// for customers, and `STAFF_EDIT` for those who work in the shop and may do no more than the viewer.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn account_block(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: AccountBlockInput,
    ) -> Result<AccountBlockPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        Ok(match customer::block(ctx.op(), id).await {
            Ok(row) => AccountBlockPayload { account: Some(row.into()), errors: Vec::new() },
            Err(error) => AccountBlockPayload { account: None, errors: vec![AccountBlockError::new(error)?] },
        })
    }

    /// Gives a blocked account back. Its owner is told by mail and can log in again. Takes what `accountBlock` takes.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn account_unblock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: AccountUnblockInput,
    ) -> Result<AccountUnblockPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        Ok(match customer::unblock(ctx.op(), id).await {
            Ok(row) => AccountUnblockPayload { account: Some(row.into()), errors: Vec::new() },
            Err(error) => {
                AccountUnblockPayload { account: None, errors: vec![AccountUnblockError::new(error)?] }
            }
        })
    }
}

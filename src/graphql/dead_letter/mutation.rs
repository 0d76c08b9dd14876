//! Retrying and discarding dead letters.

use async_graphql::{Context, Object};
use entity::JobId;

use super::types::*;
use crate::{
    domain::dead_letter,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct DeadLetterMutation;

#[Object]
impl DeadLetterMutation {
    /// Retries a dead letter, at once and with as many attempts as a new job. An attempt whose outcome was lost may have
    /// succeeded, so a receiver can get the same mail twice. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn dead_letter_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The dead letter.")] input: DeadLetterRetryInput,
    ) -> Result<DeadLetterRetryPayload, ResolverError> {
        let id = JobId::from_global(&input.id, "input.id")?;
        DeadLetterRetryPayload::from_result(dead_letter::retry(ctx.op(), id).await.map(|()| id.global()))
    }

    /// Deletes a dead letter; its job is not run again. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn dead_letter_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The dead letter.")] input: DeadLetterDiscardInput,
    ) -> Result<DeadLetterDiscardPayload, ResolverError> {
        let id = JobId::from_global(&input.id, "input.id")?;
        DeadLetterDiscardPayload::from_result(dead_letter::discard(ctx.op(), id).await.map(|()| id.global()))
    }
}

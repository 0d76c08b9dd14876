//! What staff do about dead letters.

use async_graphql::{Context, Object};
use entity::EffectId;

use super::types::{
    DeadLetterDiscardInput, DeadLetterDiscardPayload, DeadLetterError, DeadLetterRetryInput,
    DeadLetterRetryPayload,
};
use crate::{
    domain::outbox,
    graphql::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

/// Mutations on dead letters.
#[derive(Default)]
pub struct DeadLetterMutation;

#[Object]
impl DeadLetterMutation {
    /// Has a dead letter tried again, at once and as often as something new. It may have been done before: a receiver can
    /// get it twice. Needs the permission SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn dead_letter_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dead letter.")] input: DeadLetterRetryInput,
    ) -> Result<DeadLetterRetryPayload, ResolverError> {
        let id = EffectId::from_global(&input.id, "input.id")?;
        Ok(match outbox::retry(ctx.op(), id).await {
            Ok(()) => DeadLetterRetryPayload { retried_id: Some(input.id), errors: Vec::new() },
            Err(error) => {
                DeadLetterRetryPayload { retried_id: None, errors: vec![DeadLetterError::new(error)?] }
            }
        })
    }

    /// Throws a dead letter away: what it was about never happens. Needs the permission SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn dead_letter_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dead letter.")] input: DeadLetterDiscardInput,
    ) -> Result<DeadLetterDiscardPayload, ResolverError> {
        let id = EffectId::from_global(&input.id, "input.id")?;
        Ok(match outbox::discard(ctx.op(), id).await {
            Ok(()) => DeadLetterDiscardPayload { discarded_id: Some(input.id), errors: Vec::new() },
            Err(error) => {
                DeadLetterDiscardPayload { discarded_id: None, errors: vec![DeadLetterError::new(error)?] }
            }
        })
    }
}

//! Operations over HTTP with a JSON response, one or a batch
//! ([draft specification](https://graphql.github.io/graphql-over-http/draft/)).

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use poem::Response;

use super::{Incoming, encode, media_type::MediaType, not_acceptable, sse};
use crate::{
    graphql::engine::{ExecutionResult, GraphqlRequest, OperationType},
    http::{middleware::NotCompressed, reply::Refusal, state::State},
};

pub(super) async fn one(
    state: &State,
    graphql: GraphqlRequest,
    media_type: MediaType,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let ctx = incoming.context(&state.services);
    let prepared = match state.executor.prepare(graphql, &ctx).await {
        Ok(prepared) => prepared,
        Err(result) => return encode::one(result, media_type),
    };
    if prepared.kind() == OperationType::Subscription {
        return match incoming.accept.takes(MediaType::EventStream) {
            true => sse::stream(state, prepared, ctx, incoming).await,
            false => Err(not_acceptable()),
        };
    }
    let is_mutation = prepared.kind() == OperationType::Mutation;
    let mut response = encode::one(state.executor.execute(prepared, ctx, &incoming.id).await, media_type)?;
    if is_mutation {
        // Only mutations answer with fresh secrets, and their input comes back beside them.
        response.extensions_mut().insert(NotCompressed);
    }
    Ok(response)
}

/// Runs several operations at once. The response is a list in their order.
pub(super) async fn batch(
    state: &State,
    batch: Vec<GraphqlRequest>,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let media_type = match incoming.accept.preferred().ok_or_else(not_acceptable)? {
        MediaType::EventStream => {
            return Err(Refusal::bad_request("Batches are answered as JSON. Accept application/json."));
        }
        media_type => media_type,
    };
    let holds_secrets = AtomicBool::new(false);
    let results = join_all(batch.into_iter().map(|graphql| async {
        let ctx = incoming.context(&state.services);
        let prepared = match state.executor.prepare(graphql, &ctx).await {
            Ok(prepared) if prepared.kind() == OperationType::Subscription => {
                return ExecutionResult::no_subscription();
            }
            Ok(prepared) => prepared,
            Err(result) => return result,
        };
        if prepared.kind() == OperationType::Mutation {
            holds_secrets.store(true, Ordering::Relaxed);
        }
        state.executor.execute(prepared, ctx, &incoming.id).await
    }))
    .await;
    let mut response = encode::list(results, media_type)?;
    if holds_secrets.into_inner() {
        response.extensions_mut().insert(NotCompressed);
    }
    Ok(response)
}

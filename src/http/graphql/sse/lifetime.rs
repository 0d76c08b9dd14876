//! Begin and end of a stream: the limit per viewer, and the signals that end it.

use futures_util::StreamExt;
use poem::http::{StatusCode, header};

use crate::{
    domain::{
        auth::{self, Revoked},
        context::OpContext,
        identity::Viewer,
        kernel::fault::{Fault, with_causes},
    },
    graphql::engine::code,
    http::{
        connections::{ConnectionSlot, DRAIN_TIMEOUT},
        reply::Refusal,
        state::State,
    },
};

/// Counts a stream of the viewer.
pub(super) fn enter(state: &State, ctx: &OpContext) -> Result<ConnectionSlot, Refusal> {
    state.connections.enter(ctx).map_err(|too_many| {
        let message = format!("Too many open streams: at most {} for one viewer.", too_many.0);
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, code::RATE_LIMITED, message)
            .with(header::RETRY_AFTER, "1")
    })
}

/// Completes when the server stops or the session that opened the stream ends, after [`DRAIN_TIMEOUT`]. An invalid token
/// is left to the operation, which may not need it; if a session cannot be watched, there is no stream.
pub(super) async fn cancel_signal(
    state: &State,
    ctx: &OpContext,
) -> Result<impl Future<Output = ()> + Send + use<>, Refusal> {
    let revocations = match ctx.viewer().await {
        Ok(Viewer::Account(_)) => Some(auth::revocations(ctx).await.map_err(unwatched)?),
        Ok(Viewer::Anonymous | Viewer::ApiClient(_)) | Err(Fault::Unauthenticated(_)) => None,
        Err(fault) => return Err(unwatched(fault)),
    };
    let stopping = state.connections.stopping();
    Ok(async move {
        let revoked = async {
            match revocations {
                Some(revocations) => {
                    let is_current = |revoked: &Revoked| std::future::ready(revoked.is_current);
                    Box::pin(revocations.filter(is_current)).next().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stopping.cancelled_owned() => {}
            () = revoked => {}
        }
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    })
}

fn unwatched(fault: Fault) -> Refusal {
    match fault {
        Fault::Unauthenticated(message) => {
            Refusal::new(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
        }
        Fault::Forbidden(message) => Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message),
        Fault::Internal(_) => {
            tracing::error!(cause = with_causes(&fault), "cannot open a stream");
            Refusal::internal()
        }
        Fault::Unavailable { .. } | Fault::NotSetUp { .. } | Fault::Conflict(_) => {
            let message = "A service that this needs does not answer. Try again later.";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message)
        }
    }
}

//! The parts of a request that every transport needs, and rejections that transports share.

use std::sync::Arc;

use poem::http::StatusCode;

use super::media_type::Accept;
use crate::{
    domain::{
        context::{OpContext, Services},
        identity::Caller,
    },
    graphql::engine::code,
    http::reply::Refusal,
};

pub(super) struct Incoming {
    pub(super) id: Arc<str>,
    pub(super) caller: Arc<Caller>,
    pub(super) accept: Accept,
}

impl Incoming {
    pub(super) fn context(&self, services: &Arc<Services>) -> Arc<OpContext> {
        Arc::new(OpContext::new(services.clone(), self.caller.clone()))
    }
}

/// The client accepts none of our media types.
pub(super) fn not_acceptable() -> Refusal {
    let message = "Answers are application/graphql-response+json, application/json or text/event-stream, in UTF-8; the \
                   request accepts none of them.";
    Refusal::new(StatusCode::NOT_ACCEPTABLE, code::BAD_USER_INPUT, message)
}

/// The request carries the session's cookie and comes from a page of an origin that is not allowed.
pub(super) fn foreign_origin() -> Refusal {
    let message = "Pages of this origin may not use the session's cookie. The operator can allow it with --cors-origin.";
    Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message)
}

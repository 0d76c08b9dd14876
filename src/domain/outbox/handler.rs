//! Who does the effects of one kind.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::EffectId;

use super::Effect;
use crate::domain::{Fault, Ports, fault::with_causes};

/// Does the effects of one kind. `app.rs` lists them.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The [`Effect::KIND`] that it does.
    fn kind(&self) -> &'static str;

    /// Does one effect, which may have been done before: see [the module](super). It has a minute, after which it is
    /// dropped where it stands; that, and a panic, count as [`HandleError::Again`].
    async fn handle(
        &self,
        ports: &Arc<Ports>,
        payload: serde_json::Value,
        attempt: Attempt,
    ) -> Result<(), HandleError>;
}

/// One attempt at an effect.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// The effect, the same at each attempt: whoever gets the effect can tell repetitions by it.
    pub effect: EffectId,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// 1 at the first attempt, [`MAX_ATTEMPTS`](super::MAX_ATTEMPTS) at the last.
    pub number: u32,
}

/// Why an effect was not done. The texts go to the log and to staff, so they hold no secrets either.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// It may work later.
    #[error("{0}")]
    Again(String),
    /// It will not work, however often it is tried.
    #[error("{0}")]
    Never(String),
}

impl From<Fault> for HandleError {
    fn from(fault: Fault) -> Self {
        Self::Again(with_causes(&fault))
    }
}

/// Reads an effect back. One that cannot be read may be a newer instance's, which can.
pub fn decode<E: Effect>(payload: serde_json::Value) -> Result<E, HandleError> {
    serde_json::from_value(payload)
        .map_err(|error| HandleError::Again(format!("the payload is no {}: {error}", E::KIND)))
}

//! Batch reads of dead letters.

use std::collections::HashMap;

use async_graphql::dataloader;
use entity::EffectId;

use crate::{
    domain::{
        Fault,
        outbox::{self, DeadLetter},
    },
    graphql::loader::Loader,
};

impl dataloader::Loader<EffectId> for Loader {
    type Value = DeadLetter;
    type Error = Fault;

    async fn load(&self, ids: &[EffectId]) -> Result<HashMap<EffectId, DeadLetter>, Fault> {
        outbox::dead_by_ids(&self.op, ids).await
    }
}

//! Reading accounts and sessions in batches.

use std::collections::HashMap;

use async_graphql::dataloader;
use entity::{AccountId, SessionId, account};

use crate::{domain, domain::Fault, graphql::loader::Loader};

impl dataloader::Loader<AccountId> for Loader {
    type Value = account::Model;
    type Error = Fault;

    async fn load(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>, Fault> {
        domain::account::by_ids(&self.op, ids).await
    }
}

impl dataloader::Loader<SessionId> for Loader {
    type Value = domain::account::Session;
    type Error = Fault;

    async fn load(&self, ids: &[SessionId]) -> Result<HashMap<SessionId, Self::Value>, Fault> {
        domain::account::sessions_by_ids(&self.op, ids).await
    }
}

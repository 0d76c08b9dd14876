//! Reading accounts in batches.

use std::collections::HashMap;

use async_graphql::dataloader;
use entity::{AccountId, account};

use crate::{domain, domain::Fault, graphql::loader::Loader};

impl dataloader::Loader<AccountId> for Loader {
    type Value = account::Model;
    type Error = Fault;

    async fn load(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>, Fault> {
        domain::account::by_ids(&self.op, ids).await
    }
}

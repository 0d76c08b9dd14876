//! Batch reads of API keys.

use std::collections::HashMap;

use async_graphql::dataloader;
use entity::{ApiKeyId, api_key as api_key_row};

use crate::{
    domain::{Fault, api_key},
    graphql::loader::Loader,
};

impl dataloader::Loader<ApiKeyId> for Loader {
    type Value = api_key_row::Model;
    type Error = Fault;

    async fn load(&self, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, api_key_row::Model>, Fault> {
        api_key::by_ids(&self.op, ids).await
    }
}

//! Batch reads of addresses.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use entity::{AccountId, AddressId, address as address_row};

use crate::{
    domain::{Fault, address},
    graphql::loader::Loader,
};

/// Loads the addresses of an account, the oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct AddressesOf(pub(in crate::graphql) AccountId);

impl dataloader::Loader<AddressesOf> for Loader {
    type Value = Arc<[address_row::Model]>;
    type Error = Fault;

    async fn load(&self, keys: &[AddressesOf]) -> Result<HashMap<AddressesOf, Self::Value>, Fault> {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        let addresses = address::of_accounts(&self.op, &accounts).await?;
        Ok(addresses.into_iter().map(|(account, addresses)| (AddressesOf(account), addresses)).collect())
    }
}

impl dataloader::Loader<AddressId> for Loader {
    type Value = address_row::Model;
    type Error = Fault;

    async fn load(&self, keys: &[AddressId]) -> Result<HashMap<AddressId, Self::Value>, Fault> {
        address::find(&self.op, keys).await
    }
}

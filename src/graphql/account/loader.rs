//! Reading accounts and sessions in batches.

use std::collections::HashMap;

use async_graphql::dataloader;
use entity::{AccountId, SessionId, account};

use crate::{
    domain,
    domain::{Fault, account::second_factor},
    graphql::loader::Loader,
};

/// Loads the second factor of an account, whose owner asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SecondFactorOf(pub(super) AccountId);

impl dataloader::Loader<SecondFactorOf> for Loader {
    type Value = second_factor::SecondFactor;
    type Error = Fault;

    async fn load(&self, keys: &[SecondFactorOf]) -> Result<HashMap<SecondFactorOf, Self::Value>, Fault> {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        let factors = second_factor::of_accounts(&self.op, &accounts).await?;
        Ok(factors.into_iter().map(|(account, factor)| (SecondFactorOf(account), factor)).collect())
    }
}

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

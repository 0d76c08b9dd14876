//! Batch reads of roles.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use entity::{AccountId, RoleId, role};

use crate::{
    domain::{Fault, staff},
    graphql::loader::Loader,
};

/// Loads the roles of an account, by name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct RolesOf(pub(in crate::graphql) AccountId);

impl dataloader::Loader<RolesOf> for Loader {
    type Value = Arc<[role::Model]>;
    type Error = Fault;

    async fn load(&self, keys: &[RolesOf]) -> Result<HashMap<RolesOf, Self::Value>, Fault> {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        let roles = staff::roles_of(&self.op, &accounts).await?;
        Ok(roles.into_iter().map(|(account, roles)| (RolesOf(account), roles)).collect())
    }
}

impl dataloader::Loader<RoleId> for Loader {
    type Value = role::Model;
    type Error = Fault;

    async fn load(&self, ids: &[RoleId]) -> Result<HashMap<RoleId, role::Model>, Fault> {
        staff::roles_by_ids(&self.op, ids).await
    }
}

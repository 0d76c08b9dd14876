//! Batch reads of the audit log.

use std::collections::HashMap;

use async_graphql::dataloader;
use entity::{AuditEntryId, audit_entry};

use crate::{
    domain::{Fault, audit},
    graphql::loader::Loader,
};

impl dataloader::Loader<AuditEntryId> for Loader {
    type Value = audit_entry::Model;
    type Error = Fault;

    async fn load(&self, ids: &[AuditEntryId]) -> Result<HashMap<AuditEntryId, audit_entry::Model>, Fault> {
        audit::by_ids(&self.op, ids).await
    }
}

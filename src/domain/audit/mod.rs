//! The audit log: who did what, when, from where, and what it changed. Entries are written in the transaction of what
//! they tell of, and the database refuses to change or remove them.
//!
//! An entry names people by the ids of their accounts and holds no secrets, so that a deleted account leaves nothing behind
//! but its id and the network addresses that it was used from: [`masked`](crate::domain::mail::masked) shortens addresses.

use chrono::{DateTime, Utc};
use entity::{
    AuditEntryId,
    audit_entry::{self, ActorKind},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{
    identity::{Caller, Viewer},
    kernel::{fault::Fault, ports::Random},
};

#[derive(Clone, Debug)]
pub struct AuditEntry {
    action: &'static str,
    succeeded: bool,
    actor: Option<Uuid>,
    subject: Option<(&'static str, Uuid)>,
    before: Option<Value>,
    after: Option<Value>,
}

impl AuditEntry {
    /// The viewer did this, which goes by the name of the mutation.
    pub fn new(action: &'static str) -> Self {
        Self { action, succeeded: true, actor: None, subject: None, before: None, after: None }
    }

    pub fn rejected(self) -> Self {
        Self { succeeded: false, ..self }
    }

    /// This account did it, although no session says so.
    pub fn by(self, account: impl Into<Uuid>) -> Self {
        Self { actor: Some(account.into()), ..self }
    }

    /// What it was done to: the name of its type in the API, and its key.
    pub fn about(self, kind: &'static str, id: impl Into<Uuid>) -> Self {
        Self { subject: Some((kind, id.into())), ..self }
    }

    /// What it changed: only what differs, and no secrets.
    pub fn change(self, before: Value, after: Value) -> Self {
        let some = |value: Value| Some(value).filter(|value| !value.is_null());
        Self { before: some(before), after: some(after), ..self }
    }
}

#[derive(Clone, Debug)]
pub struct Actor {
    kind: ActorKind,
    id: Option<Uuid>,
    ip_address: Option<String>,
}

impl Actor {
    pub const OPERATOR: Self = Self { kind: ActorKind::Operator, id: None, ip_address: None };

    /// The viewer of a request, as far as it is known who that is.
    pub fn of(caller: &Caller, viewer: Option<&Viewer>) -> Self {
        let (kind, id) = match viewer {
            Some(Viewer::Account(viewer)) => (ActorKind::Account, Some(viewer.account.id.0)),
            Some(Viewer::ApiClient(client)) => (ActorKind::ApiKey, Some(client.key.id.0)),
            Some(Viewer::Anonymous) | None => (ActorKind::Anonymous, None),
        };
        Self { kind, id, ip_address: Some(caller.ip_address.to_canonical().to_string()) }
    }
}

/// Writes an entry down, as part of the transaction `db` if it is one.
pub(in crate::domain) async fn record(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    random: &dyn Random,
    actor: &Actor,
    entry: AuditEntry,
) -> Result<(), Fault> {
    let (subject_kind, subject_id) = entry.subject.unzip();
    let (actor_kind, actor_id) = match entry.actor {
        Some(account) => (ActorKind::Account, Some(account)),
        None => (actor.kind, actor.id),
    };
    let row = audit_entry::ActiveModel {
        id: Set(AuditEntryId(random.id(now))),
        at: Set(now),
        actor_kind: Set(actor_kind),
        actor_id: Set(actor_id),
        action: Set(entry.action.to_owned()),
        succeeded: Set(entry.succeeded),
        subject_kind: Set(subject_kind.map(str::to_owned)),
        subject_id: Set(subject_id),
        ip_address: Set(actor.ip_address.clone()),
        before: Set(entry.before),
        after: Set(entry.after),
    };
    audit_entry::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

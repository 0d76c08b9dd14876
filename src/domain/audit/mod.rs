//! Audit log: actor, time, IP address and changed values of each action. Entries are written in the transaction of the
//! action, and the database rejects changes and deletions of them.
//!
//! Entries refer to accounts by id and contain no secrets, so that only the id and the IP addresses of a deleted
//! account remain: [`masked`](crate::domain::mail::masked) shortens email addresses.

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
    /// An action of the viewer, with the name of the mutation.
    pub fn new(action: &'static str) -> Self {
        Self { action, succeeded: true, actor: None, subject: None, before: None, after: None }
    }

    pub fn rejected(self) -> Self {
        Self { succeeded: false, ..self }
    }

    /// An action of this account without a session.
    pub fn by(self, account: impl Into<Uuid>) -> Self {
        Self { actor: Some(account.into()), ..self }
    }

    /// The changed object: the name of its type in the API, and its key.
    pub fn about(self, kind: &'static str, id: impl Into<Uuid>) -> Self {
        Self { subject: Some((kind, id.into())), ..self }
    }

    /// Changed values only, without secrets.
    pub fn change(self, before: Value, after: Value) -> Self {
        let some = |value: Value| Some(value).filter(|value| !value.is_null());
        Self { before: some(before), after: some(after), ..self }
    }

    /// The fields of two objects that differ.
    pub fn difference(self, mut before: Value, mut after: Value) -> Self {
        if let (Some(was), Some(is)) = (before.as_object_mut(), after.as_object_mut()) {
            was.retain(|name, value| is.get(name) != Some(value) || is.remove(name).is_none());
        }
        self.change(before, after)
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

    /// The viewer of a request, as far as it has been authenticated.
    pub fn of(caller: &Caller, viewer: Option<&Viewer>) -> Self {
        let (kind, id) = match viewer {
            Some(Viewer::Account(viewer)) => (ActorKind::Account, Some(viewer.account.id.0)),
            Some(Viewer::ApiClient(client)) => (ActorKind::ApiKey, Some(client.key.id.0)),
            Some(Viewer::Anonymous) | None => (ActorKind::Anonymous, None),
        };
        Self { kind, id, ip_address: Some(caller.ip_address.to_canonical().to_string()) }
    }

    /// Id of the account or API key; `None` for the operator and for who is not known.
    pub fn id(&self) -> Option<Uuid> {
        self.id
    }

    /// A name for the actor, unlike that of any other.
    pub fn scope(&self) -> String {
        self.id.map_or_else(|| "none".to_owned(), |id| id.to_string())
    }
}

/// Inserts an entry, as part of the transaction `db` if it is one.
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

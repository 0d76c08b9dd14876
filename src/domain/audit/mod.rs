//! The audit log: who did what, when, from where, and what it changed. Entries are written in the transaction of what
//! they tell of, and the database refuses to change or remove them.
//!
//! An entry names people by the ids of their accounts and holds no secrets, so that a deleted account leaves nothing behind
//! but its id and the network addresses that it was used from: [`masked`](super::mail::masked) shortens addresses.

mod list;

pub use list::{Filter, by_ids, count, list, position};

use entity::{
    AuditEntryId,
    audit_entry::{self, ActorKind},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use super::{Fault, Op, Ports, Viewer};

/// What is written down.
#[derive(Clone, Debug)]
pub struct Entry {
    action: &'static str,
    succeeded: bool,
    actor: Option<Uuid>,
    subject: Option<(&'static str, Uuid)>,
    before: Option<Value>,
    after: Option<Value>,
}

impl Entry {
    /// The viewer did this, which goes by the name of the mutation.
    pub fn new(action: &'static str) -> Self {
        Self { action, succeeded: true, actor: None, subject: None, before: None, after: None }
    }

    /// It was refused.
    pub fn refused(self) -> Self {
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

/// Writes an entry down, as part of the transaction `db` if it is one.
pub async fn record(op: &Op, db: &impl ConnectionTrait, entry: Entry) -> Result<(), Fault> {
    let (kind, actor) = match (entry.actor, op.known_viewer()) {
        (Some(account), _) => (ActorKind::Account, Some(account)),
        (None, Some(Viewer::Account(viewer))) => (ActorKind::Account, Some(viewer.account.id.0)),
        (None, Some(Viewer::Program(program))) => (ActorKind::ApiKey, Some(program.key.id.0)),
        (None, Some(Viewer::Anonymous) | None) => (ActorKind::Anonymous, None),
    };
    let address = op.caller().address.to_canonical().to_string();
    insert(op, db, entry, kind, actor, Some(address)).await
}

/// Writes down what the operator did by the command line.
pub async fn record_operator(ports: &Ports, db: &impl ConnectionTrait, entry: Entry) -> Result<(), Fault> {
    insert(ports, db, entry, ActorKind::Operator, None, None).await
}

async fn insert(
    ports: &Ports,
    db: &impl ConnectionTrait,
    entry: Entry,
    actor_kind: ActorKind,
    actor_id: Option<Uuid>,
    address: Option<String>,
) -> Result<(), Fault> {
    let now = ports.clock.now();
    let (subject_kind, subject_id) = entry.subject.unzip();
    let row = audit_entry::ActiveModel {
        id: Set(AuditEntryId(ports.random.id(now))),
        at: Set(now),
        actor_kind: Set(actor_kind),
        actor_id: Set(actor_id),
        action: Set(entry.action.to_owned()),
        succeeded: Set(entry.succeeded),
        subject_kind: Set(subject_kind.map(str::to_owned)),
        subject_id: Set(subject_id),
        address: Set(address),
        before: Set(entry.before),
        after: Set(entry.after),
    };
    audit_entry::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

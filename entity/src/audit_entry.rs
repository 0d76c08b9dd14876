//! The audit log: who did what, when, from where. The database refuses to change or remove an entry.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::AuditEntryId;

/// One entry. It names accounts by their ids only, so that nothing personal is left when an account is deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    pub at: DateTimeUtc,
    pub actor_kind: ActorKind,
    /// The account or API key.
    pub actor_id: Option<Uuid>,
    /// The name of the mutation, or of what the shop did by itself.
    pub action: String,
    /// Whether it was done; otherwise it was refused.
    pub succeeded: bool,
    /// The type of what it was done to, as the API names it.
    pub subject_kind: Option<String>,
    pub subject_id: Option<Uuid>,
    /// The network address that it came from.
    pub address: Option<String>,
    /// What changed, as it was before, without secrets.
    pub before: Option<Json>,
    /// What changed, as it was afterwards, without secrets.
    pub after: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What kind of actor did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ActorKind {
    /// Somebody who was not logged in.
    Anonymous,
    /// Somebody who was.
    Account,
    /// A program with an API key.
    ApiKey,
    /// Whoever holds the database, by the command line.
    Operator,
}

//! The audit log: actor, action, subject, time and origin of each change. The database rejects changes to entries and
//! their deletion.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::AuditEntryId;

/// One entry. It refers to accounts by id only, so that no personal data is left when an account is deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    pub at: DateTimeUtc,
    pub actor_kind: ActorKind,
    /// Id of the account or API key.
    pub actor_id: Option<Uuid>,
    /// Name of the mutation, or of the action that the server took by itself.
    pub action: String,
    /// True if the action was done, false if it was rejected.
    pub succeeded: bool,
    /// API type of the subject.
    pub subject_kind: Option<String>,
    pub subject_id: Option<Uuid>,
    /// IP address of the client.
    pub ip_address: Option<String>,
    /// Changed values before the action, without secrets.
    pub before: Option<Json>,
    /// Changed values after the action, without secrets.
    pub after: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ActorKind {
    /// Client without credentials.
    Anonymous,
    /// Client logged in to an account.
    Account,
    /// Program with an API key.
    ApiKey,
    /// Operator of the server, by the command line.
    Operator,
}

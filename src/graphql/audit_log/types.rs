//! Entries of the audit log, and the filter that selects them.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use entity::{
    AccountId, ApiKeyId, AuditEntryId,
    audit_entry::{self, ActorKind},
};
use uuid::Uuid;

use crate::{
    domain::{
        audit_log::{self, Filter},
        kernel::global_id::encode,
    },
    graphql::{
        account::Account,
        api_key::ApiKey,
        kit::{
            error::ResolverError,
            id::{self, Node, NodeType},
            listing::ListConnection,
            load,
            loader::loader,
            scalar::{Json, Timestamp},
        },
    },
};

/// An action that was done or rejected. Entries are never changed or deleted.
#[derive(SimpleObject)]
pub struct AuditEntry {
    /// Global id of the entry.
    pub(in crate::graphql) id: ID,
    /// Time of the action.
    at: Timestamp,
    /// Actor.
    actor: AuditActor,
    /// Name of the mutation, or of the action that the server took by itself.
    action: String,
    /// True if the action was done, false if it was rejected.
    succeeded: bool,
    /// Type of the object that the action changed; null if there is none.
    subject_type: Option<String>,
    /// Global id of the object that the action changed, also after its deletion; null if its type has no global ids.
    subject_id: Option<ID>,
    /// IP address of the client; null for commands of the operator.
    ip_address: Option<String>,
    /// Changed values before the action; null if there are none.
    before: Option<Json>,
    /// Changed values after the action; null if there are none.
    after: Option<Json>,
}

/// Actor of an action.
#[derive(SimpleObject)]
#[graphql(complex)]
struct AuditActor {
    #[graphql(skip)]
    account_key: Option<AccountId>,
    #[graphql(skip)]
    api_key_key: Option<ApiKeyId>,
    /// Kind of actor.
    kind: AuditActorKind,
    /// Global id of the account or API key, also after its deletion; null for other kinds.
    id: Option<ID>,
}

/// Kind of actor.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ActorKind")]
enum AuditActorKind {
    /// Client without credentials.
    Anonymous,
    /// Client logged in to an account.
    Account,
    /// Program with an API key.
    ApiKey,
    /// Operator of the server, by the command line.
    Operator,
}

impl From<audit_entry::Model> for AuditEntry {
    fn from(row: audit_entry::Model) -> Self {
        let subject_type = row.subject_kind.as_deref().and_then(NodeType::named);
        Self {
            id: row.id.global(),
            at: Timestamp(row.at),
            actor: AuditActor::new(row.actor_kind, row.actor_id),
            action: row.action,
            succeeded: row.succeeded,
            subject_id: subject_type.zip(row.subject_id).map(|(node_type, key)| ID(encode(node_type, key))),
            subject_type: row.subject_kind,
            ip_address: row.ip_address,
            before: row.before.map(Json),
            after: row.after.map(Json),
        }
    }
}

impl AuditActor {
    fn new(kind: ActorKind, key: Option<Uuid>) -> Self {
        let account_key = key.filter(|_| kind == ActorKind::Account).map(AccountId);
        let api_key_key = key.filter(|_| kind == ActorKind::ApiKey).map(ApiKeyId);
        let id = account_key.map(Node::global).or(api_key_key.map(Node::global));
        Self { account_key, api_key_key, kind: kind.into(), id }
    }
}

#[ComplexObject]
impl AuditActor {
    /// The account; null for other kinds, if the account was deleted, or if the viewer may not see it.
    async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account, ResolverError>> {
        load::optional(ctx, self.account_key?).await
    }

    /// The API key; null for other kinds.
    async fn api_key(&self, ctx: &Context<'_>) -> Option<Result<ApiKey, ResolverError>> {
        load::optional(ctx, self.api_key_key?).await
    }
}

pub type AuditEntryConnection = ListConnection<AuditEntry>;

loader!(AuditEntryId => audit_entry::Model, audit_log::by_ids);

/// Conditions on audit entries; all that are given must hold.
#[derive(InputObject)]
pub(super) struct AuditEntryFilter {
    /// Global id of the account or API key that took the action.
    actor: Option<ID>,
    /// Global id of the object that the action changed.
    subject: Option<ID>,
    /// Name of the action, like `apiKeyCreate`.
    action: Option<String>,
    /// True for actions that were done, false for rejected ones.
    succeeded: Option<bool>,
    /// Earliest time of the action, inclusive.
    from: Option<Timestamp>,
    /// Latest time of the action, exclusive.
    to: Option<Timestamp>,
}

impl AuditEntryFilter {
    pub(super) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        Ok(Filter {
            actor: filter.actor.map(|id| actor(&id)).transpose()?,
            subject: filter.subject.map(|id| id::decode(&id, "filter.subject")).transpose()?.map(|id| id.1),
            action: filter.action.map(action).transpose()?,
            succeeded: filter.succeeded,
            from: filter.from.map(|time| time.0),
            to: filter.to.map(|time| time.0),
        })
    }
}

fn actor(id: &ID) -> Result<Uuid, ResolverError> {
    match id::decode(id, "filter.actor")? {
        (NodeType::Account | NodeType::ApiKey, key) => Ok(key),
        (other, _) => Err(ResolverError::bad_input(format!(
            "`filter.actor` is the id of {other}, not of an Account or an ApiKey."
        ))),
    }
}

/// A name that a mutation can have: 1 to 64 letters and digits.
fn action(name: String) -> Result<String, ResolverError> {
    match !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => Ok(name),
        false => Err(ResolverError::bad_input("`filter.action` is not the name of an action.")),
    }
}

//! Entries of the audit log, and the filter that chooses among them.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    AccountId, ApiKeyId,
    audit_entry::{self, ActorKind},
};
use uuid::Uuid;

use crate::{
    domain::{audit::Filter, page::SortValue},
    graphql::{
        account::Account,
        api_key::ApiKey,
        context::ContextExt,
        error::ResolverError,
        id::{self, Node, NodeType},
        scalar::{Json, Timestamp},
    },
};

/// One thing that was done, or refused. Entries are never changed or removed.
#[derive(SimpleObject)]
pub struct AuditEntry {
    /// The entry's global id.
    pub(in crate::graphql) id: ID,
    /// When it was done.
    at: Timestamp,
    /// Who did it.
    actor: AuditActor,
    /// The name of the mutation, or of what the shop did by itself.
    action: String,
    /// Whether it was done; otherwise it was refused.
    succeeded: bool,
    /// The type of what it was done to; null when there is no such thing.
    subject_type: Option<String>,
    /// The global id of what it was done to, which may be gone since; null when its type has none.
    subject_id: Option<ID>,
    /// The network address that it came from; null for the operator's commands.
    address: Option<String>,
    /// What it changed, as it was before; null when that is nothing.
    before: Option<Json>,
    /// What it changed, as it was afterwards; null when that is nothing.
    after: Option<Json>,
}

/// Who did something.
#[derive(SimpleObject)]
#[graphql(complex)]
struct AuditActor {
    #[graphql(skip)]
    account_key: Option<AccountId>,
    #[graphql(skip)]
    api_key_key: Option<ApiKeyId>,
    /// What kind of actor it was.
    kind: AuditActorKind,
    /// The global id of the account or API key, also when it is gone; null for all others.
    id: Option<ID>,
}

/// A kind of actor.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ActorKind")]
enum AuditActorKind {
    /// Somebody who was not logged in.
    Anonymous,
    /// Somebody who was.
    Account,
    /// A program with an API key.
    ApiKey,
    /// The operator, by the command line.
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
            subject_id: subject_type.zip(row.subject_id).map(|(node_type, key)| id::encode(node_type, key)),
            subject_type: row.subject_kind,
            address: row.address,
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
    /// The account; null if it was none, if it is gone, or if the viewer may not see it.
    async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account, ResolverError>> {
        let account = ctx.loader().load_one(self.account_key?).await;
        account.map(|account| account.as_ref().map(Account::from)).map_err(ResolverError::from).transpose()
    }

    /// The API key; null if it was none.
    async fn api_key(&self, ctx: &Context<'_>) -> Option<Result<ApiKey, ResolverError>> {
        let key = ctx.loader().load_one(self.api_key_key?).await;
        key.map(|key| key.map(ApiKey::from)).map_err(ResolverError::from).transpose()
    }
}

/// Which entries are wanted: those that meet every condition given.
#[derive(InputObject)]
pub(super) struct AuditEntryFilter {
    /// Of what this account or API key did.
    actor: Option<ID>,
    /// Of what was done to this object.
    subject: Option<ID>,
    /// Of this action, like `apiKeyCreate`.
    action: Option<String>,
    /// Of what was done (true), or of what was refused (false).
    succeeded: Option<bool>,
    /// Not before this moment.
    from: Option<Timestamp>,
    /// Before this moment.
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
            from: filter.from.map(|time| moment("from", time)).transpose()?,
            to: filter.to.map(|time| moment("to", time)).transpose()?,
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

/// Names of actions are those of mutations: letters, and 64 of them at most.
fn action(name: String) -> Result<String, ResolverError> {
    match !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => Ok(name),
        false => Err(ResolverError::bad_input("`filter.action` is not the name of an action.")),
    }
}

/// A moment that both databases can compare.
fn moment(name: &str, time: Timestamp) -> Result<DateTime<Utc>, ResolverError> {
    if SortValue::Time(time.0).fits(&SortValue::Time(DateTime::UNIX_EPOCH)) {
        Ok(time.0)
    } else {
        Err(ResolverError::bad_input(format!("`filter.{name}` must lie between the years 1 and 9999.")))
    }
}

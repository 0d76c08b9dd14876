//! Any object by its global id ([Global Object Identification](https://relay.dev/graphql/objectidentification.htm)).

use async_graphql::{Context, ID, Interface, Object};
use entity::{
    AccountId, AddressId, ApiKeyId, AuditEntryId, CategoryId, EffectId, ProductId, RoleId, SessionId,
    VariantId,
};

use super::{
    account::{Account, Session},
    address::Address,
    api_key::ApiKey,
    audit::AuditEntry,
    context::ContextExt,
    cost::{STATEMENT, cost, list_size, size_of},
    error::ResolverError,
    id::{self, NodeType},
    outbox::DeadLetter,
    product::{Category, Product, Variant},
    staff::Role,
};
use crate::domain::page::MAX_PAGE;

/// An object that `node` finds again by its id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "The object's global id."))]
pub(super) enum Node {
    Account(Account),
    Address(Address),
    ApiKey(ApiKey),
    AuditEntry(AuditEntry),
    Session(Session),
    Category(Category),
    DeadLetter(DeadLetter),
    Product(Product),
    Role(Role),
    Variant(Variant),
}

/// Queries for anything.
#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id; null where there is none or the viewer may not see it.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
    ) -> Option<Result<Node, ResolverError>> {
        find(ctx, &id, "id").await.transpose()
    }

    /// The objects with these ids, in the same order, with null for those that do not exist or that the viewer may not
    /// see.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(1, size_of("ids")))]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, ResolverError> {
        if ids.len() > MAX_PAGE as usize {
            return Err(ResolverError::bad_input(format!(
                "`ids` may hold at most {MAX_PAGE} ids, not {}.",
                ids.len()
            )));
        }
        let nodes = ids.iter().map(|id| find(ctx, id, "ids"));
        futures_util::future::try_join_all(nodes).await
    }
}

/// The loader makes one statement for each type of whatever many calls of this wait at once.
async fn find(ctx: &Context<'_>, id: &ID, argument: &str) -> Result<Option<Node>, ResolverError> {
    let (node_type, key) = id::decode(id, argument)?;
    let loader = ctx.loader();
    Ok(match node_type {
        NodeType::Account => loader.load_one(AccountId(key)).await?.map(|row| Node::Account((&row).into())),
        NodeType::Address => loader.load_one(AddressId(key)).await?.map(|row| Node::Address(row.into())),
        NodeType::ApiKey => loader.load_one(ApiKeyId(key)).await?.map(|row| Node::ApiKey(row.into())),
        NodeType::AuditEntry => {
            loader.load_one(AuditEntryId(key)).await?.map(|row| Node::AuditEntry(row.into()))
        }
        NodeType::DeadLetter => {
            loader.load_one(EffectId(key)).await?.map(|letter| Node::DeadLetter(letter.into()))
        }
        NodeType::Session => loader.load_one(SessionId(key)).await?.map(|row| Node::Session(row.into())),
        NodeType::Category => loader.load_one(CategoryId(key)).await?.map(|row| Node::Category(row.into())),
        NodeType::Product => loader.load_one(ProductId(key)).await?.map(|row| Node::Product(row.into())),
        NodeType::Role => loader.load_one(RoleId(key)).await?.map(|row| Node::Role((&row).into())),
        NodeType::Variant => loader.load_one(VariantId(key)).await?.map(|row| Node::Variant((&row).into())),
    })
}

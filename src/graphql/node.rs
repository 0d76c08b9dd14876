//! Any object by its global id ([Global Object Identification](https://relay.dev/graphql/objectidentification.htm)).

use async_graphql::{Context, ID, Interface, Object, PathSegment, ServerError};
use entity::{
    AccountId, AddressId, ApiKeyId, AuditEntryId, CartId, CartLineId, CategoryId, CollectionId,
    DiscountCodeId, DiscountId, JobId, ProductId, ProductOptionId, RoleId, SessionId, ShippingMethodId,
    ShippingZoneId, ShopId, StockLevelId, StockMovementId, TaxClassId, TaxRateId, TaxSettingsId, VariantId,
};
use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    account::Account,
    address::Address,
    api_key::ApiKey,
    audit_log::AuditEntry,
    auth::Session,
    cart::{Cart, CartLine},
    dead_letter::DeadLetter,
    discount::{Discount, DiscountCode},
    inventory::{StockLevel, StockMovement},
    kit::{
        context::ContextExt,
        cost::{STATEMENT, cost, list_size, size_of},
        error::ResolverError,
        id::{self, NodeType},
    },
    product::{Category, Collection, Product, ProductOption, Variant},
    shipping::{ShippingMethod, ShippingZone},
    shop::Shop,
    staff::Role,
    tax::{TaxClass, TaxRate, TaxSettings},
};

/// Makes the interface `Node` and the way to each of its objects: the type, and the key that its loader takes.
macro_rules! nodes {
    ($($name:ident: $key:ident;)+) => {
        /// An object with a global id, which `node` finds.
        #[derive(Interface)]
        #[graphql(field(name = "id", ty = "&ID", desc = "Global id of the object."))]
        pub(super) enum Node {
            $($name($name),)+
        }

        /// The loader makes one statement for each type of however many calls of this wait at once.
        async fn load(ctx: &Context<'_>, node_type: NodeType, key: Uuid) -> Result<Option<Node>, ResolverError> {
            Ok(match node_type {
                $(NodeType::$name => ctx.loader().load_one($key(key)).await?.map(|row| Node::$name(row.into())),)+
            })
        }
    };
}

nodes! {
    Account: AccountId;
    Address: AddressId;
    ApiKey: ApiKeyId;
    AuditEntry: AuditEntryId;
    Cart: CartId;
    CartLine: CartLineId;
    Category: CategoryId;
    Collection: CollectionId;
    DeadLetter: JobId;
    Discount: DiscountId;
    DiscountCode: DiscountCodeId;
    Product: ProductId;
    ProductOption: ProductOptionId;
    Role: RoleId;
    Session: SessionId;
    ShippingMethod: ShippingMethodId;
    ShippingZone: ShippingZoneId;
    Shop: ShopId;
    StockLevel: StockLevelId;
    StockMovement: StockMovementId;
    TaxClass: TaxClassId;
    TaxRate: TaxRateId;
    TaxSettings: TaxSettingsId;
    Variant: VariantId;
}

/// Queries for any object.
#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id; null if there is none, or if the viewer may not see it.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
    ) -> Option<Result<Node, ResolverError>> {
        find(ctx, &id, "id").await.transpose()
    }

    /// The objects with these ids, in the same order, with null for those that do not exist or that the viewer may not
    /// see. A string that is not a global id gives null, and an error with its index.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(1, size_of("ids")))]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, ResolverError> {
        id::check_count(&ids, "ids")?;
        let nodes = ids.iter().enumerate().map(|(index, id)| async move {
            match find(ctx, id, &format!("ids[{index}]")).await {
                Err(error @ ResolverError::BadInput(_)) => {
                    ctx.add_error(at_index(ctx, index, error));
                    Ok(None)
                }
                found => found,
            }
        });
        join_all(nodes).await.into_iter().collect()
    }
}

async fn find(ctx: &Context<'_>, id: &ID, argument: &str) -> Result<Option<Node>, ResolverError> {
    let (node_type, key) = id::decode(id, argument)?;
    load(ctx, node_type, key).await
}

/// An error of one item of the list that the field answers with.
fn at_index(ctx: &Context<'_>, index: usize, error: ResolverError) -> ServerError {
    let mut error = ctx.set_error_path(async_graphql::Error::from(error).into_server_error(ctx.item.pos));
    error.path.push(PathSegment::Index(index));
    error
}

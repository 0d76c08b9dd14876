//! Tags of customers, which discounts can ask for.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use entity::{AccountId, Permission, account, account_tag};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::domain::{
    account::{is_visible, lock},
    audit::AuditEntry,
    context::{AccountHooks, Export, OpContext, Txn},
    identity::Viewer,
    kernel::{fault::Fault, field, operation_error::operation_error},
};

/// Maximum number of tags of a customer, as of a product.
const MAX_TAGS: usize = 50;

operation_error! {
    validated
    /// Why the tags were not set.
    pub enum TagsSetError {
        /// The viewer sees no such customer.
        #[error("There is no customer with this id.")]
        NotFound(AccountId),
    }
}

/// The tags of each of these accounts, in alphabetical order, in one statement; without [`Permission::CustomersView`] none, and
/// without a statement.
#[tracing::instrument(name = "customer::tags_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn tags_of(
    ctx: &OpContext,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Arc<[String]>>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::CustomersView) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(account_tag::Column::AccountId, accounts.iter().map(|id| id.0));
    let mut tags: HashMap<_, Vec<_>> = accounts.iter().map(|id| (*id, Vec::new())).collect();
    for row in account_tag::Entity::find().filter(chosen).all(ctx.db()).await? {
        tags.entry(row.account_id).or_default().push(row.tag);
    }
    let sorted = |(account, mut tags): (_, Vec<String>)| {
        tags.sort_unstable();
        (account, tags.into())
    };
    Ok(tags.into_iter().map(sorted).collect())
}

/// Replaces all tags of a customer.
#[tracing::instrument(name = "customer::tags_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn tags_set(
    ctx: &OpContext,
    id: AccountId,
    tags: &[String],
) -> Result<account::Model, TagsSetError> {
    let viewer = ctx.require(Permission::CustomersEdit).await?;
    let tags = field::tags(MAX_TAGS, "tags", tags)?;
    ctx.write(|txn| set_in_txn(txn, &viewer, id, &tags).scope_boxed()).await
}

async fn set_in_txn(
    txn: &Txn<'_>,
    viewer: &Viewer,
    id: AccountId,
    tags: &[String],
) -> Result<account::Model, TagsSetError> {
    let is_found = |row: &account::Model| row.kind == account::Kind::Customer && is_visible(viewer, row);
    let customer = lock(txn, id).await?.filter(is_found).ok_or(TagsSetError::NotFound(id))?;
    let of_account = account_tag::Column::AccountId.eq(id);
    let before = account_tag::Entity::find().filter(of_account.clone()).all(txn).await?;
    let mut before: Vec<_> = before.into_iter().map(|row| row.tag).collect();
    before.sort_unstable();
    if before == tags {
        return Ok(customer);
    }
    if !before.is_empty() {
        account_tag::Entity::delete_many().filter(of_account).exec(txn).await?;
    }
    let row = |tag: &String| account_tag::ActiveModel { account_id: Set(id), tag: Set(tag.clone()) };
    if !tags.is_empty() {
        account_tag::Entity::insert_many(tags.iter().map(row)).exec_without_returning(txn).await?;
    }
    let entry = AuditEntry::new("customerTagsSet").about("Account", id);
    txn.audit(entry.change(json!({ "tags": before }), json!({ "tags": tags }))).await?;
    Ok(customer)
}

/// Export of an account's tags. They are deleted with the account.
pub struct CustomerHooks;

#[async_trait]
impl AccountHooks for CustomerHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["account_tag"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        let tags = account_tag::Entity::find().filter(account_tag::Column::AccountId.eq(id));
        let mut tags: Vec<_> = tags.all(ctx.db()).await?.into_iter().map(|row| row.tag).collect();
        tags.sort_unstable();
        Ok(vec![("tags", json!(tags))])
    }
}

//! Lists of customers.

use entity::{
    AccountId, Permission,
    account::{self, Kind},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Select, sea_query::ExprTrait};

use crate::domain::{
    context::OpContext,
    database::{Database, Listing, SortKind},
    kernel::{fault::Fault, text::Search},
};

/// Conditions on customers; all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Text in the email address or the name.
    pub search: Option<Search>,
    pub is_blocked: Option<bool>,
}

/// Order of customers; equal ones are ordered by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub key: SortKey,
    pub descending: bool,
}

/// Sort key of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    CreatedAt,
    Email,
    /// Name, character by character as the database compares text.
    Name,
}

/// The customers that match `filter`. Requires [`Permission::CustomersView`].
#[tracing::instrument(name = "customer::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(ctx: &OpContext, filter: &Filter, sort: Sort) -> Result<Listing<account::Entity>, Fault> {
    ctx.require(Permission::CustomersView).await?;
    let (name, column, kind) = match sort.key {
        SortKey::CreatedAt => ("customer.created_at", account::Column::CreatedAt, SortKind::Time),
        SortKey::Email => ("customer.email", account::Column::Email, SortKind::Text),
        SortKey::Name => ("customer.name", account::Column::Name, SortKind::Text),
    };
    let query = query(&ctx.services().db, filter);
    Ok(Listing::new(name, query, column, kind).descending(sort.descending))
}

/// The customer with this id; `None` for staff.
#[tracing::instrument(name = "customer::by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_id(ctx: &OpContext, id: AccountId) -> Result<Option<account::Model>, Fault> {
    ctx.require(Permission::CustomersView).await?;
    Ok(customers().filter(account::Column::Id.eq(id)).one(ctx.db()).await?)
}

fn customers() -> Select<account::Entity> {
    account::Entity::find().filter(account::Column::Kind.eq(Kind::Customer))
}

fn query(db: &Database, filter: &Filter) -> Select<account::Entity> {
    customers()
        .apply_if(filter.search.as_ref(), |query, text| {
            let in_email = db.contains(account::Column::Email, text.as_str());
            query.filter(in_email.or(db.contains(account::Column::Name, text.as_str())))
        })
        .apply_if(filter.is_blocked, |query, wanted| {
            let column = account::Column::BlockedAt;
            query.filter(if wanted { column.is_not_null() } else { column.is_null() })
        })
}

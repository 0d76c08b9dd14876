//! Lists of customers: which, in which order, and which page of them.

use entity::{
    AccountId, Permission,
    account::{self, Kind},
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryTrait, Select, sea_query::ExprTrait,
};

use crate::domain::{
    Fault, Op,
    database::Database,
    page::{self, Page, PageRequest, Position, SortValue},
    search::Search,
};

/// Which customers are wanted: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With this text somewhere in the address or in the name.
    pub search: Option<Search>,
    /// Blocked, or not.
    pub is_blocked: Option<bool>,
}

/// In which order customers come; equal ones by their id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// From the highest to the lowest.
    pub descending: bool,
}

/// By what customers can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// When the account was made.
    CreatedAt,
    /// The address to log in with.
    Email,
    /// The name, letter by letter as the database compares text.
    Name,
}

impl SortKey {
    fn column(self) -> account::Column {
        match self {
            Self::CreatedAt => account::Column::CreatedAt,
            Self::Email => account::Column::Email,
            Self::Name => account::Column::Name,
        }
    }
}

impl Sort {
    /// Where an account stands in a list sorted so.
    pub fn position(self, account: &account::Model) -> Position {
        let value = match self.key {
            SortKey::CreatedAt => SortValue::Time(account.created_at),
            SortKey::Email => SortValue::Text(account.email.clone()),
            SortKey::Name => SortValue::Text(account.name.clone()),
        };
        Position { value, id: account.id.0 }
    }
}

/// A page of the customers that pass `filter`.
#[tracing::instrument(name = "customer::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(
    op: &Op,
    filter: &Filter,
    sort: Sort,
    request: &PageRequest,
) -> Result<Page<account::Model>, Fault> {
    op.require(Permission::CustomersView).await?;
    let column = (account::Entity, sort.key.column());
    let id = (account::Entity, account::Column::Id);
    page::fetch(query(&op.db, filter), column, id, sort.descending, request, op.db.connection()).await
}

/// How many customers pass `filter`.
#[tracing::instrument(name = "customer::count", level = "debug", skip_all, err(level = "debug"))]
pub async fn count(op: &Op, filter: &Filter) -> Result<u64, Fault> {
    op.require(Permission::CustomersView).await?;
    Ok(query(&op.db, filter).count(op.db.connection()).await?)
}

/// The customer with this id; `None` also for those who work in the shop.
#[tracing::instrument(name = "customer::by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_id(op: &Op, id: AccountId) -> Result<Option<account::Model>, Fault> {
    op.require(Permission::CustomersView).await?;
    Ok(customers().filter(account::Column::Id.eq(id)).one(op.db.connection()).await?)
}

pub(super) fn customers() -> Select<account::Entity> {
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

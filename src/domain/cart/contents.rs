//! A cart in memory: its row, its lines, and what the catalogue says of them now.

use std::collections::HashMap;

use entity::{
    CartId, Currency, VariantId, account_tax, cart,
    cart_line::{self, Problem},
    location,
    product::{self, Status},
    stock_level, variant, variant_price,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryFilter,
    QueryResult, QuerySelect,
    sea_query::{Expr, ExprTrait, LockType, Order, Query, SelectStatement},
};

use crate::domain::{context::Txn, database::Database, inventory, kernel::fault::Fault};

/// A cart with its lines in their order.
#[derive(Clone, Debug)]
pub struct Cart {
    pub row: cart::Model,
    /// Reason for which the owner pays no tax.
    pub exemption: Option<account_tax::Model>,
    pub lines: Vec<Line>,
}

/// A line, and its variant as it is now.
#[derive(Clone, Debug)]
pub struct Line {
    pub row: cart_line::Model,
    /// `None` once the variant is deleted.
    pub item: Option<Item>,
}

/// A variant with what a cart needs of it.
#[derive(Clone, Debug)]
pub struct Item {
    pub variant: variant::Model,
    pub product: product::Model,
    /// Price in the currency of the cart.
    pub price: Option<variant_price::Model>,
    pub level: Option<stock_level::Model>,
}

/// What the shopper can know of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Price of one piece.
    pub price: Option<i64>,
    pub problem: Option<Problem>,
    /// Number of pieces that can be had, for [`Problem::InsufficientStock`]: less than the cart has.
    pub available: Option<i32>,
}

/// The row of a cart, and the exemption of its owner.
#[derive(Debug)]
pub(super) struct Found {
    pub row: cart::Model,
    exemption: Option<account_tax::Model>,
}

/// The cart that a condition selects.
pub(super) async fn find(db: &impl ConnectionTrait, condition: Expr) -> Result<Option<Found>, Fault> {
    one(db, condition, false).await
}

/// The same, locked until the end of the transaction.
pub(super) async fn lock(txn: &Txn<'_>, condition: Expr) -> Result<Option<Found>, Fault> {
    one(txn, condition, true).await
}

async fn one(db: &impl ConnectionTrait, condition: Expr, locked: bool) -> Result<Option<Found>, Fault> {
    let of_owner = cart::Entity::belongs_to(account_tax::Entity)
        .from(cart::Column::AccountId)
        .to(account_tax::Column::AccountId)
        .into();
    let mut query = cart::Entity::find().join(sea_orm::JoinType::LeftJoin, of_owner).filter(condition);
    if locked {
        // The exemption may be missing, and cannot be locked then.
        QuerySelect::query(&mut query).lock_with_tables(LockType::Update, [cart::Entity]);
    }
    let found = query.select_also(account_tax::Entity).one(db).await?;
    Ok(found.map(|(row, exemption)| Found { row, exemption }))
}

impl Item {
    /// Whether shoppers find it in the catalogue.
    pub fn is_on_sale(&self) -> bool {
        self.product.status == Status::Active && self.variant.archived_at.is_none()
    }

    /// What a line of it is like when the cart has this number of pieces.
    pub(super) fn state(&self, pieces: i64) -> State {
        let price = self.price.as_ref().filter(|_| self.is_on_sale()).map(|price| price.amount);
        let orderable = inventory::orderable(self.level.as_ref()).filter(|orderable| *orderable < pieces);
        let problem = match (price, orderable) {
            _ if !self.is_on_sale() => Some(Problem::NoLongerAvailable),
            (None, _) => Some(Problem::NotSoldInCurrency),
            (_, Some(_)) => Some(Problem::InsufficientStock),
            _ if self.variant.max_per_order.is_some_and(|max| pieces > max.into()) => {
                Some(Problem::AboveMaximum)
            }
            _ => None,
        };
        let is_short = problem == Some(Problem::InsufficientStock);
        let available = orderable.filter(|_| is_short).map(|pieces| pieces.try_into().unwrap_or(i32::MAX));
        State { price, problem, available }
    }
}

impl Line {
    /// Price of all pieces; `None` for a line that cannot be bought.
    pub fn subtotal(&self) -> Option<i128> {
        let item = self.item.as_ref().filter(|item| item.is_on_sale())?;
        Some(i128::from(item.price.as_ref()?.amount) * i128::from(self.row.quantity))
    }
}

impl Cart {
    /// Reads the lines of a cart, with all that is needed of their variants, in one statement.
    pub(super) async fn read(db: &impl ConnectionTrait, found: Found) -> Result<Self, Fault> {
        let Found { row, exemption } = found;
        let lines = lines_of(db, row.id, row.currency).await?;
        Ok(Self { row, exemption, lines })
    }

    /// Number of pieces of one variant on all lines.
    pub fn pieces_of(&self, variant: Option<VariantId>) -> i64 {
        let of_variant = self.lines.iter().filter(|line| line.row.variant_id == variant);
        of_variant.map(|line| i64::from(line.row.quantity)).sum()
    }

    /// Adds a line behind the others.
    pub(super) fn push(&mut self, mut line: Line) {
        let last = self.lines.iter().map(|line| line.row.position).max();
        line.row.position = last.map_or(0, |last| last.saturating_add(1));
        line.row.cart_id = self.row.id;
        self.lines.push(line);
    }

    /// What a line is like now.
    pub fn state(&self, line: &Line) -> State {
        match &line.item {
            Some(item) => item.state(self.pieces_of(line.row.variant_id)),
            None => State { price: None, problem: Some(Problem::NoLongerAvailable), available: None },
        }
    }

    /// Whether a piece has to be shipped.
    pub fn requires_shipping(&self) -> bool {
        self.lines.iter().filter_map(|line| line.item.as_ref()).any(|item| item.variant.requires_shipping)
    }
}

const LINE: &str = "line_";
const VARIANT: &str = "variant_";
const PRODUCT: &str = "product_";
const PRICE: &str = "price_";
const LEVEL: &str = "level_";

pub(super) async fn lines_of(
    db: &impl ConnectionTrait,
    cart: CartId,
    currency: Currency,
) -> Result<Vec<Line>, Fault> {
    let mut query = Query::select();
    columns(&mut query, cart_line::Entity, LINE);
    query
        .from(cart_line::Entity)
        .left_join(
            variant::Entity,
            Expr::col((variant::Entity, variant::Column::Id))
                .equals((cart_line::Entity, cart_line::Column::VariantId)),
        )
        .and_where(Expr::col((cart_line::Entity, cart_line::Column::CartId)).eq(cart))
        .order_by((cart_line::Entity, cart_line::Column::Position), Order::Asc)
        .order_by((cart_line::Entity, cart_line::Column::Id), Order::Asc);
    join_item(&mut query, currency);
    let rows = db.query_all(&query).await?;
    rows.iter()
        .map(|row| Ok(Line { row: cart_line::Model::from_query_result(row, LINE)?, item: item(row)? }))
        .collect()
}

/// These variants with what a cart in this currency needs of them, in one statement; those that do not exist are left out.
pub(super) async fn items(
    txn: &Txn<'_>,
    variants: &[VariantId],
    currency: Currency,
) -> Result<HashMap<VariantId, Item>, Fault> {
    let db: &Database = &txn.services().db;
    let mut query = Query::select();
    query.from(variant::Entity).and_where(db.any_of(variant::Column::Id, variants.iter().map(|id| id.0)));
    join_item(&mut query, currency);
    let rows = txn.query_all(&query).await?;
    let items = rows.iter().filter_map(|row| item(row).transpose()).collect::<Result<Vec<_>, _>>()?;
    Ok(items.into_iter().map(|item| (item.variant.id, item)).collect())
}

/// Adds the columns of an [`Item`] to a query over variants.
fn join_item(query: &mut SelectStatement, currency: Currency) {
    columns(query, variant::Entity, VARIANT);
    columns(query, product::Entity, PRODUCT);
    columns(query, variant_price::Entity, PRICE);
    columns(query, stock_level::Entity, LEVEL);
    let variant = (variant::Entity, variant::Column::Id);
    query
        .left_join(
            product::Entity,
            Expr::col((product::Entity, product::Column::Id))
                .equals((variant::Entity, variant::Column::ProductId)),
        )
        .left_join(
            variant_price::Entity,
            Expr::col((variant_price::Entity, variant_price::Column::VariantId))
                .equals(variant)
                .and(variant_price::Column::Currency.eq(currency)),
        )
        .left_join(
            stock_level::Entity,
            Expr::col((stock_level::Entity, stock_level::Column::VariantId))
                .equals(variant)
                .and(stock_level::Column::LocationId.eq(location::MAIN)),
        );
}

fn columns<E: EntityTrait>(query: &mut SelectStatement, entity: E, prefix: &str) {
    for column in E::Column::iter() {
        let name = format!("{prefix}{}", column.as_str());
        query.expr_as(Expr::col((entity, column)), name);
    }
}

fn item(row: &QueryResult) -> Result<Option<Item>, Fault> {
    let Some(variant) = variant::Model::from_query_result_optional(row, VARIANT)? else { return Ok(None) };
    Ok(Some(Item {
        variant,
        product: product::Model::from_query_result(row, PRODUCT)?,
        price: variant_price::Model::from_query_result_optional(row, PRICE)?,
        level: stock_level::Model::from_query_result_optional(row, LEVEL)?,
    }))
}

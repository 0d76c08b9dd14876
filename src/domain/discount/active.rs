//! Discounts that a cart may get: automatic ones, and those of its codes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, CategoryId, CollectionId, Currency, DiscountId, ProductId, account_tag,
    cart::Code,
    discount::{self, Column},
    discount_amount, discount_code, discount_target,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};

use super::{Hits, Reason, aggregate::TargetIds};
use crate::domain::{database::Database, kernel::fault::Fault, product::Facets};

/// Maximum number of automatic discounts that act on a cart: those with the highest priority.
const MAX_AUTOMATIC: u64 = 100;

/// Cart for which discounts are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub codes: &'a [Code],
    pub currency: Currency,
    /// Owner of the cart.
    pub account: Option<AccountId>,
    /// Products of the cart.
    pub products: &'a [ProductId],
    pub now: DateTime<Utc>,
    /// A discount that counts as automatic and active.
    pub preview: Option<DiscountId>,
}

/// An automatic discount, or a code of the cart with its discount, if there is any.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// As the shopper entered it; `None` for an automatic discount.
    pub code: Option<String>,
    pub(super) rule: Result<Rule, Reason>,
}

/// A discount with what a cart needs of it.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub discount: discount::Model,
    /// In the currency of the cart.
    pub amount: Option<i64>,
    /// In the currency of the cart.
    pub minimum: Option<i64>,
    /// Whether there is a minimum in some currency.
    pub has_minima: bool,
    /// Of the products only those that the cart has.
    pub targets: TargetIds,
}

/// A discount with one of its targets, and with one code of the cart.
#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    discount: discount::Model,
    code_key: Option<String>,
    code_max_uses: Option<i32>,
    code_used: Option<i64>,
    amount: Option<i64>,
    minimum: Option<i64>,
    has_minima: bool,
    has_tag: bool,
    product_id: Option<ProductId>,
    category_id: Option<CategoryId>,
    collection_id: Option<CollectionId>,
}

/// The automatic discounts that act now, then the codes in their order, in one statement.
#[tracing::instrument(name = "discount::candidates", level = "debug", skip_all, err(level = "debug"))]
pub async fn candidates(
    database: &Database,
    db: &impl ConnectionTrait,
    request: Request<'_>,
) -> Result<Vec<Candidate>, Fault> {
    let rows = query(database, request).into_model::<Row>().all(db).await?;
    let mut targets: HashMap<DiscountId, TargetIds> = HashMap::new();
    let mut found: HashMap<(DiscountId, Option<&str>), &Row> = HashMap::new();
    let mut automatic = Vec::new();
    for row in &rows {
        let id = row.discount.id;
        targets.entry(id).or_default().add(row.product_id, row.category_id, row.collection_id);
        if found.insert((id, row.code_key.as_deref()), row).is_none() && row.code_key.is_none() {
            automatic.push(row);
        }
    }
    let rule = |row: &Row| row.rule(request, targets.get(&row.discount.id).cloned().unwrap_or_default());
    let automatic = automatic.into_iter().map(|row| Candidate { code: None, rule: rule(row) });
    let of_code = |code: &Code| {
        let row = found.values().find(|row| row.code_key.as_ref() == Some(&code.key));
        Candidate {
            code: Some(code.code.clone()),
            rule: row.map_or(Err(Reason::UnknownOrEnded), |row| rule(row)),
        }
    };
    Ok(automatic.chain(request.codes.iter().map(of_code)).collect())
}

fn query(database: &Database, request: Request<'_>) -> sea_orm::Select<discount::Entity> {
    let of_code = Expr::col((discount_code::Entity, discount_code::Column::DiscountId))
        .equals((discount::Entity, Column::Id))
        .and(with_key(database, request));
    let of_amount = Expr::col((discount_amount::Entity, discount_amount::Column::DiscountId))
        .equals((discount::Entity, Column::Id))
        .and(discount_amount::Column::Currency.eq(request.currency));
    let product = discount_target::Column::ProductId;
    let in_cart = database.any_of(product, request.products.iter().map(|id| id.0));
    let of_target = Expr::col((discount_target::Entity, discount_target::Column::DiscountId))
        .equals((discount::Entity, Column::Id))
        .and(product.is_null().or(in_cart));
    let wanted = Condition::any()
        .add(Column::Id.in_subquery(wanted(database, request)))
        .add_option(request.preview.map(|preview| Column::Id.eq(preview)));
    let mut query = discount::Entity::find()
        .column(discount_code::Column::CodeKey)
        .column_as(discount_code::Column::MaxUses, "code_max_uses")
        .column_as(discount_code::Column::Used, "code_used")
        .column(discount_amount::Column::Amount)
        .column(discount_amount::Column::Minimum)
        .column(discount_target::Column::ProductId)
        .column(discount_target::Column::CategoryId)
        .column(discount_target::Column::CollectionId)
        .expr_as(has_minima(), "has_minima")
        .expr_as(has_tag(request.account), "has_tag")
        .filter(wanted);
    QueryTrait::query(&mut query)
        .left_join(discount_code::Entity, of_code)
        .left_join(discount_amount::Entity, of_amount)
        .left_join(discount_target::Entity, of_target);
    query
}

/// Whether a code is one of the cart's.
fn with_key(database: &Database, request: Request<'_>) -> Expr {
    database.any_of(discount_code::Column::CodeKey, request.codes.iter().map(|code| code.key.clone()))
}

/// Selects the ids of the automatic discounts that act now, and of those with the codes. By this list a database finds the
/// discounts by their keys, however many others there are.
fn wanted(database: &Database, request: Request<'_>) -> SelectStatement {
    let of_codes = Query::select()
        .column(discount_code::Column::DiscountId)
        .from(discount_code::Entity)
        .and_where(with_key(database, request))
        .to_owned();
    let acting = Query::select().column(Column::Id).from_subquery(acting(request.now), "acting").to_owned();
    { acting }.union(UnionType::All, of_codes).to_owned()
}

/// Selects the automatic discounts that act now.
fn acting(now: DateTime<Utc>) -> SelectStatement {
    discount::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::IsAutomatic.eq(true))
        .filter(Column::IsActive.eq(true))
        .filter(Column::StartsAt.lte(now))
        .filter(Condition::any().add(Column::EndsAt.is_null()).add(Column::EndsAt.gt(now)))
        .order_by_desc(Column::Priority)
        .order_by_asc(Column::Id)
        .limit(MAX_AUTOMATIC)
        .into_query()
}

/// Whether the discount has a minimum in some currency. The amounts of the cart's currency are joined, too.
fn has_minima() -> Expr {
    let other = "other_amount";
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from_as(discount_amount::Entity, other)
            .and_where(
                Expr::col((other, discount_amount::Column::DiscountId))
                    .equals((discount::Entity, Column::Id)),
            )
            .and_where(Expr::col((other, discount_amount::Column::Minimum)).is_not_null())
            .to_owned(),
    )
}

/// Whether the account has the tag of the discount.
fn has_tag(account: Option<AccountId>) -> Expr {
    let Some(account) = account else { return Expr::val(false) };
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(account_tag::Entity)
            .and_where(account_tag::Column::AccountId.eq(account))
            .and_where(
                Expr::col((account_tag::Entity, account_tag::Column::Tag))
                    .equals((discount::Entity, Column::AccountTag)),
            )
            .to_owned(),
    )
}

impl Row {
    /// The discount, unless it cannot be used.
    fn rule(&self, request: Request<'_>, targets: TargetIds) -> Result<Rule, Reason> {
        let discount = &self.discount;
        let acts = discount.is_active
            && discount.starts_at <= request.now
            && discount.ends_at.is_none_or(|end| request.now < end);
        let is_full = |used: i64, max: Option<i32>| max.is_some_and(|max| used >= max.into());
        let is_used_up = is_full(discount.used, discount.max_uses)
            || self.code_used.is_some_and(|used| is_full(used, self.code_max_uses));
        let is_previewed = request.preview == Some(discount.id);
        if !acts && !is_previewed {
            return Err(Reason::UnknownOrEnded);
        }
        if is_used_up && !is_previewed {
            return Err(Reason::UsedUp);
        }
        if discount.account_tag.is_some() && !self.has_tag {
            return Err(Reason::NotForThisCustomer);
        }
        let Self { amount, minimum, has_minima, .. } = *self;
        Ok(Rule { discount: discount.clone(), amount, minimum, has_minima, targets })
    }
}

impl Candidate {
    /// Whether its effect depends on categories or collections.
    pub fn needs_facets(&self) -> bool {
        let needs = |rule: &Rule| !rule.targets.categories.is_empty() || !rule.targets.collections.is_empty();
        self.rule.as_ref().is_ok_and(needs)
    }

    /// Whether the code can have an effect on some cart. An automatic discount can.
    pub fn is_usable(&self) -> bool {
        self.rule.as_ref().err().is_none_or(|reason| !reason.is_final())
    }

    /// Whether the shop knows the code.
    pub fn is_known(&self) -> bool {
        self.rule.as_ref().err() != Some(&Reason::UnknownOrEnded)
    }
}

/// The products, with these facets, that the limited discounts among the candidates act on.
pub fn hits(candidates: &[Candidate], products: &[ProductId], facets: &HashMap<ProductId, Facets>) -> Hits {
    let none = Facets::default();
    let mut hits = Hits::new();
    for rule in candidates.iter().filter_map(|candidate| candidate.rule.as_ref().ok()) {
        let TargetIds { products: chosen, categories, collections } = &rule.targets;
        for product in products {
            let facets = facets.get(product).unwrap_or(&none);
            let is_hit = chosen.contains(product)
                || categories.iter().any(|id| facets.categories.contains(id))
                || collections.iter().any(|id| facets.collections.contains(id));
            if is_hit {
                hits.insert((rule.discount.id, *product));
            }
        }
    }
    hits
}

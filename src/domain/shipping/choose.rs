//! The methods by which a cart can be shipped, and their prices.

use std::collections::HashSet;

use entity::{
    CategoryId, Currency, shipping_method, shipping_method_category, shipping_price, shipping_zone_place,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
    sea_query::{Expr, Func, Order, Query, SelectStatement},
};

use crate::domain::{address::Place, kernel::fault::Fault};

/// What is to be shipped.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// Price of the goods after discounts, in minor units.
    pub subtotal: i64,
    /// Weight of all pieces in grams.
    pub weight: i64,
    /// Categories of the products, with all above them.
    pub categories: &'a HashSet<CategoryId>,
    /// Tags of the products.
    pub tags: &'a HashSet<String>,
}

/// A method that ships to a place, with its price in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The method.
    pub method: shipping_method::Model,
    price: shipping_price::Model,
    excluded: HashSet<CategoryId>,
}

/// A method with its price and one of its excluded categories, if it has any.
#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    method: shipping_method::Model,
    #[sea_orm(nested)]
    price: shipping_price::Model,
    category_id: Option<CategoryId>,
}

/// The methods of the zone of a place that have a price in this currency, in their order, in one statement. Of several zones
/// it is that of the most specific place: subdivision, then country, then everywhere else.
#[tracing::instrument(name = "shipping::methods_at", level = "debug", skip_all, err(level = "debug"))]
pub async fn methods_at(
    db: &impl ConnectionTrait,
    place: &Place,
    currency: Currency,
) -> Result<Vec<Offer>, Fault> {
    let rows = shipping_method::Entity::find()
        .columns(shipping_price::Column::iter())
        .column(shipping_method_category::Column::CategoryId)
        .join(JoinType::InnerJoin, to_price())
        .join(JoinType::LeftJoin, to_excluded())
        .filter(shipping_method::Column::ZoneId.in_subquery(zone_of(place)))
        .filter(shipping_price::Column::Currency.eq(currency))
        .order_by_asc(shipping_method::Column::Position)
        .order_by_asc(shipping_method::Column::Id)
        .into_model::<Row>()
        .all(db)
        .await?;
    let mut offers: Vec<Offer> = Vec::new();
    for Row { method, price, category_id } in rows {
        match offers.last_mut().filter(|last| last.method.id == method.id) {
            Some(last) => last.excluded.extend(category_id),
            None => offers.push(Offer { method, price, excluded: category_id.into_iter().collect() }),
        }
    }
    Ok(offers)
}

/// Selects the zone of a place. The longest of its keys is the most specific one.
fn zone_of(place: &Place) -> SelectStatement {
    use shipping_zone_place::Column;
    let length = Func::char_length(Expr::col(Column::Place));
    Query::select()
        .column(Column::ZoneId)
        .from(shipping_zone_place::Entity)
        .and_where(Column::Place.is_in(place.keys()))
        .order_by_expr(length.into(), Order::Desc)
        .limit(1)
        .to_owned()
}

fn to_price() -> RelationDef {
    shipping_method::Entity::belongs_to(shipping_price::Entity)
        .from(shipping_method::Column::Id)
        .to(shipping_price::Column::MethodId)
        .into()
}

fn to_excluded() -> RelationDef {
    shipping_method::Entity::belongs_to(shipping_method_category::Entity)
        .from(shipping_method::Column::Id)
        .to(shipping_method_category::Column::MethodId)
        .into()
}

impl Offer {
    /// Whether some products cannot be shipped by the method.
    pub fn excludes_some(&self) -> bool {
        !self.excluded.is_empty() || !self.method.excluded_tags.0.is_empty()
    }

    /// The price for a parcel, in minor units; `None` if the method cannot be chosen for it.
    pub fn price(&self, parcel: &Parcel<'_>) -> Option<i64> {
        let (method, price) = (&self.method, &self.price);
        let is_above_min = price.min_subtotal.is_none_or(|min| parcel.subtotal >= min)
            && method.min_weight.is_none_or(|min| parcel.weight >= min.into());
        let is_below_max = price.max_subtotal.is_none_or(|max| parcel.subtotal < max)
            && method.max_weight.is_none_or(|max| parcel.weight <= max.into());
        let is_excluded = !self.excluded.is_disjoint(parcel.categories)
            || method.excluded_tags.0.iter().any(|tag| parcel.tags.contains(tag));
        let is_free = price.free_from.is_some_and(|from| parcel.subtotal >= from);
        (is_above_min && is_below_max && !is_excluded).then_some(if is_free { 0 } else { price.amount })
    }
}

#[cfg(test)]
mod tests {
    use entity::{ShippingMethodId, ShippingZoneId, shipping_method::Tags};
    use uuid::Uuid;

    use super::*;

    const FURNITURE: CategoryId = CategoryId(Uuid::from_u128(1));
    const CHAIRS: CategoryId = CategoryId(Uuid::from_u128(2));

    /// 4.90 for 1 kg to 2 kg, free from 50.00, not below 10.00, not from 100.00 on.
    fn offer() -> Offer {
        let id = ShippingMethodId(Uuid::nil());
        let method = shipping_method::Model {
            id,
            zone_id: ShippingZoneId(Uuid::nil()),
            name: "Parcel".to_owned(),
            description: String::new(),
            min_days: None,
            max_days: None,
            min_weight: Some(1_000),
            max_weight: Some(2_000),
            tax_class_id: None,
            excluded_tags: Tags(vec!["fragile".to_owned(), "liquid".to_owned()]),
            position: 0,
            version: 1,
        };
        let price = shipping_price::Model {
            method_id: id,
            currency: Currency::EUR,
            amount: 490,
            free_from: Some(5_000),
            min_subtotal: Some(1_000),
            max_subtotal: Some(10_000),
        };
        Offer { method, price, excluded: HashSet::from([FURNITURE]) }
    }

    #[test]
    fn offer_has_a_price_within_its_limits() {
        for (subtotal, weight, expected) in [
            (1_000, 1_000, Some(490)),
            (999, 1_000, None),
            (4_999, 2_000, Some(490)),
            (5_000, 2_000, Some(0)),
            (9_999, 1_500, Some(0)),
            (10_000, 1_500, None),
            (1_000, 999, None),
            (1_000, 2_001, None),
            (5_000, i64::MAX, None),
        ] {
            let (categories, tags) = Default::default();
            let parcel = Parcel { subtotal, weight, categories: &categories, tags: &tags };
            assert_eq!(offer().price(&parcel), expected, "{subtotal} and {weight} g");
        }
    }

    #[test]
    fn offer_excludes_categories_and_tags() {
        for (categories, tags, expected) in [
            (&[][..], &[][..], Some(490)),
            (&[CHAIRS], &["sale"], Some(490)),
            (&[CHAIRS, FURNITURE], &[], None),
            (&[CHAIRS], &["sale", "liquid"], None),
        ] {
            let categories = categories.iter().copied().collect();
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            let parcel = Parcel { subtotal: 1_000, weight: 1_000, categories: &categories, tags: &tags };
            assert_eq!(offer().price(&parcel), expected, "{categories:?} and {tags:?}");
        }
    }

    #[test]
    fn offer_without_limits_takes_everything() {
        let mut offer = offer();
        let shipping_method::Model { min_weight, max_weight, .. } = &mut offer.method;
        (*min_weight, *max_weight) = (None, None);
        let shipping_price::Model { free_from, min_subtotal, max_subtotal, .. } = &mut offer.price;
        (*free_from, *min_subtotal, *max_subtotal) = (None, None, None);
        let (categories, tags) = Default::default();
        for amount in [0, i64::MAX] {
            let parcel = Parcel { subtotal: amount, weight: amount, categories: &categories, tags: &tags };
            assert_eq!(offer.price(&parcel), Some(490), "{amount}");
        }
    }
}

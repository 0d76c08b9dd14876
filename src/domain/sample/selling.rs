//! Taxes, shipping, discounts and a cart of the demo shop, which stands in Germany and delivers to the whole world.

use entity::{
    AccountId, CartId, CartLineId, CategoryId, Currency, DiscountCodeId, DiscountId, ShippingMethodId,
    ShippingZoneId, TaxClassId, TaxRateId,
    discount::{self, Kind},
    discount_amount, discount_code, product, shipping_method, shipping_price, shipping_zone,
    shipping_zone_place, tax_class,
    tax_rate::{self, Reason},
    tax_settings, variant, variant_price,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use serde_json::json;

use super::rows::{self, Article};
use crate::domain::{address::ELSEWHERE, context::Txn, discount::code_key, kernel::fault::Fault};

/// Tax classes of the demo shop.
#[derive(Clone, Copy)]
pub(super) struct Classes {
    pub(super) standard: TaxClassId,
    /// Food.
    pub(super) reduced: TaxClassId,
}

/// Inserts classes, rates and settings of tax.
pub(super) async fn insert_taxes(txn: &Txn<'_>) -> Result<Classes, Fault> {
    let id = || txn.random().id(txn.now());
    let classes = Classes { standard: TaxClassId(id()), reduced: TaxClassId(id()) };
    let class =
        |(id, name): (TaxClassId, &str)| tax_class::ActiveModel { id: Set(id), name: Set(name.to_owned()) };
    let named = [(classes.standard, "Standard"), (classes.reduced, "Food and drink")];
    rows::insert(txn, named.map(class).into()).await?;
    let rate =
        |(class, place, name, ppm, reason): (TaxClassId, &str, &str, i32, Reason)| tax_rate::ActiveModel {
            id: Set(TaxRateId(id())),
            tax_class_id: Set(class),
            place: Set(place.to_owned()),
            name: Set(name.to_owned()),
            ppm: Set(ppm),
            reason: Set(reason),
            version: Set(1),
        };
    let rates = [
        (classes.standard, "DE", "VAT 19 %", 190_000, Reason::Standard),
        (classes.reduced, "DE", "VAT 7 %", 70_000, Reason::Reduced),
        (classes.standard, "AT", "VAT 20 %", 200_000, Reason::Standard),
        (classes.reduced, "AT", "VAT 10 %", 100_000, Reason::Reduced),
        (classes.standard, ELSEWHERE, "Export", 0, Reason::Export),
        (classes.reduced, ELSEWHERE, "Export", 0, Reason::Export),
    ];
    rows::insert(txn, rates.map(rate).into()).await?;
    tax_settings::Entity::update_many()
        .col_expr(tax_settings::Column::Place, Expr::value("DE"))
        .col_expr(tax_settings::Column::DefaultClassId, Expr::value(classes.standard))
        .exec(txn)
        .await?;
    Ok(classes)
}

/// A method: name, description, days, zone, and in euro cents its price and the subtotal from which it is free.
type Method = (&'static str, &'static str, (i32, i32), ShippingZoneId, i64, Option<i64>);

/// Inserts zones and methods of shipping; `bulky` is a category whose products are too heavy for letters.
pub(super) async fn insert_shipping(txn: &Txn<'_>, bulky: Option<CategoryId>) -> Result<(), Fault> {
    let id = || txn.random().id(txn.now());
    let (near, far) = (ShippingZoneId(id()), ShippingZoneId(id()));
    let zone = |(id, name): (ShippingZoneId, &str)| shipping_zone::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        version: Set(1),
    };
    rows::insert(txn, [(near, "Germany and Austria"), (far, "World")].map(zone).into()).await?;
    let place = |(place, zone): (&str, ShippingZoneId)| shipping_zone_place::ActiveModel {
        place: Set(place.to_owned()),
        zone_id: Set(zone),
    };
    rows::insert(txn, [("DE", near), ("AT", near), (ELSEWHERE, far)].map(place).into()).await?;
    let methods: [Method; 3] = [
        ("Parcel", "With tracking.", (2, 4), near, 490, Some(6_000)),
        ("Express", "Before noon.", (1, 1), near, 1_290, None),
        (
            "International Parcel",
            "With tracking. Duties are paid by the recipient.",
            (5, 15),
            far,
            1_990,
            None,
        ),
    ];
    let (mut made, mut prices, mut excluded) = (vec![], vec![], vec![]);
    for (position, (name, description, days, zone, price, free_from)) in (0..).zip(methods) {
        let method = ShippingMethodId(id());
        made.push(shipping_method::ActiveModel {
            id: Set(method),
            zone_id: Set(zone),
            name: Set(name.to_owned()),
            description: Set(description.to_owned()),
            min_days: Set(Some(days.0)),
            max_days: Set(Some(days.1)),
            min_weight: Set(None),
            max_weight: Set(Some(31_500)),
            tax_class_id: Set(None),
            excluded_tags: Set(Default::default()),
            position: Set(position),
            version: Set(1),
        });
        prices.extend([Currency::EUR, Currency::USD].map(|currency| shipping_price::ActiveModel {
            method_id: Set(method),
            currency: Set(currency),
            amount: Set(price),
            free_from: Set(free_from),
            min_subtotal: Set(None),
            max_subtotal: Set(None),
        }));
        let category = bulky.filter(|_| name == "Express");
        excluded.extend(category.map(|category| entity::shipping_method_category::ActiveModel {
            method_id: Set(method),
            category_id: Set(category),
        }));
    }
    rows::insert(txn, made).await?;
    rows::insert(txn, prices).await?;
    rows::insert(txn, excluded).await?;
    Ok(())
}

/// Inserts discounts: a code for newcomers, and free shipping of larger carts.
pub(super) async fn insert_discounts(txn: &Txn<'_>) -> Result<(), Fault> {
    let (welcome, shipping) =
        (DiscountId(txn.random().id(txn.now())), DiscountId(txn.random().id(txn.now())));
    let row = |id, name: &str, kind, ppm| discount::Model {
        id,
        name: name.to_owned(),
        kind,
        ppm,
        is_automatic: kind == Kind::FreeShipping,
        is_limited: false,
        minimum_quantity: None,
        starts_at: txn.now(),
        ends_at: None,
        max_uses: None,
        max_uses_per_customer: ppm.map(|_| 1),
        used: 0,
        account_tag: None,
        priority: 0,
        is_combinable: true,
        is_active: true,
        version: 1,
        created_at: txn.now(),
        updated_at: txn.now(),
    };
    let discounts = [
        row(welcome, "Welcome", Kind::Percentage, Some(100_000)),
        row(shipping, "Free shipping from 80 EUR", Kind::FreeShipping, None),
    ];
    rows::insert(txn, discounts.map(IntoActiveModel::into_active_model).into()).await?;
    let minimum = discount_amount::Model {
        discount_id: shipping,
        currency: Currency::EUR,
        amount: None,
        minimum: Some(8_000),
    };
    rows::insert(txn, vec![minimum.into_active_model()]).await?;
    let code = discount_code::Model {
        id: DiscountCodeId(txn.random().id(txn.now())),
        discount_id: welcome,
        code: "WELCOME10".to_owned(),
        code_key: code_key("WELCOME10"),
        max_uses: None,
        used: 0,
        created_at: txn.now(),
    };
    rows::insert(txn, vec![code.into_active_model()]).await.map(drop)
}

/// Articles in the cart of the demo customer: SKU and number of pieces.
const CART: [(&str, i32); 2] = [("BRW-GRD-BLK", 1), ("COF-HUE-250", 2)];

/// Inserts the cart of the demo customer.
pub(super) async fn insert_cart(txn: &Txn<'_>, owner: AccountId, email: &str) -> Result<(), Fault> {
    let id = CartId(txn.random().id(txn.now()));
    let address = json!({ "name": "Ada Lovelace", "line1": "Torstr. 1", "city": "Berlin", "postalCode": "10119",
        "country": "DE", "company": null, "line2": null, "subdivision": null, "phone": null });
    let row = rows::cart(id, Some(owner), None, (Some(email.to_owned()), address), (txn.now(), txn.now()));
    rows::insert(txn, vec![row]).await?;
    let skus = CART.map(|(sku, _)| sku);
    let variants = variant::Entity::find().filter(variant::Column::Sku.is_in(skus)).all(txn).await?;
    let products = variants.iter().map(|variant| variant.product_id);
    let products = product::Entity::find().filter(product::Column::Id.is_in(products)).all(txn).await?;
    let prices = variants.iter().map(|variant| variant.id);
    let prices =
        variant_price::Entity::find().filter(variant_price::Column::VariantId.is_in(prices)).all(txn).await?;
    let line = |(position, (sku, quantity)): (i32, (&str, i32))| {
        let variant = variants.iter().find(|variant| variant.sku == sku)?;
        let product = products.iter().find(|product| product.id == variant.product_id)?;
        let price =
            prices.iter().find(|price| (price.variant_id, price.currency) == (variant.id, Currency::EUR))?;
        let article = Article {
            id: variant.id,
            sku: variant.sku.clone(),
            product_name: product.name.clone(),
            variant_name: variant.name.clone(),
            price: price.amount,
        };
        let line = CartLineId(txn.random().id(txn.now()));
        Some(rows::cart_line(line, id, (position, quantity), &article))
    };
    let lines = (0..).zip(CART).map(line).collect::<Option<Vec<_>>>();
    rows::insert(txn, lines.ok_or_else(|| Fault::internal("an article of the demo cart is missing"))?)
        .await?;
    Ok(())
}

//! Export of an account's orders.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{AccountId, order, order_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::{Value, json};

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::{fault::Fault, money::Money},
};

/// Orders of an account. After its deletion they keep their amounts, without personal data.
pub struct OrderHooks;

#[async_trait]
impl AccountHooks for OrderHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["order"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        Ok(vec![("orders", orders(ctx, id).await?.into())])
    }
}

async fn orders(ctx: &OpContext, account: AccountId) -> Result<Vec<Value>, Fault> {
    let db = ctx.db();
    let orders = order::Entity::for_customer(account).order_by_asc(order::Column::Number).all(db).await?;
    let mine = order::Entity::for_customer(account).select_only().column(order::Column::Id).into_query();
    let of_mine = order_line::Entity::find().filter(order_line::Column::OrderId.in_subquery(mine));
    let mut lines: HashMap<_, Vec<_>> = HashMap::new();
    for line in of_mine.order_by_asc(order_line::Column::Id).all(db).await? {
        lines.entry(line.order_id).or_default().push(line);
    }
    let money = |minor, currency| json!({ "amount": Money { minor, currency }.to_string(), "currency": currency.code() });
    Ok(orders
        .into_iter()
        .map(|order| {
            let lines = lines.remove(&order.id).unwrap_or_default();
            let line = |line: &order_line::Model| {
                json!({
                    "sku": line.sku,
                    "product": line.product_name,
                    "variant": line.variant_name,
                    "quantity": line.quantity,
                    "unitPrice": money(line.unit_price_minor, order.currency),
                })
            };
            json!({
                "number": order.number,
                "placedAt": order.placed_at,
                "total": money(order.total_minor, order.currency),
                "lines": lines.iter().map(line).collect::<Vec<_>>(),
            })
        })
        .collect())
}

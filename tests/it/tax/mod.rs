//! Tax: classes, rates at places, settings, exempt customers, and previews of tax.

mod class;
mod exemption;
mod guide;
mod preview;
mod rate;
mod settings;

use entity::{tax_class, tax_rate, tax_settings};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    operations::{TAX_CLASS_CREATE, TAX_RATE_CREATE, TAX_SETTINGS_UPDATE},
    support::{Client, TestApp},
};

const UNKNOWN: &str = "DAAAAAAAAAAAAAAAAAAAAAA";
const A_CATEGORY: &str = "AgAAAAAAAAAAAAAAAAAAAAA";

/// Creates a tax class, and returns its id.
async fn create(client: &Client, name: &str) -> Value {
    client.mutate(TAX_CLASS_CREATE, json!({ "name": name })).await.ok()["taxClass"]["id"].take()
}

async fn classes(app: &TestApp) -> Vec<tax_class::Model> {
    let by_name = tax_class::Entity::find().order_by_asc(tax_class::Column::Name);
    by_name.all(app.services().db.connection()).await.unwrap()
}

async fn rates(app: &TestApp) -> Vec<tax_rate::Model> {
    let by_id = tax_rate::Entity::find().order_by_asc(tax_rate::Column::Id);
    by_id.all(app.services().db.connection()).await.unwrap()
}

async fn settings(app: &TestApp) -> tax_settings::Model {
    let row = tax_settings::Entity::find_by_id(tax_settings::ID);
    row.one(app.services().db.connection()).await.unwrap().unwrap()
}

/// Gives the shop another currency.
async fn add_currency(app: &TestApp, code: &str) {
    let currency = code.parse().unwrap();
    let row = entity::shop_currency::ActiveModel {
        currency: Set(currency),
        position: Set(2),
        ..Default::default()
    };
    row.insert(app.services().db.connection()).await.unwrap();
}

/// The input with the fields of another one.
fn with(mut input: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

async fn change_settings(client: &Client, input: Value) -> Value {
    client.mutate(TAX_SETTINGS_UPDATE, input).await.ok()["settings"].take()
}

/// Creates a rate at a country or a part of it; everywhere else without.
async fn add_rate(
    client: &Client,
    class: &Value,
    place: &str,
    name: &str,
    percentage: &str,
    reason: &str,
) -> Value {
    let part = place.contains('-').then_some(place);
    let country = place.split('-').next().filter(|country| !country.is_empty());
    let input = json!({ "taxClassId": class, "countryCode": country, "subdivisionCode": part, "name": name,
        "percentage": percentage, "reason": reason });
    client.mutate(TAX_RATE_CREATE, input).await.ok()["rate"].take()
}

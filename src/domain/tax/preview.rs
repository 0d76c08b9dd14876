//! Tax of amounts at a destination, as a cart computes it.

use entity::{Currency, Permission, TaxClassId, account_tax, tax_class};
use sea_orm::{EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{TaxTable, rate::subdivision_alone, table};
use crate::domain::{
    address::Place,
    context::OpContext,
    kernel::{
        money::Money,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Rejected},
    },
    pricing::{self, Basket, Line, Totals},
};

/// Maximum number of items.
const MAX_ITEMS: usize = 100;

/// Maximum number of pieces of one item.
const MAX_QUANTITY: u32 = 9_999;

operation_error! {
    validated
    /// Why no preview was computed.
    pub enum TaxPreviewError {}
}

/// What a preview is asked for.
#[derive(Clone, Debug)]
pub struct TaxPreviewRequest {
    /// `None` for the shop's place.
    pub country_code: Option<String>,
    pub subdivision_code: Option<String>,
    pub currency: Currency,
    pub exemption: Option<account_tax::Reason>,
    pub items: Vec<PreviewItem>,
}

/// Pieces with the same price.
#[derive(Clone, Debug)]
pub struct PreviewItem {
    /// `None` for the default class.
    pub tax_class: Option<TaxClassId>,
    /// Price of one piece, a decimal number.
    pub price: String,
    pub quantity: i32,
}

/// Amounts with their tax.
#[derive(Clone, Debug)]
pub struct TaxPreview {
    pub taxes: TaxTable,
    pub currency: Currency,
    pub totals: Totals,
}

/// Computes the tax of amounts at a destination.
#[tracing::instrument(name = "tax::tax_preview", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_preview(ctx: &OpContext, request: TaxPreviewRequest) -> Result<TaxPreview, TaxPreviewError> {
    ctx.require(Permission::SettingsEdit).await?;
    if !(1..=MAX_ITEMS).contains(&request.items.len()) {
        let message = format!("Give 1 to {MAX_ITEMS} items.");
        return Err(InvalidField::new("items", FieldProblem::OutOfRange, message).into());
    }
    let destination = destination(&request)?;
    let prices = request.items.iter().enumerate().map(|(index, item)| {
        amounts(item, request.currency).map_err(|invalid| invalid.in_item("items", index))
    });
    let prices = prices.collect::<Result<Vec<_>, _>>()?;
    let taxes = table(ctx.db(), destination.as_ref()).await?;
    if taxes.includes_tax(request.currency).is_none() {
        let message = format!("{} is none of the shop's currencies.", request.currency);
        return Err(InvalidField::new("currency", FieldProblem::UnknownValue, message).into());
    }
    check_classes(ctx, &request.items).await?;
    let line = |(index, (item, (unit_price, quantity))): (u128, (&PreviewItem, (i64, u32)))| Line {
        id: Uuid::from_u128(index),
        quantity,
        unit_price,
        tax: taxes.taxation_of(item.tax_class, request.currency, request.exemption),
    };
    let lines = (0..).zip(request.items.iter().zip(prices)).map(line).collect();
    let basket = Basket { lines, shipping: None, discounts: Vec::new(), rounding: taxes.rounding() };
    let totals = pricing::totals(&basket).map_err(|error| {
        let message = format!("The amounts are too large: {error}.");
        InvalidField::new("items", FieldProblem::OutOfRange, message)
    })?;
    Ok(TaxPreview { taxes, currency: request.currency, totals })
}

fn destination(request: &TaxPreviewRequest) -> Result<Option<Place>, InvalidField> {
    let part = request.subdivision_code.as_deref().filter(|code| !code.trim().is_empty());
    match (request.country_code.as_deref(), part) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(subdivision_alone()),
        (Some(country), part) => Place::of_fields(country, part).map(Some),
    }
}

/// Price of one piece in minor units, and number of pieces.
fn amounts(item: &PreviewItem, currency: Currency) -> Result<(i64, u32), InvalidField> {
    let price = Money::of_field("price", &item.price, currency)?.minor;
    let quantity = u32::try_from(item.quantity).ok().filter(|quantity| (1..=MAX_QUANTITY).contains(quantity));
    let quantity = quantity.ok_or_else(|| {
        let message = format!("The quantity must be between 1 and {MAX_QUANTITY}.");
        InvalidField::new("quantity", FieldProblem::OutOfRange, message)
    })?;
    Ok((price, quantity))
}

/// Finds an item with a tax class that does not exist.
async fn check_classes(ctx: &OpContext, items: &[PreviewItem]) -> Result<(), Rejected> {
    let ids: Vec<_> = items.iter().filter_map(|item| item.tax_class).map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let chosen = ctx.services().db.any_of(tax_class::Column::Id, ids);
    let classes = tax_class::Entity::find().filter(chosen).all(ctx.db()).await?;
    let is_unknown = |id: &TaxClassId| !classes.iter().any(|class| class.id == *id);
    match items.iter().position(|item| item.tax_class.as_ref().is_some_and(is_unknown)) {
        None => Ok(()),
        Some(index) => {
            let message = "There is no tax class with this id.";
            let invalid = InvalidField::new("tax_class_id", FieldProblem::UnknownValue, message);
            Err(invalid.in_item("items", index).into())
        }
    }
}

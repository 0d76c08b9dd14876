//! Rates of tax classes at places: reading, creating, changing and deleting them.
//!
//! All changes of a class's rates lock the row of the class, so that those at one place together stay within 100 percent.

use std::collections::HashMap;

use entity::{
    Permission, TaxClassId, TaxRateId,
    tax_rate::{self, Reason},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait,
};
use serde_json::{Value, json};

use super::class;
use crate::domain::{
    address::{Country, ELSEWHERE, Place},
    audit::AuditEntry,
    context::{OpContext, Txn},
    database::{Listing, SortKind},
    kernel::{
        fault::Fault,
        global_id::{GlobalId, enum_name},
        operation_error::operation_error,
        patch::set,
        percentage::{Percentage, PercentageError},
        text::{FieldProblem, InvalidField, Line},
    },
};

/// Maximum number of rates of a class at one place.
const MAX_RATES: usize = 20;

operation_error! {
    validated
    /// Why a rate was not created.
    pub enum TaxRateCreateError {}
}

operation_error! {
    validated
    /// Why a rate was not changed.
    pub enum TaxRateUpdateError {
        /// There is no such rate.
        #[error("There is no tax rate with this id.")]
        NotFound(TaxRateId),
        /// The rate was changed since the version that was named: this is the present one.
        #[error("The rate was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<tax_rate::Model>),
    }
}

operation_error! {
    /// Why a rate was not deleted.
    pub enum TaxRateDeleteError {
        /// There is no such rate.
        #[error("There is no tax rate with this id.")]
        NotFound(TaxRateId),
    }
}

/// A new rate.
#[derive(Clone, Debug)]
pub struct NewTaxRate {
    pub tax_class: TaxClassId,
    /// `None` for everywhere else.
    pub country_code: Option<String>,
    pub subdivision_code: Option<String>,
    pub name: String,
    pub percentage: String,
    pub reason: Reason,
}

/// A change of a rate; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct TaxRateChange {
    /// The version that the change was made from.
    pub version: Option<i32>,
    pub name: Option<String>,
    pub percentage: Option<String>,
    pub reason: Option<Reason>,
}

/// Conditions on rates; all that are given must hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct TaxRateFilter {
    pub tax_class: Option<TaxClassId>,
    /// Rates of the country and of its parts.
    pub country: Option<&'static Country>,
}

/// Rates by place, those of everywhere else first; at one place the oldest first.
#[tracing::instrument(name = "tax::tax_rates", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_rates(ctx: &OpContext, filter: TaxRateFilter) -> Result<Listing<tax_rate::Entity>, Fault> {
    use tax_rate::Column::{Place, TaxClassId};
    ctx.require(Permission::SettingsEdit).await?;
    let query = tax_rate::Entity::find()
        .apply_if(filter.tax_class, |query, class| query.filter(TaxClassId.eq(class)))
        .apply_if(filter.country, |query, country| {
            let parts = Place.starts_with(format!("{}-", country.code));
            query.filter(Condition::any().add(Place.eq(country.code)).add(parts))
        });
    Ok(Listing::new("tax_rate.place", query, Place, SortKind::Text))
}

/// Those of the rates with these ids that the viewer sees, in one statement; without the permission none, and without a
/// statement.
#[tracing::instrument(name = "tax::tax_rates_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_rates_by_ids(
    ctx: &OpContext,
    ids: &[TaxRateId],
) -> Result<HashMap<TaxRateId, tax_rate::Model>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(tax_rate::Column::Id, ids.iter().map(|id| id.0));
    let rates = tax_rate::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(rates.into_iter().map(|rate| (rate.id, rate)).collect())
}

/// Creates a rate.
#[tracing::instrument(name = "tax::tax_rate_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_rate_create(
    ctx: &OpContext,
    input: NewTaxRate,
) -> Result<tax_rate::Model, TaxRateCreateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let rate = tax_rate::Model {
        id: TaxRateId(ctx.random().id(ctx.now())),
        tax_class_id: input.tax_class,
        place: place(input.country_code.as_deref(), input.subdivision_code.as_deref())?,
        name: parse_name(&input.name)?,
        ppm: parse_percentage(&input.percentage)?,
        reason: parse_reason(input.reason)?,
        version: 1,
    };
    check_reason(&rate)?;
    ctx.write(|txn| create_in_txn(txn, &rate).scope_boxed()).await
}

async fn create_in_txn(txn: &Txn<'_>, rate: &tax_rate::Model) -> Result<tax_rate::Model, TaxRateCreateError> {
    class::lock(txn, rate.tax_class_id).await?.ok_or_else(|| {
        let message = "There is no tax class with this id.";
        InvalidField::new("tax_class_id", FieldProblem::UnknownValue, message)
    })?;
    let others = at_place(txn, rate).await?;
    if others.len() >= MAX_RATES {
        let message = format!("A tax class has at most {MAX_RATES} rates at one place.");
        return Err(InvalidField::new("tax_class_id", FieldProblem::OutOfRange, message).into());
    }
    check_beside(rate, &others)?;
    let created = rate.clone().into_active_model().reset_all().insert(txn).await?;
    let entry = AuditEntry::new("taxRateCreate").about("TaxRate", rate.id);
    txn.audit(entry.change(Value::Null, audit_json(rate))).await?;
    Ok(created)
}

/// Changes name, percentage and reason of a rate. Its class and its place stay.
#[tracing::instrument(name = "tax::tax_rate_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_rate_update(
    ctx: &OpContext,
    id: TaxRateId,
    change: TaxRateChange,
) -> Result<tax_rate::Model, TaxRateUpdateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let name = change.name.as_deref().map(parse_name).transpose()?;
    let ppm = change.percentage.as_deref().map(parse_percentage).transpose()?;
    let reason = change.reason.map(parse_reason).transpose()?;
    let apply = |rate: &mut tax_rate::Model| {
        set(&mut rate.name, name.clone());
        set(&mut rate.ppm, ppm);
        set(&mut rate.reason, reason);
    };
    ctx.write(|txn| update_in_txn(txn, id, change.version, &apply).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: TaxRateId,
    version: Option<i32>,
    apply: &(dyn Fn(&mut tax_rate::Model) + Sync),
) -> Result<tax_rate::Model, TaxRateUpdateError> {
    let (before, others) = lock(txn, id).await?.ok_or(TaxRateUpdateError::NotFound(id))?;
    if version.is_some_and(|version| version != before.version) {
        return Err(TaxRateUpdateError::Conflict(Box::new(before)));
    }
    let mut after = before.clone();
    apply(&mut after);
    if after == before {
        return Ok(before);
    }
    check_reason(&after)?;
    check_beside(&after, &others)?;
    after.version += 1;
    let row = after.clone().into_active_model().reset_all();
    let rate = row.update(txn).await?;
    let entry = AuditEntry::new("taxRateUpdate").about("TaxRate", id);
    txn.audit(entry.difference(audit_json(&before), audit_json(&rate))).await?;
    Ok(rate)
}

/// Deletes a rate.
#[tracing::instrument(name = "tax::tax_rate_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_rate_delete(ctx: &OpContext, id: TaxRateId) -> Result<(), TaxRateDeleteError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: TaxRateId) -> Result<(), TaxRateDeleteError> {
    let (rate, _) = lock(txn, id).await?.ok_or(TaxRateDeleteError::NotFound(id))?;
    tax_rate::Entity::delete_by_id(id).exec(txn).await?;
    let entry = AuditEntry::new("taxRateDelete").about("TaxRate", id);
    Ok(txn.audit(entry.change(audit_json(&rate), Value::Null)).await?)
}

/// A rate, and the others of its class at its place. All of them stay as they are until the end of the transaction.
async fn lock(
    txn: &Txn<'_>,
    id: TaxRateId,
) -> Result<Option<(tax_rate::Model, Vec<tax_rate::Model>)>, DbErr> {
    let Some(found) = tax_rate::Entity::find_by_id(id).one(txn).await? else { return Ok(None) };
    class::lock(txn, found.tax_class_id).await?;
    // Another transaction may have changed or deleted it before the lock.
    let (own, others): (Vec<_>, _) = at_place(txn, &found).await?.into_iter().partition(|rate| rate.id == id);
    Ok(own.into_iter().next().map(|rate| (rate, others)))
}

/// All rates of the class of `rate` at its place.
async fn at_place(txn: &Txn<'_>, rate: &tax_rate::Model) -> Result<Vec<tax_rate::Model>, DbErr> {
    use tax_rate::Column::{Place, TaxClassId};
    let of_class = tax_rate::Entity::find().filter(TaxClassId.eq(rate.tax_class_id));
    of_class.filter(Place.eq(&*rate.place)).all(txn).await
}

/// The key of a place; without a country it is everywhere else.
fn place(country: Option<&str>, subdivision: Option<&str>) -> Result<String, InvalidField> {
    match (country, subdivision.filter(|code| !code.trim().is_empty())) {
        (None, None) => Ok(ELSEWHERE.to_owned()),
        (None, Some(_)) => Err(subdivision_alone()),
        (Some(country), part) => Ok(Place::of_fields(country, part)?.key().to_owned()),
    }
}

pub(super) fn subdivision_alone() -> InvalidField {
    let message = "A subdivision needs its country. Give `countryCode`, too.";
    InvalidField::new("subdivision_code", FieldProblem::Inconsistent, message)
}

fn parse_name(name: &str) -> Result<String, InvalidField> {
    Line::<1, 100>::of_field("name", name).map(String::from)
}

fn parse_percentage(text: &str) -> Result<i32, InvalidField> {
    let problem = |error: PercentageError| match error {
        PercentageError::OutOfRange => FieldProblem::OutOfRange,
        PercentageError::Malformed | PercentageError::TooPrecise => FieldProblem::InvalidFormat,
    };
    let parsed: Result<Percentage, _> = text.parse();
    let percentage = parsed.map_err(|error| {
        let message = format!(
            "The percentage must be between 0 and 100 with at most four decimal digits; this is {error}."
        );
        InvalidField::new("percentage", problem(error), message)
    })?;
    Ok(percentage.ppm().try_into().unwrap_or(i32::MAX))
}

fn parse_reason(reason: Reason) -> Result<Reason, InvalidField> {
    match reason {
        Reason::ReverseCharge => {
            let message = "No rate has the reason REVERSE_CHARGE: it is one of customers, see `customerTaxExemptionSet`.";
            Err(InvalidField::new("reason", FieldProblem::Inconsistent, message))
        }
        reason => Ok(reason),
    }
}

/// Whether percentage and reason of a rate fit together.
fn check_reason(rate: &tax_rate::Model) -> Result<(), InvalidField> {
    let name = enum_name(&rate.reason);
    let message = match (rate.reason, rate.ppm) {
        (Reason::Standard | Reason::Reduced, 0) => format!("A rate with the reason {name} is above 0."),
        (Reason::Zero | Reason::Exempt | Reason::Export, 1..) => {
            format!("A rate with the reason {name} is 0.")
        }
        _ => return Ok(()),
    };
    Err(InvalidField::new("percentage", FieldProblem::Inconsistent, message))
}

/// Whether a rate fits to the others of its class at its place.
fn check_beside(rate: &tax_rate::Model, others: &[tax_rate::Model]) -> Result<(), InvalidField> {
    let invalid = |field, problem, message: &str| Err(InvalidField::new(field, problem, message));
    if others.iter().any(|other| other.name == rate.name) {
        let message = "The tax class has a rate with this name at this place already. Choose another name.";
        return invalid("name", FieldProblem::Taken, message);
    }
    let is_export = |rate: &tax_rate::Model| rate.reason == Reason::Export;
    if !others.is_empty() && (is_export(rate) || others.iter().any(is_export)) {
        let message = "A rate with the reason EXPORT is the only one of its class at its place.";
        return invalid("reason", FieldProblem::Inconsistent, message);
    }
    let sum: i32 = others.iter().map(|other| other.ppm).sum();
    if sum.saturating_add(rate.ppm).unsigned_abs() > Percentage::WHOLE {
        let message = "The rates of a tax class at one place are together at most 100 percent.";
        return invalid("percentage", FieldProblem::OutOfRange, message);
    }
    Ok(())
}

fn audit_json(rate: &tax_rate::Model) -> Value {
    json!({
        "taxClass": rate.tax_class_id.global_id(),
        "place": rate.place,
        "name": rate.name,
        "percentage": Percentage::of_ppm(rate.ppm.unsigned_abs()).to_string(),
        "reason": enum_name(&rate.reason),
    })
}

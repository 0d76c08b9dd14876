//! Exemptions of customers from tax.

use std::collections::HashMap;

use entity::{
    AccountId, Permission,
    account::{self as account_row, Kind},
    account_tax::{self, Reason},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, QueryTrait,
};
use serde_json::{Value, json};

use super::tax_id;
use crate::domain::{
    account,
    audit::AuditEntry,
    context::{OpContext, Txn},
    identity::Viewer,
    kernel::{
        fault::Fault,
        global_id::enum_name,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField},
    },
};

operation_error! {
    validated
    /// Why an exemption was not set.
    pub enum CustomerTaxExemptionSetError {
        /// The viewer sees no such customer.
        #[error("There is no customer with this id.")]
        NotFound(AccountId),
    }
}

/// Reason for an exemption, and the customer's tax id.
type Exemption = (Reason, Option<String>);

/// Exemptions of each of these accounts that the viewer may see, in one statement: of its own, and of customers with
/// [`Permission::CustomersView`].
#[tracing::instrument(name = "tax::exemptions_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn exemptions_of(
    ctx: &OpContext,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, account_tax::Model>, Fault> {
    use account_tax::Column::AccountId;
    let any_of = |accounts: &mut dyn Iterator<Item = &entity::AccountId>| {
        let keys: Vec<_> = accounts.map(|id| id.0).collect();
        ctx.services().db.any_of(AccountId, keys)
    };
    let mut visible = Condition::any().add(any_of(&mut accounts.iter().filter(|id| ctx.is_own(**id))));
    if ctx.viewer().await?.permissions().has(Permission::CustomersView) {
        let customers = account_row::Entity::find().select_only().column(account_row::Column::Id);
        let customers = customers.filter(account_row::Column::Kind.eq(Kind::Customer)).into_query();
        visible = visible.add(AccountId.in_subquery(customers));
    }
    let exemptions = account_tax::Entity::find().filter(any_of(&mut accounts.iter())).filter(visible);
    Ok(exemptions.all(ctx.db()).await?.into_iter().map(|row| (row.account_id, row)).collect())
}

/// Exempts a customer from tax, or with no reason ends the exemption.
#[tracing::instrument(
    name = "tax::customer_tax_exemption_set",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn customer_tax_exemption_set(
    ctx: &OpContext,
    id: AccountId,
    reason: Option<Reason>,
    tax_id: Option<&str>,
) -> Result<account_row::Model, CustomerTaxExemptionSetError> {
    let viewer = ctx.require(Permission::CustomersEdit).await?;
    let exemption = validated(reason, tax_id)?;
    ctx.write(|txn| set_in_txn(txn, &viewer, id, exemption.as_ref()).scope_boxed()).await
}

fn validated(reason: Option<Reason>, tax_id: Option<&str>) -> Result<Option<Exemption>, InvalidField> {
    let tax_id = tax_id::parse(tax_id)?;
    let invalid = |problem, message| Err(InvalidField::new("tax_id", problem, message));
    match (reason, tax_id) {
        (None, None) => Ok(None),
        (None, Some(_)) => {
            invalid(FieldProblem::Inconsistent, "A tax id belongs to an exemption. Give its `reason`, too.")
        }
        (Some(Reason::ReverseCharge), None) => {
            invalid(FieldProblem::Required, "REVERSE_CHARGE needs the customer's tax id.")
        }
        (Some(reason), tax_id) => Ok(Some((reason, tax_id))),
    }
}

async fn set_in_txn(
    txn: &Txn<'_>,
    viewer: &Viewer,
    id: AccountId,
    exemption: Option<&Exemption>,
) -> Result<account_row::Model, CustomerTaxExemptionSetError> {
    let is_found = |row: &account_row::Model| row.kind == Kind::Customer && account::is_visible(viewer, row);
    let customer = account::lock(txn, id).await?.filter(is_found);
    let customer = customer.ok_or(CustomerTaxExemptionSetError::NotFound(id))?;
    let before = account_tax::Entity::find_by_id(id).one(txn).await?;
    let present = before.clone().map(|row| (row.reason, row.tax_id));
    if present.as_ref() == exemption {
        return Ok(customer);
    }
    match (before, exemption) {
        (Some(row), Some((reason, tax_id))) => {
            let mut row = row.into_active_model();
            (row.reason, row.tax_id) = (Set(*reason), Set(tax_id.clone()));
            row.update(txn).await?;
        }
        (None, Some((reason, tax_id))) => {
            let row = account_tax::ActiveModel {
                account_id: Set(id),
                reason: Set(*reason),
                tax_id: Set(tax_id.clone()),
            };
            row.insert(txn).await?;
        }
        (Some(_), None) => {
            account_tax::Entity::delete_by_id(id).exec(txn).await?;
        }
        (None, None) => {}
    }
    let entry = AuditEntry::new("customerTaxExemptionSet").about("Account", id);
    txn.audit(entry.change(audit_json(present.as_ref(), exemption), audit_json(exemption, present.as_ref())))
        .await?;
    Ok(customer)
}

/// An exemption for the audit log, without the tax id, which stays personal data: whether it differs from `other`'s.
fn audit_json(exemption: Option<&Exemption>, other: Option<&Exemption>) -> Value {
    let Some((reason, tax_id)) = exemption else { return Value::Null };
    let is_changed = other.is_some_and(|other| other.1 != *tax_id);
    let tax_id = tax_id.as_ref().map(|_| if is_changed { "changed" } else { "set" });
    json!({ "reason": enum_name(reason), "taxId": tax_id })
}

//! Codes of discounts: adding, generating and deleting them.

use std::collections::HashSet;

use entity::{
    DiscountCodeId, DiscountId, Permission, discount,
    discount_code::{self, Column},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use serde_json::{Value, json};

use super::{aggregate::lock, fields::USES};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        fault::Fault,
        field::{in_range, within},
        operation_error::operation_error,
        ports::Random,
        text::{FieldProblem, InvalidField, Line, Rejected},
    },
    product::name_key,
};

/// Maximum number of codes that are added at once.
const MAX_ADDED: usize = 100;

/// Maximum number of codes that are generated at once.
const MAX_GENERATED: i32 = 1_000;

/// Random characters of a generated code, and the least that cannot be guessed.
const LENGTHS: std::ops::RangeInclusive<i32> = 8..=24;

/// Letters and digits that are not taken for each other: a power of two of them.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

operation_error! {
    validated
    /// Why codes were not added.
    pub enum CodesAddError {
        /// There is no such discount.
        #[error("There is no discount with this id.")]
        NotFound(DiscountId),
    }
}

operation_error! {
    validated
    /// Why codes were not generated.
    pub enum CodesGenerateError {
        /// There is no such discount.
        #[error("There is no discount with this id.")]
        NotFound(DiscountId),
    }
}

operation_error! {
    /// Why a code was not deleted.
    pub enum CodeDeleteError {
        /// There is no such code.
        #[error("There is no code with this id.")]
        NotFound(DiscountCodeId),
        /// There are orders with it.
        #[error("The code was used in orders.")]
        InUse,
    }
}

/// A code to add.
#[derive(Clone, Debug)]
pub struct NewCode {
    pub code: String,
    pub max_uses: Option<i32>,
}

/// Codes to generate.
#[derive(Clone, Debug)]
pub struct NewCodes {
    pub count: i32,
    /// Text before the random characters; may be empty.
    pub prefix: String,
    /// Number of random characters.
    pub length: i32,
    /// Of each code.
    pub max_uses: Option<i32>,
}

/// A code as codes are compared: without marks, in upper case.
pub fn code_key(code: &str) -> String {
    name_key(code.trim()).to_uppercase()
}

/// Adds codes to a discount: all of them, or none.
#[tracing::instrument(name = "discount::codes_add", level = "debug", skip_all, err(level = "debug"))]
pub async fn codes_add(
    ctx: &OpContext,
    discount: DiscountId,
    codes: &[NewCode],
) -> Result<Vec<discount_code::Model>, CodesAddError> {
    ctx.require(Permission::DiscountsEdit).await?;
    if !(1..=MAX_ADDED).contains(&codes.len()) {
        let message = format!("Give 1 to {MAX_ADDED} codes.");
        return Err(InvalidField::new("codes", FieldProblem::OutOfRange, message).into());
    }
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(codes.len());
    for (index, new) in codes.iter().enumerate() {
        let row = new.parse(ctx, discount).map_err(|invalid| invalid.in_item("codes", index))?;
        if !seen.insert(row.code_key.clone()) {
            let invalid = InvalidField::new("code", FieldProblem::Taken, "The list has this code twice.");
            return Err(invalid.in_item("codes", index).into());
        }
        rows.push(row);
    }
    ctx.write(|txn| add_in_txn(txn, discount, &rows).scope_boxed()).await
}

async fn add_in_txn(
    txn: &Txn<'_>,
    id: DiscountId,
    rows: &[discount_code::Model],
) -> Result<Vec<discount_code::Model>, CodesAddError> {
    let discount = lock(txn, id).await?.ok_or(CodesAddError::NotFound(id))?;
    check_takes_codes(&discount)?;
    if let Some(index) = insert(txn, rows).await?.iter().position(|is_new| !is_new) {
        let message = "There is such a code already. Choose another one.";
        let invalid = InvalidField::new("code", FieldProblem::Taken, message);
        return Err(invalid.in_item("codes", index).into());
    }
    let codes: Vec<_> = rows.iter().map(|row| &row.code).collect();
    let entry = AuditEntry::new("discountCodesAdd").about("Discount", id);
    txn.audit(entry.change(Value::Null, json!({ "codes": codes }))).await?;
    Ok(rows.to_vec())
}

/// Inserts codes, and tells which were new.
async fn insert(txn: &Txn<'_>, rows: &[discount_code::Model]) -> Result<Vec<bool>, Fault> {
    let models = rows.iter().map(|row| row.clone().into_active_model());
    let skip = OnConflict::column(Column::CodeKey).do_nothing().to_owned();
    discount_code::Entity::insert_many(models).on_conflict(skip).exec_without_returning(txn).await?;
    let chosen = txn.services().db.any_of(Column::Id, rows.iter().map(|row| row.id.0));
    let found: Vec<DiscountCodeId> = discount_code::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(chosen)
        .into_tuple()
        .all(txn)
        .await?;
    let found: HashSet<_> = found.into_iter().collect();
    Ok(rows.iter().map(|row| found.contains(&row.id)).collect())
}

impl NewCode {
    fn parse(&self, ctx: &OpContext, discount: DiscountId) -> Result<discount_code::Model, InvalidField> {
        let code = Line::<1, 50>::of_field("code", &self.code)?;
        check_characters("code", code.as_str())?;
        within(USES, "max_uses", Some(self.max_uses))?;
        Ok(row(ctx, discount, String::from(code), self.max_uses))
    }
}

fn row(
    ctx: &OpContext,
    discount_id: DiscountId,
    code: String,
    max_uses: Option<i32>,
) -> discount_code::Model {
    discount_code::Model {
        id: DiscountCodeId(ctx.random().id(ctx.now())),
        discount_id,
        code_key: code_key(&code),
        code,
        max_uses,
        used: 0,
        created_at: ctx.now(),
    }
}

/// Shoppers type codes.
fn check_characters(field: &'static str, text: &str) -> Result<(), InvalidField> {
    if text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
        return Ok(());
    }
    let message = "A code has letters, digits, `-` and `_` only.";
    Err(InvalidField::new(field, FieldProblem::InvalidFormat, message))
}

fn check_takes_codes(discount: &discount::Model) -> Result<(), InvalidField> {
    if !discount.is_automatic {
        return Ok(());
    }
    let message = "An automatic discount has no codes.";
    Err(InvalidField::new("discount_id", FieldProblem::Inconsistent, message))
}

/// Generates random codes of a discount, in one statement.
#[tracing::instrument(name = "discount::codes_generate", level = "debug", skip_all, err(level = "debug"))]
pub async fn codes_generate(
    ctx: &OpContext,
    discount: DiscountId,
    new: NewCodes,
) -> Result<Vec<discount_code::Model>, CodesGenerateError> {
    ctx.require(Permission::DiscountsEdit).await?;
    in_range(1..=MAX_GENERATED, "count", new.count)?;
    in_range(LENGTHS, "length", new.length)?;
    within(USES, "max_uses", Some(new.max_uses))?;
    let prefix = String::from(Line::<0, 20>::of_field("prefix", &new.prefix)?);
    check_characters("prefix", &prefix)?;
    let length = new.length.unsigned_abs() as usize;
    let rows: Vec<_> = (0..new.count)
        .map(|_| row(ctx, discount, format!("{prefix}{}", random_text(ctx.random(), length)), new.max_uses))
        .collect();
    ctx.write(|txn| generate_in_txn(txn, discount, &rows, &prefix).scope_boxed()).await
}

async fn generate_in_txn(
    txn: &Txn<'_>,
    id: DiscountId,
    rows: &[discount_code::Model],
    prefix: &str,
) -> Result<Vec<discount_code::Model>, CodesGenerateError> {
    let discount = lock(txn, id).await?.ok_or(CodesGenerateError::NotFound(id))?;
    check_takes_codes(&discount)?;
    if insert(txn, rows).await?.contains(&false) {
        // One in a million million with the shortest codes.
        let message = "A random code was there already. Try again, or with more characters.";
        return Err(Rejected::from(InvalidField::new("length", FieldProblem::Taken, message)).into());
    }
    let made = json!({ "count": rows.len(), "prefix": prefix });
    let entry = AuditEntry::new("discountCodesGenerate").about("Discount", id);
    txn.audit(entry.change(Value::Null, made)).await?;
    Ok(rows.to_vec())
}

/// Random characters, five bits each.
fn random_text(random: &dyn Random, length: usize) -> String {
    let bytes = random.secret();
    bytes.iter().take(length).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// Deletes a code, unless it was used.
#[tracing::instrument(name = "discount::code_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn code_delete(ctx: &OpContext, id: DiscountCodeId) -> Result<(), CodeDeleteError> {
    ctx.require(Permission::DiscountsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: DiscountCodeId) -> Result<(), CodeDeleteError> {
    let found = discount_code::Entity::find_by_id(id).lock(LockType::Update).one(txn).await?;
    let code = found.ok_or(CodeDeleteError::NotFound(id))?;
    if code.used > 0 {
        return Err(CodeDeleteError::InUse);
    }
    discount_code::Entity::delete_by_id(id).exec(txn).await?;
    let entry = AuditEntry::new("discountCodeDelete").about("Discount", code.discount_id);
    Ok(txn.audit(entry.change(json!({ "code": code.code }), Value::Null)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_key_has_no_case_and_no_marks() {
        assert_eq!(code_key(" Été-10 "), "ETE-10");
        assert_eq!(code_key("straße"), "STRASSE");
    }
}

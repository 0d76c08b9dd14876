//! Changing quantities, and removing lines.

use std::collections::{BTreeMap, HashSet};

use entity::CartLineId;
use scoped_futures::ScopedFutureExt;

use super::{
    Cart, CartKey, ChangeError, LinesError, MAX_PIECES,
    change::{Claim, Locked},
};
use crate::domain::{
    context::{OpContext, Txn},
    kernel::text::{FieldProblem, InvalidField},
};

/// Maximum number of lines of one call: as many as a cart can have after a merge of two.
const MAX_CHANGES: usize = 200;

/// New number of pieces of a line.
#[derive(Clone, Copy, Debug)]
pub struct NewQuantity {
    pub line: CartLineId,
    /// 0 removes the line.
    pub quantity: i32,
}

/// Sets the number of pieces of lines: of all, or of none. Fewer pieces are always possible.
#[tracing::instrument(name = "cart::lines_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn lines_update(
    ctx: &OpContext,
    key: CartKey,
    lines: Vec<NewQuantity>,
) -> Result<Cart, LinesError> {
    check_count("lines", lines.len())?;
    let mut seen = HashSet::new();
    for (index, line) in lines.iter().enumerate() {
        let invalid = |field, problem, message: String| {
            Err(InvalidField::new(field, problem, message).in_item("lines", index))
        };
        if !(0..=MAX_PIECES).contains(&line.quantity) {
            let message = format!("The quantity must be 0 to {MAX_PIECES}.");
            invalid("quantity", FieldProblem::OutOfRange, message)?;
        }
        if !seen.insert(line.line) {
            invalid("id", FieldProblem::Inconsistent, "The line stands in the list twice.".to_owned())?;
        }
    }
    let claim = Claim::new(ctx, key).await?;
    ctx.write(|txn| update_in_txn(txn, &claim, &lines).scope_boxed()).await
}

async fn update_in_txn(txn: &Txn<'_>, claim: &Claim, lines: &[NewQuantity]) -> Result<Cart, LinesError> {
    let mut locked = claim.lock(txn).await?;
    let mut raised = BTreeMap::new();
    for (index, change) in lines.iter().enumerate() {
        let at = find(&locked, change.line).ok_or_else(|| {
            InvalidField::new("id", FieldProblem::UnknownValue, NO_LINE).in_item("lines", index)
        })?;
        let row = &mut locked.cart.lines[at].row;
        if let Some(variant) = row.variant_id.filter(|_| change.quantity > row.quantity) {
            raised.entry(variant).or_insert(index);
        }
        row.quantity = change.quantity;
    }
    let touched: HashSet<_> = lines.iter().map(|change| change.line).collect();
    locked.cart.lines.retain(|line| line.row.quantity > 0);
    locked.check(&raised)?;
    locked.note(|row| touched.contains(&row.id));
    Ok(locked.store(txn).await?)
}

/// Removes lines: all of them, or none.
#[tracing::instrument(name = "cart::lines_remove", level = "debug", skip_all, err(level = "debug"))]
pub async fn lines_remove(
    ctx: &OpContext,
    key: CartKey,
    lines: Vec<CartLineId>,
) -> Result<Cart, ChangeError> {
    check_count("line_ids", lines.len())?;
    let claim = Claim::new(ctx, key).await?;
    ctx.write(|txn| remove_in_txn(txn, &claim, &lines).scope_boxed()).await
}

async fn remove_in_txn(txn: &Txn<'_>, claim: &Claim, lines: &[CartLineId]) -> Result<Cart, ChangeError> {
    let mut locked = claim.lock(txn).await?;
    for (index, line) in lines.iter().enumerate() {
        if find(&locked, *line).is_none() {
            return Err(InvalidField::of_item("line_ids", index, FieldProblem::UnknownValue, NO_LINE).into());
        }
    }
    locked.cart.lines.retain(|line| !lines.contains(&line.row.id));
    Ok(locked.store(txn).await?)
}

const NO_LINE: &str = "The cart has no line with this id.";

fn find(locked: &Locked, id: CartLineId) -> Option<usize> {
    locked.cart.lines.iter().position(|line| line.row.id == id)
}

fn check_count(list: &'static str, count: usize) -> Result<(), InvalidField> {
    if (1..=MAX_CHANGES).contains(&count) {
        return Ok(());
    }
    let message = format!("The list must have 1 to {MAX_CHANGES} lines.");
    Err(InvalidField::new(list, FieldProblem::OutOfRange, message))
}

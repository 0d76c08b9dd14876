//! Adding pieces: to the line of the same variant with the same metadata, or as a line of their own.

use std::collections::{BTreeMap, HashSet};

use entity::{CartLineId, VariantId};
use scoped_futures::ScopedFutureExt;
use serde_json::{Map, Value};

use super::{
    Cart, CartKey, Line, LinesError, MAX_LINES, MAX_PIECES,
    change::{Claim, Locked, Unfit, metadata_key},
    contents::items,
};
use crate::domain::{
    context::{OpContext, Txn},
    kernel::text::{FieldProblem, InvalidField},
    metadata,
};

/// Pieces to add.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub variant: VariantId,
    /// Number of pieces, from 1.
    pub quantity: i32,
    /// An object of strings. Lines with different metadata stay apart.
    pub metadata: Map<String, Value>,
}

/// Adds pieces to a cart: all of them, or none.
#[tracing::instrument(name = "cart::lines_add", level = "debug", skip_all, err(level = "debug"))]
pub async fn lines_add(ctx: &OpContext, key: CartKey, lines: Vec<NewLine>) -> Result<Cart, LinesError> {
    check(&lines, 1)?;
    let claim = Claim::new(ctx, key).await?;
    ctx.write(|txn| add_in_txn(txn, &claim, &lines).scope_boxed()).await
}

async fn add_in_txn(txn: &Txn<'_>, claim: &Claim, lines: &[NewLine]) -> Result<Cart, LinesError> {
    let mut locked = claim.lock(txn).await?;
    add(txn, &mut locked, lines).await?;
    Ok(locked.store(txn).await?)
}

/// Checks what needs no look at the shop.
pub(super) fn check(lines: &[NewLine], min: usize) -> Result<(), InvalidField> {
    if !(min..=MAX_LINES).contains(&lines.len()) {
        let message = format!("The list must have {min} to {MAX_LINES} lines.");
        return Err(InvalidField::new("lines", FieldProblem::OutOfRange, message));
    }
    for (index, line) in lines.iter().enumerate() {
        if !(1..=MAX_PIECES).contains(&line.quantity) {
            let message = format!("The quantity must be 1 to {MAX_PIECES}.");
            return Err(
                InvalidField::new("quantity", FieldProblem::OutOfRange, message).in_item("lines", index)
            );
        }
        metadata::check_new("metadata", &line.metadata).map_err(|invalid| invalid.in_item("lines", index))?;
    }
    Ok(())
}

/// Adds checked lines to a locked cart.
pub(super) async fn add(txn: &Txn<'_>, locked: &mut Locked, lines: &[NewLine]) -> Result<(), Unfit> {
    let variants: Vec<_> = lines.iter().map(|line| line.variant).collect();
    let items = items(txn, &variants, locked.cart.row.currency).await?;
    let (mut wanted, mut touched) = (BTreeMap::new(), HashSet::new());
    for (index, line) in lines.iter().enumerate() {
        let item = items.get(&line.variant).filter(|item| item.is_on_sale()).ok_or_else(|| {
            let message = "There is no variant with this id in the shop.";
            InvalidField::new("variant_id", FieldProblem::UnknownValue, message).in_item("lines", index)
        })?;
        wanted.entry(line.variant).or_insert(index);
        let key = metadata_key(&line.metadata);
        let same = locked.cart.lines.iter_mut().map(|line| &mut line.row);
        let same =
            same.into_iter().find(|row| row.variant_id == Some(line.variant) && row.metadata_key == key);
        if let Some(same) = same {
            same.quantity += line.quantity;
            touched.insert(same.id);
            continue;
        }
        if locked.cart.lines.len() >= MAX_LINES {
            let message = format!("A cart has at most {MAX_LINES} lines. Remove some first.");
            return Err(InvalidField::new("lines", FieldProblem::OutOfRange, message).into());
        }
        let id = CartLineId(txn.random().id(txn.now()));
        touched.insert(id);
        let line = Line::new(id, locked.cart.row.id, item.clone(), line.quantity, &line.metadata);
        locked.cart.push(line);
    }
    locked.check(&wanted)?;
    locked.note(|row| touched.contains(&row.id));
    Ok(())
}

//! Changing a cart: under a lock of its row, with the difference of the lines written at the end.

use std::collections::{BTreeMap, HashMap};

use entity::{CartId, CartLineId, VariantId, cart, cart_line, variant};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};
use serde_json::{Map, Value};

use super::{
    Cart, CartKey, Item, Line, MAX_PIECES, State,
    access::{Right, right},
    contents::lock,
    discount::CodesSetError,
};
use crate::domain::{
    context::{OpContext, Txn},
    kernel::{
        fault::Fault,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Rejected},
    },
    pricing,
};

/// Too few pieces in stock for a line of the input.
#[derive(Clone, Debug)]
pub struct Short {
    /// Place of the line in the input.
    pub index: usize,
    pub variant: variant::Model,
    /// Number of pieces that the cart would have.
    pub requested: i64,
    /// Number of pieces that can be had, less than `requested`.
    pub available: i32,
}

/// A line of the input whose variant has no price in the currency of the cart.
#[derive(Clone, Debug)]
pub struct NotSold {
    /// Place of the line in the input.
    pub index: usize,
    pub variant: variant::Model,
}

operation_error! {
    validated
    /// Why a cart was not changed.
    pub enum ChangeError {
        /// There is no such cart, or the caller has no right to it.
        #[error("There is no cart with this id, or this is not the right token for it.")]
        NotFound(CartId),
        /// The cart was changed since the version that was named: this is the present one.
        #[error("The cart was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<Cart>),
        /// Details that cannot be used, at least one.
        #[error("Some details cannot be used.")]
        InvalidFields(Vec<InvalidField>),
    }
}

operation_error! {
    validated
    /// Why lines were not changed.
    pub enum LinesError {
        /// There is no such cart, or the caller has no right to it.
        #[error("There is no cart with this id, or this is not the right token for it.")]
        NotFound(CartId),
        /// The cart was changed since the version that was named: this is the present one.
        #[error("The cart was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<Cart>),
        /// There are too few pieces of some variants.
        #[error("There is not enough in stock.")]
        InsufficientStock(Vec<Short>),
        /// Some variants have no price in the currency of the cart.
        #[error("The variant is not sold in the currency of the cart.")]
        NotSoldInCurrency(Vec<NotSold>),
    }
}

/// Lines that cannot be as the input has them.
#[derive(Debug)]
pub(super) enum Unfit {
    InsufficientStock(Vec<Short>),
    NotSoldInCurrency(Vec<NotSold>),
    Rejected(Rejected),
}

impl<E: Into<Rejected>> From<E> for Unfit {
    fn from(error: E) -> Self {
        Self::Rejected(error.into())
    }
}

impl From<Unfit> for LinesError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::InsufficientStock(short) => Self::InsufficientStock(short),
            Unfit::NotSoldInCurrency(lines) => Self::NotSoldInCurrency(lines),
            Unfit::Rejected(rejected) => rejected.into(),
        }
    }
}

operation_error! {
    /// Why a cart cannot be changed at all.
    pub enum LockError {
        #[error("not found")]
        NotFound(CartId),
        #[error("changed")]
        Conflict(Box<Cart>),
    }
}

/// Passes the reasons of [`LockError`] on.
macro_rules! from_lock_error {
    ($($error:ty),+) => {$(
        impl From<LockError> for $error {
            fn from(error: LockError) -> Self {
                match error {
                    LockError::NotFound(id) => Self::NotFound(id),
                    LockError::Conflict(cart) => Self::Conflict(cart),
                    LockError::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    )+};
}

from_lock_error!(ChangeError, LinesError, CodesSetError);

/// Request for a cart: its id, the version, and the right to it.
#[derive(Debug)]
pub(super) struct Claim {
    id: CartId,
    expected_version: Option<i32>,
    right: Right,
}

impl Claim {
    pub(super) async fn new(ctx: &OpContext, key: CartKey) -> Result<Self, Fault> {
        let CartKey { id, token, expected_version } = key;
        Ok(Self { id, expected_version, right: right(ctx, token).await? })
    }

    /// The cart, locked until the end of the transaction.
    pub(super) async fn lock(&self, txn: &Txn<'_>) -> Result<Locked, LockError> {
        let found = lock(txn, cart::Column::Id.eq(self.id)).await?;
        let found = found.filter(|found| self.right.covers(&found.row));
        let cart = Cart::read(txn, found.ok_or(LockError::NotFound(self.id))?).await?;
        if self.expected_version.is_some_and(|version| version != cart.row.version) {
            return Err(LockError::Conflict(Box::new(cart)));
        }
        Ok(Locked::new(cart))
    }
}

/// A cart whose row is locked, on its way to the next version.
#[derive(Debug)]
pub(super) struct Locked {
    pub cart: Cart,
    /// The rows of the lines before the change.
    before: HashMap<CartLineId, cart_line::Model>,
}

impl Locked {
    pub(super) fn new(cart: Cart) -> Self {
        let before = cart.lines.iter().map(|line| (line.row.id, line.row.clone())).collect();
        Self { cart, before }
    }

    /// Records that the shopper knows what these lines are like now.
    pub(super) fn note(&mut self, is_noted: impl Fn(&cart_line::Model) -> bool) {
        let states: Vec<State> = self.cart.lines.iter().map(|line| self.cart.state(line)).collect();
        for (line, state) in self.cart.lines.iter_mut().zip(states).filter(|(line, _)| is_noted(&line.row)) {
            line.note(state);
        }
    }

    /// Checks the bounds and the stock of what the input asks for: `wanted` has the place in the input of each variant.
    pub(super) fn check(&self, wanted: &BTreeMap<VariantId, usize>) -> Result<(), Unfit> {
        let (mut short, mut not_sold) = (Vec::new(), Vec::new());
        for (variant, index) in wanted {
            let pieces = self.cart.pieces_of(Some(*variant));
            let line = self.cart.lines.iter().find(|line| line.row.variant_id == Some(*variant));
            let Some(item) = line.and_then(|line| line.item.as_ref()) else { continue };
            check_pieces(item, pieces).map_err(|invalid| invalid.in_item("lines", *index))?;
            let state = item.state(pieces);
            let variant = item.variant.clone();
            match (item.is_on_sale(), state.price, state.available) {
                (false, ..) => {
                    let message = "This variant is no longer sold.";
                    let invalid = InvalidField::new("quantity", FieldProblem::OutOfRange, message);
                    return Err(invalid.in_item("lines", *index).into());
                }
                (_, None, _) => not_sold.push(NotSold { index: *index, variant }),
                (_, _, Some(available)) => {
                    short.push(Short { index: *index, variant, requested: pieces, available });
                }
                _ => {}
            }
        }
        match (not_sold.is_empty(), short.is_empty()) {
            (false, _) => Err(Unfit::NotSoldInCurrency(not_sold)),
            (_, false) => Err(Unfit::InsufficientStock(short)),
            _ => Ok(check_sum(&self.cart)?),
        }
    }

    /// Writes what has changed, with the cart's next version.
    pub(super) async fn store(self, txn: &Txn<'_>) -> Result<Cart, Fault> {
        let Self { mut cart, mut before } = self;
        let mut changed = Vec::new();
        for line in &cart.lines {
            if before.remove(&line.row.id).as_ref() != Some(&line.row) {
                changed.push(line.row.clone().into_active_model().reset_all());
            }
        }
        if !before.is_empty() {
            let removed = before.keys().map(|id| id.0);
            let removed = txn.services().db.any_of(cart_line::Column::Id, removed);
            cart_line::Entity::delete_many().filter(removed).exec(txn).await?;
        }
        if !changed.is_empty() {
            use cart_line::Column::*;
            let columns = OnConflict::column(Id)
                .update_columns([
                    Quantity,
                    Metadata,
                    MetadataKey,
                    PrivateMetadata,
                    SeenProductName,
                    SeenVariantName,
                    SeenSku,
                    SeenPrice,
                    SeenProblem,
                    SeenAvailable,
                ])
                .to_owned();
            cart_line::Entity::insert_many(changed).on_conflict(columns).exec_without_returning(txn).await?;
        }
        cart.row.version += 1;
        cart.row.updated_at = txn.now();
        let row = cart.row.clone().into_active_model().reset_all();
        cart::Entity::update(row).exec(txn).await?;
        Ok(cart)
    }
}

impl Line {
    /// Records that the shopper knows this.
    pub(super) fn note(&mut self, state: State) {
        self.row.seen_price = state.price;
        self.row.seen_problem = state.problem;
        self.row.seen_available = state.available;
        if let Some(item) = &self.item {
            self.row.seen_product_name.clone_from(&item.product.name);
            self.row.seen_variant_name.clone_from(&item.variant.name);
            self.row.seen_sku.clone_from(&item.variant.sku);
        }
    }

    /// A new line. Its state is noted later.
    pub(super) fn new(
        id: CartLineId,
        cart: CartId,
        item: Item,
        quantity: i32,
        metadata: &Map<String, Value>,
    ) -> Self {
        let row = cart_line::Model {
            id,
            cart_id: cart,
            position: 0,
            variant_id: Some(item.variant.id),
            quantity,
            metadata: metadata.clone().into(),
            metadata_key: metadata_key(metadata),
            private_metadata: Map::new().into(),
            seen_product_name: String::new(),
            seen_variant_name: String::new(),
            seen_sku: String::new(),
            seen_price: None,
            seen_problem: None,
            seen_available: None,
        };
        Self { row, item: Some(item) }
    }
}

/// The metadata as a text that is the same for the same entries.
pub(super) fn metadata_key(metadata: &Map<String, Value>) -> String {
    let sorted: BTreeMap<_, _> = metadata.iter().collect();
    serde_json::to_string(&sorted).unwrap_or_default()
}

/// The most pieces that one order may have.
fn check_pieces(item: &Item, pieces: i64) -> Result<(), InvalidField> {
    let max = item.variant.max_per_order.map_or(MAX_PIECES, |max| max.min(MAX_PIECES));
    if pieces <= max.into() {
        return Ok(());
    }
    let message =
        format!("The cart would have {pieces} pieces of this variant. At most {max} can be bought at once.");
    Err(InvalidField::new("quantity", FieldProblem::OutOfRange, message))
}

/// The amounts of a cart are computed up to 10^13 minor units.
fn check_sum(cart: &Cart) -> Result<(), InvalidField> {
    let sum: i128 = cart.lines.iter().filter_map(Line::subtotal).sum();
    if sum <= pricing::MAX_AMOUNT.into() {
        return Ok(());
    }
    let message = "The cart would cost more than can be computed.";
    Err(InvalidField::new("lines", FieldProblem::OutOfRange, message))
}

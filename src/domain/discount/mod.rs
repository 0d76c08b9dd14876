//! Discounts on carts: rules that staff with `DISCOUNTS_EDIT` change, the codes that shoppers enter, and the choice of those
//! that a cart gets.
//!
//! A discount acts on the whole cart, or on products, categories (with those below them) and collections. What it takes off is
//! computed by `pricing`. Which ones act, and in which order, is decided by [`choose`].
//!
//! Locks are taken in this order: a discount, then the products, categories, collections and currencies that it refers to.

mod active;
mod aggregate;
mod choose;
mod code;
mod edit;
mod fields;
mod read;

pub use active::{Candidate, Request, candidates, hits};
pub use choose::{Applied, Choice, Hits, Reason, Rejection, Situation, choose};
pub use code::{
    CodeDeleteError, CodesAddError, CodesGenerateError, NewCode, NewCodes, code_delete, code_key, codes_add,
    codes_generate,
};
pub use edit::{DiscountCreateError, DiscountDeleteError, DiscountUpdateError, create, delete, update};
pub use fields::{DiscountPatch, NewAmount, NewDiscount, Targets};
pub use read::{Filter, amounts_of, by_id, by_ids, codes, codes_by_ids, list, targets_of};

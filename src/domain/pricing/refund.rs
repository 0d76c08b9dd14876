//! Parts of a line that go back.

/// The part of `amount` that belongs to the pieces `from..to` of `quantity`. Whatever the parts in which all pieces go back,
/// they add up to the amount.
pub fn share_of_pieces(amount: i64, quantity: u32, from: u32, to: u32) -> i64 {
    let up_to =
        |pieces: u32| i128::from(amount) * i128::from(pieces.min(quantity)) / i128::from(quantity.max(1));
    (up_to(to) - up_to(from.min(to))).try_into().unwrap_or(i64::MAX)
}

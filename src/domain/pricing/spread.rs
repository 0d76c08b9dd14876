//! Spreading an amount over parts.

use uuid::Uuid;

/// Spreads `amount` over parts in proportion to their weights, by largest remainder; of equal remainders the smaller id gets
/// the unit. Without any weight all parts count alike. The parts add up to the amount, and none is larger than its weight
/// as long as the amount is not larger than all weights together.
pub fn spread(amount: i64, weights: &[(Uuid, i64)]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let weight = |weight: i64| if sum == 0 { 1 } else { i128::from(weight) };
    let whole = if sum == 0 { weights.len() as i128 } else { sum };
    if whole == 0 {
        return Vec::new();
    }
    let exact: Vec<i128> = weights.iter().map(|part| i128::from(amount) * weight(part.1)).collect();
    let mut parts: Vec<i64> =
        exact.iter().map(|exact| (exact / whole).try_into().unwrap_or(i64::MAX)).collect();
    let left = amount - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| (-(exact[*index] % whole), weights[*index].0, *index));
    for index in order.into_iter().take(left.unsigned_abs() as usize) {
        parts[index] += 1;
    }
    parts
}

//! Positions of objects that staff arrange by hand.

/// Distance between neighbours, so that others fit between them and nothing else gets another position.
const STEP: i32 = 1_000;

/// The position behind the last one.
pub fn behind(last: Option<i32>) -> i32 {
    last.map_or(0, |last| last.saturating_add(STEP))
}

/// The positions that change when `moved` come behind `after`, or first, in this order. `rows` are all objects with their
/// positions, in their order; `moved` may be new. Only where the gap is too small, all get new positions.
pub fn place<K: Copy + PartialEq>(rows: &[(K, i32)], moved: &[K], after: Option<K>) -> Vec<(K, i32)> {
    let mut order: Vec<_> = rows.iter().map(|row| row.0).filter(|key| !moved.contains(key)).collect();
    let start = after.and_then(|after| order.iter().position(|key| *key == after)).map_or(0, |at| at + 1);
    let neighbour = |at: Option<usize>| {
        let key = order.get(at?)?;
        rows.iter().find(|row| row.0 == *key).map(|row| i64::from(row.1))
    };
    let free = free(neighbour(start.checked_sub(1)), neighbour(Some(start)), moved.len());
    order.splice(start..start, moved.iter().copied());
    if order.iter().eq(rows.iter().map(|row| &row.0)) {
        return Vec::new();
    }
    let placed: Vec<_> = match free {
        Some(positions) => moved.iter().copied().zip(positions).collect(),
        None => order.into_iter().zip((0..).step_by(STEP as usize)).collect(),
    };
    placed.into_iter().filter(|row| !rows.contains(row)).collect()
}

/// So many positions between two others; `None` if there are too few.
fn free(before: Option<i64>, behind: Option<i64>, count: usize) -> Option<Vec<i32>> {
    let (count, step) = (i64::try_from(count).ok()?, i64::from(STEP));
    let (first, step) = match (before, behind) {
        (Some(before), Some(behind)) => {
            let step = (behind - before) / (count + 1);
            (before + step, step)
        }
        (Some(before), None) => (before + step, step),
        (None, Some(behind)) => (behind - count * step, step),
        (None, None) => (0, step),
    };
    let positions = (0..count).map(|number| i32::try_from(first + number * step).ok());
    if step > 0 { positions.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::subsequence};

    use super::*;

    #[test]
    fn place_leaves_the_others_where_they_are() {
        let rows = [('a', 0), ('b', 1_000), ('c', 2_000)];
        assert_eq!(place(&rows, &['c'], Some('a')), [('c', 500)]);
        assert_eq!(place(&rows, &['c', 'b'], None), [('c', -2_000), ('b', -1_000)]);
        assert_eq!(place(&rows, &['a'], Some('c')), [('a', 3_000)]);
        assert_eq!(place(&rows, &['b'], Some('a')), [], "it is there");
        assert_eq!(place(&rows, &['d'], Some('b')), [('d', 1_500)], "a new one");
        assert_eq!(place(&[], &['a', 'b'], None), [('a', 0), ('b', 1_000)]);
        assert_eq!(behind(Some(i32::MAX)), i32::MAX);
    }

    #[test]
    fn place_numbers_all_where_the_gap_is_too_small() {
        let rows = [('a', 0), ('b', 1), ('c', 1)];
        assert_eq!(place(&rows, &['c'], Some('a')), [('c', 1_000), ('b', 2_000)]);
        let last = [('a', 7), ('b', i32::MAX)];
        assert_eq!(place(&last, &['a'], Some('b')), [('b', 0), ('a', 1_000)]);
    }

    proptest! {
        #[test]
        fn place_gives_the_order_that_was_asked_for(
            gaps in vec(0_i32..3, 0..12),
            moved in subsequence((0_usize..12).collect::<Vec<_>>(), 0..6).prop_shuffle(),
            after in proptest::option::of(0_usize..12),
        ) {
            let at = |end: usize| gaps[..=end].iter().sum::<i32>();
            let rows: Vec<_> = (0..gaps.len()).map(|key| (key, at(key))).collect();
            let known = |key: &usize| *key < rows.len();
            let moved: Vec<_> = moved.into_iter().filter(known).collect();
            let after = after.filter(|after| known(after) && !moved.contains(after));
            let mut expected: Vec<_> = (0..rows.len()).filter(|key| !moved.contains(key)).collect();
            let start = after.map_or(0, |after| expected.iter().position(|key| *key == after).unwrap() + 1);
            expected.splice(start..start, moved.iter().copied());

            let changes = place(&rows, &moved, after);
            let position = |key: usize| {
                changes.iter().chain(&rows).find(|row| row.0 == key).unwrap().1
            };
            let mut order: Vec<_> = (0..rows.len()).collect();
            order.sort_by_key(|key| (position(*key), *key));
            prop_assert_eq!(order, expected);
        }
    }
}

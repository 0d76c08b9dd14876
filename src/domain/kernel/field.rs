//! Checks of input fields that forms have in common: bounds of numbers and lists, tags, amounts by currency. Each error names
//! the field, see [`InvalidField`].

use std::{collections::HashSet, ops::RangeInclusive};

use entity::Currency;

use super::{
    patch::Patch,
    text::{FieldProblem, InvalidField, Line},
};

/// Checks that a number is in a range.
pub fn in_range(range: RangeInclusive<i32>, field: &'static str, number: i32) -> Result<(), InvalidField> {
    if range.contains(&number) {
        return Ok(());
    }
    let message = format!("The number must be between {} and {}.", range.start(), range.end());
    Err(InvalidField::new(field, FieldProblem::OutOfRange, message))
}

/// The same for a change of a number; clearing it is allowed.
pub fn within(
    range: RangeInclusive<i32>,
    field: &'static str,
    value: Patch<i32>,
) -> Result<Patch<i32>, InvalidField> {
    if let Some(Some(number)) = value {
        in_range(range, field, number)?;
    }
    Ok(value)
}

/// Checks the length of a list of `items`, like "prices".
pub fn at_most<T>(max: usize, field: &'static str, items: &str, list: &[T]) -> Result<(), InvalidField> {
    if list.len() <= max {
        return Ok(());
    }
    Err(InvalidField::new(field, FieldProblem::OutOfRange, format!("Give at most {max} {items}.")))
}

/// At most `max` tags of 1 to 50 characters, sorted and without repetitions.
pub fn tags(max: usize, field: &'static str, tags: &[String]) -> Result<Vec<String>, InvalidField> {
    at_most(max, field, "tags", tags)?;
    let tag = |(index, tag): (usize, &String)| {
        let line = Line::<1, 50>::of_field("tag", tag).map(String::from);
        line.map_err(|invalid| invalid.in_field("").in_item(field, index))
    };
    let mut tags: Vec<_> = tags.iter().enumerate().map(tag).collect::<Result<_, _>>()?;
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

/// Parses a list of `items` ("prices", which is also the name of the field), at most one in each currency.
pub fn by_currency<T, M>(
    max: usize,
    items: &'static str,
    list: &[T],
    currency: impl Fn(&T) -> Currency,
    parse: impl Fn(&T) -> Result<M, InvalidField>,
) -> Result<Vec<M>, InvalidField> {
    at_most(max, items, items, list)?;
    let mut seen = HashSet::new();
    let item = |(index, item): (usize, &T)| {
        let currency = currency(item);
        let parsed = if seen.insert(currency) {
            parse(item)
        } else {
            let message = format!("There are two {items} in {currency}.");
            Err(InvalidField::new("currency", FieldProblem::Inconsistent, message))
        };
        parsed.map_err(|invalid| invalid.in_item(items, index))
    };
    list.iter().enumerate().map(item).collect()
}

//! Cost of an operation before its variables are known.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;

use crate::{
    domain::kernel::page::MAX_PAGE,
    graphql::engine::type_system::{ListSize, TypeSystem},
};

/// Number of introspection fields that cost one point: they read no database.
const INTROSPECTION_DISCOUNT: usize = 10;

/// Constant points, and those of lists whose size depends on variables.
#[derive(Debug, Default)]
pub(super) struct Plan {
    fixed: usize,
    lists: Vec<List>,
}

/// Selection of a list.
#[derive(Debug)]
struct List {
    /// Variables of the size with their defaults; the first that has a value applies.
    sizes: Vec<Size>,
    assumed: usize,
    each: Plan,
}

#[derive(Debug)]
enum Size {
    Known(usize),
    Variable { name: Name, default: Option<usize> },
}

impl Plan {
    /// Plan of a valid operation within the limits.
    pub(super) fn new(
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        root: &str,
        types: &TypeSystem,
    ) -> Self {
        let defaults = operation.variable_definitions.iter().map(|definition| {
            let default = definition.node.default_value.as_ref().and_then(|value| size(&value.node));
            (&definition.node.name.node, default)
        });
        Planning { document, types, defaults: defaults.collect() }.of_set(&operation.selection_set.node, root)
    }

    /// Points with these variables; saturates.
    pub(super) fn cost(&self, variables: &Variables) -> usize {
        let of_list = |list: &List| {
            let size = list.sizes.iter().find_map(|size| size.resolve(variables)).unwrap_or(list.assumed);
            list.each.cost(variables).saturating_mul(size)
        };
        self.lists.iter().map(of_list).fold(self.fixed, usize::saturating_add)
    }

    fn add(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.lists.extend(other.lists);
    }
}

impl Size {
    fn resolve(&self, variables: &Variables) -> Option<usize> {
        match self {
            Self::Known(size) => Some(*size),
            Self::Variable { name, default } => match variables.get(name) {
                Some(value) => size(value),
                None => *default,
            },
        }
    }
}

/// Size from a value: a number, at least 1 and at most a page (others are rejected later), or the length of a list.
fn size(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => Some(number.as_i64()?.clamp(1, MAX_PAGE.into()) as usize),
        Value::List(items) => Some(items.len().max(1)),
        _ => None,
    }
}

struct Planning<'d> {
    document: &'d ExecutableDocument,
    types: &'d TypeSystem,
    defaults: HashMap<&'d Name, Option<usize>>,
}

impl Planning<'_> {
    fn of_set(&self, set: &SelectionSet, parent: &str) -> Plan {
        let mut plan = Plan::default();
        for item in &set.items {
            plan.add(match &item.node {
                Selection::Field(field) => self.of_field(field, parent),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.of_set(&inline.node.selection_set.node, on)
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) else {
                        continue;
                    };
                    let on = fragment.node.type_condition.node.on.node.as_str();
                    self.of_set(&fragment.node.selection_set.node, on)
                }
            });
        }
        plan
    }

    fn of_field(&self, field: &Positioned<Field>, parent: &str) -> Plan {
        let name = field.node.name.node.as_str();
        let Some(definition) = self.types.field(parent, name) else {
            return Plan { fixed: 1, lists: vec![] };
        };
        let inner = self.of_set(&field.node.selection_set.node, definition.named());
        if matches!(name, "__schema" | "__type") {
            let fixed = 1 + inner.cost(&Variables::default()) / INTROSPECTION_DISCOUNT;
            return Plan { fixed, lists: vec![] };
        }
        let mut plan = match &definition.list {
            None => inner,
            Some(list) => self.of_list(&field.node, list, inner),
        };
        plan.fixed = plan.fixed.saturating_add(definition.weight);
        plan
    }

    fn of_list(&self, field: &Field, list: &ListSize, each: Plan) -> Plan {
        let sizes = list.arguments.iter().filter_map(|argument| {
            Some(match &field.get_argument(argument)?.node {
                Literal::Variable(name) => {
                    let default = self.defaults.get(name).copied().flatten();
                    Size::Variable { name: name.clone(), default }
                }
                Literal::List(items) => Size::Known(items.len().max(1)),
                literal => Size::Known(size(&literal.clone().into_const()?)?),
            })
        });
        let sizes: Vec<_> = sizes.collect();
        if !each.lists.is_empty() || sizes.iter().any(|size| matches!(size, Size::Variable { .. })) {
            return Plan { fixed: 0, lists: vec![List { sizes, assumed: list.assumed, each }] };
        }
        let size = sizes.first().and_then(|size| size.resolve(&Variables::default())).unwrap_or(list.assumed);
        Plan { fixed: each.fixed.saturating_mul(size), lists: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "
        type Query {
          one: Thing
          many(first: Int, last: Int): [Thing] @cost(weight: 10) @listSize(assumedSize: 20, slicingArguments: [\"first\", \"last\"])
          by(ids: [ID!]!): [Thing] @listSize(assumedSize: 1, slicingArguments: [\"ids\"])
          some: [Thing] @listSize(assumedSize: 3)
        }
        type Thing { id: ID some: [Thing] @listSize(assumedSize: 3) many(first: Int): [Thing] @listSize(assumedSize: 20, slicingArguments: [\"first\"]) }
    ";

    fn cost(query: &str, variables: serde_json::Value) -> usize {
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let types = TypeSystem::parse(SCHEMA).unwrap();
        Plan::new(&document, &operation.node, "Query", &types).cost(&Variables::from_json(variables))
    }

    #[test]
    fn lists_multiply_what_is_selected_in_them() {
        for (query, points) in [
            ("{ one { id } }", 2),
            ("{ one { id some { id } } }", 1 + 1 + 1 + 3),
            ("{ many { id } }", 10 + 20),
            ("{ many(first: 5) { id some { id } } }", 10 + 5 * (1 + 1 + 3)),
            ("{ many(last: 2) { id } }", 10 + 2),
            ("{ many(first: null, last: 2) { id } }", 10 + 2),
            ("{ many(first: -1) { id } }", 10 + 1),
            ("{ many(first: 1000000) { id } }", 10 + 100),
            ("{ by(ids: [1, 2, 3]) { id } }", 1 + 3),
            ("{ some { ...F ...F } } fragment F on Thing { id ... { id } }", 1 + 3 * 4),
            ("{ nothing { of { this } } }", 1),
        ] {
            assert_eq!(cost(query, json!({})), points, "{query}");
        }
    }

    #[test]
    fn variables_give_sizes_and_their_defaults_too() {
        let query = "query($n: Int = 7, $l: Int) { many(first: $n, last: $l) { id many(first: $l) { id } } }";
        assert_eq!(cost(query, json!({})), 10 + 7 * (1 + 1 + 20));
        assert_eq!(cost(query, json!({ "n": 2, "l": 3 })), 10 + 2 * (1 + 1 + 3));
        assert_eq!(cost(query, json!({ "n": null, "l": 3 })), 10 + 3 * (1 + 1 + 3));
        let query = "query($ids: [ID!]!) { by(ids: $ids) { id } }";
        assert_eq!(cost(query, json!({ "ids": vec!["x"; 5_000] })), 1 + 5_000);
    }

    #[test]
    fn what_cannot_be_counted_is_the_largest_number() {
        let query = format!("{{ {} id {} }}", "some { ".repeat(50), "}".repeat(50));
        assert_eq!(cost(&query, json!({})), usize::MAX);
    }

    #[test]
    fn introspection_costs_a_tenth() {
        assert_eq!(cost("{ __schema { types { name } } }", json!({})), 1 + 81 / 10);
        assert_eq!(cost("{ __type(name: \"Q\") { kind name } }", json!({})), 1);
    }
}

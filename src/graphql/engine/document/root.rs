//! Merges the root fields of an operation ([GraphQL, 6.3.2](https://spec.graphql.org/draft/#sec-Field-Collection)).
//!
//! async-graphql 8.0.0-rc.5 executes a field once for each selection under one response name and merges the results.
//! For reads within objects that is only slow. A mutation must not run twice, and async-graphql does not find the field
//! of a subscription in a fragment, so root fields are collected here.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError, Value, Variables,
    indexmap::IndexMap,
    parser::types::{
        Directive, Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::Value as Literal;

use crate::graphql::kit::error::{code, request_error};

/// Whether the root has anything other than fields of different names.
pub(super) fn is_plain(operation: &OperationDefinition) -> bool {
    let mut keys = HashSet::new();
    operation.ty != OperationType::Subscription
        && operation.selection_set.node.items.iter().all(|item| match &item.node {
            Selection::Field(field) => keys.insert(field.node.response_key().node.as_str()),
            _ => false,
        })
}

/// The operation with merged root fields.
pub(super) fn collect(
    operation: &OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &Variables,
) -> Result<OperationDefinition, ServerError> {
    let mut collecting = Collecting { fragments, variables, fields: IndexMap::new() };
    collecting.add_set(&operation.selection_set.node);
    let fields = collecting.fields;
    if operation.ty == OperationType::Subscription {
        check_subscription(&fields)?;
    }
    let mut collected = operation.clone();
    collected.selection_set.node.items = fields
        .into_values()
        .map(|field| Positioned::new(Selection::Field(field.clone()), field.pos))
        .collect();
    Ok(collected)
}

/// A subscription has one root field ([5.2.4.1](https://spec.graphql.org/draft/#sec-Single-Root-Field)).
fn check_subscription(fields: &IndexMap<Name, Positioned<Field>>) -> Result<(), ServerError> {
    let is_introspection = |field: &Positioned<Field>| field.node.name.node.starts_with("__");
    if fields.len() == 1 && !fields.values().any(is_introspection) {
        return Ok(());
    }
    let message = "A subscription has exactly one field at its root, and none of introspection.";
    Err(request_error(code::GRAPHQL_VALIDATION_FAILED, message))
}

struct Collecting<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'d Variables,
    fields: IndexMap<Name, Positioned<Field>>,
}

impl Collecting<'_> {
    /// Fragments at the root are on the root type, after validation.
    fn add_set(&mut self, set: &SelectionSet) {
        for item in &set.items {
            if self.is_skipped(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => self.add(field),
                Selection::InlineFragment(inline) => self.add_set(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.add_set(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// Fields of one name are the same field, after validation.
    fn add(&mut self, field: &Positioned<Field>) {
        let key = field.node.response_key().node.clone();
        let Some(first) = self.fields.get_mut(&key) else {
            self.fields.insert(key, field.clone());
            return;
        };
        first.node.selection_set.node.items.extend(field.node.selection_set.node.items.iter().cloned());
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| match directive.node.name.node.as_str() {
            "skip" => self.condition(&directive.node),
            "include" => !self.condition(&directive.node),
            _ => false,
        })
    }

    fn condition(&self, directive: &Directive) -> bool {
        match directive.get_argument("if").map(|value| &value.node) {
            Some(Literal::Boolean(value)) => *value,
            Some(Literal::Variable(name)) => self.variables.get(name) == Some(&Value::Boolean(true)),
            _ => false,
        }
    }
}

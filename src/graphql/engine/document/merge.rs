//! Checks that fields with the same response name can be merged ([GraphQL,
//! 5.3.2](https://spec.graphql.org/draft/#sec-Field-Selection-Merging)). async-graphql 8.0.0-rc.5 compares only those
//! of one selection set, and returns one of them if they differ in nested fields.
//!
//! The specification compares all pairs of fields. Here all fields of one name are compared with the first, and then
//! their subfields together: the same result, in time linear in the operation with its fragments expanded
//! ([how](https://tech.new-work.se/graphql-overlapping-fields-can-be-merged-fast-ea6e92e0a01)).

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, ServerError,
    indexmap::IndexMap,
    parser::types::{
        BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
    },
};
use async_graphql_value::Value as Literal;

use crate::graphql::{
    engine::type_system::{Field as Definition, TypeSystem},
    kit::error::invalid,
};

/// Rejects an operation in which different fields have the same response name. It must match the schema otherwise.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    root: &str,
    types: &TypeSystem,
) -> Result<(), ServerError> {
    let merging = Merging { document, types };
    let fields = merging.collect([(root, &operation.selection_set.node)]);
    merging.check_shapes(&fields)?;
    merging.check_parents(&fields)
}

/// A field with the type that it is selected on.
#[derive(Clone, Copy)]
struct Selected<'d> {
    parent: &'d str,
    field: &'d Positioned<Field>,
    definition: &'d Definition,
}

type Groups<'d> = IndexMap<&'d str, Vec<Selected<'d>>>;

struct Merging<'d> {
    document: &'d ExecutableDocument,
    types: &'d TypeSystem,
}

impl<'d> Merging<'d> {
    fn collect(&self, sets: impl IntoIterator<Item = (&'d str, &'d SelectionSet)>) -> Groups<'d> {
        let mut groups = Groups::new();
        for (parent, set) in sets {
            self.collect_set(parent, set, &mut groups);
        }
        groups
    }

    fn collect_set(&self, parent: &'d str, set: &'d SelectionSet, groups: &mut Groups<'d>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let Some(definition) = self.types.field(parent, &field.node.name.node) else { continue };
                    let selected = Selected { parent, field, definition };
                    groups.entry(field.node.response_key().node.as_str()).or_default().push(selected);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.collect_set(on, &inline.node.selection_set.node, groups);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.collect_set(on, &fragment.node.selection_set.node, groups);
                    }
                }
            }
        }
    }

    /// Subfields of all these fields.
    fn inner(&self, fields: &[Selected<'d>]) -> Groups<'d> {
        self.collect(
            fields.iter().map(|selected| {
                (selected.definition.named().as_str(), &selected.field.node.selection_set.node)
            }),
        )
    }

    /// A response name has one shape, whatever the type of the object is (`SameResponseShape`).
    fn check_shapes(&self, groups: &Groups<'d>) -> Result<(), ServerError> {
        for (key, fields) in groups {
            let first = fields[0];
            if let Some(other) =
                fields.iter().find(|other| !self.is_same_shape(&first.definition.ty, &other.definition.ty))
            {
                return Err(conflict(key, "they have different types", first, *other));
            }
            if fields.len() > 1 || !first.field.node.selection_set.node.items.is_empty() {
                self.check_shapes(&self.inner(fields))?;
            }
        }
        Ok(())
    }

    fn is_same_shape(&self, one: &Type, other: &Type) -> bool {
        one.nullable == other.nullable
            && match (&one.base, &other.base) {
                (BaseType::List(one), BaseType::List(other)) => self.is_same_shape(one, other),
                (BaseType::Named(one), BaseType::Named(other)) => {
                    one == other || self.types.is_composite(one) && self.types.is_composite(other)
                }
                _ => false,
            }
    }

    /// Fields that can occur in one object are the same field with the same arguments (`FieldsInSetCanMerge`). They can
    /// unless they are selected on different object types.
    fn check_parents(&self, groups: &Groups<'d>) -> Result<(), ServerError> {
        for (key, fields) in groups {
            for fields in self.that_meet(fields) {
                let first = fields[0];
                if let Some(other) =
                    fields.iter().find(|field| !is_same(&first.field.node, &field.field.node))
                {
                    return Err(conflict(key, "they differ", first, *other));
                }
                self.check_parents(&self.inner(&fields))?;
            }
        }
        Ok(())
    }

    fn that_meet(&self, fields: &[Selected<'d>]) -> Vec<Vec<Selected<'d>>> {
        let (objects, others): (Vec<Selected<'d>>, Vec<_>) =
            fields.iter().copied().partition(|field| self.types.is_object(field.parent));
        let mut by_object = IndexMap::<&str, Vec<_>>::new();
        for field in objects {
            by_object.entry(field.parent).or_default().push(field);
        }
        if by_object.is_empty() {
            return vec![others];
        }
        by_object.into_values().map(|object| [object, others.clone()].concat()).collect()
    }
}

/// Whether two fields with the same response name are the same.
fn is_same(one: &Field, other: &Field) -> bool {
    let values = |field: &Field| -> HashMap<Name, Literal> {
        field.arguments.iter().map(|(name, value)| (name.node.clone(), value.node.clone())).collect()
    };
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && values(one) == values(other)
}

fn conflict(key: &str, why: &str, first: Selected<'_>, other: Selected<'_>) -> ServerError {
    let message = format!("Fields \"{key}\" conflict: {why}, so one of them needs another alias.");
    invalid(message, [first.field.pos, other.field.pos])
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    const SCHEMA: &str = "
        interface Node { id: ID! }
        type Query { a: A b(x: Int): B node: Node list: [A] }
        type A implements Node { id: ID! name: String own: A n: Int }
        type B implements Node { id: ID! name: String! other: A n: Int! s: String }
    ";

    fn check(query: &str) -> Result<(), String> {
        let document = parse_query(query).unwrap();
        let types = TypeSystem::parse(SCHEMA).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        super::check(&document, &operation.node, "Query", &types).map_err(|error| error.message)
    }

    #[test]
    fn fields_that_ask_for_the_same_are_merged() {
        for query in [
            "{ a { id } a { id name } ...F } fragment F on Query { a { own { id } } }",
            "{ b(x: 1) { id } b(x: 1) { name } }",
            "{ node { ... on A { x: id } ... on B { x: id } id } }",
            "{ node { ... on A { x: own { id } } ... on B { x: other { id n } } } }",
            "{ t: __typename t: __typename a { t: __typename } }",
            "{ node { ... on A { k: name } ... on A { k: name } } }",
        ] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn fields_that_differ_are_refused_however_deep_they_are() {
        for query in [
            "{ x: a { id } x: b { id } }",
            "{ b(x: 1) { id } b(x: 2) { id } }",
            "{ b(x: 1) { id } b { id } }",
            "{ a { x: id } a { x: name } }",
            "{ a { x: id } ... { a { x: own { id } } } }",
            "{ a { own { x: id } } a { own { x: n } } }",
            "{ node { x: id ... on A { x: name } } }",
            "{ node { ... on A { x: name } ... on B { x: name } } }",
            "{ node { ... on A { x: n } ... on B { x: s } } }",
            "{ node { ... on A { x: own { y: n } } ... on B { x: other { y: id } } } }",
            "{ list { ...F } list { x: name } } fragment F on A { x: id }",
            "{ a { x: __typename x: n } }",
        ] {
            assert!(check(query).unwrap_err().contains("conflict"), "{query}");
        }
    }
}

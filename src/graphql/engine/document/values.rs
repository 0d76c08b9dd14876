//! Checks the values and variables that stand in a document
//! ([GraphQL, 5.6.1](https://spec.graphql.org/draft/#sec-Values-of-Correct-Type) and
//! [5.8.5](https://spec.graphql.org/draft/#sec-All-Variable-Usages-Are-Allowed)). async-graphql 8.0.0-rc.5 takes integers
//! of any size, texts for enums, and variables of any type wherever they stand.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError, Value, Variables,
    parser::types::{
        BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
        VariableDefinition,
    },
};
use async_graphql_value::Value as Literal;

use crate::graphql::{
    engine::{
        type_system::{Definition, InputField, TypeSystem},
        variables,
    },
    kit::error::{code, request_error},
};

/// Refuses an operation with an argument that is not of its type. `samples` stand for the operation's variables.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    root: &str,
    types: &TypeSystem,
    samples: &Variables,
) -> Result<(), ServerError> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let definitions = definitions.map(|definition| (&definition.name.node, definition)).collect();
    let mut checking = Checking { document, types, samples, definitions, seen: HashSet::new() };
    for definition in &operation.variable_definitions {
        if let Some(default) = &definition.node.default_value {
            let literal = default.clone().map(Literal::from);
            let what = format!("variable `${}`", definition.node.name.node);
            checking.literal(&what, &definition.node.var_type.node, &literal)?;
        }
    }
    checking.directives(&operation.directives)?;
    checking.set(&operation.selection_set.node, root)
}

struct Checking<'d> {
    document: &'d ExecutableDocument,
    types: &'d TypeSystem,
    samples: &'d Variables,
    definitions: HashMap<&'d Name, &'d VariableDefinition>,
    /// Fragments that have been checked, or are about to be.
    seen: HashSet<&'d str>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Location<'d> {
    ty: &'d Type,
    has_default: bool,
    is_one_of: bool,
}

impl<'d> Location<'d> {
    fn of(input: &'d InputField) -> Self {
        Self { ty: &input.ty, has_default: input.has_default, is_one_of: false }
    }
}

impl<'d> Checking<'d> {
    fn set(&mut self, set: &'d SelectionSet, parent: &str) -> Result<(), ServerError> {
        for item in &set.items {
            self.directives(item.node.directives())?;
            match &item.node {
                Selection::Field(field) => self.field(&field.node, parent)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, on)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.seen.insert(name)
                    {
                        self.directives(&fragment.node.directives)?;
                        let on = &fragment.node.type_condition.node.on.node;
                        self.set(&fragment.node.selection_set.node, on)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'d Field, parent: &str) -> Result<(), ServerError> {
        let Some(definition) = self.types.field(parent, &field.name.node) else { return Ok(()) };
        self.arguments(&field.name.node, &field.arguments, &definition.arguments)?;
        self.set(&field.selection_set.node, definition.named())
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> Result<(), ServerError> {
        for directive in directives {
            let Directive { name, arguments } = &directive.node;
            if let Some(definitions) = self.types.directive(&name.node) {
                self.arguments(&format!("@{}", name.node), arguments, definitions)?;
            }
        }
        Ok(())
    }

    fn arguments(
        &self,
        of: &str,
        arguments: &[(Positioned<Name>, Positioned<Literal>)],
        definitions: &HashMap<Name, InputField>,
    ) -> Result<(), ServerError> {
        for (name, value) in arguments {
            if let Some(definition) = definitions.get(&name.node) {
                let what = format!("argument `{}` of `{of}`", name.node);
                self.literal(&what, &definition.ty, value)?;
                self.usages(&value.node, Location::of(definition), value)?;
            }
        }
        Ok(())
    }

    fn literal(&self, what: &str, ty: &Type, literal: &Positioned<Literal>) -> Result<(), ServerError> {
        // A variable by itself is no value of the document.
        if matches!(literal.node, Literal::Variable(_)) {
            return Ok(());
        }
        let sample = |name: Name| self.samples.get(&name).cloned().ok_or(());
        let Ok(value) = literal.node.clone().into_const_with(sample) else { return Ok(()) };
        match variables::literal_mismatch(&value, ty, self.types) {
            None => Ok(()),
            Some(mismatch) => Err(invalid(format!("The {what}, of type `{ty}`, {mismatch}."), literal)),
        }
    }

    /// Checks all variables within a value.
    fn usages(
        &self,
        value: &Literal,
        place: Location<'_>,
        argument: &Positioned<Literal>,
    ) -> Result<(), ServerError> {
        match (value, &place.ty.base) {
            (Literal::Variable(name), _) => self.usage(name, place, argument),
            (Literal::List(items), BaseType::List(ty)) => {
                let place = Location { ty, has_default: false, is_one_of: false };
                items.iter().try_for_each(|item| self.usages(item, place, argument))
            }
            (value, BaseType::List(ty)) => {
                self.usages(value, Location { ty, has_default: false, is_one_of: false }, argument)
            }
            (Literal::Object(fields), BaseType::Named(name)) => {
                let Some(Definition::Input(input)) = self.types.get(name) else { return Ok(()) };
                fields.iter().try_for_each(|(name, value)| match input.fields.get(name) {
                    Some(field) => {
                        let place = Location { is_one_of: input.is_one_of, ..Location::of(field) };
                        self.usages(value, place, argument)
                    }
                    None => Ok(()),
                })
            }
            _ => Ok(()),
        }
    }

    /// `IsVariableUsageAllowed`.
    fn usage(
        &self,
        name: &Name,
        place: Location<'_>,
        argument: &Positioned<Literal>,
    ) -> Result<(), ServerError> {
        let Some(definition) = self.definitions.get(name) else { return Ok(()) };
        let (ty, location) = (&definition.var_type.node, place.ty);
        let default = definition.default_value.as_ref().map(|value| &value.node);
        let has_value = place.has_default || default.is_some_and(|default| *default != Value::Null);
        let is_allowed = if place.is_one_of && ty.nullable {
            false
        } else if !location.nullable && ty.nullable {
            has_value && is_compatible(ty, &Type { nullable: true, ..location.clone() })
        } else {
            is_compatible(ty, location)
        };
        if is_allowed {
            return Ok(());
        }
        let must = if place.is_one_of { "must not be null" } else { "is of another type" };
        let message = format!(
            "The variable `${name}`, of type `{ty}`, stands where `{location}` is expected, and {must}."
        );
        Err(invalid(message, argument))
    }
}

/// `AreTypesCompatible`.
fn is_compatible(variable: &Type, location: &Type) -> bool {
    (location.nullable || !variable.nullable)
        && match (&variable.base, &location.base) {
            (BaseType::List(variable), BaseType::List(location)) => is_compatible(variable, location),
            (BaseType::Named(variable), BaseType::Named(location)) => variable == location,
            _ => false,
        }
}

fn invalid(message: String, at: &Positioned<Literal>) -> ServerError {
    let error = request_error(code::GRAPHQL_VALIDATION_FAILED, message);
    ServerError { locations: vec![at.pos], ..error }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    const SCHEMA: &str = "
        directive @skip(if: Boolean!) on FIELD
        input In { need: Int! may: Int = 1 list: [Int!] }
        input One @oneOf { a: Int b: String }
        enum E { A B }
        type Query { f(int: Int, need: Int!, def: Int! = 1, list: [Int!], in: In, one: One, e: E): Int }
    ";

    fn check(query: &str) -> Result<(), String> {
        let document = parse_query(query).unwrap();
        let types = TypeSystem::parse(SCHEMA).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let mut samples = Variables::default();
        for definition in &operation.node.variable_definitions {
            let sample = variables::sample(&definition.node.var_type.node, &types);
            samples.insert(definition.node.name.node.clone(), sample);
        }
        super::check(&document, &operation.node, "Query", &types, &samples).map_err(|error| error.message)
    }

    #[test]
    fn variables_stand_where_their_type_may() {
        for query in [
            "query($x: Int) { f(int: $x) }",
            "query($x: Int!) { f(int: $x, need: $x) }",
            "query($x: Int = 1) { f(need: $x) }",
            "query($x: Int) { f(def: $x) }",
            "query($x: [Int!]) { f(list: $x) }",
            "query($x: [Int!]!) { f(list: $x) }",
            "query($x: Int!) { f(list: [$x]) }",
            "query($x: Int!, $y: Int) { f(in: { need: $x, may: $y }) }",
            "query($x: Int!) { f(one: { a: $x }) }",
            "query($x: Boolean!) { f @skip(if: $x) }",
            "query($x: Boolean = false) { f @skip(if: $x) }",
            "query($x: E) { f(e: $x) ...F } fragment F on Query { f(e: $x) }",
        ] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn variables_of_another_type_are_refused() {
        for query in [
            "query($x: String) { f(int: $x) }",
            "query($x: Int) { f(need: $x) }",
            "query($x: Int = null) { f(need: $x) }",
            "query($x: [Int]) { f(list: $x) }",
            "query($x: [String!]) { f(list: $x) }",
            "query($x: Int) { f(list: [$x]) }",
            "query($x: Int!) { f(list: $x) }",
            "query($x: Int) { f(in: { need: $x }) }",
            "query($x: Int) { f(one: { a: $x }) }",
            "query($x: Boolean) { f @skip(if: $x) }",
            "query($x: Int!) { f @skip(if: $x) }",
            "query($x: Int) { ...F } fragment F on Query { ... { f(need: $x) } }",
        ] {
            assert!(check(query).unwrap_err().contains("stands where"), "{query}");
        }
    }

    #[test]
    fn values_of_another_type_are_refused() {
        for query in [
            "{ f(int: 3000000000) }",
            "{ f(int: \"1\") }",
            "{ f(e: \"A\") }",
            "{ f(e: C) }",
            "{ f(list: [null]) }",
            "{ f(in: { need: null }) }",
            "{ f(in: { need: 1, other: 2 }) }",
            "{ f(one: { a: 1, b: \"x\" }) }",
            "{ f @skip(if: 1) }",
            "query($x: Int = \"a\") { f(int: $x) }",
        ] {
            assert!(check(query).is_err(), "{query}");
        }
        assert_eq!(check("{ f(int: 1, e: A, list: 1, in: { need: 1 }) }"), Ok(()));
    }
}

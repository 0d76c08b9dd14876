//! Checks directives, arguments, values and variables of a document ([GraphQL, 5.4 to
//! 5.8](https://spec.graphql.org/draft/#sec-Validation.Arguments)). async-graphql 8.0.0-rc.5 accepts integers of any
//! size, strings for enums, and variables of any type in any position, and does not check `__typename` or directives of
//! variables.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Pos, Positioned, ServerError, Value, Variables,
    parser::types::{
        BaseType, Directive, DirectiveLocation, ExecutableDocument, Field, OperationDefinition,
        OperationType, Selection, SelectionSet, Type, VariableDefinition,
    },
};
use async_graphql_value::Value as Literal;

use super::{root_type, samples};
use crate::graphql::{
    engine::{
        type_system::{Definition, InputField, TypeSystem},
        variables,
    },
    kit::error::{code, invalid, request_error},
};

/// Rejects an operation with an argument that does not match its type.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    types: &TypeSystem,
) -> Result<(), ServerError> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let definitions = definitions.map(|definition| (&definition.name.node, definition)).collect();
    let samples = samples(operation, types);
    let mut checking = Checking { document, types, samples, definitions, seen: HashSet::new() };
    for definition in &operation.variable_definitions {
        checking.directives(&definition.node.directives, DirectiveLocation::VariableDefinition)?;
        if let Some(default) = &definition.node.default_value {
            let literal = default.clone().map(Literal::from);
            let what = format!("variable `${}`", definition.node.name.node);
            checking.literal(&what, &definition.node.var_type.node, &literal)?;
        }
    }
    let location = match operation.ty {
        OperationType::Query => DirectiveLocation::Query,
        OperationType::Mutation => DirectiveLocation::Mutation,
        OperationType::Subscription => DirectiveLocation::Subscription,
    };
    checking.directives(&operation.directives, location)?;
    checking.set(&operation.selection_set.node, root_type(operation.ty))
}

struct Checking<'d> {
    document: &'d ExecutableDocument,
    types: &'d TypeSystem,
    /// Values in place of variables.
    samples: Variables,
    definitions: HashMap<&'d Name, &'d VariableDefinition>,
    /// Fragments that have been checked, or are scheduled.
    seen: HashSet<&'d str>,
}

/// Position of a value.
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
            let directives = item.node.directives();
            match &item.node {
                Selection::Field(field) => {
                    self.directives(directives, DirectiveLocation::Field)?;
                    self.field(field, parent)?;
                }
                Selection::InlineFragment(inline) => {
                    self.directives(directives, DirectiveLocation::InlineFragment)?;
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, on)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(directives, DirectiveLocation::FragmentSpread)?;
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.seen.insert(name)
                    {
                        self.directives(&fragment.node.directives, DirectiveLocation::FragmentDefinition)?;
                        let on = &fragment.node.type_condition.node.on.node;
                        self.set(&fragment.node.selection_set.node, on)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'d Positioned<Field>, parent: &str) -> Result<(), ServerError> {
        let Field { name, arguments, selection_set, .. } = &field.node;
        let Some(definition) = self.types.field(parent, &name.node) else { return Ok(()) };
        self.arguments(&name.node, arguments, &definition.arguments, field.pos)?;
        let is_composite = self.types.is_composite(definition.named());
        if !is_composite && !selection_set.node.items.is_empty() {
            let message =
                format!("The field `{}` has no fields to select: it is a `{}`.", name.node, definition.ty);
            return Err(invalid(message, [selection_set.pos]));
        }
        self.set(&selection_set.node, definition.named())
    }

    fn directives(
        &self,
        directives: &[Positioned<Directive>],
        location: DirectiveLocation,
    ) -> Result<(), ServerError> {
        let mut names = HashSet::new();
        for directive in directives {
            let Directive { name, arguments } = &directive.node;
            let problem = match self.types.directive(&name.node) {
                None => "is unknown",
                Some(definition) if !definition.locations.contains(&location) => "cannot stand here",
                Some(_) if !names.insert(&name.node) => "stands here twice",
                Some(definition) => {
                    self.arguments(
                        &format!("@{}", name.node),
                        arguments,
                        &definition.arguments,
                        directive.pos,
                    )?;
                    continue;
                }
            };
            return Err(invalid(format!("The directive `@{}` {problem}.", name.node), [directive.pos]));
        }
        Ok(())
    }

    fn arguments(
        &self,
        of: &str,
        arguments: &[(Positioned<Name>, Positioned<Literal>)],
        definitions: &HashMap<Name, InputField>,
        at: Pos,
    ) -> Result<(), ServerError> {
        for (name, value) in arguments {
            let Some(definition) = definitions.get(&name.node) else {
                return Err(invalid(format!("`{of}` has no argument `{}`.", name.node), [name.pos]));
            };
            let what = format!("argument `{}` of `{of}`", name.node);
            self.literal(&what, &definition.ty, value)?;
            self.usages(&value.node, Location::of(definition), value)?;
        }
        let is_given = |name: &Name| arguments.iter().any(|(given, _)| given.node == *name);
        let is_needed = |definition: &InputField| !definition.ty.nullable && !definition.has_default;
        match definitions.iter().find(|(name, definition)| is_needed(definition) && !is_given(name)) {
            Some((name, _)) => Err(invalid(format!("`{of}` needs the argument `{name}`."), [at])),
            None => Ok(()),
        }
    }

    /// Checks a value with a sample in place of each variable.
    fn literal(&self, what: &str, ty: &Type, literal: &Positioned<Literal>) -> Result<(), ServerError> {
        // A variable alone has no value in the document.
        if matches!(literal.node, Literal::Variable(_)) {
            return Ok(());
        }
        let sample = |name: Name| self.samples.get(&name).cloned().ok_or(());
        let Ok(value) = literal.node.clone().into_const_with(sample) else { return Ok(()) };
        if variables::holds_nul(&value) {
            let error = request_error(code::BAD_USER_INPUT, format!("The {what} contains a NUL character."));
            return Err(ServerError { locations: vec![literal.pos], ..error });
        }
        match variables::literal_mismatch(&value, ty, self.types) {
            None => Ok(()),
            Some(mismatch) => Err(invalid(format!("The {what}, of type `{ty}`, {mismatch}."), [literal.pos])),
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
        Err(invalid(message, [argument.pos]))
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

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    const SCHEMA: &str = "
        directive @skip(if: Boolean!) on FIELD
        input In { need: Int! may: Int = 1 list: [Int!] }
        input One @oneOf { a: Int b: String }
        enum E { A B }
        type Query { g(need: Int!): Int f(int: Int, def: Int! = 1, list: [Int!], in: In, one: One, e: E): Int }
    ";

    fn check(query: &str) -> Result<(), String> {
        let document = parse_query(query).unwrap();
        let types = TypeSystem::parse(SCHEMA).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        super::check(&document, &operation.node, &types).map_err(|error| error.message)
    }

    #[test]
    fn variables_stand_where_their_type_may() {
        for query in [
            "query($x: Int) { f(int: $x) }",
            "query($x: Int!) { f(int: $x) g(need: $x) }",
            "query($x: Int = 1) { g(need: $x) }",
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
            "query($x: Int) { g(need: $x) }",
            "query($x: Int = null) { g(need: $x) }",
            "query($x: [Int]) { f(list: $x) }",
            "query($x: [String!]) { f(list: $x) }",
            "query($x: Int) { f(list: [$x]) }",
            "query($x: Int!) { f(list: $x) }",
            "query($x: Int) { f(in: { need: $x }) }",
            "query($x: Int) { f(one: { a: $x }) }",
            "query($x: Boolean) { f @skip(if: $x) }",
            "query($x: Int!) { f @skip(if: $x) }",
            "query($x: Int) { ...F } fragment F on Query { ... { g(need: $x) } }",
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

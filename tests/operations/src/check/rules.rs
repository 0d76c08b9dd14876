//! The rules of GraphQL for operations that tests break by mistake: known names, fitting values, selections down to
//! leaves. Directives are refused; what else the specification asks for, the server checks when a test runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql_parser::{Pos, Positioned, types::*};
use async_graphql_value::{Name, Value};

/// The types of a schema, by name.
pub(super) type Types = HashMap<Name, TypeDefinition>;

/// Arguments, or the fields of an input object.
type Inputs = [Positioned<InputValueDefinition>];

/// Fragments by name, each with the path of its file.
pub(super) type Fragments<'a> = BTreeMap<&'a str, (&'a str, &'a Positioned<FragmentDefinition>)>;

/// The check of one operation after the other.
pub(super) struct Validator<'a> {
    types: &'a Types,
    fragments: &'a Fragments<'a>,
    pub(super) errors: Vec<String>,
    /// The file of the definition that is being checked.
    path: &'a str,
    /// The variables of the operation, and whether they are used.
    variables: BTreeMap<&'a str, (&'a VariableDefinition, bool)>,
    used_fragments: Vec<&'a str>,
}

/// The type of this name, if it has fields to select.
fn composite<'a>(types: &'a Types, name: &str) -> Option<&'a TypeDefinition> {
    use TypeKind::{Interface, Object, Union};
    types.get(name).filter(|found| matches!(found.kind, Object(_) | Interface(_) | Union(_)))
}

/// The objects that a type may be.
fn objects<'a>(types: &'a Types, of: &'a TypeDefinition) -> BTreeSet<&'a Name> {
    let is_of = |(_, found): &(&Name, &TypeDefinition)| match &found.kind {
        TypeKind::Object(object) => object.implements.iter().any(|it| it.node == of.name.node),
        _ => false,
    };
    match &of.kind {
        TypeKind::Union(union) => union.members.iter().map(|member| &member.node).collect(),
        TypeKind::Interface(_) => types.iter().filter(is_of).map(|(name, _)| name).collect(),
        _ => BTreeSet::from([&of.name.node]),
    }
}

/// Whether a value, neither null nor a variable, is one of a scalar or an enum.
fn is_leaf_value(types: &Types, name: &str, value: &Value) -> bool {
    match (name, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|it| i32::try_from(it).is_ok()),
        ("ID", Value::Number(number)) => number.is_i64(),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => true,
        ("String" | "ID", Value::String(_)) => true,
        _ => match (types.get(name).map(|found| &found.kind), value) {
            (Some(TypeKind::Enum(known)), Value::Enum(value)) => {
                known.values.iter().any(|known| known.node.value.node == *value)
            }
            (kind, _) => matches!(kind, Some(TypeKind::Scalar)),
        },
    }
}

impl<'a> Validator<'a> {
    pub(super) fn new(types: &'a Types, fragments: &'a Fragments<'a>) -> Self {
        let (errors, path, variables, used_fragments) = Default::default();
        Self { types, fragments, errors, path, variables, used_fragments }
    }

    /// Records an error once, also when several operations use the fragment that has it.
    pub(super) fn error(&mut self, pos: Pos, message: String) {
        let error = format!("{}:{}: {message}", self.path, pos.line);
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Checks an operation, and returns the fragments that it uses, each after the first that uses it.
    pub(super) fn check(
        &mut self,
        path: &'a str,
        root: &str,
        operation: &'a Positioned<OperationDefinition>,
    ) -> Vec<&'a str> {
        self.path = path;
        let Positioned { node: operation, pos } = operation;
        self.directives(&operation.directives);
        for Positioned { node: variable, pos } in &operation.variable_definitions {
            let (name, ty) = (&variable.name.node, &variable.var_type.node);
            let is_built_in = matches!(named(ty), "Int" | "Float" | "String" | "Boolean" | "ID");
            let is_known = is_built_in || self.types.contains_key(named(ty));
            if !is_known || composite(self.types, named(ty)).is_some() {
                self.error(*pos, format!("`${name}` is of no input type: `{ty}`"));
            }
            if let Some(default) = &variable.default_value {
                self.value(ty, false, &default.node.clone().into_value(), default.pos);
            }
            self.directives(&variable.directives);
            self.variables.insert(name, (variable, false));
        }
        match composite(self.types, root) {
            Some(root) => self.selections(root, &operation.selection_set.node),
            None => self.error(*pos, format!("the schema has no type `{root}`")),
        }
        for (name, (variable, is_used)) in std::mem::take(&mut self.variables) {
            if !is_used {
                self.error(variable.name.pos, format!("`${name}` is never used"));
            }
        }
        std::mem::take(&mut self.used_fragments)
    }

    fn selections(&mut self, parent: &'a TypeDefinition, set: &'a SelectionSet) {
        for Positioned { node: selection, pos } in &set.items {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => self.field(parent, &field.node, *pos),
                Selection::InlineFragment(Positioned { node: inline, .. }) => {
                    let condition = inline.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    if let Some(ty) = condition.map_or(Some(parent), |on| self.condition(parent, on, *pos)) {
                        self.selections(ty, &inline.selection_set.node);
                    }
                }
                Selection::FragmentSpread(it) => self.spread(parent, &it.node.fragment_name.node, *pos),
            }
        }
    }

    fn field(&mut self, parent: &'a TypeDefinition, field: &'a Field, pos: Pos) {
        let name = &field.name.node;
        let known = match &parent.kind {
            TypeKind::Object(object) => object.fields.as_slice(),
            TypeKind::Interface(interface) => &interface.fields,
            _ => &[],
        };
        let owner = format!("`{}.{name}`", parent.name.node);
        let (known, ty) = match known.iter().find(|known| known.node.name.node == *name) {
            Some(known) => (known.node.arguments.as_slice(), named(&known.node.ty.node)),
            None if name == "__typename" => (&[][..], "String"),
            None => return self.error(pos, format!("there is no field {owner}")),
        };
        let given = field.arguments.iter().map(|(name, value)| (&name.node, &value.node, value.pos));
        self.inputs(&owner, known, &given.collect::<Vec<_>>(), pos);
        let selects = !field.selection_set.node.items.is_empty();
        match composite(self.types, ty) {
            Some(ty) if selects => self.selections(ty, &field.selection_set.node),
            Some(_) => self.error(pos, format!("{owner} needs a selection of the fields of `{ty}`")),
            None if selects => self.error(pos, format!("{owner} is `{ty}`, without fields to select")),
            None => {}
        }
    }

    fn spread(&mut self, parent: &'a TypeDefinition, name: &'a str, pos: Pos) {
        let Some((path, Positioned { node: fragment, .. })) = self.fragments.get(name) else {
            return self.error(pos, format!("there is no fragment `{name}`"));
        };
        let ty = self.condition(parent, &fragment.type_condition.node.on.node, pos);
        if self.used_fragments.contains(&name) {
            return;
        }
        self.used_fragments.push(name);
        if let Some(ty) = ty {
            let outer = std::mem::replace(&mut self.path, path);
            self.directives(&fragment.directives);
            self.selections(ty, &fragment.selection_set.node);
            self.path = outer;
        }
    }

    /// The type of a fragment, if it has fields.
    fn condition(&mut self, parent: &TypeDefinition, name: &Name, pos: Pos) -> Option<&'a TypeDefinition> {
        let Some(ty) = composite(self.types, name) else {
            self.error(pos, format!("there is no type `{name}` with fields"));
            return None;
        };
        if objects(self.types, parent).is_disjoint(&objects(self.types, ty)) {
            self.error(pos, format!("`{}` is never `{name}`", parent.name.node));
        }
        Some(ty)
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for Positioned { node: directive, pos } in directives {
            self.error(*pos, format!("`@{}`: there are no directives here", directive.name.node));
        }
    }

    fn inputs(&mut self, owner: &str, known: &Inputs, given: &[(&Name, &Value, Pos)], pos: Pos) {
        for (name, value, pos) in given {
            match known.iter().map(|known| &known.node).find(|known| known.name.node == **name) {
                Some(known) => self.value(&known.ty.node, known.default_value.is_some(), value, *pos),
                None => self.error(*pos, format!("{owner} takes no `{name}`")),
            }
        }
        for Positioned { node: known, .. } in known {
            let is_required = !known.ty.node.nullable && known.default_value.is_none();
            if is_required && !given.iter().any(|(name, ..)| **name == known.name.node) {
                self.error(pos, format!("{owner} needs `{}`", known.name.node));
            }
        }
    }

    fn value(&mut self, ty: &Type, has_default: bool, value: &Value, pos: Pos) {
        match (value, &ty.base) {
            (Value::Variable(name), _) => self.variable(name, ty, has_default, pos),
            (Value::Null, _) if ty.nullable => {}
            (Value::Null, _) => self.error(pos, format!("`null` is no `{ty}`")),
            (Value::List(all), BaseType::List(of)) => all.iter().for_each(|v| self.value(of, false, v, pos)),
            // A single value is also a list of one.
            (_, BaseType::List(of)) => self.value(of, false, value, pos),
            (_, BaseType::Named(name)) => match (self.types.get(name).map(|found| &found.kind), value) {
                (Some(TypeKind::InputObject(known)), Value::Object(fields)) => {
                    let given: Vec<_> = fields.iter().map(|(name, value)| (name, value, pos)).collect();
                    self.inputs(&format!("`{name}`"), &known.fields, &given, pos);
                }
                _ if is_leaf_value(self.types, name, value) => {}
                _ => self.error(pos, format!("`{value}` is no `{ty}`")),
            },
        }
    }

    fn variable(&mut self, name: &Name, ty: &Type, has_default: bool, pos: Pos) {
        let Some((variable, is_used)) = self.variables.get_mut(name.as_str()) else {
            return self.error(pos, format!("`${name}` is not defined"));
        };
        *is_used = true;
        let given = &variable.var_type.node;
        let nullable = given.nullable && !has_default && variable.default_value.is_none();
        if !fits(&Type { nullable, ..given.clone() }, ty) {
            self.error(pos, format!("`${name}` is `{given}`, which does not fit `{ty}`"));
        }
    }
}

fn fits(given: &Type, wanted: &Type) -> bool {
    (wanted.nullable || !given.nullable)
        && match (&given.base, &wanted.base) {
            (BaseType::List(given), BaseType::List(wanted)) => fits(given, wanted),
            (given, wanted) => given == wanted,
        }
}

/// The name of a type without its lists.
fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

//! Checks the values of an operation's variables ([GraphQL,
//! 6.1.2](https://spec.graphql.org/draft/#sec-Coercing-Variable-Values)) before the operation starts.

use std::fmt::{Display, Formatter, Result as FmtResult, Write};

use async_graphql::{
    Name, Positioned, ServerError, Value, Variables,
    parser::types::{BaseType, Type, VariableDefinition},
};

use super::{
    limits::Limit,
    type_system::{Definition, InputObject, TypeSystem},
};
use crate::graphql::kit::{
    error::{code, request_error},
    scalar,
};

/// Rejects values that are missing, of another type, too deep, or that the databases cannot store.
pub(super) fn check(
    definitions: &[Positioned<VariableDefinition>],
    variables: &Variables,
    types: &TypeSystem,
    max_depth: usize,
) -> Result<(), ServerError> {
    for (name, value) in variables.iter() {
        Limit::VariableDepth.check(depth(value), max_depth)?;
        if holds_nul(value) {
            let message = format!("The variable `{name}` contains a NUL character.");
            return Err(request_error(code::BAD_USER_INPUT, message));
        }
    }
    for definition in definitions {
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let refused = match variables.get(&name.node) {
            None if var_type.node.nullable || default_value.is_some() => continue,
            None => "is missing".to_owned(),
            Some(value) => match mismatch(value, &var_type.node, types, false) {
                None => continue,
                Some(mismatch) => mismatch.to_string(),
            },
        };
        let message = format!("The variable `${}`, of type `{}`, {refused}.", name.node, var_type.node);
        let error = request_error(code::BAD_USER_INPUT, message);
        return Err(ServerError { locations: vec![definition.pos], ..error });
    }
    Ok(())
}

/// Problem of a value in a document.
pub(super) fn literal_mismatch(value: &Value, ty: &Type, types: &TypeSystem) -> Option<impl Display + use<>> {
    mismatch(value, ty, types, true)
}

/// A sample value of the type, for the validation of documents before their variables are known.
pub(super) fn sample(ty: &Type, types: &TypeSystem) -> Value {
    let name = match &ty.base {
        BaseType::List(_) => return Value::List(vec![]),
        BaseType::Named(name) => name,
    };
    match types.get(name) {
        Some(Definition::Enum(values)) => values.iter().next().cloned().map_or(Value::Null, Value::Enum),
        Some(Definition::Input(input)) => {
            let needed = |name: &Name| {
                input.is_one_of || input.fields.get(name).is_some_and(|f| !f.ty.nullable && !f.has_default)
            };
            let fields = input.fields.iter().filter(|(name, _)| needed(name));
            let fields = fields.take(if input.is_one_of { 1 } else { usize::MAX });
            Value::Object(fields.map(|(name, field)| (name.clone(), sample(&field.ty, types))).collect())
        }
        _ => scalar::sample(name),
    }
}

/// Problem of a value, as the end of a sentence, and its path.
struct Mismatch {
    path: String,
    what: String,
}

impl Mismatch {
    fn new(what: impl Into<String>) -> Option<Self> {
        Some(Self { path: String::new(), what: what.into() })
    }

    fn within(self, step: impl Display) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{step}{dot}{}", self.path), ..self }
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match &*self.path {
            "" => f.write_str(&self.what),
            path => write!(f, "at `{path}` {}", self.what),
        }
    }
}

/// Enum values are names in a document and strings in JSON.
fn mismatch(value: &Value, ty: &Type, types: &TypeSystem, is_literal: bool) -> Option<Mismatch> {
    if *value == Value::Null {
        return if ty.nullable { None } else { Mismatch::new("must not be null") };
    }
    match (&ty.base, value) {
        (BaseType::List(item), Value::List(values)) => {
            let mut values = values.iter().enumerate();
            values.find_map(|(at, value)| Some(mismatch(value, item, types, is_literal)?.within(at)))
        }
        // A single value stands for a list of it (3.12).
        (BaseType::List(item), value) => mismatch(value, item, types, is_literal),
        (BaseType::Named(name), value) => match types.get(name) {
            Some(Definition::Input(input)) => mismatch_of_object(value, name, input, types, is_literal),
            Some(Definition::Enum(values)) => match value {
                Value::String(text) if !is_literal && values.contains(text.as_str()) => None,
                Value::Enum(name) if is_literal && values.contains(name) => None,
                _ => Mismatch::new(format!("must be a value of the enum `{name}`, not {}", shown(value))),
            },
            _ if scalar::is_valid(name, value) => None,
            _ => Mismatch::new(format!("must be of type `{name}`, not {}", shown(value))),
        },
    }
}

fn mismatch_of_object(
    value: &Value,
    name: &Name,
    input: &InputObject,
    types: &TypeSystem,
    is_literal: bool,
) -> Option<Mismatch> {
    let Value::Object(given) = value else {
        return Mismatch::new(format!("must be an object `{name}`, not {}", shown(value)));
    };
    if let Some(unknown) = given.keys().find(|key| !input.fields.contains_key(*key)) {
        return Mismatch::new(format!("has no field `{}`", cut(unknown)));
    }
    if input.is_one_of && (given.len() != 1 || given.values().any(|value| *value == Value::Null)) {
        return Mismatch::new("must have exactly one field, and not null");
    }
    let mut fields: Vec<_> = input.fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    fields.into_iter().find_map(|(name, field)| match given.get(name) {
        Some(value) => Some(mismatch(value, &field.ty, types, is_literal)?.within(name)),
        None if field.ty.nullable || field.has_default => None,
        None => Some(Mismatch::new("is missing")?.within(name)),
    })
}

/// A value in a message: scalars shortened, others by their kind. (It comes from the reader of the message.)
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::String(text) => format!("{:?}", cut(text)),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    const MAX: usize = 40;
    let mut shown: String = text.chars().take(MAX).collect();
    if text.chars().nth(MAX).is_some() {
        let _ = shown.write_char('\u{2026}');
    }
    shown
}

fn depth(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// PostgreSQL cannot store NUL in text, and no name, address or search text needs it: it is rejected everywhere.
pub(super) fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

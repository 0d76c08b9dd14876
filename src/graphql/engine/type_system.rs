//! The schema as data, parsed from its text: costs of fields, and types of inputs.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned,
    parser::{
        self, parse_schema,
        types::{
            ConstDirective, DirectiveLocation, FieldDefinition, InputValueDefinition, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};
use serde::de::DeserializeOwned;

/// Introspection, which is the same in all schemas, with list sizes of this one. `__Meta` has the fields that all types
/// have.
const INTROSPECTION: &str = r#"
type __Meta { __typename: String! __schema: __Schema! __type(name: String!): __Type }
type __Schema {
  description: String
  types: [__Type!]! @listSize(assumedSize: 80)
  queryType: __Type!
  mutationType: __Type
  subscriptionType: __Type
  directives: [__Directive!]! @listSize(assumedSize: 8)
}
type __Type {
  kind: String! name: String description: String specifiedByURL: String isOneOf: Boolean
  fields(includeDeprecated: Boolean = false): [__Field!] @listSize(assumedSize: 6)
  interfaces: [__Type!] @listSize(assumedSize: 1)
  possibleTypes: [__Type!] @listSize(assumedSize: 1)
  enumValues(includeDeprecated: Boolean = false): [__EnumValue!] @listSize(assumedSize: 3)
  inputFields(includeDeprecated: Boolean = false): [__InputValue!] @listSize(assumedSize: 2)
  ofType: __Type
}
type __Field {
  name: String! description: String isDeprecated: Boolean! deprecationReason: String
  args(includeDeprecated: Boolean = false): [__InputValue!]! @listSize(assumedSize: 1)
  type: __Type!
}
type __InputValue {
  name: String! description: String defaultValue: String isDeprecated: Boolean! deprecationReason: String
  type: __Type!
}
type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
type __Directive {
  name: String! description: String isRepeatable: Boolean! locations: [String!]!
  args(includeDeprecated: Boolean = false): [__InputValue!]! @listSize(assumedSize: 2)
}
"#;

pub(in crate::graphql) struct TypeSystem {
    types: HashMap<Name, Definition>,
    directives: HashMap<Name, Directive>,
}

pub(super) struct Directive {
    pub(super) arguments: HashMap<Name, InputField>,
    pub(super) locations: Vec<DirectiveLocation>,
}

pub(super) enum Definition {
    Object(HashMap<Name, Field>),
    Interface(HashMap<Name, Field>),
    Union,
    Input(InputObject),
    Enum(HashSet<Name>),
    Scalar,
}

pub(super) struct Field {
    pub(super) ty: Type,
    pub(super) arguments: HashMap<Name, InputField>,
    pub(super) weight: usize,
    pub(super) list: Option<ListSize>,
}

pub(super) struct ListSize {
    pub(super) assumed: usize,
    pub(super) arguments: Vec<String>,
}

pub(super) struct InputObject {
    pub(super) fields: HashMap<Name, InputField>,
    /// Whether exactly one of the fields must be set (`@oneOf`).
    pub(super) is_one_of: bool,
}

pub(super) struct InputField {
    pub(super) ty: Type,
    pub(super) has_default: bool,
}

impl TypeSystem {
    /// Parses a schema's text. Never fails for the server's own schema.
    pub(super) fn parse(sdl: &str) -> parser::Result<Self> {
        let (mut types, mut directives) = (HashMap::new(), HashMap::new());
        for text in [INTROSPECTION, sdl] {
            for definition in parse_schema(text)?.definitions {
                match definition {
                    TypeSystemDefinition::Type(definition) => {
                        let is_one_of = directive(&definition.node.directives, "oneOf").is_some();
                        let kind = Definition::from_kind(definition.node.kind, is_one_of);
                        types.insert(definition.node.name.node, kind);
                    }
                    TypeSystemDefinition::Directive(definition) => {
                        let locations = definition.node.locations.iter().map(|location| location.node);
                        let directive = Directive {
                            locations: locations.collect(),
                            arguments: inputs(definition.node.arguments),
                        };
                        directives.insert(definition.node.name.node, directive);
                    }
                    TypeSystemDefinition::Schema(_) => {}
                }
            }
        }
        Ok(Self { types, directives })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Definition> {
        self.types.get(name)
    }

    /// A field of an object or interface, or one that all types have (`__typename`).
    pub(super) fn field(&self, parent: &str, name: &str) -> Option<&Field> {
        match self.get(parent)? {
            Definition::Object(fields) | Definition::Interface(fields) => fields.get(name),
            _ => None,
        }
        .or_else(|| if parent == "__Meta" { None } else { self.field("__Meta", name) })
    }

    pub(super) fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.get(name)
    }

    pub(super) fn is_object(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Definition::Object(_)))
    }

    /// Whether the type of this name has subfields.
    pub(super) fn is_composite(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Definition::Object(_) | Definition::Interface(_) | Definition::Union))
    }
}

impl Definition {
    fn from_kind(kind: TypeKind, is_one_of: bool) -> Self {
        match kind {
            TypeKind::Object(object) => Self::Object(fields(object.fields)),
            TypeKind::Interface(interface) => Self::Interface(fields(interface.fields)),
            TypeKind::InputObject(input) => {
                Self::Input(InputObject { fields: inputs(input.fields), is_one_of })
            }
            TypeKind::Enum(definition) => {
                Self::Enum(definition.values.into_iter().map(|value| value.node.value.node).collect())
            }
            TypeKind::Union(_) => Self::Union,
            TypeKind::Scalar => Self::Scalar,
        }
    }
}

fn fields(definitions: Vec<Positioned<FieldDefinition>>) -> HashMap<Name, Field> {
    definitions.into_iter().map(|definition| Field::from_definition(definition.node)).collect()
}

fn inputs(definitions: Vec<Positioned<InputValueDefinition>>) -> HashMap<Name, InputField> {
    definitions.into_iter().map(|definition| InputField::from_definition(definition.node)).collect()
}

impl Field {
    fn from_definition(definition: FieldDefinition) -> (Name, Self) {
        let weight = directive(&definition.directives, "cost").and_then(|cost| argument(cost, "weight"));
        let list = directive(&definition.directives, "listSize").map(|list| ListSize {
            assumed: argument(list, "assumedSize").unwrap_or(1),
            arguments: argument(list, "slicingArguments").unwrap_or_default(),
        });
        let arguments = inputs(definition.arguments);
        let field = Self { ty: definition.ty.node, arguments, weight: weight.unwrap_or(1), list };
        (definition.name.node, field)
    }

    /// Name of its type, without lists and non-null.
    pub(super) fn named(&self) -> &Name {
        named(&self.ty)
    }
}

impl InputField {
    fn from_definition(definition: InputValueDefinition) -> (Name, Self) {
        let has_default = definition.default_value.is_some();
        (definition.name.node, Self { ty: definition.ty.node, has_default })
    }
}

/// Name of a type without lists and non-null.
fn named(ty: &Type) -> &Name {
    match &ty.base {
        parser::types::BaseType::Named(name) => name,
        parser::types::BaseType::List(item) => named(item),
    }
}

fn directive<'d>(directives: &'d [Positioned<ConstDirective>], name: &str) -> Option<&'d ConstDirective> {
    directives.iter().map(|directive| &directive.node).find(|directive| directive.name.node == name)
}

/// An argument of one of the server's own directives.
fn argument<T: DeserializeOwned>(directive: &ConstDirective, name: &str) -> Option<T> {
    let value = directive.get_argument(name)?.node.clone();
    async_graphql::from_value(value).ok()
}

//! Members of `errors` that all mutations share.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, Enum, ID, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};
use async_trait::async_trait;

use super::{
    payload::{path, user_errors},
    permission::Permission,
};
use crate::domain::kernel::text::{FieldProblem as DomainProblem, InvalidField as DomainInvalidField};

user_errors! {
    /// No object with this id exists, or the viewer may not see it.
    NotFound {
        /// The id from the input.
        id: ID,
    }

    /// An input field whose value cannot be used.
    InvalidField {
        /// Machine-readable reason.
        problem: FieldProblem,
    }

    /// Too many attempts in a short time.
    RateLimited {
        /// Seconds until the next attempt is allowed.
        retry_after: u32,
    }

    /// The object was changed since the version in the input; nothing was changed now.
    Conflict {
        /// The object as it is now; null if the viewer may not see it.
        current: Option<AnyNode>,
    }

    /// Permissions that the viewer does not have cannot be granted to others.
    PermissionsNotHeld {
        /// Permissions that the viewer does not have.
        permissions: Vec<Permission>,
    }
}

/// The `errors` of a mutation without expected failures: `[UserError!]!`, always empty. The interface is in
/// `graphql::user_error`, which refers to all nouns.
#[derive(Clone, Copy, Default)]
pub struct NoErrors;

impl OutputType for NoErrors {
    fn type_name() -> Cow<'static, str> {
        "UserError".into()
    }

    fn qualified_type_name() -> String {
        "[UserError!]!".to_owned()
    }

    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::List(Vec::new()))
    }
}

/// An object as a value of the interface `Node`. The interface itself stands in `graphql::node`, which knows all nouns.
pub struct AnyNode(Box<dyn DynNode>);

impl AnyNode {
    /// `object` must be a type of `Node`.
    pub(in crate::graphql) fn new(object: impl OutputType + 'static) -> Self {
        Self(Box::new(object))
    }
}

/// [`OutputType::resolve`] of any type.
#[async_trait]
trait DynNode: Send + Sync {
    async fn resolve_node(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value>;
}

#[async_trait]
impl<T: OutputType> DynNode for T {
    async fn resolve_node(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.resolve(ctx, field).await
    }
}

impl OutputType for AnyNode {
    fn type_name() -> Cow<'static, str> {
        "Node".into()
    }

    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        self.0.resolve_node(ctx, field).await
    }
}

/// Reason why an input field was rejected.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainProblem")]
pub enum FieldProblem {
    /// Missing or empty.
    Required,
    /// Fewer characters than the minimum.
    TooShort,
    /// More characters than the maximum.
    TooLong,
    /// Password that is easy to guess. The message says what would be better.
    TooWeak,
    /// Line break or another control character, a change of the direction of writing, or no visible character at all.
    ForbiddenCharacter,
    /// Wrong format for a value of this kind.
    InvalidFormat,
    /// Value that does not exist.
    UnknownValue,
    /// Contradiction to another field.
    Inconsistent,
    /// Outside the allowed range.
    OutOfRange,
    /// Used by another object already.
    Taken,
    /// Same as the current value.
    Unchanged,
}

impl From<DomainInvalidField> for InvalidField {
    fn from(invalid: DomainInvalidField) -> Self {
        let items = invalid.items.iter();
        let items = items.flat_map(|(name, index)| {
            [Some(camel_case(name)), index.map(|index| index.to_string())].into_iter().flatten()
        });
        let field = Some(camel_case(invalid.field)).filter(|field| !field.is_empty());
        let names: Vec<_> = items.chain(field).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        Self { message: invalid.message, path: path(&names), problem: invalid.problem.into() }
    }
}

/// Converts a field name from Rust to the API: `postal_code` to `postalCode`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_names_the_field_as_the_api_does() {
        let invalid = DomainInvalidField::new("postal_code", DomainProblem::TooLong, "Too long.");
        let expected = ["input", "postalCode"].map(str::to_owned).to_vec();
        assert_eq!(InvalidField::from(invalid.clone()).path, Some(expected));
        let nested = invalid.in_item("lines", 2).in_item("new_orders", 0);
        let expected = ["input", "newOrders", "0", "lines", "2", "postalCode"].map(str::to_owned).to_vec();
        assert_eq!(InvalidField::from(nested).path, Some(expected));
        let item = DomainInvalidField::of_item("line_ids", 3, DomainProblem::UnknownValue, "No line.");
        assert_eq!(
            InvalidField::from(item).path,
            Some(["input", "lineIds", "3"].map(str::to_owned).to_vec())
        );
        assert_eq!(path(&[]), None);
    }
}

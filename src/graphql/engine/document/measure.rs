//! Size of an operation with its fragments expanded.
//!
//! Fragments that spread others twice double with every level: a few hundred bytes can stand for millions of fields,
//! and a traversal of all of them, as in validation, takes minutes. The size is therefore computed first, each fragment
//! once.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{
        Directive, ExecutableDocument, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};

use crate::graphql::{
    engine::limits::{Limit, Limits},
    kit::error::{code, invalid, request_error},
};

/// Maximum number of nested selection sets, that of async-graphql.
const MAX_NESTING: usize = 32;

/// Maximum number of nested lists in introspection. Tools need two; each further one multiplies the size of the schema
/// (`MaxIntrospectionDepthRule` of graphql-js).
const MAX_INTROSPECTION_LISTS: usize = 3;

/// Rejects `operation` if it is above a limit, and the document if its validation would take too long.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    limits: &Limits,
) -> Result<(), ServerError> {
    let mut measuring = Measuring { fragments: &document.fragments, known: HashMap::new(), open: 0 };
    let mut whole = Size::default();
    for (_, operation) in document.operations.iter() {
        whole = whole.and(measuring.of_set(&operation.node.selection_set.node)?);
    }
    // Validation also traverses unused fragments, whose size is unknown.
    let mut fragments = document.fragments.iter();
    if let Some((name, unused)) = fragments.find(|(name, _)| !measuring.known.contains_key(name.as_str())) {
        return Err(invalid(format!("The fragment `{name}` is never used."), [unused.pos]));
    }
    Limit::Selections.check(whole.selections, limits.selections)?;
    Limit::Nesting.check(whole.nesting, MAX_NESTING)?;

    let size = measuring.of_set(&operation.selection_set.node)?;
    Limit::Depth.check(size.depth, limits.depth)?;
    Limit::RootFields.check(measuring.root_fields(&operation.selection_set.node), limits.root_fields)?;
    Limit::Aliases.check(size.aliases, limits.aliases)?;
    Limit::Directives.check(size.directives, limits.directives)?;
    Limit::IntrospectionDepth.check(size.introspection_lists, MAX_INTROSPECTION_LISTS)?;
    if size.reads_schema && !limits.introspection {
        let message = "Introspection is disabled on this server.";
        return Err(request_error(code::INTROSPECTION_DISABLED, message));
    }
    Ok(())
}

/// Size of a selection set. Counts saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    selections: usize,
    aliases: usize,
    /// Maximum number of directives at one place.
    directives: usize,
    depth: usize,
    nesting: usize,
    /// Nested lists in introspection, and lists that may be in introspection.
    introspection_lists: usize,
    lists: usize,
    reads_schema: bool,
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.max(other.directives),
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            lists: self.lists.max(other.lists),
            reads_schema: self.reads_schema || other.reads_schema,
        }
    }

    /// Size of the selection whose set this is.
    fn inside(self, directives: &[Positioned<Directive>]) -> Self {
        Self {
            selections: self.selections.saturating_add(1),
            directives: self.directives.max(directives.len()),
            nesting: self.nesting.saturating_add(1),
            ..self
        }
    }
}

struct Measuring<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    /// Sizes of fragments; `None` while a fragment is being measured.
    known: HashMap<&'d str, Option<Size>>,
    open: usize,
}

impl<'d> Measuring<'d> {
    fn of_set(&mut self, set: &'d SelectionSet) -> Result<Size, ServerError> {
        set.items.iter().try_fold(Size::default(), |sum, item| Ok(sum.and(self.of_selection(&item.node)?)))
    }

    fn of_selection(&mut self, selection: &'d Selection) -> Result<Size, ServerError> {
        match selection {
            Selection::Field(field) => {
                let field = &field.node;
                let mut size = self.of_set(&field.selection_set.node)?.inside(&field.directives);
                size.depth = size.depth.saturating_add(1);
                size.aliases = size.aliases.saturating_add(field.alias.is_some().into());
                match field.name.node.as_str() {
                    "__schema" | "__type" => {
                        size.reads_schema = true;
                        size.introspection_lists = size.introspection_lists.max(size.lists);
                        size.lists = 0;
                    }
                    "fields" | "interfaces" | "possibleTypes" | "inputFields" => size.lists += 1,
                    _ => {}
                }
                Ok(size)
            }
            Selection::InlineFragment(inline) => {
                Ok(self.of_set(&inline.node.selection_set.node)?.inside(&inline.node.directives))
            }
            Selection::FragmentSpread(spread) => {
                Ok(self.of_fragment(&spread.node.fragment_name.node)?.inside(&spread.node.directives))
            }
        }
    }

    /// Size of a fragment; zero for a missing one, which validation reports.
    fn of_fragment(&mut self, name: &'d str) -> Result<Size, ServerError> {
        match self.known.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                let at = self.fragments.get(name).map(|fragment| fragment.pos);
                return Err(invalid(format!("The fragment `{name}` spreads itself."), at));
            }
            None => {}
        }
        let Some(fragment) = self.fragments.get(name) else { return Ok(Size::default()) };
        self.open += 1;
        Limit::Nesting.check(self.open, MAX_NESTING)?;
        self.known.insert(name, None);
        let size = self.of_set(&fragment.node.selection_set.node)?;
        self.open -= 1;
        self.known.insert(name, Some(size));
        Ok(size)
    }

    /// Number of root fields; those of fragments count wherever they are spread. The set must be within the limits.
    fn root_fields(&self, set: &SelectionSet) -> usize {
        set.items.iter().fold(0, |sum: usize, item| {
            sum.saturating_add(match &item.node {
                Selection::Field(_) => 1,
                Selection::InlineFragment(inline) => self.root_fields(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.fragments.get(&spread.node.fragment_name.node);
                    fragment.map_or(0, |fragment| self.root_fields(&fragment.node.selection_set.node))
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn size(document: &str) -> Result<Size, ServerError> {
        let document = parse_query(document).unwrap();
        let mut measuring = Measuring { fragments: &document.fragments, known: HashMap::new(), open: 0 };
        let (_, operation) = document.operations.iter().next().unwrap();
        measuring.of_set(&operation.node.selection_set.node)
    }

    fn selections(document: &str) -> usize {
        size(document).unwrap().selections
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        assert_eq!(selections("{ a { b c } }"), 3);
        assert_eq!(selections("{ ...F ... on Q { d } } fragment F on Q { a { b } c }"), 6);
        assert_eq!(selections("{ ...Missing }"), 1);
    }

    #[test]
    fn doubled_fragments_are_counted_without_being_walked_through() {
        let doubled = |levels: usize| {
            let fragments = (0..levels).map(|n| format!("fragment F{n} on Q {{ ...F{0} ...F{0} }}", n + 1));
            format!("{{ ...F0 }} {} fragment F{levels} on Q {{ id }}", fragments.collect::<String>())
        };
        assert_eq!(selections(&doubled(2)), 1 + 2 + 4 + 4);
        assert_eq!(selections(&doubled(30)), 3 * (1 << 30) - 1);
        assert!(size(&doubled(10_000)).unwrap_err().message.contains("levels of nested"));
    }

    #[test]
    fn fragments_in_a_circle_are_refused() {
        for document in [
            "{ ...F } fragment F on Q { ...F a }",
            "{ ...F } fragment F on Q { a { ...G } } fragment G on Q { ... { ...F } }",
        ] {
            assert!(size(document).unwrap_err().message.contains("spreads itself"), "{document}");
        }
    }

    #[test]
    fn depth_aliases_and_directives_are_those_of_the_whole() {
        let size = size("{ x: a { ... { b @c @d { ...F } } } } fragment F on Q { y: e }").unwrap();
        assert_eq!((size.depth, size.aliases, size.directives, size.nesting), (3, 2, 2, 5));
    }

    #[test]
    fn lists_count_within_introspection_only() {
        let lists = |document| size(document).unwrap().introspection_lists;
        assert_eq!(lists("{ fields { fields { fields } } }"), 0);
        assert_eq!(lists("{ __schema { types { fields { type { fields { name } } } } } }"), 2);
        assert_eq!(
            lists(
                "{ ...F } fragment F on Q { __type(name: \"Q\") { ...G } } fragment G on __Type { fields { name } }"
            ),
            1
        );
    }
}

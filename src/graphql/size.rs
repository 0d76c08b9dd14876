//! How large a document is with its fragments put in.
//!
//! Fragments that spread others twice double with every level: a few hundred bytes can stand for millions of fields, and
//! whoever walks through them all, as validation does, is busy for minutes. So the size is computed first, each fragment
//! once.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Fragments within fragments, at most; async-graphql refuses more than 32 levels of anything.
const MAX_DEPTH: usize = 32;

/// The selections of all operations, those of a fragment counted wherever it is spread.
pub(super) fn selections(document: &ExecutableDocument) -> usize {
    let mut sizes = Sizes { document, fragments: HashMap::new(), depth: 0 };
    let operations = document.operations.iter();
    operations
        .fold(0, |sum, (_, operation)| sum.saturating_add(sizes.of_set(&operation.node.selection_set.node)))
}

struct Sizes<'d> {
    document: &'d ExecutableDocument,
    fragments: HashMap<&'d str, usize>,
    depth: usize,
}

impl<'d> Sizes<'d> {
    fn of_set(&mut self, set: &'d SelectionSet) -> usize {
        set.items.iter().fold(0, |sum: usize, selection| {
            let inner = match &selection.node {
                Selection::Field(field) => self.of_set(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => self.of_set(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.of_fragment(&spread.node.fragment_name.node),
            };
            sum.saturating_add(1).saturating_add(inner)
        })
    }

    /// A fragment within itself counts as nothing: such a document is refused for that.
    fn of_fragment(&mut self, name: &'d str) -> usize {
        if let Some(size) = self.fragments.get(name) {
            return *size;
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        if self.depth == MAX_DEPTH {
            return usize::MAX;
        }
        self.fragments.insert(name, 0);
        self.depth += 1;
        let size = self.of_set(&fragment.node.selection_set.node);
        self.depth -= 1;
        self.fragments.insert(name, size);
        size
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn size(document: &str) -> usize {
        selections(&parse_query(document).unwrap())
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        assert_eq!(size("{ a { b c } }"), 3);
        assert_eq!(size("{ ...F ... on Q { d } } fragment F on Q { a { b } c }"), 6);
        assert_eq!(size("{ ...F } fragment F on Q { ...F a }"), 3);
        assert_eq!(size("{ ...Missing }"), 1);
    }

    #[test]
    fn doubled_fragments_are_counted_without_being_walked_through() {
        let doubled = |levels: usize| {
            let fragments = (0..levels).map(|n| format!("fragment F{n} on Q {{ ...F{0} ...F{0} }}", n + 1));
            format!("{{ ...F0 }} {} fragment F{levels} on Q {{ id }}", fragments.collect::<String>())
        };
        assert_eq!(size(&doubled(2)), 1 + 2 + 4 + 4);
        assert_eq!(size(&doubled(30)), 3 * (1 << 30) - 1);
        assert_eq!(size(&doubled(10_000)), usize::MAX, "the stack is not used up either");
    }
}

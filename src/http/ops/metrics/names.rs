//! Operation names as label values. Clients choose names, and each value is a time series of its own that is kept for
//! ever, so their number is limited.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

/// Maximum number of names in addition to the trusted ones.
const MAX_NAMES: usize = 200;

/// Maximum length of a name, in bytes; longer ones are generated.
const MAX_NAME: usize = 80;

static ANONYMOUS: LazyLock<Arc<str>> = LazyLock::new(|| "anonymous".into());

static OTHER: LazyLock<Arc<str>> = LazyLock::new(|| "other".into());

/// Names that are label values: those of trusted operations, and the first [`MAX_NAMES`] others that succeeded.
#[derive(Debug, Default)]
pub(super) struct Names(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    names: HashSet<Arc<str>>,
    trusted: usize,
}

impl Names {
    pub(super) fn trust(&self, name: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.names.insert(name.into()) {
            known.trusted += 1;
        }
    }

    pub(super) fn label(&self, name: Option<&str>, succeeded: bool) -> Arc<str> {
        let Some(name) = name else { return ANONYMOUS.clone() };
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match known.names.get(name) {
            Some(label) => return label.clone(),
            None if !succeeded || !known.has_room() || name.len() > MAX_NAME => return OTHER.clone(),
            None => drop(known),
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !known.has_room() {
            return OTHER.clone();
        }
        let label: Arc<str> = name.into();
        known.names.insert(label.clone());
        label
    }
}

impl Known {
    fn has_room(&self) -> bool {
        self.names.len() - self.trusted < MAX_NAMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_an_end_that_trusted_ones_do_not_count_for() {
        let names = Names::default();
        assert_eq!(&*names.label(None, true), "anonymous");
        assert_eq!(&*names.label(Some("Early"), false), "other", "whoever fails takes no room");
        names.trust("Trusted");
        names.trust("Trusted");
        for n in 0..2 * MAX_NAMES {
            let name = format!("Name{n}");
            let expected = if n < MAX_NAMES { &*name } else { "other" };
            assert_eq!(&*names.label(Some(&name), true), expected);
        }
        assert_eq!(&*names.label(Some("Name0"), false), "Name0");
        assert_eq!(&*names.label(Some("Trusted"), false), "Trusted");
    }

    #[test]
    fn names_nobody_would_give_are_not_kept() {
        let names = Names::default();
        assert_eq!(&*names.label(Some(&"n".repeat(MAX_NAME + 1)), true), "other");
        assert_eq!(&*names.label(Some(&"n".repeat(MAX_NAME)), true), "n".repeat(MAX_NAME));
    }
}

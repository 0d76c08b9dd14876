//! A change of metadata, and the rules for their entries.

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::domain::kernel::text::{FieldProblem, InvalidField};

/// Maximum number of entries of an object.
const MAX_ENTRIES: usize = 50;

/// Maximum length of a key.
const MAX_KEY: usize = 64;

/// Maximum length of a text.
const MAX_TEXT: usize = 1_000;

/// Entries to set and to remove.
#[derive(Clone, Debug, Default)]
pub struct MetadataChange {
    /// Texts by key, as a JSON object of strings.
    pub set: Map<String, Value>,
    /// Keys to remove; those that do not exist are ignored.
    pub remove: Vec<String>,
    /// Whether the metadata for staff are changed.
    pub private: bool,
    /// Token of a guest's cart, if the object is part of one.
    pub token: Option<SecretString>,
}

/// A change whose keys and texts are valid.
#[derive(Debug)]
pub(super) struct ValidChange {
    set: Map<String, Value>,
    remove: Vec<String>,
    pub(super) private: bool,
}

impl MetadataChange {
    pub(super) fn validated(self) -> Result<ValidChange, InvalidField> {
        check_entries(&self.set)?;
        for key in &self.remove {
            check_key("remove", key)?;
            if self.set.contains_key(key) {
                let message = format!("The key `{key}` is both in `set` and in `remove`.");
                return Err(InvalidField::new("remove", FieldProblem::Inconsistent, message));
            }
        }
        Ok(ValidChange { set: self.set, remove: self.remove, private: self.private })
    }
}

impl ValidChange {
    /// The entries after the change.
    pub(super) fn apply(&self, before: &Map<String, Value>) -> Result<Map<String, Value>, InvalidField> {
        let mut after = before.clone();
        for key in &self.remove {
            after.remove(key);
        }
        after.extend(self.set.iter().map(|(key, value)| (key.clone(), value.clone())));
        if after.len() > MAX_ENTRIES {
            let message = format!(
                "There would be {} entries. At most {MAX_ENTRIES} are possible: remove some.",
                after.len()
            );
            return Err(InvalidField::new("set", FieldProblem::OutOfRange, message));
        }
        Ok(after)
    }
}

fn check_entries(entries: &Map<String, Value>) -> Result<(), InvalidField> {
    entries.iter().try_for_each(|(key, value)| {
        check_key("set", key)?;
        check_text(key, value)
    })
}

/// Checks the metadata of a new object, from the input field `field`.
pub fn check_new(field: &'static str, entries: &Map<String, Value>) -> Result<(), InvalidField> {
    check_entries(entries).map_err(|invalid| invalid.in_field(field))?;
    if entries.len() > MAX_ENTRIES {
        let message = format!("There are {} entries. At most {MAX_ENTRIES} are possible.", entries.len());
        return Err(InvalidField::new(field, FieldProblem::OutOfRange, message));
    }
    Ok(())
}

fn check_key(field: &'static str, key: &str) -> Result<(), InvalidField> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    if (1..=MAX_KEY).contains(&key.len()) && key.chars().all(is_allowed) {
        return Ok(());
    }
    let shown: String = key.chars().take(MAX_KEY).collect();
    let message = format!(
        "The key {shown:?} cannot be used. A key is 1 to {MAX_KEY} letters a to z, digits, `_`, `.`, `:` and `-`."
    );
    Err(InvalidField::new(field, FieldProblem::InvalidFormat, message))
}

fn check_text(key: &str, value: &Value) -> Result<(), InvalidField> {
    let (problem, message) = match value {
        Value::String(text) if text.contains('\0') => {
            (FieldProblem::ForbiddenCharacter, format!("The text of `{key}` contains a NUL character."))
        }
        Value::String(text) if text.chars().nth(MAX_TEXT).is_some() => {
            (FieldProblem::TooLong, format!("The text of `{key}` is longer than {MAX_TEXT} characters."))
        }
        Value::String(_) => return Ok(()),
        _ => (
            FieldProblem::InvalidFormat,
            format!("The value of `{key}` must be a string. Write other values as text, like `\"7\"`."),
        ),
    };
    Err(InvalidField::new("set", problem, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(set: Value, remove: &[&str]) -> Result<ValidChange, InvalidField> {
        let set = set.as_object().cloned().unwrap_or_default();
        let remove = remove.iter().map(|key| (*key).to_owned()).collect();
        MetadataChange { set, remove, private: false, token: None }.validated()
    }

    #[test]
    fn change_sets_and_removes_entries() {
        let before = json!({ "a": "1", "b": "2" });
        let after = change(json!({ "a": "3", "erp:id-4.x_Y": "" }), &["b", "c"]);
        let after = after.unwrap().apply(before.as_object().unwrap()).unwrap();
        assert_eq!(Value::from(after), json!({ "a": "3", "erp:id-4.x_Y": "" }));
    }

    #[test]
    fn change_is_bounded_after_its_removals() {
        let full: Map<_, _> = (0..MAX_ENTRIES).map(|n| (format!("k{n}"), Value::from("x"))).collect();
        let one_more = json!({ "new": "x" });
        let refused = change(one_more.clone(), &[]).unwrap().apply(&full).unwrap_err();
        assert_eq!((refused.field, refused.problem), ("set", FieldProblem::OutOfRange));
        assert_eq!(change(one_more, &["k7"]).unwrap().apply(&full).unwrap().len(), MAX_ENTRIES);
    }

    #[test]
    fn change_refuses_what_is_no_key_or_no_text() {
        let long = "x".repeat(MAX_KEY + 1);
        for key in ["", " ", "a b", "\u{e4}", "a\0", "a\n", "a/b", &long] {
            let error = change(json!({ key: "x" }), &[]).unwrap_err();
            assert_eq!((error.field, error.problem), ("set", FieldProblem::InvalidFormat), "{key:?}");
            let error = change(json!({}), &[key]).unwrap_err();
            assert_eq!((error.field, error.problem), ("remove", FieldProblem::InvalidFormat), "{key:?}");
        }
        for (value, problem) in [
            (json!("a\0b"), FieldProblem::ForbiddenCharacter),
            (json!("\u{e4}".repeat(MAX_TEXT + 1)), FieldProblem::TooLong),
            (json!(7), FieldProblem::InvalidFormat),
            (json!(null), FieldProblem::InvalidFormat),
            (json!({}), FieldProblem::InvalidFormat),
        ] {
            assert_eq!(change(json!({ "key": value }), &[]).unwrap_err().problem, problem, "{value}");
        }
        assert!(change(json!({ "key": "\u{e4}".repeat(MAX_TEXT), &long[1..]: "a\nb" }), &[]).is_ok());
        assert_eq!(change(json!({ "a": "x" }), &["a"]).unwrap_err().problem, FieldProblem::Inconsistent);
    }
}

//! Names as lists sort them.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A name as lists sort it: without case and marks, so that both databases compare it alike.
pub fn name_key(name: &str) -> String {
    name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_key_has_no_case_and_no_marks() {
        assert_eq!(name_key("Crème BRÛLÉE"), "creme brulee");
        assert_eq!(name_key("日本 Ⅳ"), "日本 iv");
    }
}

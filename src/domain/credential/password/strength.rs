//! Strength of passwords. NIST SP 800-63B requires a deny list, and advises against rules like "one digit, one
//! capital", which lead to `Password1`. `zxcvbn` estimates guesses from lists of common passwords, words and names,
//! from keyboards, dates and repetitions, and from texts about the owner.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Entropy, Score, feedback::Warning, matching::patterns::MatchPattern, zxcvbn};

use super::PasswordError;

/// Number of characters that are estimated. 100 characters with many substitutions (`4` for `a`) would cost as much as
/// fifty hashes.
const JUDGED_CHARS: usize = 32;

/// Minimum length of words from the context: `de` of a name would match in many passwords.
const MIN_WORD: usize = 3;

const LEAVE_OUT: &str = "Leave out your name, your address and the shop's name.";

const TRIED_FIRST: &str = "This is a very common password; take three or four unrelated words instead.";

/// Well-known examples of strong passwords, which the estimate accepts.
const EXAMPLES: [&str; 3] = ["correct horse battery staple", "correct horse battery", "Tr0ub4dor&3"];

/// Rejects passwords that need less than 10^8 guesses, as a whole or without the words of `context` and examples in it.
/// `context` has texts that attackers try first: email address, name, shop's name.
pub(super) fn check(password: &str, context: &[String]) -> Result<(), PasswordError> {
    let words = words(context);
    let refused = |suggestion: &str| Err(PasswordError::TooWeak { suggestion: suggestion.to_owned() });
    let estimated = |password: &str| {
        let judged: SecretString = password.chars().take(JUDGED_CHARS).collect::<String>().into();
        zxcvbn(judged.expose_secret(), &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let entropy = estimated(password);
    if entropy.score() < Score::Three {
        return refused(suggestion(&entropy));
    }
    let is_weak = |rest: Option<SecretString>| {
        rest.is_some_and(|rest| estimated(rest.expose_secret()).score() < Score::Three)
    };
    if is_weak(without(password, EXAMPLES.iter().copied())) {
        return refused(TRIED_FIRST);
    }
    if is_weak(without(password, words.iter().map(String::as_str))) {
        return refused(LEAVE_OUT);
    }
    Ok(())
}

/// The password without these words, also if they are written with substitutions or separators; `None` if it contains
/// none of them.
fn without<'w>(password: &str, words: impl Iterator<Item = &'w str>) -> Option<SecretString> {
    let (places, mut letters): (Vec<usize>, Vec<char>) = letters(password).unzip();
    let mut rest: Vec<Option<char>> = password.chars().map(Some).collect();
    let mut words: Vec<Vec<char>> = words.map(|word| self::letters(word).map(|(_, c)| c).collect()).collect();
    words.retain(|word| word.len() >= MIN_WORD);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in &words {
        for at in 0..letters.len() {
            let end = at + word.len();
            if letters.get(at..end) == Some(word) {
                rest[places[at]..=places[end - 1]].fill(None);
                letters[at..end].fill('\0');
            }
        }
    }
    let is_found = rest.contains(&None);
    is_found.then(|| rest.into_iter().flatten().collect::<String>().into())
}

/// Letters and digits with their positions, in lower case and with substitutions reverted.
fn letters(text: &str) -> impl Iterator<Item = (usize, char)> {
    let plain = |c: char| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c.to_lowercase().next().unwrap_or(c),
    };
    text.chars().map(plain).enumerate().filter(|(_, c)| c.is_alphanumeric())
}

/// Each text as a whole, without separators, and its words.
fn words(context: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for text in context {
        let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let parts = || text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        words.push(parts().collect::<String>());
        words.extend(parts().map(str::to_owned));
        words.extend(text.split('@').map(str::to_owned));
        words.push(text);
    }
    words.retain(|word| word.chars().count() >= MIN_WORD);
    words.sort();
    words.dedup();
    words
}

/// One sentence with a suggestion. zxcvbn's own are two or three that do not always fit together.
fn suggestion(entropy: &Entropy) -> &'static str {
    let from_context = entropy.sequence().iter().any(|found| match &found.pattern {
        // The type of zxcvbn's dictionaries is private.
        MatchPattern::Dictionary(pattern) => format!("{:?}", pattern.dictionary_name) == "UserInputs",
        _ => false,
    });
    if from_context {
        return LEAVE_OUT;
    }
    match entropy.feedback().and_then(|feedback| feedback.warning()) {
        Some(
            Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword,
        ) => TRIED_FIRST,
        Some(Warning::ThisIsSimilarToACommonlyUsedPassword) => {
            "This is too similar to a common password; take three or four unrelated words instead."
        }
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "Neighbouring keys are easy to guess; take three or four unrelated words instead."
        }
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => "Repetition makes a password hardly stronger; add a word or two that are unrelated.",
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => {
            "Sequences like abc or 6543 are easy to guess; add a word or two that are unrelated."
        }
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "Dates and years are easy to guess; add a word or two that are unrelated."
        }
        Some(
            Warning::AWordByItselfIsEasyToGuess
            | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => "Single words and names are easy to guess; add a word or two that are unrelated.",
        None => "Add a word or two; unusual ones are better.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weak(password: &str, context: &[&str]) -> String {
        let context: Vec<_> = context.iter().map(|text| (*text).to_owned()).collect();
        match check(password, &context) {
            Err(PasswordError::TooWeak { suggestion }) => suggestion,
            other => panic!("{password}: {other:?}"),
        }
    }

    #[test]
    fn what_is_tried_first_is_refused_and_why_is_said() {
        for (password, text) in [
            ("password", "very common password"),
            ("iloveyou", "very common password"),
            ("P@ssw0rd1", "to a common password"),
            ("qwertyuiop", "very common password"),
            ("yuioplkjhg", "Neighbouring keys"),
            ("aaaaaaaaaaaaaaaa", "Repetition"),
            ("abcdefghijklm", "Sequences"),
            ("13.05.1984", "Dates"),
            ("elizabeth", "Single words and names"),
        ] {
            let suggestion = weak(password, &[]);
            assert!(suggestion.contains(text), "{password}: {suggestion}");
        }
    }

    #[test]
    fn examples_that_everybody_knows_are_refused_however_they_are_written() {
        for password in [
            "correct horse battery staple",
            "Correct-Horse-Battery-Staple!",
            "correcthorsebatterystaple1",
            "correct-horse-battery",
            "c0rrect h0rse b4ttery st4ple",
            "Tr0ub4dor&3",
            "troubador&3",
            "Tr0ub4dor&3!",
        ] {
            let suggestion = weak(password, &[]);
            assert!(suggestion.contains("three or four unrelated words"), "{password}: {suggestion}");
        }
        assert_eq!(check("correct horse battery staple lamp orbit mustard", &[]), Ok(()));
    }

    #[test]
    fn name_of_the_shop_with_a_year_or_signs_is_refused() {
        for (shop, password) in [
            ("Bodega", "Bodega2026"),
            ("Bodega", "B0dega-2026!"),
            ("Bodega", "bodega#2026#bodega"),
            ("Bodega", "2026 -- B.o.d.e.g.a"),
            ("Nuts & Bolts", "Nuts & Bolts 2026"),
            ("Nuts & Bolts", "NutsBolts#2026"),
            ("Velorbit Outfitters", "Outfitters_2026_Velorbit"),
            ("Velorbit Outfitters", "V3lorbit+Outf1tters2026"),
        ] {
            weak(password, &[shop]);
        }
        assert_eq!(check("bodega lamp orbit mustard", &["Bodega".to_owned()]), Ok(()));
    }

    #[test]
    fn words_or_letters_that_nobody_expects_are_enough_without_digits_or_capitals() {
        for password in ["lamp orbit mustard", "xkqvzjwpyt", "пароль-из-леса-и-моря", "密碼是很長的一句話"]
        {
            assert_eq!(check(password, &[]), Ok(()), "{password}");
        }
    }

    #[test]
    fn a_password_must_be_hard_to_guess_from_its_beginning() {
        weak(&("password".repeat(4) + "lamp orbit mustard"), &[]);
        assert_eq!(check(&("password".repeat(2) + "lamp orbit mustard"), &[]), Ok(()));
    }

    #[test]
    fn what_is_known_of_somebody_does_not_count() {
        let context =
            ["ermentrude.q@xanadu-tea.example", "Ermentrude Quillfeather", "Ｖｅｌｏｒｂｉｔ Outfitters"];
        for password in [
            "ermentrude.q@xanadu-tea.example",
            "Quillfeather9",
            "ErmentrudeQuillfeather",
            "velorbit outfitters",
            "velorbitoutfitters",
            "xanadu-tea1",
        ] {
            assert_eq!(weak(password, &context), "Leave out your name, your address and the shop's name.");
        }
        assert_eq!(check("ErmentrudeQuillfeather", &[]), Ok(()), "somebody else may");
    }
}

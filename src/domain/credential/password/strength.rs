//! How hard a password is to guess. NIST SP 800-63B asks for a list of what must not be chosen, and against rules like
//! "one digit, one capital": people answer those with `Password1`. `zxcvbn` estimates guesses from lists of common
//! passwords, words and names, from keyboards, dates and repeats, and from what is known of the person.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Entropy, Score, feedback::Warning, matching::patterns::MatchPattern, zxcvbn};

use super::PasswordError;

/// So much of a password is judged: whoever begins with these has said enough, and 100 characters full of signs that
/// stand for letters (`4` for `a`) would cost as much as fifty hashes.
const JUDGED_CHARS: usize = 32;

/// Shorter words of what is known of a person say nothing: `de` of a name would count against any password with it.
const MIN_WORD: usize = 3;

const LEAVE_OUT: &str = "Leave out your name, your address and the shop's name.";

const TRIED_FIRST: &str =
    "It is one of the passwords that are tried first; take three or four unrelated words instead.";

/// Passwords that everybody knows as examples of good ones, which the estimate takes for good.
const EXAMPLES: [&str; 3] = ["correct horse battery staple", "correct horse battery", "Tr0ub4dor&3"];

/// Refuses what takes less than 10^8 guesses, as it is and without the words of `context` and examples in it. `context` is
/// what anybody would try first: the address, the name, the shop's name.
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

/// The password without these words, however their letters are written and parted; `None` if it holds none of them.
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

/// Letters and digits with their places, in lower case and with digits and signs as the letters that they stand for.
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

/// Each text as a whole, without its gaps, and its words.
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

/// One sentence that helps to find a better one. zxcvbn's own are two or three that do not always fit together.
fn suggestion(entropy: &Entropy) -> &'static str {
    let from_context = entropy.sequence().iter().any(|found| match &found.pattern {
        // The type of its dictionaries cannot be named from outside.
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
            "It is too much like a common password; take three or four unrelated words instead."
        }
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "Keys that lie side by side are tried early; take three or four unrelated words instead."
        }
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => "Saying the same thing again hardly helps; add a word or two that are unrelated.",
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => {
            "Sequences like abc or 6543 are tried early; add a word or two that are unrelated."
        }
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "Dates and years are tried early; add a word or two that are unrelated."
        }
        Some(
            Warning::AWordByItselfIsEasyToGuess
            | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => "Words and names by themselves are tried early; add a word or two that are unrelated.",
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
            ("password", "tried first"),
            ("iloveyou", "tried first"),
            ("P@ssw0rd1", "like a common password"),
            ("qwertyuiop", "tried first"),
            ("yuioplkjhg", "Keys that lie"),
            ("aaaaaaaaaaaaaaaa", "the same thing again"),
            ("abcdefghijklm", "Sequences"),
            ("13.05.1984", "Dates"),
            ("elizabeth", "Words and names"),
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

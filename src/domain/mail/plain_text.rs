//! Untrusted texts, made safe for mails.

use crate::domain::kernel::text::is_invisible;

/// Maximum number of characters of an untrusted text.
const MAX_CHARS: usize = 100;

/// An untrusted text as one short line that mail programs do not turn into a link: without control characters,
/// invisible characters and changes of the direction of writing, with a space inside hosts and addresses.
pub(super) fn plain(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c) || c.is_whitespace());
    let visible: String = visible.map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut plain = String::with_capacity(line.len());
    let mut before = None;
    for c in line.chars() {
        match (before, c) {
            (Some('.' | '。' | '．' | '｡'), c) if c.is_alphabetic() => plain.push(' '),
            (Some(':'), '/') | (Some('@'), _) => plain.push(' '),
            _ => {}
        }
        plain.push(c);
        before = Some(c);
    }
    if plain.chars().count() > MAX_CHARS {
        plain = plain.chars().take(MAX_CHARS).chain(['…']).collect();
    }
    plain
}

/// An email address that only its owner recognises: `a***@e***.org`.
pub fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first = |text: &str| text.chars().next().filter(|c| c.is_alphanumeric()).map(String::from);
    let first = |text| first(text).unwrap_or_default();
    let end = match domain.rsplit_once('.') {
        Some((_, end)) if !end.is_empty() && end.chars().all(|c| c.is_alphanumeric() || c == '-') => end,
        _ => return format!("{}***@{}***", first(local), first(domain)),
    };
    format!("{}***@{}***.{end}", first(local), first(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_is_one_line_without_links() {
        for (text, expected) in [
            ("Firefox 131.0 on Linux", "Firefox 131.0 on Linux"),
            ("  Zoë's\tphone ", "Zoë's phone"),
            ("a\r\nBcc: x@y.org\u{0}", "a Bcc: x@ y. org"),
            ("http://evil.example/win", "http: //evil. example/win"),
            ("WWW.evil.example", "WWW. evil. example"),
            ("evil。example", "evil。 example"),
            ("evil.\u{200b}example", "evil. example"),
            ("\u{202e}moc.live\u{2066}", "moc. live"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
        assert_eq!(plain(&"x".repeat(5000)).chars().count(), MAX_CHARS + 1);
    }

    #[test]
    fn a_masked_address_hides_all_but_its_shape() {
        for (email, expected) in [
            ("ada@example.org", "a***@e***.org"),
            ("b@mail.shop.example", "b***@m***.example"),
            ("ada@localhost", "a***@l***"),
            ("<b>@\"x\".<i>", "***@***"),
            ("nothing", "n***@***"),
        ] {
            assert_eq!(masked(email), expected);
        }
    }
}

//! Human-readable device of a session.

use woothee::parser::{Parser, WootheeResult};

/// Maximum length of a program's name.
const MAX_PROGRAM: usize = 40;

/// Device without a known user agent.
const UNKNOWN: &str = "Unknown device";

/// Browser and system of a `User-Agent`, like `Firefox on Linux`; for other programs their name, like `bodega-cli`. The
/// header is chosen by the client: the result is short, printable ASCII, and only a hint.
pub fn describe_device(user_agent: Option<&str>) -> String {
    let Some(user_agent) = user_agent else { return UNKNOWN.to_owned() };
    let known = Parser::new().parse(user_agent).filter(is_browser);
    match known.map(|known| (known.name, system(known.os))) {
        Some((browser, Some(system))) => format!("{browser} on {system}"),
        Some((browser, None)) => browser.to_owned(),
        None => program(user_agent).unwrap_or_else(|| UNKNOWN.to_owned()),
    }
}

/// For crawlers and libraries woothee knows only the kind; their own name is more useful.
fn is_browser(known: &WootheeResult<'_>) -> bool {
    known.browser_type == "browser"
}

/// Common name of the system.
fn system(name: &str) -> Option<&str> {
    match name {
        "UNKNOWN" | "" => None,
        "Mac OSX" => Some("macOS"),
        "Windows UNKNOWN Ver" => Some("Windows"),
        name if name.starts_with("Windows NT") => Some("Windows"),
        name => Some(name),
    }
}

/// Name of the first product (RFC 9110, 10.1.5), except `Mozilla`, which nearly all browsers send.
fn program(user_agent: &str) -> Option<String> {
    let first = user_agent.split([' ', '/', '(']).next()?;
    let name: String = first.chars().filter(char::is_ascii_graphic).take(MAX_PROGRAM).collect();
    (!name.is_empty() && name != "Mozilla" && name != "-").then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn browsers_are_told_with_their_systems() {
        for (user_agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 \
                 Safari/537.36",
                "Chrome on Windows 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 \
                 Safari/537.36 Edg/143.0.0.0",
                "Edge on Windows 10",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile \
                 Safari/537.36",
                "Chrome on Android",
            ),
        ] {
            assert_eq!(describe_device(Some(user_agent)), words, "{user_agent}");
        }
    }

    #[test]
    fn other_programs_are_told_by_their_names() {
        for (user_agent, words) in [
            ("bodega-cli/1.2 (linux)", "bodega-cli"),
            ("curl/8.14.1", "curl"),
            ("node", "node"),
            ("Shop%20App/7 CFNetwork/3860 Darwin/25.0.0", "Shop%20App"),
            ("okhttp/4.12.0", "okhttp"),
            ("Java/21.0.1", "Java"),
            ("Googlebot/2.1 (+http://www.google.com/bot.html)", "Googlebot"),
        ] {
            assert_eq!(describe_device(Some(user_agent)), words, "{user_agent}");
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        for user_agent in
            [None, Some(""), Some("-"), Some("Mozilla/5.0"), Some("密碼/1"), Some(" "), Some("\u{7}/1")]
        {
            assert_eq!(describe_device(user_agent), "Unknown device", "{user_agent:?}");
        }
        assert_eq!(describe_device(Some(&"x".repeat(512))), "x".repeat(40));
        assert_eq!(describe_device(Some("a<b>\u{202e}\u{1b}[31m/1")), "a<b>[31m");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_the_words_are_short_and_printable(
            parts in proptest::collection::vec(prop_oneof![
                Just("Mozilla/5.0 ("), Just("Windows "), Just("Windows NT 10.0;"), Just("MSIE 9;"), Just("Trident/7;"),
                Just("Opera/"), Just("Android "), Just("iPhone; "), Just("Mac OS X "), Just("rv:"), Just("DoCoMo/"),
                Just("PlayStation"), Just("Nintendo"), Just("Chrome/"), Just("Safari/"), Just("Version/"), Just("FOMA;"),
                Just("KDDI-"), Just("UP.Browser"), Just("jig browser"), Just("BlackBerry"), Just("1.2"), Just(";"),
                Just(")"), Just(" "), Just("é"), Just("Linux"), Just("CrOS"), Just("Firefox/"), Just("IEMobile/"),
            ], 0..12),
            tail in ".{0,40}",
        ) {
            let words = describe_device(Some(&(parts.concat() + &tail)));
            prop_assert!(!words.is_empty() && words.len() <= 100, "{}", words);
            prop_assert!(words.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{}", words);
        }
    }
}

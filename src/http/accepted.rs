//! Headers in which a client weighs alternatives
//! ([RFC 9110, 12.4.2](https://www.rfc-editor.org/rfc/rfc9110#name-quality-values)).

use poem::http::{HeaderMap, HeaderName};

/// The elements of `Accept` or `Accept-Encoding`, without malformed ones.
pub(super) fn accepted(headers: &HeaderMap, name: HeaderName) -> Vec<(String, u16)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(element).collect()
}

/// A name in lower case and its weight in thousandths; none in another character set than UTF-8.
pub(super) fn element(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let mut weight = 1_000;
    for (parameter, value) in parts.filter_map(|part| part.split_once('=')) {
        match parameter.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value.trim())?,
            "charset" if !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8") => return None,
            _ => {}
        }
    }
    Some((name, weight))
}

/// A weight is 0 to 1 with at most three digits.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match (whole, format!("{fraction:0<3}").parse().ok()?) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_0_to_1_with_three_digits() {
        for (text, expected) in [
            ("GZIP", Some(("gzip", 1_000))),
            (" gzip ; q=1.000", Some(("gzip", 1_000))),
            ("gzip;Q=0.5", Some(("gzip", 500))),
            ("text/html;level=1;q=0.001", Some(("text/html", 1))),
            ("gzip;q=0", Some(("gzip", 0))),
            ("a/b;charset=\"UTF-8\"", Some(("a/b", 1_000))),
            ("a/b;charset=utf-16", None),
            ("", None),
            (";q=1", None),
            ("gzip;q=2", None),
            ("gzip;q=-1", None),
            ("gzip;q=1.001", None),
            ("gzip;q=0.1234", None),
            ("gzip;q=", None),
            ("gzip;q=nonsense", None),
        ] {
            assert_eq!(element(text).as_ref().map(|(name, weight)| (&**name, *weight)), expected, "{text}");
        }
    }
}

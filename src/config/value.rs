//! Parsers of setting values.

use std::{net::SocketAddr, time::Duration};

use poem::http::HeaderName;

use crate::domain::kernel::quota::Quota;

pub type Listen = Option<SocketAddr>;

/// A rate limit; `None` for no limit.
pub type Rate = Option<Quota>;

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("must be longer than 0".to_owned()),
        Ok(duration) if duration > Duration::from_secs(10 * 366 * 24 * 3600) => {
            Err("must be shorter than ten years".to_owned())
        }
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it like 500ms, 30s, 15m or 14d")),
    }
}

pub(super) fn listen(text: &str) -> Result<Listen, std::net::AddrParseError> {
    // A variable that is set to nothing means nowhere, too.
    if text.is_empty() || text == "off" { Ok(None) } else { text.parse().map(Some) }
}

pub(super) fn header(text: &str) -> Result<String, &'static str> {
    // A variable that is set to nothing names none.
    match text.is_empty() || text.parse::<HeaderName>().is_ok() {
        true => Ok(text.to_owned()),
        false => Err("must be the name of a header"),
    }
}

pub(super) fn collector(text: &str) -> Result<String, &'static str> {
    let has_scheme = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    match has_scheme || text.is_empty() {
        true => Ok(text.to_owned()),
        false => Err("must be a URL like http://localhost:4318"),
    }
}

pub(super) fn ratio(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1"),
    }
}

pub(super) fn rate(text: &str) -> Result<Rate, String> {
    if text == "0" {
        return Ok(None);
    }
    let (points, time) = text.split_once('/').ok_or(
        "must be points and the duration in which they are restored, like 120000/1m, or 0 for no limit",
    )?;
    let burst = points
        .parse::<u32>()
        .ok()
        .filter(|points| *points > 0)
        .ok_or_else(|| format!("the points must be a whole number from 1 to {}", u32::MAX))?;
    let interval = duration(time)? / burst;
    if interval.is_zero() {
        return Err("must not be more than one point per nanosecond".to_owned());
    }
    Ok(Some(Quota { burst, interval }))
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        // Tokio's semaphores hold no more.
        Ok(number) if (1..=usize::MAX >> 3).contains(&number) => Ok(number),
        _ => Err("must be a whole number above 0".to_owned()),
    }
}

pub(super) fn origin(text: &str) -> Result<String, String> {
    // A variable that is set to nothing means none.
    if text.is_empty() {
        return Ok(String::new());
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']) => {
            Ok(text.to_lowercase())
        }
        _ => Err("must be a scheme and a host like https://shop.example, without a path".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_points_and_the_time_in_which_they_come_back() {
        let quota = Quota { burst: 120_000, interval: Duration::from_micros(500) };
        assert_eq!(rate("120000/1m"), Ok(Some(quota)));
        assert_eq!(rate("0"), Ok(None));
        for (text, message) in [
            ("", "like 120000/1m"),
            ("120000", "like 120000/1m"),
            ("0/1m", "from 1 to"),
            ("-1/1m", "from 1 to"),
            ("5000000000/1m", "from 1 to"),
            ("many/1m", "from 1 to"),
            ("10/", "like 500ms"),
            ("10/1", "like 500ms"),
            ("10/0s", "longer than 0"),
            ("10/20y", "shorter than ten years"),
            ("4000000000/1s", "nanosecond"),
        ] {
            let error = rate(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}

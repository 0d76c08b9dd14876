//! Durations and lists of permissions in words, for messages and mails.

use std::time::Duration;

use super::quota::whole_seconds;

/// `1 second`, `90 seconds`; rounded up.
pub fn seconds(duration: &Duration) -> String {
    count(whole_seconds(duration), "second")
}

/// `30 minutes`, `1 hour`, `24 hours`, `7 days`; rounded, since mails are sent a moment later.
pub fn about(duration: Duration) -> String {
    const MINUTE: u64 = 60;
    let minutes = (duration.as_secs() + MINUTE / 2) / MINUTE;
    let in_steps = |step: u64| (minutes + step / 2) / step * step;
    let minutes = match minutes {
        0..10 => minutes.max(1),
        10..120 => in_steps(5),
        // Rounded down, unless the next hour is near.
        _ => (minutes + 10) / 60 * 60,
    };
    match minutes {
        m if m >= 48 * 60 && m.is_multiple_of(24 * 60) => count(m / (24 * 60), "day"),
        m if m.is_multiple_of(60) => count(m / 60, "hour"),
        m => count(m, "minute"),
    }
}

/// `` The permission `A` is required. ``, `` The permissions `A`, `B` and `C` are required. ``
pub fn permissions_required<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let last = names.pop().unwrap_or_default();
    match names.is_empty() {
        true => format!("The permission {last} is required."),
        false => format!("The permissions {} and {last} are required.", names.join(", ")),
    }
}

fn count(number: u64, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_told_as_people_say_it() {
        const HOUR: u64 = 3600;
        for (duration, words) in [
            (0, "1 minute"),
            (40, "1 minute"),
            (119, "2 minutes"),
            (29 * 60 + 50, "30 minutes"),
            (90 * 60, "90 minutes"),
            (HOUR - 20, "1 hour"),
            (2 * HOUR - 20, "2 hours"),
            (24 * HOUR - 1, "24 hours"),
            (24 * HOUR - 60, "24 hours"),
            (23 * HOUR, "23 hours"),
            (5 * HOUR + 49 * 60, "5 hours"),
            (36 * HOUR, "36 hours"),
            (7 * 24 * HOUR - 90, "7 days"),
        ] {
            assert_eq!(about(Duration::from_secs(duration)), words, "{duration}");
        }
    }

    #[test]
    fn seconds_agree_with_their_number() {
        assert_eq!(seconds(&Duration::from_millis(900)), "1 second");
        assert_eq!(seconds(&Duration::from_millis(1001)), "2 seconds");
    }

    #[test]
    fn permissions_are_listed_in_a_sentence() {
        assert_eq!(permissions_required(["A"]), "The permission `A` is required.");
        assert_eq!(permissions_required(["A", "B"]), "The permissions `A` and `B` are required.");
        assert_eq!(permissions_required(["A", "B", "C"]), "The permissions `A`, `B` and `C` are required.");
    }
}

//! Times on dispatch pages, which a script turns into running timers.

use jiff::{Timestamp, tz::Offset};
use leptos::prelude::*;
use shared::{Lang, texts::dispatch as t};

/// The time of day in the city, to the second; with month and day unless it is today's.
pub(super) fn clock(at: Timestamp, now: Timestamp) -> String {
    let city = Offset::constant(8);
    let (there, today) = (city.to_datetime(at), city.to_datetime(now).date());
    let time = format!("{:02}:{:02}:{:02}", there.hour(), there.minute(), there.second());
    if there.date() == today { time } else { format!("{:02}-{:02} {time}", there.month(), there.day()) }
}

/// The time since then, counting up.
pub(super) fn since(at: Timestamp, now: Timestamp) -> AnyView {
    view! { <time class="tick number" datetime=at.to_string() data-since=at.as_second().to_string()>{clock(at, now)}</time> }
        .into_any()
}

/// The time until then, counting down.
pub(super) fn until(at: Timestamp, now: Timestamp) -> AnyView {
    view! { <time class="tick number" datetime=at.to_string() data-until=at.as_second().to_string()>{clock(at, now)}</time> }
        .into_any()
}

/// The time itself, without a timer.
pub(super) fn at(at: Timestamp, now: Timestamp) -> AnyView {
    view! { <time class="number" datetime=at.to_string()>{clock(at, now)}</time> }.into_any()
}

/// A distance in words: metres below one kilometre, rounded to ten.
pub(super) fn distance(metres: f64, lang: Lang) -> String {
    if metres < 1000.0 {
        t::metres(lang, format!("{:.0}", (metres / 10.0).round() * 10.0))
    } else {
        t::kilometres(lang, format!("{:.1}", metres / 1000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_city_and_distances_are_short() {
        let read = |text: &str| text.parse::<Timestamp>().unwrap();
        let at = read("2026-01-31T16:05:09Z");
        assert_eq!(clock(at, read("2026-02-01T15:59:59Z")), "00:05:09");
        assert_eq!(clock(at, read("2026-02-01T16:00:00Z")), "02-01 00:05:09");
        assert_eq!((distance(84.0, Lang::Zh), distance(1_260.0, Lang::En)), ("80 米".to_owned(), "1.3 km".to_owned()));
    }
}

//! A dispatcher at a desk: hears of changes by the stream of events, and looks at the board again at each.

use super::town::{Town, said};
use load::{browser::Browser, people};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};
use uuid::Uuid;

/// Whose desk it is.
const MAILBOX: &str = "dispatcher1.dispatch-420106";
const BOARD: &str = "/dispatch";

/// A dispatcher who is signed in.
pub(super) struct Desk {
    browser: Browser,
    centre: Uuid,
}

impl Desk {
    pub(super) fn new(town: &Town, to: SocketAddr) -> Result<Self, String> {
        let mut browser = Browser::new(to, Ipv4Addr::new(127, 0, 2, 1));
        people::sign_in_staff(&mut browser, &town.printed()?, MAILBOX)?;
        Ok(Self { browser, centre: town.centre()? })
    }

    /// Watches the board until then: when each call was on it first, by its number.
    pub(super) fn watch(&self, until: Instant) -> Result<BTreeMap<String, Instant>, String> {
        let mut screen = self.browser.clone();
        let mut events = self.browser.listen(&format!("/live?queue={}", self.centre)).map_err(said)?;
        let mut seen = BTreeMap::new();
        while Instant::now() < until {
            if events.next_event().map_err(said)?.is_none() {
                continue;
            }
            let board = get(&mut screen, BOARD)?;
            let now = Instant::now();
            for number in numbers(&board) {
                seen.entry(number).or_insert(now);
            }
        }
        Ok(seen)
    }
}

fn get(browser: &mut Browser, path: &str) -> Result<String, String> {
    let page = browser.get(path, &[("accept", "text/html")]).map_err(said)?;
    if page.status == 200 { Ok(page.text()) } else { Err(format!("{path}: {} {}", page.status, page.text())) }
}

/// The numbers of calls in a page.
fn numbers(page: &str) -> Vec<String> {
    let is_number = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    page.match_indices("HJ-").filter_map(|(at, _)| page.get(at..)?.split(|c| !is_number(c)).next()).map(str::to_owned).collect()
}

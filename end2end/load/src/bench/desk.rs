//! Simulates a dispatcher who follows the event stream and reloads the board at each event.

use super::bench_city::{BenchCity, error_text};
use load::{browser::Browser, people};
use shared::ids::OrganisationId;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};
use uuid::Uuid;

/// The dispatcher's mailbox.
const MAILBOX: &str = "dispatcher1.dispatch-420106";
const BOARD: &str = "/dispatch";

/// A signed-in dispatcher.
pub(super) struct Desk {
    browser: Browser,
    centre: OrganisationId,
}

impl Desk {
    pub(super) fn new(bench_city: &BenchCity, to: SocketAddr) -> Result<Self, String> {
        let mut browser = Browser::new(to, Ipv4Addr::new(127, 0, 2, 1));
        people::sign_in_staff(&mut browser, &bench_city.server_log()?, MAILBOX)?;
        Ok(Self { browser, centre: bench_city.centre()? })
    }

    /// Watches the board until a moment. Returns when each call first appeared, by case number.
    pub(super) fn watch(&self, until: Instant) -> Result<BTreeMap<String, Instant>, String> {
        let mut screen = self.browser.window();
        let mut events = self.browser.listen(&format!("/live?queue={}", self.centre)).map_err(error_text)?;
        let mut seen = BTreeMap::new();
        while Instant::now() < until {
            if events.next_event().map_err(error_text)?.is_none() {
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

    /// Answers a call.
    pub(super) fn answer(&mut self, number: &str) -> Result<(), String> {
        self.act(number, "answer", &[])
    }

    /// Opens the page of a call.
    pub(super) fn open_call(&mut self, number: &str) -> Result<String, String> {
        get(&mut self.browser, &format!("{BOARD}/{number}"))
    }

    /// Closes a call as a false alarm, with the version that the form shows.
    pub(super) fn call_off(&mut self, number: &str) -> Result<(), String> {
        let form = get(&mut self.browser, &format!("{BOARD}/{number}/call_off"))?;
        let version = form.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let version = version.ok_or("the form shows no version")?;
        self.act(number, "call_off", &[("version", version), ("fields[sentence]", "测量用的呼叫，到此为止。")])
    }

    fn act(&mut self, number: &str, action: &str, more: &[(&str, &str)]) -> Result<(), String> {
        let key = Uuid::new_v4().to_string();
        let mut form = vec![("number", number), ("action", action), ("key", &key)];
        form.extend_from_slice(more);
        let answer = self.browser.post("/api/care/act", &form).map_err(error_text)?;
        if answer.status < 400 { Ok(()) } else { Err(format!("{action}: {} {}", answer.status, answer.text())) }
    }
}

fn get(browser: &mut Browser, path: &str) -> Result<String, String> {
    let page = browser.get(path, &[("accept", "text/html")]).map_err(error_text)?;
    if page.status == 200 { Ok(page.text()) } else { Err(format!("{path}: {} {}", page.status, page.text())) }
}

/// The numbers of the calls on a page.
fn numbers(page: &str) -> Vec<String> {
    let is_number = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    page.match_indices("HJ-").filter_map(|(at, _)| page.get(at..)?.split(|c| !is_number(c)).next()).map(str::to_owned).collect()
}

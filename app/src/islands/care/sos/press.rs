//! The press: stored before it is sent, sent until it is acknowledged, cancelled on request, followed until the call ends.

use super::{
    hold::Hold,
    place::LocationSender,
    state::{self, CALLS, SEND_TIMEOUT_MS, page_value, part, show},
};
use crate::islands::{
    browser::{
        fetch::{post_form, text},
        listen::listen,
        sleep::sleep,
    },
    island_props::IslandProps,
};
use leptos::{prelude::*, task::spawn_local};
use std::{cell::Cell, fmt::Write as _, rc::Rc, time::Duration};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

/// The countdown in seconds.
const COUNTDOWN_SECONDS: u32 = 5;
/// The polling interval of the status.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The texts on the page: not sent yet, seconds left, status of the location, and the label of the button that sends it.
#[derive(Clone, Copy)]
pub(super) struct Messages {
    pub(super) unsent: RwSignal<String>,
    pub(super) countdown: RwSignal<String>,
    pub(super) place: RwSignal<String>,
    pub(super) label: RwSignal<String>,
}

/// The button, for the lifetime of the page.
#[derive(Clone)]
pub(super) struct Button(Rc<Inner>);

struct Inner {
    sending: String,
    connection_lost: String,
    countdown: String,
    cancelling: String,
    messages: Messages,
    hold: Rc<Hold>,
    place: Rc<LocationSender>,
    /// Whether the status is being polled.
    polls: Cell<bool>,
}

/// Sixteen random bytes in hexadecimal.
fn random() -> Option<String> {
    let mut bytes = [0_u8; 16];
    window().crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// The values of a form except the key that the server put in it.
fn answers(form: &HtmlFormElement) -> String {
    let mut body = String::new();
    let Ok(typed) = FormData::new_with_form(form) else { return body };
    for name in ["callback", "words", "for_person"] {
        if let Some(value) = typed.get(name).as_string().filter(|v| !v.trim().is_empty()) {
            let value: String = js_sys::encode_uri_component(&value).into();
            let _ = write!(body, "&{name}={value}");
        }
    }
    body
}

fn show_open_call() {
    show("sos-on", true);
    show("sos-acts", true);
    show("sos-ask", false);
}

impl Button {
    pub(super) fn begin(props: &IslandProps, messages: Messages) -> Self {
        let words = |name| props.text(name);
        let button = Self(Rc::new(Inner {
            sending: words("sending"),
            connection_lost: words("connection_lost"),
            countdown: words("countdown"),
            cancelling: words("cancelling"),
            messages,
            hold: Hold::begin(props),
            place: LocationSender::new(props, messages.place, messages.label),
            polls: Cell::new(false),
        }));
        button.wire();
        // After hydration: earlier changes would not be shown.
        let resumed = button.clone();
        set_timeout(move || resumed.resume(), Duration::ZERO);
        button
    }

    /// Resumes the state in which the page was left.
    fn resume(&self) {
        if state::is_sending() {
            return self.run();
        }
        if page_value("on") == "true" {
            self.follow();
        } else if state::is_pressed() && state::body().is_some() {
            // A page from the browser's cache does not know an acknowledged call.
            show_open_call();
            self.follow();
        }
        if state::is_cancelling() {
            self.cancel();
        }
    }

    fn wire(&self) {
        if let Some(form) = part("sos-form").and_then(|f| f.dyn_into::<HtmlFormElement>().ok()) {
            let button = self.clone();
            let own = form.clone();
            listen(&form, "submit", move |event| {
                event.prevent_default();
                button.press(&own);
            });
        }
        if let Some(form) = part("sos-cancel") {
            let button = self.clone();
            listen(&form, "submit", move |event| {
                // A call that this browser did not make is cancelled by the form itself.
                if state::body().is_some() {
                    event.prevent_default();
                    button.cancel();
                }
            });
        }
    }

    /// Creates the press and stores it before anything is sent.
    fn press(&self, form: &HtmlFormElement) {
        if !self.0.hold.counts() {
            return;
        }
        let (Some(id), Some(secret)) = (random(), random()) else {
            // Without randomness the key from the server is used.
            let _ = form.submit();
            return;
        };
        state::pressed(&["id=", &id, "&secret=", &secret, &answers(form)].concat());
        self.count_down(COUNTDOWN_SECONDS);
        self.run();
        self.0.place.attach_to_call();
    }

    /// Sends the location on request.
    pub(super) fn locate(&self) {
        self.0.place.locate();
    }

    /// Shows for five seconds that the press can be cancelled; sending is not delayed.
    fn count_down(&self, left: u32) {
        let messages = self.0.messages.countdown;
        if left == 0 || state::is_cancelling() || !state::is_pressed() {
            messages.set(String::new());
            return;
        }
        messages.set(self.0.countdown.replace("SECONDS", &left.to_string()));
        let button = self.clone();
        set_timeout(move || button.count_down(left - 1), Duration::from_secs(1));
    }

    /// Sends until it is acknowledged, then cancels it if requested, then follows the call.
    fn run(&self) {
        show_open_call();
        show("sos-more", false);
        if let Some(state) = part("sos-state") {
            state.set_inner_html("");
        }
        self.0.messages.unsent.set(self.0.sending.clone());
        if let Some(unsent) = part("sos-on") {
            unsent.scroll_into_view();
        }
        let button = self.clone();
        spawn_local(async move {
            let mut wait = Duration::from_millis(500);
            while state::is_sending() {
                let Some(body) = state::body() else { return };
                if post_form(CALLS, &body, "application/json", SEND_TIMEOUT_MS).await.is_some() {
                    state::acknowledged();
                    break;
                }
                sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
            button.0.messages.unsent.set(String::new());
            show("sos-more", true);
            button.follow();
            if state::is_cancelling() {
                button.cancel();
            }
            button.0.place.acknowledged().await;
        });
    }

    /// Cancels the press, or reports the caller as fine: the server decides which. It waits for the acknowledgement, so that
    /// it cannot overtake the press.
    fn cancel(&self) {
        state::set_cancelling(true);
        self.0.messages.countdown.set(String::new());
        self.0.messages.unsent.set(self.0.cancelling.clone());
        if state::is_sending() {
            return;
        }
        let button = self.clone();
        spawn_local(async move {
            while let Some(body) = state::body() {
                if post_form(&[CALLS, "/cancel"].concat(), &body, "application/json", SEND_TIMEOUT_MS).await.is_some() {
                    break;
                }
                sleep(Duration::from_secs(1)).await;
            }
            state::set_cancelling(false);
            button.0.messages.unsent.set(String::new());
            button.update_status().await;
        });
    }

    /// Polls the status until the call has ended.
    fn follow(&self) {
        if self.0.polls.replace(true) {
            return;
        }
        self.0.place.attach_to_call();
        let button = self.clone();
        spawn_local(async move {
            while button.update_status().await {
                sleep(POLL_INTERVAL).await;
            }
            button.0.polls.set(false);
        });
    }

    /// Draws the status; returns whether the call is still open.
    async fn update_status(&self) -> bool {
        let body = [&state::body().unwrap_or_default(), "&lang=", &page_value("lang")].concat();
        let answer = post_form(&[CALLS, "/status"].concat(), &body, "text/html", SEND_TIMEOUT_MS).await;
        let Some(html) = (match &answer {
            Some(answer) => text(answer).await,
            None => None,
        }) else {
            self.0.messages.unsent.set(self.0.connection_lost.clone());
            return true;
        };
        if !state::is_cancelling() {
            self.0.messages.unsent.set(String::new());
        }
        if let Some(state) = part("sos-state").filter(|s| s.inner_html() != html) {
            state.set_inner_html(&html);
        }
        let ended = html.contains("data-phase=\"ended\"");
        if ended {
            state::ended();
            self.0.messages.countdown.set(String::new());
            show("sos-on", false);
            show("sos-acts", false);
            show("sos-ask", true);
        }
        !ended
    }
}

//! The press: stored before it is sent, sent until it is acknowledged, cancelled on request, followed until the call ends.

use super::{
    hold::Hold,
    place::Place,
    state::{self, CALLS, TRY_MS, page_value, part, show},
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

/// Seconds that are counted down on the screen.
const COUNTED: u32 = 5;
/// How often news is asked for.
const POLL: Duration = Duration::from_secs(2);

/// What is said on the page: that it is not sent, the seconds that are left, where the browser is, and what the button
/// says that sends that.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) unsent: RwSignal<String>,
    pub(super) countdown: RwSignal<String>,
    pub(super) place: RwSignal<String>,
    pub(super) label: RwSignal<String>,
}

/// The button, as long as the page lives.
#[derive(Clone)]
pub(super) struct Button(Rc<Inner>);

struct Inner {
    sending: String,
    lost_touch: String,
    countdown: String,
    cancelling: String,
    said: Said,
    hold: Rc<Hold>,
    place: Rc<Place>,
    /// Whether news is being asked for.
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

/// A form's answers, but for the key that the server put in it.
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

fn call_is_on() {
    show("sos-on", true);
    show("sos-acts", true);
    show("sos-ask", false);
}

impl Button {
    pub(super) fn begin(props: &IslandProps, said: Said) -> Self {
        let words = |name| props.text(name);
        let button = Self(Rc::new(Inner {
            sending: words("sending"),
            lost_touch: words("lost_touch"),
            countdown: words("countdown"),
            cancelling: words("cancelling"),
            said,
            hold: Hold::begin(props),
            place: Place::new(props, said.place, said.label),
            polls: Cell::new(false),
        }));
        button.wire();
        // After the part was taken over from the server's drawing: what is said before would not be shown.
        let resumed = button.clone();
        set_timeout(move || resumed.resume(), Duration::ZERO);
        button
    }

    /// Goes on where this browser was when the page was left.
    fn resume(&self) {
        if state::is_sending() {
            return self.run();
        }
        if page_value("on") == "true" {
            self.follow();
        } else if state::is_pressed() && state::body().is_some() {
            // A page from the browser's own store knows nothing of a call that was acknowledged.
            call_is_on();
            self.follow();
        }
        if state::is_taken_back() {
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
                // A call that this browser did not make is taken back by the form itself.
                if state::body().is_some() {
                    event.prevent_default();
                    button.cancel();
                }
            });
        }
    }

    /// Makes the press and keeps it before anything is sent.
    fn press(&self, form: &HtmlFormElement) {
        if !self.0.hold.counts() {
            return;
        }
        let (Some(id), Some(secret)) = (random(), random()) else {
            // Without randomness the server's own key serves.
            let _ = form.submit();
            return;
        };
        state::pressed(&["id=", &id, "&secret=", &secret, &answers(form)].concat());
        self.count_down(COUNTED);
        self.run();
        self.0.place.stand();
    }

    /// Sends the location on request.
    pub(super) fn locate(&self) {
        self.0.place.locate();
    }

    /// Five seconds in which it is plain that it can be taken back; they delay nothing.
    fn count_down(&self, left: u32) {
        let said = self.0.said.countdown;
        if left == 0 || state::is_taken_back() || !state::is_pressed() {
            said.set(String::new());
            return;
        }
        said.set(self.0.countdown.replace("SECONDS", &left.to_string()));
        let button = self.clone();
        set_timeout(move || button.count_down(left - 1), Duration::from_secs(1));
    }

    /// Sends until it is acknowledged, then takes it back if that is wanted, then follows it.
    fn run(&self) {
        call_is_on();
        show("sos-more", false);
        if let Some(state) = part("sos-state") {
            state.set_inner_html("");
        }
        self.0.said.unsent.set(self.0.sending.clone());
        if let Some(unsent) = part("sos-on") {
            unsent.scroll_into_view();
        }
        let button = self.clone();
        spawn_local(async move {
            let mut wait = Duration::from_millis(500);
            while state::is_sending() {
                let Some(body) = state::body() else { return };
                if post_form(CALLS, &body, "application/json", TRY_MS).await.is_some() {
                    state::acknowledged();
                    break;
                }
                sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
            button.0.said.unsent.set(String::new());
            show("sos-more", true);
            button.follow();
            if state::is_taken_back() {
                button.cancel();
            }
            button.0.place.acknowledged().await;
        });
    }

    /// Takes it back, or says that one is fine: the server knows which. Not before the press is acknowledged, so that
    /// it cannot overtake it.
    fn cancel(&self) {
        state::take_back(true);
        self.0.said.countdown.set(String::new());
        self.0.said.unsent.set(self.0.cancelling.clone());
        if state::is_sending() {
            return;
        }
        let button = self.clone();
        spawn_local(async move {
            while let Some(body) = state::body() {
                if post_form(&[CALLS, "/cancel"].concat(), &body, "application/json", TRY_MS).await.is_some() {
                    break;
                }
                sleep(Duration::from_secs(1)).await;
            }
            state::take_back(false);
            button.0.said.unsent.set(String::new());
            button.news().await;
        });
    }

    /// Asks for news until it has ended.
    fn follow(&self) {
        if self.0.polls.replace(true) {
            return;
        }
        self.0.place.stand();
        let button = self.clone();
        spawn_local(async move {
            while button.news().await {
                sleep(POLL).await;
            }
            button.0.polls.set(false);
        });
    }

    /// Draws the status; returns whether more is to come.
    async fn news(&self) -> bool {
        let body = [&state::body().unwrap_or_default(), "&lang=", &page_value("lang")].concat();
        let answer = post_form(&[CALLS, "/status"].concat(), &body, "text/html", TRY_MS).await;
        let Some(html) = (match &answer {
            Some(answer) => text(answer).await,
            None => None,
        }) else {
            self.0.said.unsent.set(self.0.lost_touch.clone());
            return true;
        };
        if !state::is_taken_back() {
            self.0.said.unsent.set(String::new());
        }
        if let Some(state) = part("sos-state").filter(|s| s.inner_html() != html) {
            state.set_inner_html(&html);
        }
        let ended = html.contains("data-phase=\"ended\"");
        if ended {
            state::ended();
            self.0.said.countdown.set(String::new());
            show("sos-on", false);
            show("sos-acts", false);
            show("sos-ask", true);
        }
        !ended
    }
}

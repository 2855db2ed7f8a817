//! The emergency button in the browser: makes the press and keeps it, sends it until it is acknowledged, follows the
//! call, and adds where the caller is. What was pressed outlives a reload and a lost network: it is kept in the browser's
//! storage until the server has it and the call has ended.
//!
//! Everything else on the page is drawn by the server; the island shows and hides it.

use leptos::prelude::*;

/// What the island is given, by name: `sending` until the press is acknowledged; `lost_touch` when it is and no news can be
/// had; `countdown`, with `SECONDS` for the seconds that are left; `cancelling` while it is being taken back; `locate` on
/// the button that sends where the caller is, and `locate_with_them` where it is for somebody else, who may be elsewhere;
/// `locating` while the browser looks, `located`, with `METRES` for the accuracy, `not_located` when it could not be found
/// out; `press` on the button, `hold` when it is to be held, `hold_longer` when it was not held long enough.
#[cfg(feature = "ssr")]
pub fn sos(values: [(&'static str, String); 12]) -> AnyView {
    crate::http::islands::given::island("sos", values, || view! { <Sos/> }.into_any())
}

/// What the button needs, and what it says while a call is on.
#[island]
pub fn Sos() -> impl IntoView {
    let given = crate::http::islands::given::Given::to("sos");
    let unsent = RwSignal::new(String::new());
    let countdown = RwSignal::new(String::new());
    let place = RwSignal::new(String::new());
    let label = RwSignal::new(given.text("locate"));
    #[cfg(feature = "hydrate")]
    let locate = {
        let button = live::begin(&given, live::Said { unsent, countdown, place, label });
        move |_| button.locate()
    };
    #[cfg(not(feature = "hydrate"))]
    let locate = |_| ();
    view! {
        <div role="alert">
            <p class="sos-unsent" hidden=move || unsent.with(String::is_empty)>{move || unsent.get()}</p>
        </div>
        <p class="sos-countdown" hidden=move || countdown.with(String::is_empty)>{move || countdown.get()}</p>
        <div class="row">
            <button type="button" class="button button-secondary" on:click=locate>{move || label.get()}</button>
            <span class="hint" role="status">{move || place.get()}</span>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod live {
    use crate::http::islands::{
        fetch::{post_form, text},
        given::Given,
        number::shown,
    };
    use leptos::{prelude::*, task::spawn_local};
    use std::{
        cell::{Cell, RefCell},
        fmt::Write as _,
        rc::Rc,
        time::Duration,
    };
    use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Element, EventTarget, FormData, HtmlFormElement, HtmlInputElement, Storage};

    const CALLS: &str = "/api/care/calls";
    /// Where the press is kept: its form, as it is sent.
    const BODY: &str = "huimin.sos.body";
    /// `sending` until it is acknowledged, then `sent`.
    const STATE: &str = "huimin.sos.state";
    /// Set when it is to be taken back.
    const CANCEL: &str = "huimin.sos.cancel";
    /// Set by whoever wants to hold the button.
    const HOLD: &str = "huimin.sos.hold";
    /// How long the button is held then, in milliseconds.
    const HOLD_MS: f64 = 1_000.0;
    /// Seconds that are counted down on the screen.
    const COUNTED: u32 = 5;
    /// How long one try to send may take, in milliseconds.
    const TRY_MS: u32 = 5_000;
    /// How often news is asked for.
    const POLL: Duration = Duration::from_secs(2);
    /// Milliseconds between two places that are sent without being asked for.
    const PLACES_MS: f64 = 20_000.0;

    /// What may be said, as the server gave it.
    struct Texts {
        sending: String,
        lost_touch: String,
        countdown: String,
        cancelling: String,
        locate: String,
        locate_with_them: String,
        locating: String,
        located: String,
        not_located: String,
        hold: String,
        press: String,
        hold_longer: String,
    }

    impl Texts {
        fn of(given: &Given) -> Self {
            Self {
                sending: given.text("sending"),
                lost_touch: given.text("lost_touch"),
                countdown: given.text("countdown"),
                cancelling: given.text("cancelling"),
                locate: given.text("locate"),
                locate_with_them: given.text("locate_with_them"),
                locating: given.text("locating"),
                located: given.text("located"),
                not_located: given.text("not_located"),
                hold: given.text("hold"),
                press: given.text("press"),
                hold_longer: given.text("hold_longer"),
            }
        }
    }

    /// What is said on the page.
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
        texts: Texts,
        said: Said,
        /// Whether news is being asked for.
        polls: Cell<bool>,
        /// Whether the browser is telling where it is.
        watches: Cell<bool>,
        /// When a place was last sent.
        placed_at: Cell<f64>,
        /// What the browser told before there was a call to add it to.
        early: RefCell<Option<JsValue>>,
        /// When the button was pressed down.
        held_since: Cell<Option<f64>>,
    }

    fn storage() -> Option<Storage> {
        window().local_storage().ok().flatten()
    }

    fn kept(key: &str) -> Option<String> {
        storage()?.get_item(key).ok().flatten()
    }

    fn keep(key: &str, value: Option<&str>) {
        if let Some(storage) = storage() {
            let _ = match value {
                Some(value) => storage.set_item(key, value),
                None => storage.remove_item(key),
            };
        }
    }

    fn part(id: &str) -> Option<Element> {
        document().get_element_by_id(id)
    }

    fn show(id: &str, shown: bool) {
        if let Some(part) = part(id) {
            let _ = if shown { part.remove_attribute("hidden") } else { part.set_attribute("hidden", "") };
        }
    }

    /// For as long as the page lives.
    fn listen(on: &EventTarget, event: &str, heard: impl FnMut(web_sys::Event) + 'static) {
        let heard = Closure::wrap(Box::new(heard) as Box<dyn FnMut(_)>).into_js_value();
        let _ = on.add_event_listener_with_callback(event, heard.unchecked_ref());
    }

    async fn pause(time: Duration) {
        let ms = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
        let waited = js_sys::Promise::new(&mut |done, _| {
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
        });
        let _ = JsFuture::from(waited).await;
    }

    fn encoded(text: &str) -> String {
        js_sys::encode_uri_component(text).into()
    }

    /// Whether the call is for whoever holds this browser, so that help goes to where it is. Whoever presses for somebody
    /// else may be anywhere.
    fn is_own() -> bool {
        let own = part("sos").and_then(|s| s.get_attribute("data-own")).is_some_and(|own| own == "true");
        own && kept(BODY).is_none_or(|body| !body.contains("&for_person="))
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
                let _ = write!(body, "&{name}={}", encoded(&value));
            }
        }
        body
    }

    pub(super) fn begin(given: &Given, said: Said) -> Button {
        let button = Button(Rc::new(Inner {
            texts: Texts::of(given),
            said,
            polls: Cell::new(false),
            watches: Cell::new(false),
            placed_at: Cell::new(0.0),
            early: RefCell::new(None),
            held_since: Cell::new(None),
        }));
        button.wire();
        // After the part was taken over from the server's drawing: what is said before would not be shown.
        let resumed = button.clone();
        set_timeout(move || resumed.resume(), Duration::ZERO);
        button
    }

    impl Button {
        /// Goes on where this browser was when the page was left.
        fn resume(&self) {
            let on = part("sos").and_then(|s| s.get_attribute("data-on")).is_some_and(|on| on == "true");
            match kept(STATE).as_deref() {
                Some("sending") => self.run(),
                Some(_) if on => self.follow(),
                // A page from the browser's own store knows nothing of a call that was acknowledged.
                Some(_) if kept(BODY).is_some() => {
                    self.call_is_on();
                    self.follow();
                }
                _ if on => self.follow(),
                _ => {}
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
            if let Some(press) = part("sos-press") {
                let inner = Rc::clone(&self.0);
                listen(&press, "pointerdown", move |_| inner.held_since.set(Some(js_sys::Date::now())));
                let inner = Rc::clone(&self.0);
                listen(&press, "keydown", move |_| inner.held_since.set(None));
            }
            if let Some(form) = part("sos-cancel") {
                let button = self.clone();
                listen(&form, "submit", move |event| {
                    // A call that this browser did not make is taken back by the form itself.
                    if kept(BODY).is_some() {
                        event.prevent_default();
                        button.cancel();
                    }
                });
            }
            self.hold_choice();
        }

        /// The choice to hold the button, kept in this browser.
        fn hold_choice(&self) {
            show("sos-settings", true);
            self.name_button();
            let chosen = part("sos-settings").and_then(|p| p.query_selector("input[name=hold]").ok().flatten());
            let Some(chosen) = chosen.and_then(|c| c.dyn_into::<HtmlInputElement>().ok()) else { return };
            chosen.set_checked(kept(HOLD).is_some());
            let button = self.clone();
            let own = chosen.clone();
            listen(&chosen, "change", move |_| {
                keep(HOLD, own.checked().then_some("1"));
                button.name_button();
            });
        }

        fn name_button(&self) {
            let texts = &self.0.texts;
            let name = if kept(HOLD).is_some() { &texts.hold } else { &texts.press };
            let text = part("sos-press").and_then(|p| p.query_selector(".sos-button-text").ok().flatten());
            if let Some(text) = text {
                text.set_text_content(Some(name));
            }
        }

        /// Makes the press and keeps it before anything is sent.
        fn press(&self, form: &HtmlFormElement) {
            let held = self.0.held_since.take().map(|since| js_sys::Date::now() - since);
            let short = kept(HOLD).is_some() && held.is_some_and(|ms| ms < HOLD_MS);
            if let Some(hint) = part("sos-hold-longer") {
                hint.set_text_content(short.then_some(self.0.texts.hold_longer.as_str()));
            }
            if short {
                return;
            }
            let (Some(id), Some(secret)) = (random(), random()) else {
                // Without randomness the server's own key serves.
                let _ = form.submit();
                return;
            };
            keep(BODY, Some(&format!("id={id}&secret={secret}{}", answers(form))));
            keep(CANCEL, None);
            keep(STATE, Some("sending"));
            self.count_down(COUNTED);
            self.run();
            self.stand();
        }

        /// Five seconds in which it is plain that it can be taken back; they delay nothing.
        fn count_down(&self, left: u32) {
            let said = self.0.said.countdown;
            if left == 0 || kept(CANCEL).is_some() || kept(STATE).is_none() {
                said.set(String::new());
                return;
            }
            said.set(self.0.texts.countdown.replace("SECONDS", &left.to_string()));
            let button = self.clone();
            set_timeout(move || button.count_down(left - 1), Duration::from_secs(1));
        }

        fn call_is_on(&self) {
            show("sos-on", true);
            show("sos-acts", true);
            show("sos-ask", false);
        }

        /// Sends until it is acknowledged, then takes it back if that is wanted, then follows it.
        fn run(&self) {
            self.call_is_on();
            show("sos-more", false);
            if let Some(state) = part("sos-state") {
                state.set_inner_html("");
            }
            self.0.said.unsent.set(self.0.texts.sending.clone());
            if let Some(unsent) = part("sos-on") {
                unsent.scroll_into_view();
            }
            let button = self.clone();
            spawn_local(async move {
                let mut wait = Duration::from_millis(500);
                while kept(STATE).as_deref() == Some("sending") {
                    let Some(body) = kept(BODY) else { return };
                    if post_form(CALLS, &body, "application/json", TRY_MS).await.is_some() {
                        keep(STATE, Some("sent"));
                        break;
                    }
                    pause(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(2));
                }
                button.0.said.unsent.set(String::new());
                show("sos-more", true);
                button.follow();
                if kept(CANCEL).is_some() {
                    button.cancel();
                }
                let early = button.0.early.take();
                if let Some(position) = early {
                    button.found(&position).await;
                }
            });
        }

        /// Takes it back, or says that one is fine: the server knows which. Not before the press is acknowledged, so that
        /// it cannot overtake it.
        fn cancel(&self) {
            keep(CANCEL, Some("1"));
            self.0.said.countdown.set(String::new());
            self.0.said.unsent.set(self.0.texts.cancelling.clone());
            if kept(STATE).as_deref() == Some("sending") {
                return;
            }
            let button = self.clone();
            spawn_local(async move {
                while let Some(body) = kept(BODY) {
                    if post_form(&format!("{CALLS}/cancel"), &body, "application/json", TRY_MS).await.is_some() {
                        break;
                    }
                    pause(Duration::from_secs(1)).await;
                }
                keep(CANCEL, None);
                button.0.said.unsent.set(String::new());
                button.news().await;
            });
        }

        /// Asks for news until it has ended.
        fn follow(&self) {
            if self.0.polls.replace(true) {
                return;
            }
            self.stand();
            let button = self.clone();
            spawn_local(async move {
                while button.news().await {
                    pause(POLL).await;
                }
                button.0.polls.set(false);
            });
        }

        /// Draws how it stands; says whether there is more to come.
        async fn news(&self) -> bool {
            let lang = part("sos").and_then(|s| s.get_attribute("data-lang")).unwrap_or_default();
            let body = format!("{}&lang={lang}", kept(BODY).unwrap_or_default());
            let answer = post_form(&format!("{CALLS}/status"), &body, "text/html", TRY_MS).await;
            let Some(html) = (match &answer {
                Some(answer) => text(answer).await,
                None => None,
            }) else {
                self.0.said.unsent.set(self.0.texts.lost_touch.clone());
                return true;
            };
            if kept(CANCEL).is_none() {
                self.0.said.unsent.set(String::new());
            }
            if let Some(state) = part("sos-state").filter(|s| s.inner_html() != html) {
                state.set_inner_html(&html);
            }
            let ended = html.contains("data-phase=\"ended\"");
            if ended {
                for key in [BODY, STATE, CANCEL] {
                    keep(key, None);
                }
                self.0.said.countdown.set(String::new());
                show("sos-on", false);
                show("sos-acts", false);
                show("sos-ask", true);
            }
            !ended
        }

        /// Adds where the browser is to a call that is its holder's own; to another only when somebody asks for it.
        fn stand(&self) {
            let texts = &self.0.texts;
            let own = is_own();
            self.0.said.label.set(if own { texts.locate.clone() } else { texts.locate_with_them.clone() });
            if own {
                self.watch();
            }
        }

        /// Sends where the browser is, because somebody asked for it.
        pub(super) fn locate(&self) {
            self.0.placed_at.set(0.0);
            self.0.watches.set(false);
            self.watch();
        }

        /// Lets the browser tell where it is, if whoever uses it agrees, and sends it as it becomes better known.
        fn watch(&self) {
            if self.0.watches.replace(true) {
                return;
            }
            let Ok(geolocation) = window().navigator().geolocation() else {
                self.0.said.place.set(self.0.texts.not_located.clone());
                return;
            };
            self.0.said.place.set(self.0.texts.locating.clone());
            let button = self.clone();
            let found = Closure::wrap(Box::new(move |position: JsValue| {
                let button = button.clone();
                spawn_local(async move {
                    button.found(&position).await;
                });
            }) as Box<dyn FnMut(JsValue)>)
            .into_js_value();
            let button = self.clone();
            let failed = Closure::wrap(Box::new(move |_: JsValue| {
                button.0.watches.set(false);
                button.0.said.place.set(button.0.texts.not_located.clone());
            }) as Box<dyn FnMut(JsValue)>)
            .into_js_value();
            let _ = geolocation.watch_position_with_error_callback(found.unchecked_ref(), Some(failed.unchecked_ref()));
        }

        async fn found(&self, position: &JsValue) -> Option<()> {
            let get = |from: &JsValue, name: &str| js_sys::Reflect::get(from, &name.into()).ok();
            let now = js_sys::Date::now();
            // Until the press is acknowledged there is nothing to add a place to.
            if kept(STATE).as_deref() == Some("sending") {
                self.0.early.replace(Some(position.clone()));
                return None;
            }
            if now - self.0.placed_at.get() < PLACES_MS {
                return None;
            }
            let coords = get(position, "coords")?;
            let number = |name: &str| get(&coords, name)?.as_f64();
            let (lat, lon) = (number("latitude")?, number("longitude")?);
            let accuracy = number("accuracy").unwrap_or_default();
            let taken = get(position, "timestamp")?.as_f64().unwrap_or(now);
            let accuracy = shown(accuracy.round());
            let body = [
                kept(BODY).unwrap_or_default().as_str(),
                "&lat=",
                &shown(lat),
                "&lon=",
                &shown(lon),
                "&accuracy_m=",
                &accuracy,
                "&taken_at=",
                &shown(taken.round()),
            ]
            .concat();
            self.0.placed_at.set(now);
            if post_form(&format!("{CALLS}/locate"), &body, "application/json", TRY_MS).await.is_some() {
                self.0.said.place.set(self.0.texts.located.replace("METRES", &accuracy));
            } else {
                self.0.placed_at.set(0.0);
            }
            Some(())
        }
    }
}

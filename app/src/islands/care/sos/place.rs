//! The caller's location: sent with a call for the holder of this browser, and with a call for another person only on request.

use super::state::{CALLS, SEND_TIMEOUT_MS, body, is_own, is_sending};
use crate::islands::{
    browser::{fetch::post_form, number::format_number},
    island_props::IslandProps,
};
use leptos::{prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Position, PositionOptions};

/// Milliseconds between two locations that are sent automatically, unless the later one is much more accurate: the first fix of
/// a phone is often that of a mast, kilometres wide.
const SEND_INTERVAL_MS: f64 = 20_000.0;
/// The factor of a much more accurate location: half the error.
const MUCH_BETTER_FACTOR: f64 = 0.5;

/// The locations that the browser reported while the page is open.
pub(super) struct LocationSender {
    locate: String,
    locate_other_person: String,
    locating: String,
    located: String,
    not_located: String,
    status: RwSignal<String>,
    label: RwSignal<String>,
    /// Whether the location is being watched.
    watches: Cell<bool>,
    /// When a location was last sent, and its accuracy in metres.
    sent: Cell<(f64, f64)>,
    /// A location from before there was a call to add it to.
    early: RefCell<Option<Position>>,
}

impl LocationSender {
    /// `status` is the message about the location, `label` the text of the button that sends it.
    pub(super) fn new(props: &IslandProps, status: RwSignal<String>, label: RwSignal<String>) -> Rc<Self> {
        let text = |name| props.text(name);
        Rc::new(Self {
            locate: text("locate"),
            locate_other_person: text("locate_other_person"),
            locating: text("locating"),
            located: text("located"),
            not_located: text("not_located"),
            status,
            label,
            watches: Cell::new(false),
            sent: Cell::default(),
            early: RefCell::new(None),
        })
    }

    /// Adds the location to a call for the holder of this browser; to another person's call only on request.
    pub(super) fn attach_to_call(self: &Rc<Self>) {
        let own = is_own();
        self.label.set(if own { self.locate.clone() } else { self.locate_other_person.clone() });
        if own {
            self.watch();
        }
    }

    /// Sends the location on request.
    pub(super) fn locate(self: &Rc<Self>) {
        self.sent.take();
        self.watches.set(false);
        self.watch();
    }

    /// After the acknowledgement of the press: adds the location reported before.
    pub(super) async fn acknowledged(&self) {
        let early = self.early.take();
        if let Some(position) = early {
            self.found(position).await;
        }
    }

    /// Watches the location, with the user's permission, and sends it as it becomes more accurate.
    fn watch(self: &Rc<Self>) {
        if self.watches.replace(true) {
            return;
        }
        let Ok(geolocation) = window().navigator().geolocation() else {
            self.status.set(self.not_located.clone());
            return;
        };
        self.status.set(self.locating.clone());
        let place = Rc::clone(self);
        let found = Closure::wrap(Box::new(move |position: Position| {
            let place = Rc::clone(&place);
            spawn_local(async move { place.found(position).await });
        }) as Box<dyn FnMut(_)>)
        .into_js_value();
        let place = Rc::clone(self);
        let failed = Closure::wrap(Box::new(move || {
            place.watches.set(false);
            place.status.set(place.not_located.clone());
        }) as Box<dyn FnMut()>)
        .into_js_value();
        let exactly = PositionOptions::new();
        exactly.set_enable_high_accuracy(true);
        let failed = Some(failed.unchecked_ref());
        let _ = geolocation.watch_position_with_error_callback_and_options(found.unchecked_ref(), failed, &exactly);
    }

    async fn found(&self, position: Position) {
        // Until the press is acknowledged there is no call to add the location to.
        if is_sending() {
            self.early.replace(Some(position));
            return;
        }
        let (now, at, (sent_at, sent_accuracy)) = (js_sys::Date::now(), position.coords(), self.sent.get());
        if now - sent_at < SEND_INTERVAL_MS && at.accuracy() > sent_accuracy * MUCH_BETTER_FACTOR {
            return;
        }
        self.sent.set((now, at.accuracy()));
        let accuracy = format_number(at.accuracy().round());
        let (lat, lon, taken) =
            (format_number(at.latitude()), format_number(at.longitude()), format_number(position.timestamp().round()));
        let press = body().unwrap_or_default();
        let sent = [&press, "&lat=", &lat, "&lon=", &lon, "&accuracy_m=", &accuracy, "&taken_at=", &taken].concat();
        if post_form(&[CALLS, "/locate"].concat(), &sent, "application/json", SEND_TIMEOUT_MS).await.is_some() {
            self.status.set(self.located.replace("METRES", &accuracy));
        } else {
            self.sent.take();
        }
    }
}

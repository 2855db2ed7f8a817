//! Keeps parts of a page current: on a change it fetches the page again and replaces the parts with the same ids. Parts must
//! not contain islands. Changes by other scripts, such as running timers, do not count: a part is compared with the last
//! version from the server.

use leptos::prelude::*;

/// Draws the island. Props: `events`, the address of the event stream; `region`, the ids of the parts, separated by spaces;
/// `news`, the text announced after a change.
#[cfg(feature = "ssr")]
pub fn live_region(events: String, region: &str, news: &str) -> AnyView {
    let values = [("events", events), ("region", region.to_owned()), ("news", news.to_owned())];
    crate::islands::island_props::with_props("live", values, || view! { <LiveRegion/> }.into_any())
}

/// Watches the stream and announces changes.
#[island]
pub fn LiveRegion() -> impl IntoView {
    let status = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    {
        let props = crate::islands::island_props::IslandProps::of("live");
        live::watch(&props.text("events"), props.text("region"), props.text("news"), status);
    }
    view! { <p class="hidden" role="status">{move || status.get()}</p> }
}

#[cfg(feature = "hydrate")]
mod live {
    use crate::islands::browser::{fetch::page, listen::listen, sleep::sleep};
    use leptos::{prelude::*, task::spawn_local};
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
        time::Duration,
    };
    use wasm_bindgen::JsCast;
    use web_sys::{Document, DomParser, EventSource, HtmlElement, HtmlInputElement, SupportedType};

    /// The polling interval without events.
    const POLL_INTERVAL: Duration = Duration::from_secs(15);
    /// Milliseconds without a message after which the stream counts as broken; the server sends a heartbeat every 15 seconds.
    const SILENT_MS: f64 = 40_000.0;
    /// The delay after the first failed fetch; it doubles up to the maximum.
    const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(16));

    /// The last version of each part from the server.
    type Sent = Rc<RefCell<Vec<(String, String)>>>;

    /// Fetches the current page.
    async fn fetched() -> Option<Document> {
        let address = window().location().href().ok()?;
        let text = page(&address).await?;
        DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok()
    }

    /// The elements of the part that match the selector.
    fn elements<T: JsCast>(part: &web_sys::Element, selector: &str) -> Vec<T> {
        let Ok(found) = part.query_selector_all(selector) else { return Vec::new() };
        (0..found.length()).filter_map(|n| found.item(n)?.dyn_into().ok()).collect()
    }

    /// The names of the ticked checkboxes of the part.
    fn ticked(part: &web_sys::Element) -> Vec<String> {
        elements::<HtmlInputElement>(part, "input[type=checkbox]:checked").iter().map(HtmlInputElement::name).collect()
    }

    /// The address of the focused link of the part.
    fn focused(part: &web_sys::Element) -> Option<String> {
        document().active_element().filter(|e| part.contains(Some(e)))?.get_attribute("href")
    }

    /// Restores ticks and focus of elements that still exist.
    fn restore(part: &web_sys::Element, ticked: &[String], focused: Option<&str>) {
        let find = |selector: String| part.query_selector(&selector).ok().flatten();
        for tick in ticked.iter().filter_map(|name| find(format!("input[type=checkbox][name=\"{name}\"]"))) {
            if let Ok(tick) = tick.dyn_into::<HtmlInputElement>() {
                tick.set_checked(true);
            }
        }
        if let Some(Ok(link)) = focused.and_then(|href| find(format!("a[href=\"{href}\"]"))).map(JsCast::dyn_into::<HtmlElement>)
        {
            let _ = link.focus();
        }
    }

    /// The `<details>` by their summary, and whether they are open.
    fn folds(part: &web_sys::Element) -> Vec<(String, web_sys::Element)> {
        let all: Vec<web_sys::Element> = elements(part, "details");
        all.into_iter().filter_map(|fold| Some((fold.query_selector("summary").ok()??.text_content()?, fold))).collect()
    }

    /// Restores which details are open.
    fn restore_folds(part: &web_sys::Element, before: &[(String, bool)]) {
        for (summary, fold) in folds(part) {
            match before.iter().find(|(name, _)| *name == summary) {
                Some((_, true)) => drop(fold.set_attribute("open", "")),
                Some((_, false)) => drop(fold.remove_attribute("open")),
                None => {}
            }
        }
    }

    /// The elements that the server draws once only, such as a number that was just revealed.
    fn shown_once(part: &web_sys::Element) -> Vec<web_sys::Element> {
        elements(part, "[data-once]")
    }

    /// Replaces a part; returns whether it has changed.
    fn replace(new: &Document, id: &str, sent: &Sent) -> Option<bool> {
        let new = new.get_element_by_id(id)?.inner_html();
        let old = document().get_element_by_id(id)?;
        let mut sent = sent.borrow_mut();
        let before = sent.iter().position(|(of, _)| of == id).map(|at| sent.swap_remove(at).1);
        sent.push((id.to_owned(), new.clone()));
        drop(sent);
        if before.as_ref() == Some(&new) || (before.is_none() && new == old.inner_html()) {
            return Some(false);
        }
        let (ticked, focused, shown) = (ticked(&old), focused(&old), shown_once(&old));
        let folded: Vec<_> = folds(&old).into_iter().map(|(name, fold)| (name, fold.has_attribute("open"))).collect();
        old.set_inner_html(&new);
        for element in shown {
            if let Some(place) = document().get_element_by_id(&element.id()) {
                let _ = place.replace_with_with_node_1(&element);
            }
        }
        restore_folds(&old, &folded);
        restore(&old, &ticked, focused.as_deref());
        Some(true)
    }

    /// The parts and the state of their refresh.
    struct Parts {
        region: String,
        news: String,
        status: RwSignal<String>,
        sent: Sent,
        /// Whether a change was reported since the last fetch started.
        stale: Cell<bool>,
        /// Whether a refresh is running: one fetch at a time, so that an older page never replaces a newer one.
        refreshing: Cell<bool>,
    }

    impl Parts {
        /// Replaces the parts and announces a difference; returns whether the page could be fetched.
        async fn replace_parts(&self) -> bool {
            let Some(new) = fetched().await else { return false };
            let changed = self.region.split(' ').filter(|id| replace(&new, id, &self.sent) == Some(true)).count();
            if changed > 0 {
                self.status.set(String::new());
                let (status, news) = (self.status, self.news.clone());
                request_animation_frame(move || status.set(news));
            }
            true
        }

        /// Refreshes until no change has been reported since the last fetch.
        fn refresh(self: &Rc<Self>) {
            self.stale.set(true);
            if self.refreshing.replace(true) {
                return;
            }
            let parts = Rc::clone(self);
            spawn_local(async move {
                let mut wait = RETRY.0;
                while parts.stale.take() {
                    if parts.replace_parts().await {
                        wait = RETRY.0;
                    } else {
                        parts.stale.set(true);
                        sleep(wait).await;
                        wait = (wait * 2).min(RETRY.1);
                    }
                }
                parts.refreshing.set(false);
            });
        }
    }

    pub(super) fn watch(events: &str, region: String, news: String, status: RwSignal<String>) {
        let (sent, stale, refreshing) = (Sent::default(), Cell::default(), Cell::default());
        let parts = Rc::new(Parts { region, news, status, sent, stale, refreshing });
        let source = EventSource::new(events).ok();
        let last_message = Rc::new(Cell::new(js_sys::Date::now()));
        if let Some(source) = &source {
            let (parts, last_seen) = (Rc::clone(&parts), Rc::clone(&last_message));
            listen(source, "changed", move |_| {
                last_seen.set(js_sys::Date::now());
                parts.refresh();
            });
            let last_seen = Rc::clone(&last_message);
            listen(source, "alive", move |_| last_seen.set(js_sys::Date::now()));
        }
        // The browser reconnects a broken stream if it notices; until then the page is polled.
        let ask = move || {
            let open = source.as_ref().is_some_and(|s| s.ready_state() == EventSource::OPEN);
            if !open || js_sys::Date::now() - last_message.get() > SILENT_MS {
                parts.refresh();
            }
        };
        let _ = set_interval_with_handle(ask, POLL_INTERVAL);
    }
}

//! Keeps parts of a page current: on a change it fetches the page again and replaces the parts with the same ids. Parts must
//! not contain islands. Changes by other scripts, such as running timers, do not count: a part is compared with the last
//! version from the server.

use leptos::prelude::*;

/// Watches `events`, an address, for changes of `region`, the id of a part or several parted by spaces, and says `news`
/// when it has changed.
#[cfg(feature = "ssr")]
pub fn live_region(events: String, region: &str, news: &str) -> AnyView {
    let values = [("events", events), ("region", region.to_owned()), ("news", news.to_owned())];
    crate::islands::island_props::with_props("live", values, || view! { <LiveRegion/> }.into_any())
}

/// Watches; says that there is news.
#[island]
pub fn LiveRegion() -> impl IntoView {
    let said = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    {
        let props = crate::islands::island_props::IslandProps::of("live");
        live::watch(&props.text("events"), props.text("region"), props.text("news"), said);
    }
    view! { <p class="hidden" role="status">{move || said.get()}</p> }
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

    /// How often is asked while no events come.
    const POLL: Duration = Duration::from_secs(15);
    /// Milliseconds after which a line that says nothing is taken for broken: it says every 15 seconds that it is alive.
    const SILENT_MS: f64 = 40_000.0;
    /// The wait after the first fetch that failed; it doubles up to the last.
    const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(16));

    /// Each part as the server sent it last.
    type Sent = Rc<RefCell<Vec<(String, String)>>>;

    /// The page as the server has it now.
    async fn fetched() -> Option<Document> {
        let address = window().location().href().ok()?;
        let text = page(&address).await?;
        DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok()
    }

    /// The names of the boxes that are ticked in the part.
    fn ticked(part: &web_sys::Element) -> Vec<String> {
        let Ok(boxes) = part.query_selector_all("input[type=checkbox]:checked") else { return Vec::new() };
        let named = |i| boxes.item(i)?.dyn_into::<HtmlInputElement>().ok().map(|b| b.name());
        (0..boxes.length()).filter_map(named).collect()
    }

    /// Where the link in the part leads that has the focus.
    fn focused(part: &web_sys::Element) -> Option<String> {
        document().active_element().filter(|e| part.contains(Some(e)))?.get_attribute("href")
    }

    /// Ticks and focuses again what is still there.
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

    /// What folds out (`<details>`) by its summary, and whether it is.
    fn folds(part: &web_sys::Element) -> Vec<(String, web_sys::Element)> {
        let Ok(found) = part.query_selector_all("details") else { return Vec::new() };
        let all = (0..found.length()).filter_map(|n| found.item(n)?.dyn_into::<web_sys::Element>().ok());
        all.filter_map(|fold| Some((fold.query_selector("summary").ok()??.text_content()?, fold))).collect()
    }

    /// Leaves folded out what was, and folded in what was.
    fn fold_again(part: &web_sys::Element, before: &[(String, bool)]) {
        for (summary, fold) in folds(part) {
            match before.iter().find(|(name, _)| *name == summary) {
                Some((_, true)) => drop(fold.set_attribute("open", "")),
                Some((_, false)) => drop(fold.remove_attribute("open")),
                None => {}
            }
        }
    }

    /// Puts a part in the place of the old one; whether it has changed.
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
        let (ticked, focused) = (ticked(&old), focused(&old));
        let folded: Vec<_> = folds(&old).into_iter().map(|(name, fold)| (name, fold.has_attribute("open"))).collect();
        old.set_inner_html(&new);
        fold_again(&old, &folded);
        restore(&old, &ticked, focused.as_deref());
        Some(true)
    }

    /// The parts, and how far they are behind.
    struct Parts {
        region: String,
        news: String,
        said: RwSignal<String>,
        sent: Sent,
        /// Whether something has changed since the last fetch began.
        stale: Cell<bool>,
        /// Whether they are being renewed: one fetch at a time, so that an older page never replaces a newer one.
        renews: Cell<bool>,
    }

    impl Parts {
        /// Puts the new parts in their places, and says so if they differ; whether the page could be had.
        async fn renew(&self) -> bool {
            let Some(new) = fetched().await else { return false };
            let changed = self.region.split(' ').filter(|id| replace(&new, id, &self.sent) == Some(true)).count();
            if changed > 0 {
                self.said.set(String::new());
                let (said, news) = (self.said, self.news.clone());
                request_animation_frame(move || said.set(news));
            }
            true
        }

        /// Something may have changed: renews until nothing has since, however often it takes.
        fn look(self: &Rc<Self>) {
            self.stale.set(true);
            if self.renews.replace(true) {
                return;
            }
            let parts = Rc::clone(self);
            spawn_local(async move {
                let mut wait = RETRY.0;
                while parts.stale.take() {
                    if parts.renew().await {
                        wait = RETRY.0;
                    } else {
                        parts.stale.set(true);
                        sleep(wait).await;
                        wait = (wait * 2).min(RETRY.1);
                    }
                }
                parts.renews.set(false);
            });
        }
    }

    pub(super) fn watch(events: &str, region: String, news: String, said: RwSignal<String>) {
        let (sent, stale, renews) = (Sent::default(), Cell::default(), Cell::default());
        let parts = Rc::new(Parts { region, news, said, sent, stale, renews });
        let source = EventSource::new(events).ok();
        let heard = Rc::new(Cell::new(js_sys::Date::now()));
        if let Some(source) = &source {
            let (parts, heard_now) = (Rc::clone(&parts), Rc::clone(&heard));
            listen(source, "changed", move |_| {
                heard_now.set(js_sys::Date::now());
                parts.look();
            });
            let heard_now = Rc::clone(&heard);
            listen(source, "alive", move |_| heard_now.set(js_sys::Date::now()));
        }
        // The browser mends a broken line by itself, if it notices and can; until then is asked.
        let ask = move || {
            let open = source.as_ref().is_some_and(|s| s.ready_state() == EventSource::OPEN);
            if !open || js_sys::Date::now() - heard.get() > SILENT_MS {
                parts.look();
            }
        };
        let _ = set_interval_with_handle(ask, POLL);
    }
}

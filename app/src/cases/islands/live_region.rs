//! Keeps parts of a page as they are on the server: told of a change, it fetches the page anew and puts the parts with
//! the same ids in the place of the old ones. The parts must hold no island. What else writes into a part (a timer that
//! ticks) is no news: a part is compared with how the server sent it last.

use leptos::prelude::*;

/// Watches `events`, an address, for changes of `region`, the id of a part or several parted by spaces, and says `news`
/// when it has changed.
#[cfg(feature = "ssr")]
pub fn live_region(events: String, region: &str, news: &str) -> AnyView {
    let values = [("events", events), ("region", region.to_owned()), ("news", news.to_owned())];
    crate::http::islands::given::island("live", values, || view! { <LiveRegion/> }.into_any())
}

/// Watches; says that there is news.
#[island]
pub fn LiveRegion() -> impl IntoView {
    let said = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    {
        let given = crate::http::islands::given::Given::to("live");
        live::watch(given.text("events"), given.text("region"), given.text("news"), said);
    }
    view! { <p class="hidden" role="status">{move || said.get()}</p> }
}

#[cfg(feature = "hydrate")]
mod live {
    use crate::http::islands::fetch::page;
    use leptos::{prelude::*, task::spawn_local};
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
        time::Duration,
    };
    use wasm_bindgen::{JsCast, prelude::Closure};
    use web_sys::{Document, DomParser, EventSource, HtmlElement, HtmlInputElement, SupportedType};

    /// How often is asked where no events come.
    const POLL: Duration = Duration::from_secs(15);

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

    async fn renew(region: &str, news: &str, said: RwSignal<String>, sent: Sent) -> Option<()> {
        let new = fetched().await?;
        let changed = region.split(' ').filter(|id| replace(&new, id, &sent) == Some(true)).count();
        if changed > 0 {
            said.set(String::new());
            request_animation_frame({
                let news = news.to_owned();
                move || said.set(news)
            });
        }
        Some(())
    }

    pub(super) fn watch(events: String, region: String, news: String, said: RwSignal<String>) {
        let sent = Sent::default();
        let look = Rc::new(move || {
            let (region, news, sent) = (region.clone(), news.clone(), Rc::clone(&sent));
            spawn_local(async move {
                renew(&region, &news, said, sent).await;
            });
        });
        let polls = Rc::new(Cell::new(false));
        let poll = {
            let look = Rc::clone(&look);
            move || {
                if !polls.replace(true) {
                    let look = Rc::clone(&look);
                    let _ = set_interval_with_handle(move || look(), POLL);
                }
            }
        };
        let opened = EventSource::new(&events);
        drop(events);
        let Ok(source) = opened else { return poll() };
        let changed = Closure::wrap(Box::new(move || look()) as Box<dyn FnMut()>).into_js_value();
        let _ = source.add_event_listener_with_callback("changed", changed.unchecked_ref());
        // A broken line is mended by the browser; what is closed stays closed.
        let failed = {
            let source = source.clone();
            Closure::wrap(Box::new(move || {
                if source.ready_state() == EventSource::CLOSED {
                    poll();
                }
            }) as Box<dyn FnMut()>)
            .into_js_value()
        };
        source.set_onerror(Some(failed.unchecked_ref()));
    }
}

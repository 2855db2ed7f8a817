//! Event listeners on elements that the server drew.

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, EventTarget};

/// For as long as the page lives.
pub fn listen(on: &EventTarget, event: &str, heard: impl FnMut(Event) + 'static) {
    let heard = Closure::wrap(Box::new(heard) as Box<dyn FnMut(_)>).into_js_value();
    let _ = on.add_event_listener_with_callback(event, heard.unchecked_ref());
}

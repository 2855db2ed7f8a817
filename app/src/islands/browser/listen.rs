//! Event listeners on elements rendered by the server.

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, EventTarget};

/// Adds a listener for the lifetime of the page.
pub fn listen(on: &EventTarget, event: &str, handler: impl FnMut(Event) + 'static) {
    let handler = Closure::wrap(Box::new(handler) as Box<dyn FnMut(_)>).into_js_value();
    let _ = on.add_event_listener_with_callback(event, handler.unchecked_ref());
}

//! Timers in the browser.

use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// Sleeps.
pub async fn sleep(time: Duration) {
    let ms = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    let waited = js_sys::Promise::new(&mut |done, _| {
        let _ = leptos::prelude::window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
    });
    let _ = JsFuture::from(waited).await;
}

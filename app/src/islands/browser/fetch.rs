//! Requests of islands with the browser's `fetch`. The client of server functions would add a JSON reader and a second HTTP
//! client, half of the weight budget of a page.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, RequestInit, Response};

/// The timeout of a page in milliseconds.
const PAGE_MS: u32 = 20_000;

/// Posts a form, or an empty body; returns the response if it has a success status.
pub async fn post(address: &str, form: Option<&FormData>) -> Option<Response> {
    let init = RequestInit::new();
    init.set_method("POST");
    let empty = FormData::new().ok()?;
    init.set_body(form.unwrap_or(&empty));
    answer(address, &init).await
}

/// Posts an encoded form with a timeout in milliseconds; returns the response if it has a success status.
pub async fn post_form(address: &str, body: &str, accept: &str, timeout_ms: u32) -> Option<Response> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    let headers = web_sys::Headers::new().ok()?;
    headers.set("content-type", "application/x-www-form-urlencoded").ok()?;
    headers.set("accept", accept).ok()?;
    init.set_headers(&headers);
    with_timeout(&init, timeout_ms, answer(address, &init)).await
}

/// Fetches a page again to refresh the open one.
pub async fn page(address: &str) -> Option<String> {
    let init = RequestInit::new();
    let headers = web_sys::Headers::new().ok()?;
    headers.set("accept", "text/html").ok()?;
    headers.set(crate::islands::RENEWAL_HEADER, "1").ok()?;
    init.set_headers(&headers);
    with_timeout(&init, PAGE_MS, async { text(&answer(address, &init).await?).await }).await
}

/// Awaits a request with a timeout in milliseconds, then aborts it.
async fn with_timeout<T>(init: &RequestInit, timeout_ms: u32, request: impl Future<Output = Option<T>>) -> Option<T> {
    let controller = web_sys::AbortController::new().ok()?;
    init.set_signal(Some(&controller.signal()));
    let timer =
        leptos::prelude::set_timeout_with_handle(move || controller.abort(), std::time::Duration::from_millis(timeout_ms.into()));
    let done = request.await;
    if let Ok(timer) = timer {
        timer.clear();
    }
    done
}

/// The body of a response as text.
pub async fn text(answer: &Response) -> Option<String> {
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}

async fn answer(address: &str, init: &RequestInit) -> Option<Response> {
    let answer = JsFuture::from(leptos::prelude::window().fetch_with_str_and_init(address, init)).await.ok()?;
    answer.dyn_into::<Response>().ok().filter(Response::ok)
}

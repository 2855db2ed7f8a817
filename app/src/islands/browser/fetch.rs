//! Requests of islands by the browser's `fetch`. The client of server functions would add a JSON reader and a second HTTP
//! client, half of the weight budget of a page.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, RequestInit, Response};

/// How long a page may take, in milliseconds.
const PAGE_MS: u32 = 20_000;

/// Posts a form, or nothing; the answer if it was reached and says that it is done.
pub async fn post(address: &str, form: Option<&FormData>) -> Option<Response> {
    let init = RequestInit::new();
    init.set_method("POST");
    let empty = FormData::new().ok()?;
    init.set_body(form.unwrap_or(&empty));
    answer(address, &init).await
}

/// Posts a form that is encoded already, for so many milliseconds at the most; the answer if it was reached and says that
/// it is done.
pub async fn post_form(address: &str, body: &str, accept: &str, patience_ms: u32) -> Option<Response> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    let headers = web_sys::Headers::new().ok()?;
    headers.set("content-type", "application/x-www-form-urlencoded").ok()?;
    headers.set("accept", accept).ok()?;
    init.set_headers(&headers);
    patient(&init, patience_ms, answer(address, &init)).await
}

/// Asks for a page, because the one that is open is to stay current.
pub async fn page(address: &str) -> Option<String> {
    let init = RequestInit::new();
    let headers = web_sys::Headers::new().ok()?;
    headers.set("accept", "text/html").ok()?;
    headers.set(crate::islands::RENEWAL_HEADER, "1").ok()?;
    init.set_headers(&headers);
    patient(&init, PAGE_MS, async { text(&answer(address, &init).await?).await }).await
}

/// What comes of a request if it comes within so many milliseconds; then the request is ended.
async fn patient<T>(init: &RequestInit, patience_ms: u32, request: impl Future<Output = Option<T>>) -> Option<T> {
    let ends = web_sys::AbortController::new().ok()?;
    init.set_signal(Some(&ends.signal()));
    let late =
        leptos::prelude::set_timeout_with_handle(move || ends.abort(), std::time::Duration::from_millis(patience_ms.into()));
    let done = request.await;
    if let Ok(late) = late {
        late.clear();
    }
    done
}

/// The whole text of an answer.
pub async fn text(answer: &Response) -> Option<String> {
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}

async fn answer(address: &str, init: &RequestInit) -> Option<Response> {
    let answer = JsFuture::from(leptos::prelude::window().fetch_with_str_and_init(address, init)).await.ok()?;
    answer.dyn_into::<Response>().ok().filter(Response::ok)
}

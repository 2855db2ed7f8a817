//! Protection against cross-site request forgery (CSRF): a request with an unsafe method and a cookie must come from a page
//! of this site.

use super::refusal::refuse;
use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use shared::Problem;

/// Refuses requests with unsafe methods from other origins, by `Sec-Fetch-Site` or else `Origin`.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_own(request.headers()) { next.run(request).await } else { refuse(Problem::Forbidden) }
}

/// Whether the headers name this site as the origin. Browsers send one of the two with every unsafe request; a client that
/// sends neither is accepted if it sends no cookie.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(header::ORIGIN) else {
        return headers.get(header::COOKIE).is_none();
    };
    let host = text(header::HOST).unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, rest)| rest == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, axum::http::HeaderValue::from_static(value));
        }
        is_own(&headers)
    }

    #[test]
    fn only_pages_of_this_site_may_post_with_a_cookie() {
        assert!(own(&[("sec-fetch-site", "same-origin"), ("cookie", "id=1")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("cookie", "id=1")]));
        assert!(!own(&[("sec-fetch-site", "same-site"), ("cookie", "id=1")]));
        assert!(own(&[("origin", "http://city.example"), ("host", "city.example"), ("cookie", "id=1")]));
        assert!(!own(&[("origin", "http://evil.example"), ("host", "city.example"), ("cookie", "id=1")]));
        assert!(!own(&[("origin", "null"), ("host", "city.example"), ("cookie", "id=1")]));
        assert!(!own(&[("host", "city.example"), ("cookie", "id=1")]));
        assert!(own(&[("host", "city.example")]));
    }
}

//! Reads and writes cookies other than the session cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use time::Duration;

/// The value of a request's cookie; the first one if there are several of this name.
#[must_use]
pub fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(Cookie::split_parse);
    all.flatten().find(|cookie| cookie.name() == name).and_then(|cookie| cookie.value_raw())
}

/// The `Set-Cookie` header of a cookie for the whole site that scripts cannot read; `None` for a value that a header
/// cannot carry.
#[must_use]
pub fn set(name: &'static str, value: &str, seconds: i64, https: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, value))
        .path("/")
        .max_age(Duration::seconds(seconds))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https);
    cookie.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_whole() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; huimin_sos=x.y"));
        headers.append(header::COOKIE, HeaderValue::from_static("huimin_sosx=2; a=3"));
        assert_eq!(
            (value(&headers, "huimin_sos"), value(&headers, "huimin"), value(&headers, "a")),
            (Some("x.y"), None, Some("1"))
        );
    }

    #[test]
    fn cookies_are_kept_from_scripts_and_from_plain_http() {
        let plain = set("huimin_sos", "t", 60, false).unwrap();
        assert_eq!(plain, "huimin_sos=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        let secure = set("__Host-huimin_sos", "t", 60, true).unwrap();
        assert_eq!(secure, "__Host-huimin_sos=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60");
        assert_eq!(set("a", "1\r\nSet-Cookie: b=2", 60, true), None);
    }
}

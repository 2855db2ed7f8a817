//! Redirects to pages of this site.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// Answers 303 See Other with a path of this site.
#[must_use]
pub fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, local_path(path).to_owned())]).into_response()
}

/// Returns the path if it belongs to this site and `/` otherwise, so that no redirect leads to another site. Browsers read `\` as
/// `/` and drop tabs and line breaks before they parse an address (WHATWG URL, 4.4), so only printable ASCII passes.
#[must_use]
pub fn local_path(path: &str) -> &str {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if path.starts_with('/') && !path.starts_with("//") && plain { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_redirect_leaves_the_site() {
        for ours in ["/", "/me", "/services/a?b=%E4%B8%AD&c=//d#e"] {
            assert_eq!(local_path(ours), ours);
        }
        for theirs in
            ["", "me", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", "/中"]
        {
            assert_eq!(local_path(theirs), "/", "{theirs:?}");
        }
    }
}

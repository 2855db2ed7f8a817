//! `/files/{id}`: an uploaded file, served after authorization and never as a page of this site.

use crate::http::{context::Ctx, problem_response::ProblemResponse};
use axum::{
    body::Body,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use server::services::files::{Opened, open};
use shared::Problem;
use std::fmt::Write as _;

/// `/files/{id}`; with `?inline=1` for display in a page.
pub async fn page(ctx: Ctx, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse() else { return ProblemResponse::from(Problem::NotFound).into_response() };
    match open(&ctx.app.state, &ctx.actor, id).await {
        Ok(file) => response(&file, ctx.query("inline").is_some()),
        Err(error) => ProblemResponse::from(error).into_response(),
    }
}

fn response(file: &Opened, inline: bool) -> Response {
    let way = if inline { "inline" } else { "attachment" };
    let disposition = format!("{way}; filename*=UTF-8''{}", encoded(&file.name));
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = Response::new(Body::from(file.bytes.clone()));
    let headers = response.headers_mut();
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    let of_file = [(header::CONTENT_TYPE, file.media_type.as_str()), (header::CONTENT_DISPOSITION, disposition.as_str())];
    headers.extend(of_file.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?))));
    response
}

/// Encodes a name by RFC 8187.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_name_can_not_leave_its_header() {
        assert_eq!(encoded("照片 1\".jpg\r\n"), "%E7%85%A7%E7%89%87%201%22.jpg%0D%0A");
    }
}

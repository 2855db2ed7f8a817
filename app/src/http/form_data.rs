//! A posted form: every pair in order, and its files.
//!
//! The codec of server functions reads neither repeated names nor files; functions that need them use [`FormData::of_call`]. A
//! form with files (`multipart/form-data`, RFC 7578) reaches its function as one without.

use axum::body::Bytes;
use leptos::prelude::use_context;
use shared::{FieldError, FieldErrorKind, Problem, services::Answers};
use std::{collections::BTreeSet, convert::Infallible, sync::Arc};

/// Largest total size of the text fields of a form with files, in bytes.
const TEXT_BYTES: usize = 256 * 1024;

/// A file of a form.
#[derive(Clone, Debug)]
pub struct PostedFile {
    /// The name of the input.
    pub name: String,
    /// The file name on the user's device.
    pub file_name: String,
    /// The content.
    pub bytes: Bytes,
}

#[derive(Debug, Default)]
struct Content {
    pairs: Vec<(String, String)>,
    files: Vec<PostedFile>,
}

/// The posted data; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct FormData(Arc<Content>);

impl FormData {
    /// A form without files.
    #[must_use]
    pub fn plain(body: &[u8]) -> Self {
        Self(Arc::new(Content { pairs: serde_urlencoded::from_bytes(body).unwrap_or_default(), files: Vec::new() }))
    }

    /// A form with files, from its whole body. Inputs without a file are left out.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a malformed form; [`Problem::TooLarge`].
    pub async fn with_files(content_type: &str, body: Bytes) -> Result<Self, Problem> {
        let broken = |_| Problem::field("", FieldErrorKind::Unknown);
        let boundary = multer::parse_boundary(content_type).map_err(broken)?;
        let mut parts = multer::Multipart::new(futures::stream::iter([Ok::<_, Infallible>(body)]), boundary);
        let (mut content, mut text) = (Content::default(), 0_usize);
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            if let Some(file_name) = part.file_name().map(decoded_file_name) {
                let bytes = part.bytes().await.map_err(broken)?;
                if !bytes.is_empty() {
                    content.files.push(PostedFile { name, file_name, bytes });
                }
                continue;
            }
            let value = part.text().await.map_err(broken)?;
            text = text.saturating_add(name.len()).saturating_add(value.len());
            if text > TEXT_BYTES {
                return Err(Problem::TooLarge);
            }
            content.pairs.push((name, value));
        }
        Ok(Self(Arc::new(content)))
    }

    /// Checks that it can be stored: Postgres accepts every character but NUL.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with each field that contains NUL.
    pub fn is_text(&self) -> Result<(), Problem> {
        let wrong = |(name, value): &&(String, String)| name.contains('\0') || value.contains('\0');
        let error = |(name, _): &(String, String)| FieldError { field: name.replace('\0', ""), kind: FieldErrorKind::NotText };
        let errors: Vec<FieldError> = self.0.pairs.iter().filter(wrong).map(error).collect();
        if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
    }

    /// The posted data of the running server function.
    #[must_use]
    pub fn of_call() -> Self {
        use_context::<Self>().unwrap_or_default()
    }

    /// Every pair of name and value, in order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0.pairs
    }

    /// Every value under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &[PostedFile] {
        &self.0.files
    }

    /// The answers to a form of the catalogue.
    ///
    /// # Errors
    /// [`Problem::TooLarge`] for more answers than any form has.
    pub fn answers(&self) -> Result<Answers, Problem> {
        Answers::from_form(self.0.pairs.iter().cloned()).map_err(|_| Problem::TooLarge)
    }

    /// The pairs that the codec of server functions reads, as the body of a form without files: each name once, because it
    /// rejects repeated names.
    #[must_use]
    pub fn arguments(&self) -> String {
        let mut seen = BTreeSet::new();
        let plain: Vec<_> = self.0.pairs.iter().filter(|(name, _)| !name.contains('[') && seen.insert(name)).collect();
        serde_urlencoded::to_string(plain).unwrap_or_default()
    }
}

/// A file name as on the user's device: browsers write `"`, CR and LF as `%22`, `%0D` and `%0A` (WHATWG HTML, multipart form
/// data) and nothing else. Line breaks are left out.
fn decoded_file_name(sent: &str) -> String {
    sent.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n").replace(['\r', '\n'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"answers[needs]\"\r\n\r\nill\r\n\
        --b\r\nContent-Disposition: form-data; name=\"answers[needs]\"\r\n\r\nminors\r\n\
        --b\r\nContent-Disposition: form-data; name=\"page\"\r\n\r\nhome\r\n\
        --b\r\nContent-Disposition: form-data; name=\"page\"\r\n\r\nother\r\n\
        --b\r\nContent-Disposition: form-data; name=\"answers[photo]\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nxyz\r\n\
        --b\r\nContent-Disposition: form-data; name=\"answers[lease]\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";

    #[tokio::test]
    async fn repeated_names_and_files_are_kept() {
        let posted = FormData::with_files("multipart/form-data; boundary=b", Bytes::from_static(FORM.as_bytes())).await.unwrap();
        assert_eq!(posted.answers().unwrap().all("needs"), ["ill", "minors"]);
        assert_eq!(posted.arguments(), "page=home");
        let files: Vec<_> = posted.files().iter().map(|f| (f.name.as_str(), f.file_name.as_str(), f.bytes.len())).collect();
        assert_eq!(files, [("answers[photo]", "a.jpg", 3)]);
    }

    #[tokio::test]
    async fn file_names_are_decoded_as_browsers_encode_them() {
        for (sent, name) in [("a%22b.png", "a\"b.png"), ("a%0D%0Ab.png", "ab.png"), ("100%25 %E5.png", "100%25 %E5.png")] {
            let body = format!(
                "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{sent}\"\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n"
            );
            let posted = FormData::with_files("multipart/form-data; boundary=b", Bytes::from(body)).await.unwrap();
            assert_eq!(posted.files()[0].file_name, name, "{sent}");
        }
    }

    #[tokio::test]
    async fn a_malformed_form_is_invalid() {
        for (kind, body) in [("multipart/form-data", FORM), ("multipart/form-data; boundary=b", "--b\r\nnothing")] {
            let refused = FormData::with_files(kind, Bytes::from_static(body.as_bytes())).await;
            assert!(matches!(refused, Err(Problem::Invalid { .. })), "{kind}");
        }
    }
}

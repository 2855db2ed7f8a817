//! Simulates a resident who applies repeatedly for a hygiene permit, through the forms of the site.

use crate::browser::{Answer, Browser, FormFile};
use jiff::civil::date;
use server::seed::PASSWORD;
use shared::account::demo;
use std::{fmt, io};

/// An item that one person may apply for repeatedly.
pub const ITEM: &str = "public-place-hygiene-permit";
/// The file uploaded to every file field.
const PICTURE: &[u8] = include_bytes!("../../../style/public/icon-192.png");
/// The file fields of the form.
const FILES: &[&str] = &["answers[plan]", "answers[test_report]", "answers[rules]"];

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// No response, or one that asks to retry: the request may have been processed. It can be sent again.
    Retry(String),
    /// The server rejected the request.
    Rejected(String),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry(why) => write!(f, "no answer that counts: {why}"),
            Self::Rejected(why) => write!(f, "refused: {why}"),
        }
    }
}

impl From<RequestError> for String {
    fn from(error: RequestError) -> Self {
        error.to_string()
    }
}

/// A resident with a browser.
#[derive(Debug)]
pub struct Applicant {
    browser: Browser,
    contact: String,
    /// Distinguishes the answers of applicants.
    serial: u16,
}

impl Applicant {
    /// A resident who is not signed in yet; `serial` is below 1,000.
    #[must_use]
    pub fn new(browser: Browser, contact: String, serial: u16) -> Self {
        Self { browser, contact, serial }
    }

    /// Signs in.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn sign_in(&mut self) -> Result<(), RequestError> {
        let form = [("contact", self.contact.as_str()), ("password", PASSWORD)];
        redirect_target(self.browser.post("/api/account/sign-in", &form)).map(drop)
    }

    /// Starts a draft or finds the existing one. Returns its id.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn begin(&mut self) -> Result<String, RequestError> {
        let target = redirect_target(self.browser.post("/api/services/start", &[("code", ITEM)]))?;
        target.strip_prefix("/drafts/").map(str::to_owned).ok_or(RequestError::Rejected(target))
    }

    /// Fills in every page of a draft and uploads its files.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn fill(&mut self, draft: &str) -> Result<(), RequestError> {
        let rejected = |e: &dyn fmt::Display| RequestError::Rejected(e.to_string());
        let serial = self.serial;
        let uscc = demo::uscc(u32::from(serial)).map_err(|e| rejected(&e))?;
        let id = demo::resident_id(date(1980, 3, 4), serial).map_err(|_| rejected(&"no identity number"))?;
        let phone = demo::phone(u32::from(serial)).map_err(|_| rejected(&"no phone"))?;
        let street = format!("示例路 {serial} 号");
        let pages: [(&str, &[(&str, &str)]); 4] = [
            (
                "operator",
                &[
                    ("answers[uscc]", uscc.as_str()),
                    ("answers[operator_name]", "示例理发店"),
                    ("answers[responsible.name]", "陈芳"),
                    ("answers[responsible.resident_id]", id.as_str()),
                ],
            ),
            (
                "premises",
                &[
                    ("answers[premises_name]", "示例理发店"),
                    ("answers[premises.district]", "420102"),
                    ("answers[premises.street]", "一元街道"),
                    ("answers[premises.detail]", &street),
                    ("answers[type]", "hair"),
                    ("answers[floor_area]", "45.25"),
                    ("answers[staff]", "4"),
                    ("answers[central_air]", "no"),
                ],
            ),
            ("material", &[]),
            (
                "contact",
                &[("answers[contact_name]", "陈芳"), ("answers[contact_phone]", phone.as_str()), ("answers[truth]", "yes")],
            ),
        ];
        for (page, fields) in pages {
            let form: Vec<(&str, &str)> =
                [("draft", draft), ("page", page), ("act", "continue")].into_iter().chain(fields.iter().copied()).collect();
            let to = if page == "material" {
                let file = |name| FormFile { name, file_name: "picture.png", media_type: "image/png", bytes: PICTURE };
                let files: Vec<FormFile<'_>> = FILES.iter().copied().map(file).collect();
                redirect_target(self.browser.post_files("/api/services/save-page", &form, &files))?
            } else {
                redirect_target(self.browser.post("/api/services/save-page", &form))?
            };
            if to.contains(page) {
                return Err(RequestError::Rejected(format!("the page {page} was not taken: {to}")));
            }
        }
        Ok(())
    }

    /// Discards a draft.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn discard(&mut self, draft: &str) -> Result<(), RequestError> {
        redirect_target(self.browser.post("/api/services/discard", &[("draft", draft)])).map(drop)
    }

    /// Submits a draft with an idempotency key. Returns the case number.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn submit(&mut self, draft: &str, key: &str) -> Result<String, RequestError> {
        let target = redirect_target(self.browser.post("/api/services/submit", &[("draft", draft), ("key", key)]))?;
        let number = target.strip_prefix("/cases/").and_then(|rest| rest.strip_suffix("/sent"));
        number.map(str::to_owned).ok_or_else(|| RequestError::Rejected(format!("sent, and led to {target}")))
    }
}

/// The redirect target of a form's response.
pub(crate) fn redirect_target(answer: io::Result<Answer>) -> Result<String, RequestError> {
    let answer = answer.map_err(|e| RequestError::Retry(e.to_string()))?;
    let message = || format!("{} {}", answer.status, answer.text());
    match answer.status {
        200..=399 => Ok(answer.header("location").unwrap_or_default().to_owned()),
        429 | 500.. => Err(RequestError::Retry(message())),
        _ => Err(RequestError::Rejected(message())),
    }
}

//! A resident who applies for the hygiene permit of a public place again and again, through the forms of the site.

use crate::browser::{Answer, Browser, FormFile};
use jiff::civil::date;
use server::seed::PASSWORD;
use shared::account::demo;
use std::{fmt, io};

/// The item: one that may be applied for again and again.
pub const ITEM: &str = "public-place-hygiene-permit";
/// What is uploaded wherever a file is asked for.
const PICTURE: &[u8] = include_bytes!("../../../style/public/icon-192.png");
/// The file fields of the form.
const FILES: &[&str] = &["answers[plan]", "answers[test_report]", "answers[rules]"];

/// Why a request did not do what it was sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, or one that says to try later: whether it was done is not known. Send it again.
    Again(String),
    /// A clear no.
    Refused(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Again(why) => write!(f, "no answer that counts: {why}"),
            Self::Refused(why) => write!(f, "refused: {why}"),
        }
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        trouble.to_string()
    }
}

/// A resident with a browser.
#[derive(Debug)]
pub struct Applicant {
    browser: Browser,
    contact: String,
    /// Makes what they type differ from what others type.
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
    /// See [`Trouble`].
    pub fn sign_in(&mut self) -> Result<(), Trouble> {
        let form = [("contact", self.contact.as_str()), ("password", PASSWORD)];
        led_to(self.browser.post("/api/account/sign-in", &form)).map(drop)
    }

    /// Begins a draft, or finds the one that is there; gives back its key.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn begin(&mut self) -> Result<String, Trouble> {
        let to = led_to(self.browser.post("/api/services/start", &[("code", ITEM)]))?;
        to.strip_prefix("/drafts/").map(str::to_owned).ok_or(Trouble::Refused(to))
    }

    /// Fills in every page of a draft, with its files.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn fill(&mut self, draft: &str) -> Result<(), Trouble> {
        let refused = |e: &dyn fmt::Display| Trouble::Refused(e.to_string());
        let serial = self.serial;
        let uscc = demo::uscc(u32::from(serial)).map_err(|e| refused(&e))?;
        let id = demo::resident_id(date(1980, 3, 4), serial).map_err(|_| refused(&"no identity number"))?;
        let phone = demo::phone(u32::from(serial)).map_err(|_| refused(&"no phone"))?;
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
        for (page, typed) in pages {
            let form: Vec<(&str, &str)> =
                [("draft", draft), ("page", page), ("act", "continue")].into_iter().chain(typed.iter().copied()).collect();
            let to = if page == "material" {
                let file = |name| FormFile { name, file_name: "picture.png", media_type: "image/png", bytes: PICTURE };
                let files: Vec<FormFile<'_>> = FILES.iter().copied().map(file).collect();
                led_to(self.browser.post_files("/api/services/save-page", &form, &files))?
            } else {
                led_to(self.browser.post("/api/services/save-page", &form))?
            };
            if to.contains(page) {
                return Err(Trouble::Refused(format!("the page {page} was not taken: {to}")));
            }
        }
        Ok(())
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn discard(&mut self, draft: &str) -> Result<(), Trouble> {
        led_to(self.browser.post("/api/services/discard", &[("draft", draft)])).map(drop)
    }

    /// Sends a draft under a key; gives back the case's number.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn submit(&mut self, draft: &str, key: &str) -> Result<String, Trouble> {
        let to = led_to(self.browser.post("/api/services/submit", &[("draft", draft), ("key", key)]))?;
        let number = to.strip_prefix("/cases/").and_then(|rest| rest.strip_suffix("/sent"));
        number.map(str::to_owned).ok_or_else(|| Trouble::Refused(format!("sent, and led to {to}")))
    }
}

/// Where the answer to a form leads.
pub(crate) fn led_to(answer: io::Result<Answer>) -> Result<String, Trouble> {
    let answer = answer.map_err(|e| Trouble::Again(e.to_string()))?;
    let told = || format!("{} {}", answer.status, answer.text());
    match answer.status {
        200..=399 => Ok(answer.header("location").unwrap_or_default().to_owned()),
        429 | 500.. => Err(Trouble::Again(told())),
        _ => Err(Trouble::Refused(told())),
    }
}

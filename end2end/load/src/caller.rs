//! Simulates a person who raises calls repeatedly: from an unknown phone, by the form without scripts, or by a call button.

use crate::{
    applicant::{RequestError, redirect_target},
    browser::{Answer, Browser},
};
use serde_json::{Value, json};
use shared::{care::life::FALSE_ALARM, ids::PressId};
use std::io;
use uuid::Uuid;

/// The way of raising a call.
#[derive(Clone, Debug)]
pub enum Way {
    /// By the script of the page, from an unknown phone.
    Phone,
    /// By the form of the page without scripts.
    Form,
    /// By a call button with this credential.
    Button(String),
}

/// A press as its sender keeps it, so that it can be sent again.
#[derive(Clone, Debug, PartialEq)]
pub struct Press {
    /// The id of the press.
    pub id: PressId,
    /// The secret for following the call.
    pub secret: String,
    /// The callback number.
    pub callback: String,
    /// The position as latitude and longitude in degrees, if known.
    pub at: Option<(f64, f64)>,
}

impl Press {
    /// A new press that is not sent yet.
    #[must_use]
    pub fn new(callback: String) -> Self {
        Self { id: Uuid::new_v4().into(), secret: Uuid::new_v4().simple().to_string(), callback, at: None }
    }
}

/// A person who raises calls.
#[derive(Debug)]
pub struct Caller {
    browser: Browser,
    way: Way,
}

impl Caller {
    /// A caller with a browser, or with a button, which is another HTTP client.
    #[must_use]
    pub fn new(browser: Browser, way: Way) -> Self {
        Self { browser, way }
    }

    /// The way of raising calls.
    #[must_use]
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Sends a press. Returns the number of its call.
    ///
    /// # Errors
    /// See [`RequestError`]: after [`RequestError::Retry`] the press has to be sent again.
    pub fn send(&mut self, press: &Press) -> Result<String, RequestError> {
        let Press { id, secret, callback, at } = press;
        match &self.way {
            Way::Phone => {
                let fix = at.map(|(lat, lon)| json!({ "lat": lat, "lon": lon, "accuracy_m": 15 }));
                let body = json!({ "id": id, "secret": secret, "callback": callback, "fix": fix });
                number(self.browser.post_json("/api/care/calls", &body))
            }
            Way::Form => {
                let id = id.to_string();
                let form = [("id", id.as_str()), ("secret", secret), ("callback", callback)];
                redirect_target(self.browser.submit("/api/care/calls", &form))?;
                // The form redirects to the page, so that the number is requested separately.
                number(self.browser.post_json("/api/care/calls/status", &json!({ "id": id, "secret": secret })))
            }
            Way::Button(credential) => {
                let body = json!({ "id": id, "secret": secret });
                number(self.browser.post_as_device("/api/care/alarms", credential, &body))
            }
        }
    }

    /// Cancels a press. Returns false when it was too late.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn cancel(&mut self, press: &Press) -> Result<bool, RequestError> {
        let body = json!({ "id": press.id, "secret": press.secret });
        let document = response_document(self.browser.post_json("/api/care/calls/cancel", &body))?;
        Ok(document.get("state").and_then(Value::as_str) == Some(FALSE_ALARM.0))
    }
}

fn response_document(answer: io::Result<Answer>) -> Result<Value, RequestError> {
    let answer = answer.map_err(|e| RequestError::Retry(e.to_string()))?;
    match answer.status {
        200..=299 => serde_json::from_slice(&answer.body).map_err(|e| RequestError::Retry(e.to_string())),
        // Emergency calls are never rate-limited: a 429 is a defect.
        500.. => Err(RequestError::Retry(format!("{} {}", answer.status, answer.text()))),
        _ => Err(RequestError::Rejected(format!("{} {}", answer.status, answer.text()))),
    }
}

fn number(answer: io::Result<Answer>) -> Result<String, RequestError> {
    let document = response_document(answer)?;
    document.get("number").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| RequestError::Rejected(document.to_string()))
}

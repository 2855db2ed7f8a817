//! Somebody who calls for help again and again: from a phone that nobody knows, through the plain form, or by a button.

use crate::{
    applicant::{Trouble, led_to},
    browser::{Answer, Browser},
};
use serde_json::{Value, json};
use shared::{care::life::FALSE_ALARM, ids::PressId};
use std::io;
use uuid::Uuid;

/// How somebody calls.
#[derive(Clone, Debug)]
pub enum Way {
    /// By the browser's program, from a phone that nobody knows.
    Phone,
    /// By the form of the page as it is without a program.
    Form,
    /// By a button with this credential.
    Button(String),
}

/// A press as whoever makes it remembers it: enough to send it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Press {
    /// Its key.
    pub id: PressId,
    /// What lets its maker follow it.
    pub secret: String,
    /// A number to call back.
    pub callback: String,
    /// Where it is made: latitude and longitude in degrees, if that is known.
    pub at: Option<(f64, f64)>,
}

impl Press {
    /// A new press; nothing is sent yet.
    #[must_use]
    pub fn new(callback: String) -> Self {
        Self { id: Uuid::new_v4().into(), secret: Uuid::new_v4().simple().to_string(), callback, at: None }
    }
}

/// Somebody who calls.
#[derive(Debug)]
pub struct Caller {
    browser: Browser,
    way: Way,
}

impl Caller {
    /// Somebody with a browser, or with a button that is one as far as the network can tell.
    #[must_use]
    pub fn new(browser: Browser, way: Way) -> Self {
        Self { browser, way }
    }

    /// How they call.
    #[must_use]
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Sends a press; gives back the number of the call that it is part of.
    ///
    /// # Errors
    /// See [`Trouble`]: after [`Trouble::Again`] it is to be sent again.
    pub fn send(&mut self, press: &Press) -> Result<String, Trouble> {
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
                led_to(self.browser.submit("/api/care/calls", &form))?;
                // A form is led back to the page; the number is asked for.
                number(self.browser.post_json("/api/care/calls/status", &json!({ "id": id, "secret": secret })))
            }
            Way::Button(credential) => {
                let body = json!({ "id": id, "secret": secret });
                number(self.browser.post_as_device("/api/care/alarms", credential, &body))
            }
        }
    }

    /// Takes a press back; says whether it was, or came too late.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn cancel(&mut self, press: &Press) -> Result<bool, Trouble> {
        let body = json!({ "id": press.id, "secret": press.secret });
        let told = told(self.browser.post_json("/api/care/calls/cancel", &body))?;
        Ok(told.get("state").and_then(Value::as_str) == Some(FALSE_ALARM.0))
    }
}

fn told(answer: io::Result<Answer>) -> Result<Value, Trouble> {
    let answer = answer.map_err(|e| Trouble::Again(e.to_string()))?;
    match answer.status {
        200..=299 => serde_json::from_slice(&answer.body).map_err(|e| Trouble::Again(e.to_string())),
        // Whoever calls for help is never told to come later for having come too often: a 429 is a clear fault.
        500.. => Err(Trouble::Again(format!("{} {}", answer.status, answer.text()))),
        _ => Err(Trouble::Refused(format!("{} {}", answer.status, answer.text()))),
    }
}

fn number(answer: io::Result<Answer>) -> Result<String, Trouble> {
    let told = told(answer)?;
    told.get("number").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| Trouble::Refused(told.to_string()))
}

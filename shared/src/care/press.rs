//! A press (按下) of the emergency button as it is sent, and the status of its call as the caller sees it.
//!
//! No content of a press may make it fail: what cannot be read is left out ([`PressBody::read`]).

use super::geo::Fix;
use crate::{
    account::Phone,
    coded_enum,
    ids::{PersonId, PressId},
    texts::Lang,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fewest characters of a press's secret: 16 random bytes in hexadecimal have 32.
pub const SECRET_LEAST: usize = 16;
/// Most characters that are kept of a secret; browsers make 32.
const SECRET_MOST: usize = 200;
/// Most characters that are kept of what a caller writes.
pub const WORDS_MOST: usize = 500;

/// A press as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PressBody {
    /// Made by the client, so that a repeated request is the same press.
    pub id: PressId,
    /// The secret with which the caller follows, locates and cancels it: at least 16 characters that cannot be guessed.
    pub secret: String,
    /// A number to call back.
    pub callback: Option<String>,
    /// The caller's words.
    pub words: Option<String>,
    /// The caller's location.
    pub fix: Option<Fix>,
    /// The person it is for, if not the caller.
    pub for_person: Option<PersonId>,
}

/// A press and its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PressKey {
    /// The press.
    pub id: PressId,
    /// Its secret.
    pub secret: String,
}

impl PressKey {
    /// Reads `id` and `secret`; none unless both are valid.
    #[must_use]
    pub fn read(sent: &Value) -> Option<Self> {
        let id = text(sent, "id").and_then(|t| t.parse().ok())?;
        let secret = text(sent, "secret").filter(|s| (SECRET_LEAST..=SECRET_MOST).contains(&s.chars().count()))?;
        Some(Self { id, secret })
    }
}

impl PressBody {
    /// Reads a press field by field: what is missing or invalid is left out, and `fresh` replaces an id or a secret without
    /// which the caller could not follow the call.
    #[must_use]
    pub fn read(sent: &Value, now: Timestamp, fresh: impl FnOnce() -> PressKey) -> Self {
        let key = PressKey::read(sent).unwrap_or_else(fresh);
        Self {
            id: key.id,
            secret: key.secret,
            callback: callback(sent),
            words: words(sent),
            fix: fix(sent, now),
            for_person: text(sent, "for_person").and_then(|t| t.parse().ok()),
        }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> PressKey {
        PressKey { id: self.id, secret: self.secret.clone() }
    }
}

fn text(sent: &Value, name: &str) -> Option<String> {
    sent.get(name).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// The number to call back (`callback`, or `phone` where a page asks a second time), as typed but no longer than a number
/// can be; it is not validated.
#[must_use]
pub fn callback(sent: &Value) -> Option<String> {
    let typed = text(sent, "callback").or_else(|| text(sent, "phone"))?;
    let short: String = typed.chars().filter(|c| !c.is_control()).take(40).collect();
    Some(Phone::parse(&short).map_or(short, |phone| phone.as_str().to_owned()))
}

/// Remarks that the program adds to the caller's words: stored in Chinese, shown in the language of the reader.
const REMARKS: [fn(Lang) -> &'static str; 2] =
    [crate::texts::care_press::for_other_unclear, crate::texts::care_press::fall_noticed];

/// The words of a call for a reader: the program's remarks in their language, the caller's words as they are.
#[must_use]
pub fn words_for(words: &str, lang: Lang) -> String {
    let remark = |line: &str| REMARKS.iter().find(|text| text(Lang::Zh) == line).map(|text| text(lang));
    words.lines().map(|line| remark(line).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The caller's words, cut at the greatest length.
#[must_use]
pub fn words(sent: &Value) -> Option<String> {
    text(sent, "words").map(|t| t.chars().filter(|c| !c.is_control() || *c == '\n').take(WORDS_MOST).collect())
}

/// The caller's location: an object `fix`, or `lat`, `lon`, `accuracy_m` and `taken_at` side by side as a form sends them;
/// numbers may come as text. A moment is RFC 3339 or milliseconds since 1970; without one, or with a future one, the current
/// time is used.
#[must_use]
pub fn fix(sent: &Value, now: Timestamp) -> Option<Fix> {
    let place = ["fix", "location"].iter().find_map(|name| sent.get(name).filter(|v| v.is_object())).unwrap_or(sent);
    let number = |name: &str| match place.get(name)? {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse::<f64>().ok(),
        _ => None,
    };
    let taken_at = match place.get("taken_at") {
        Some(Value::String(s)) => {
            s.parse().ok().or_else(|| s.trim().parse::<i64>().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()))
        }
        Some(Value::Number(n)) => n.as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        _ => None,
    };
    Fix::new(number("lat")?, number("lon")?, number("accuracy_m"), taken_at.filter(|at| *at <= now).unwrap_or(now))
}

coded_enum! {
    /// The source of a press, as stored in `care_press.source`.
    pub enum Source {
        /// A signed-in resident, for themself.
        Resident = "resident",
        /// Family, for another person.
        Family = "family",
        /// A known browser without a session.
        Browser = "browser",
        /// An unknown caller.
        Anonymous = "anonymous",
        /// A button that is worn.
        Button = "button",
    }
}

/// The stage of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Received; people are being alerted.
    Ringing,
    /// Answered.
    Answered,
    /// Responders were asked to go, or are going.
    Dispatched,
    /// A responder has arrived.
    OnScene,
    /// It has ended.
    Ended,
}

/// A responder on the way or at the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComingResponder {
    /// Their name.
    pub name: Option<String>,
    /// How they travel: `walk`, `bicycle`, `moped`, `car`, `ambulance`.
    pub mode: String,
    /// Their distance in metres in a straight line; none while it is not known.
    pub distance_m: Option<f64>,
    /// Whether they have set out.
    pub set_out: bool,
    /// Whether they have arrived.
    pub arrived: bool,
}

/// The status of a call as its caller sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallStatus {
    /// The number of the call.
    pub number: String,
    /// The stage of the help.
    pub phase: Phase,
    /// The state of the case, as stored.
    pub state: String,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// The centre that answers for it, in Chinese.
    pub centre_zh: String,
    /// The centre that answers for it, in English.
    pub centre_en: String,
    /// The targets alerted by the last step: codes of `care_alert.target`.
    pub calling: Vec<String>,
    /// The member of staff who answered.
    pub answered_by: Option<String>,
    /// Whether a family contact answered.
    pub answered_by_family: bool,
    /// The responders on the way or at the scene.
    pub coming: Vec<ComingResponder>,
    /// Seconds in which it can still be cancelled; 0 when it cannot.
    pub cancel_left: i64,
    /// Whether the caller reported that help is no longer needed.
    pub fine: bool,
    /// Whether the caller's place is known.
    pub placed: bool,
    /// Whether the reader is the person it is for, so that help goes to where they are.
    pub own: bool,
    /// Whether there is a call-back number, or the person is known.
    pub reachable: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn fresh() -> PressKey {
        PressKey { id: PressId::NIL, secret: "0123456789abcdef".to_owned() }
    }

    #[test]
    fn nothing_that_is_sent_makes_a_press_fail() {
        let now = Timestamp::UNIX_EPOCH;
        for sent in
            [json!({}), json!(null), json!([1]), json!({"id": 7, "secret": "short", "fix": "here", "callback": {}, "words": 3})]
        {
            let body = PressBody::read(&sent, now, fresh);
            assert_eq!((body.id, body.callback, body.fix, body.words), (PressId::NIL, None, None, None), "{sent}");
        }
    }

    #[test]
    fn a_form_and_a_document_say_the_same() {
        let now = Timestamp::from_millisecond(5_000).unwrap();
        let id = Uuid::from_u128(7);
        let document = json!({"id": id, "secret": "s".repeat(32), "callback": "+86 138-1234 5678",
            "fix": {"lat": 30.5, "lon": 114.3, "accuracy_m": 20, "taken_at": "1970-01-01T00:00:04Z"}});
        let form = json!({"id": id, "secret": "s".repeat(32), "callback": "13812345678",
            "lat": "30.5", "lon": "114.3", "accuracy_m": "20", "taken_at": "4000"});
        let read = |sent: &Value| PressBody::read(sent, now, fresh);
        assert_eq!(read(&document), read(&form));
        assert_eq!(read(&form).callback.as_deref(), Some("13812345678"));
        let later = json!({"lat": 1, "lon": 1, "taken_at": 9_000});
        assert_eq!(fix(&later, now).unwrap().taken_at, now, "no place is from the future");
    }

    #[test]
    fn remarks_of_the_program_are_shown_in_the_readers_language() {
        let said = format!("{}\n胸口疼", REMARKS[0](Lang::Zh));
        assert_eq!(words_for(&said, Lang::Zh), said);
        assert_eq!(words_for(&said, Lang::En), format!("{}\n胸口疼", REMARKS[0](Lang::En)));
        assert_eq!(words_for("Hilfe", Lang::En), "Hilfe");
    }

    #[test]
    fn long_words_are_cut_and_what_is_no_number_is_kept_for_people() {
        let sent = json!({"words": "救".repeat(900), "callback": "三楼 王"});
        assert_eq!(words(&sent).unwrap().chars().count(), WORDS_MOST);
        assert_eq!(callback(&sent).as_deref(), Some("三楼 王"));
    }
}

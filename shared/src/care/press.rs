//! A press (按下) of the emergency button as it is sent, and what whoever pressed is told of the call that follows.
//!
//! Nothing that a press says may make it fail: what does not read is left out ([`PressBody::read`]).

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
    /// Made by whoever presses, so that sending it again stays one press.
    pub id: PressId,
    /// What lets whoever pressed follow, locate and cancel it: at least 16 characters that cannot be guessed.
    pub secret: String,
    /// A number to call back.
    pub callback: Option<String>,
    /// What the caller writes.
    pub words: Option<String>,
    /// Where the caller is.
    pub fix: Option<Fix>,
    /// For whom it is pressed, if not for oneself.
    pub for_person: Option<PersonId>,
}

/// Which press, and the proof that it is one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PressKey {
    /// The press.
    pub id: PressId,
    /// Its secret.
    pub secret: String,
}

impl PressKey {
    /// Reads `id` and `secret` from what was sent; none unless both are whole.
    #[must_use]
    pub fn read(sent: &Value) -> Option<Self> {
        let id = text(sent, "id").and_then(|t| t.parse().ok())?;
        let secret = text(sent, "secret").filter(|s| (SECRET_LEAST..=SECRET_MOST).contains(&s.chars().count()))?;
        Some(Self { id, secret })
    }
}

impl PressBody {
    /// Reads what was sent, field by field: what is missing or does not read is left out, and `fresh` stands in for an
    /// id or a secret without which nobody could follow it.
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
/// can be; whether it is one is for people to judge.
#[must_use]
pub fn callback(sent: &Value) -> Option<String> {
    let typed = text(sent, "callback").or_else(|| text(sent, "phone"))?;
    let short: String = typed.chars().filter(|c| !c.is_control()).take(40).collect();
    Some(Phone::parse(&short).map_or(short, |phone| phone.as_str().to_owned()))
}

/// What the house itself adds to what a caller writes: kept among the caller's words in Chinese, shown in the language of
/// whoever reads.
const REMARKS: [fn(Lang) -> &'static str; 2] =
    [crate::texts::care_press::for_other_unclear, crate::texts::care_press::fall_noticed];

/// The words of a call for a reader: the house's own remarks in their language, the caller's as they are.
#[must_use]
pub fn words_for(words: &str, lang: Lang) -> String {
    let remark = |line: &str| REMARKS.iter().find(|text| text(Lang::Zh) == line).map(|text| text(lang));
    words.lines().map(|line| remark(line).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// What the caller writes, cut off where it gets too long.
#[must_use]
pub fn words(sent: &Value) -> Option<String> {
    text(sent, "words").map(|t| t.chars().filter(|c| !c.is_control() || *c == '\n').take(WORDS_MOST).collect())
}

/// Where the caller is: an object `fix`, or `lat`, `lon`, `accuracy_m` and `taken_at` side by side as a form sends them;
/// numbers may come as text. A moment is RFC 3339 or milliseconds since 1970; without one, or with one to come, it is
/// now.
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
    /// How a press came, as stored in `care_press.source`.
    pub enum Source {
        /// The signed-in resident, for themself.
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

/// How far help is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Received; people are being called.
    Ringing,
    /// A person has it.
    Answered,
    /// Somebody was asked to go, or goes.
    Dispatched,
    /// Somebody is there.
    OnScene,
    /// It has ended.
    Ended,
}

/// Somebody who comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coming {
    /// Their name.
    pub name: Option<String>,
    /// How they travel: `walk`, `bicycle`, `moped`, `car`, `ambulance`.
    pub mode: String,
    /// How far they are, in metres as the crow flies; none while that is not known.
    pub distance_m: Option<f64>,
    /// Whether they have set out.
    pub set_out: bool,
    /// Whether they are there.
    pub arrived: bool,
}

/// What whoever pressed is told of their call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallStatus {
    /// The number of the call.
    pub number: String,
    /// How far help is.
    pub phase: Phase,
    /// The state of the case, as stored.
    pub state: String,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// The centre that answers for it, in Chinese.
    pub centre_zh: String,
    /// The centre that answers for it, in English.
    pub centre_en: String,
    /// Who is being called just now: codes of `care_alert.target`.
    pub calling: Vec<String>,
    /// The member of staff who has it.
    pub answered_by: Option<String>,
    /// Whether a family contact has it.
    pub answered_by_family: bool,
    /// Who comes.
    pub coming: Vec<Coming>,
    /// Seconds in which it can still be taken back; 0 when it cannot.
    pub cancel_left: i64,
    /// Whether the caller has said that help is not needed any more.
    pub fine: bool,
    /// Whether a place is known.
    pub placed: bool,
    /// Whether whoever asks is the one it is for, so that help goes to where they are.
    pub own: bool,
    /// Whether there is a number to call back, or somebody known to call.
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
    fn remarks_of_the_house_are_shown_in_the_readers_language() {
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

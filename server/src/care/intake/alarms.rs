//! Alarms of devices (设备报警): a button that was pressed, a fall that was noticed, or the monthly test press, which is
//! written down and calls nobody (CEN/TS 17470 asks for one a month).

use crate::care::intake::{
    credential::{self, Device},
    raise::{Caller, Press, Raised, raise, secret_hash},
};
use crate::{
    AppState,
    account::actor::{Actor, Task},
    error::Result,
    store::new_id,
};
use serde_json::Value;
use shared::{
    Complaint, Problem,
    care::press::{self, PressBody},
    ids::PressId,
};
use time::OffsetDateTime;

/// What a device tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// Somebody pressed it.
    Press,
    /// It noticed a fall.
    Fall,
    /// The monthly test.
    Test,
}

impl AlarmKind {
    fn read(sent: &Value) -> Self {
        match sent.get("kind").and_then(Value::as_str) {
            Some("test") => Self::Test,
            Some("fall") => Self::Fall,
            // Whatever else a device calls it, somebody may need help.
            _ => Self::Press,
        }
    }
}

/// What came of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A call.
    Raised(Raised),
    /// A test was written down, at this time.
    Tested(OffsetDateTime),
}

/// Takes an alarm in. `token`: the device's credential. Without one that holds, a number to call back makes it a call of
/// nobody known.
///
/// # Errors
/// [`Problem::SignInFirst`] (401) for an unknown device without a number to call back; [`Problem::Invalid`] on `kind`
/// for an unknown device's test.
pub async fn alarm(city: &AppState, token: Option<&str>, sent: &Value) -> Result<Outcome> {
    let store = city.for_emergency().store;
    let device = match token {
        Some(token) => credential::find(&store, token).await?,
        None => None,
    };
    let kind = AlarmKind::read(sent);
    let body = body(sent, token.unwrap_or_default(), kind);
    match (device, kind) {
        (Some(device), AlarmKind::Test) => tested(city, &device, &body).await.map(Outcome::Tested),
        (Some(device), _) => raise(city, Press { body, who: Caller::by(device) }).await.map(Outcome::Raised),
        (None, _) if body.callback.is_none() => Err(Problem::SignInFirst.into()),
        (None, AlarmKind::Test) => Err(Problem::field("kind", Complaint::NotAnOption).into()),
        (None, _) => raise(city, Press { body, who: Caller::Anonymous }).await.map(Outcome::Raised),
    }
}

/// The press that an alarm is. Its secret follows from the credential, so that sending it again is the same press.
fn body(sent: &Value, token: &str, kind: AlarmKind) -> PressBody {
    let now = crate::store::moment(OffsetDateTime::now_utc());
    let id = sent.get("id").and_then(Value::as_str).and_then(|t| t.parse::<PressId>().ok()).unwrap_or_else(new_id);
    let seed = if token.is_empty() { id.to_string() } else { token.to_owned() };
    let said = (kind == AlarmKind::Fall).then(|| shared::texts::care_press::fall_noticed(shared::Lang::Zh).to_owned());
    let words: Vec<String> = said.into_iter().chain(press::words(sent)).collect();
    PressBody {
        id,
        secret: hex::encode(crate::vault::sha256(&[b"huimin.alarm", seed.as_bytes()])),
        callback: press::callback(sent),
        words: (!words.is_empty()).then(|| words.join("\n")),
        fix: press::fix(sent, now),
        for_person: None,
    }
}

/// Writes a test press down: once, however often it is sent.
async fn tested(city: &AppState, device: &Device, body: &PressBody) -> Result<OffsetDateTime> {
    let tx = city.for_emergency().store.write(&Actor::system(Task::Emergency)).await?;
    tx.run(
        "INSERT INTO care_press (id, case_id, secret_hash, source, device_id) VALUES ($1, NULL, $2, 'button', $3) ON CONFLICT (id) DO NOTHING",
        [body.id.into(), secret_hash(&body.secret).into(), device.id.into()],
    )
    .await?;
    let now = tx.now().await?.at;
    tx.run("UPDATE care_device SET tested_at = $2, used_at = $2 WHERE id = $1", [device.id.into(), now.into()]).await?;
    tx.commit().await?;
    Ok(now)
}

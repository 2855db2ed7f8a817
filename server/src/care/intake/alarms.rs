//! Alarms of devices (设备报警): a pressed button, a detected fall, or the monthly test press required by CEN/TS 17470, which
//! is recorded and raises no call.

use super::{
    credential::{self, Device},
    press::secret_hash,
    raise::{Caller, Press, Raised, raise},
};
use crate::care::entity::{care_device, care_press};
use crate::{
    AppState,
    access::actor::{Actor, Task},
    error::Result,
    store::{DbInstant, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde_json::Value;
use shared::{
    FieldErrorKind, Problem,
    care::press::{self, PressBody, Source},
    ids::PressId,
};
use time::OffsetDateTime;

/// The kind of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// The button was pressed.
    Press,
    /// The device detected a fall.
    Fall,
    /// The monthly test.
    Test,
}

impl AlarmKind {
    fn read(sent: &Value) -> Self {
        match sent.get("kind").and_then(Value::as_str) {
            Some("test") => Self::Test,
            Some("fall") => Self::Fall,
            // Any other kind may still mean that a person needs help.
            _ => Self::Press,
        }
    }
}

/// The result of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmOutcome {
    /// A call.
    Raised(Raised),
    /// A test press was recorded at this time.
    Tested(DbInstant),
}

/// Accepts an alarm. `token` is the credential of the device. Without a valid one, a call-back number makes it a call of an
/// unknown caller.
///
/// # Errors
/// [`Problem::SignInFirst`] (401) for an unknown device without a call-back number; [`Problem::Invalid`] on `kind` for the
/// test of an unknown device.
pub async fn alarm(state: &AppState, token: Option<&str>, sent: &Value) -> Result<AlarmOutcome> {
    let store = state.for_emergency().store;
    let device = match token {
        Some(token) => credential::find(&store, token).await?,
        None => None,
    };
    let kind = AlarmKind::read(sent);
    let body = press_body(sent, token.unwrap_or_default(), kind);
    match (device, kind) {
        (Some(device), AlarmKind::Test) => record_test(state, &device, &body).await.map(AlarmOutcome::Tested),
        (Some(device), AlarmKind::Press | AlarmKind::Fall) => {
            raise(state, Press { body, who: Caller::by(device) }).await.map(AlarmOutcome::Raised)
        }
        (None, _) if body.callback.is_none() => Err(Problem::SignInFirst.into()),
        (None, AlarmKind::Test) => Err(Problem::field("kind", FieldErrorKind::NotAnOption).into()),
        (None, AlarmKind::Press | AlarmKind::Fall) => {
            raise(state, Press { body, who: Caller::Anonymous }).await.map(AlarmOutcome::Raised)
        }
    }
}

/// The alarm as a press. Its secret is derived from the credential, so that sending it again is the same press.
fn press_body(sent: &Value, token: &str, kind: AlarmKind) -> PressBody {
    let now = DbInstant::from(OffsetDateTime::now_utc()).timestamp();
    let id = sent.get("id").and_then(Value::as_str).and_then(|t| t.parse::<PressId>().ok()).unwrap_or_else(new_id);
    let seed = if token.is_empty() { id.to_string() } else { token.to_owned() };
    let remark = (kind == AlarmKind::Fall).then(|| shared::texts::care_press::fall_noticed(shared::Lang::Zh).to_owned());
    let words: Vec<String> = remark.into_iter().chain(press::words(sent)).collect();
    PressBody {
        id,
        secret: hex::encode(crate::vault::sha256(&[b"huimin.alarm", seed.as_bytes()])),
        callback: press::callback(sent),
        words: (!words.is_empty()).then(|| words.join("\n")),
        fix: press::fix(sent, now),
        for_person: None,
    }
}

/// Records a test press: once, however often it is sent.
async fn record_test(state: &AppState, device: &Device, body: &PressBody) -> Result<DbInstant> {
    let tx = state.for_emergency().store.write(&Actor::system(Task::Emergency)).await?;
    care_press::Entity::insert(care_press::ActiveModel {
        id: Set(body.id),
        case_id: Set(None),
        secret_hash: Set(secret_hash(&body.secret)),
        source: Set(Source::Button),
        device_id: Set(Some(device.id)),
        ..Default::default()
    })
    .on_conflict(OnConflict::column(care_press::Column::Id).do_nothing().to_owned())
    .exec_without_returning(&tx)
    .await?;
    let now = DbInstant::from(tx.now().await?.at);
    care_device::Entity::update_many()
        .set(care_device::ActiveModel { tested_at: Set(Some(now)), used_at: Set(Some(now)), ..Default::default() })
        .filter(care_device::Column::Id.eq(device.id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(now)
}

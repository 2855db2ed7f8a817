//! A kind of case for tests of the door: the life of an application with handlers that own nothing, so that the door
//! can be tried without any service behind it.

use super::{Change, Effect, Opening, assign, handlers::Handler, handlers::Work, handlers::handlers, open};
use crate::{
    Store,
    account::actor::Actor,
    error::{Error, Result},
};
use serde_json::{Value, json};
use shared::services::life::{self, ACCEPTANCE, DECISION};
use shared::{
    cases::{ClockOp, Flow, Guard, Party, flow::STAY, flow::step},
    ids::{OrganisationId, PersonId},
};

/// Legal and promised working days of the trial's clocks.
const LIMITS: &[super::clocks::Limit] = &[(ACCEPTANCE, 5, 3), (DECISION, 20, 10)];

/// The life of an application under another name.
pub static TRIAL: Flow = Flow {
    kind: "trial",
    prefix: "TT",
    initial: life::SUBMITTED,
    opening: step(life::SUBMITTED, life::SUBMIT, Party::Applicant, STAY, Guard::State).clocks(&[ClockOp::Start(ACCEPTANCE)]),
    steps: life::APPLICATION.steps,
    closed: life::APPLICATION.closed,
};

/// What the door does of its own; every other action is [`plain`].
pub(super) static HANDLERS: &[(shared::cases::Action, Handler)] = handlers![
    life::CLAIM => assign::claim,
    life::RELEASE => assign::release,
    life::HAND_OVER => assign::hand_over,
    life::NOTE => assign::note,
    life::VIEW => assign::view,
];

/// Owns nothing. `{"sentence": …}` becomes personal content; `{"fail": true}` leaves half a change behind and fails.
pub(super) fn plain<'a>(change: &'a Change<'a>) -> Work<'a> {
    Box::pin(async move {
        if change.input.get("fail") == Some(&Value::Bool(true)) {
            let warning = "INSERT INTO operator_warning (code, detail) VALUES ('trial_half', '')";
            change.tx.run(warning, []).await?;
            return Err(Error::Broken("half-way".to_owned()));
        }
        let sentence = change.input.get("sentence").map(|_| assign::text(change.input, "sentence", 5, 1000)).transpose()?;
        Ok(Effect { personal: sentence.map(|s| json!({ "sentence": s })), limits: LIMITS.to_vec(), ..Effect::default() })
    })
}

/// Opens a trial case about `subject` at an organisation and says its number.
///
/// # Errors
/// What the store says.
pub async fn open_trial(store: &Store, actor: &Actor, subject: PersonId, organisation: OrganisationId) -> Result<String> {
    let tx = store.write(actor).await?;
    let effect = Effect { personal: Some(json!({ "answers": "canary-answers" })), limits: LIMITS.to_vec(), ..Effect::default() };
    let opening = Opening { flow: &TRIAL, title_zh: "试办", title_en: "Trial", subject, organisation, effect };
    let case = open(&tx, actor, opening).await?;
    tx.commit().await?;
    Ok(case.number)
}

//! Defines a kind of case for tests of the write path: the flow of an application with handlers that store no data,
//! registered beside the pillars without changing them.

use serde::Deserialize;
use serde_json::{Value, json};
use server::{
    Actor, Store,
    cases::{AnyInput, Change, Effect, Handler, HandlerFuture, Life, Lives, NewCase, assign, open},
    error::{Error, Result},
    handlers,
};
use shared::{
    Problem,
    cases::{
        Action, Clock, ClockOp, Flow, Guard, Party,
        action::{bounded_text, read_document},
        actions::{Claim, HandOver, Note, Release, View},
        flow::{STAY, step},
    },
    ids::{OrganisationId, PersonId},
    services::life::{self, ACCEPTANCE, DECISION},
};
use std::any::Any;

/// The pillars and the trial.
pub const LIVES: Lives = Lives(&[&server::services::LIFE, &server::care::LIFE, &server::finance::LIFE, &LIFE]);

/// The legal and promised working days of the trial's clocks.
const LIMITS: &[(Clock, i32, i32)] = &[(ACCEPTANCE, 5, 3), (DECISION, 20, 10)];

/// The flow of an application under another name.
pub static TRIAL: Flow = Flow {
    kind: "trial",
    prefix: "TT",
    initial: life::SUBMITTED,
    opening: step(life::SUBMITTED, life::SUBMIT, Party::Applicant, STAY, Guard::State).clocks(&[ClockOp::Start(ACCEPTANCE)]),
    steps: life::APPLICATION.steps,
    closed: life::APPLICATION.closed,
    page_path: life::APPLICATION.page_path,
    tones: life::APPLICATION.tones,
};

/// The registration of the trial.
pub static LIFE: Life = Life { flow: &TRIAL, by_mandate: true, handlers: &HANDLERS };

const COMMON: &[Handler] = handlers![
    Claim => assign::claim,
    Release => assign::release,
    HandOver => assign::hand_over,
    Note => assign::note,
    View => assign::view,
];

#[expect(clippy::indexing_slicing, reason = "indices known at compile time")]
const fn common(n: usize) -> Handler {
    COMMON[n]
}

macro_rules! plain {
    ($action:path) => {
        Handler { action: $action, read: |document| TrialInput::read($action, document), run: plain }
    };
}

static HANDLERS: [Handler; 20] = [
    common(0),
    common(1),
    common(2),
    common(3),
    common(4),
    plain!(life::ACCEPT),
    plain!(life::ACCEPT_BY_SILENCE),
    plain!(life::NOT_ACCEPT),
    plain!(life::ASK_CORRECTION),
    plain!(life::CORRECT),
    plain!(life::PROPOSE_GRANT),
    plain!(life::PROPOSE_REFUSAL),
    plain!(life::APPROVE_GRANT),
    plain!(life::APPROVE_REFUSAL),
    plain!(life::SEND_BACK),
    plain!(life::WITHDRAW),
    plain!(life::OBJECT),
    plain!(life::UPHOLD),
    plain!(life::REOPEN),
    plain!(life::RATE),
];

/// The input of any action of the trial.
#[derive(Debug, Deserialize)]
struct TrialInput {
    #[serde(skip)]
    action: Option<Action>,
    /// Stored as personal content.
    sentence: Option<String>,
    /// Makes the handler fail after a part of its change.
    #[serde(default)]
    fail: bool,
    /// The input document as sent.
    #[serde(skip)]
    document: Value,
}

impl TrialInput {
    fn read(action: Action, document: Value) -> Result<Box<dyn AnyInput>, Problem> {
        let input: Self = read_document(document.clone())?;
        Ok(Box::new(Self { action: Some(action), document, ..input }))
    }
}

impl AnyInput for TrialInput {
    fn action(&self) -> Action {
        self.action.expect("set when it was read")
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.document)
    }
}

/// Handles every action of the trial; stores no data of its own.
fn plain<'a>(change: &'a Change<'a>, input: &'a dyn AnyInput) -> HandlerFuture<'a> {
    Box::pin(async move {
        let input: &TrialInput =
            input.as_any().downcast_ref().ok_or_else(|| Error::Broken("no input of the trial".to_owned()))?;
        if input.fail {
            change.tx.run("INSERT INTO operator_warning (code, detail) VALUES ('trial_half', '')", []).await?;
            return Err(Error::Broken("half-way".to_owned()));
        }
        let sentence = input.sentence.as_deref().map(|s| bounded_text("sentence", s, 5, 1000)).transpose()?;
        Ok(Effect { personal: sentence.map(|s| json!({ "sentence": s })), limits: LIMITS.to_vec(), ..Effect::default() })
    })
}

/// Opens a trial case about `subject` at an organisation. Returns its number.
///
/// # Errors
/// When the database fails or the case cannot be opened.
pub async fn open_trial(store: &Store, actor: &Actor, subject: PersonId, organisation: OrganisationId) -> Result<String> {
    let tx = store.write(actor).await?;
    let effect = Effect { personal: Some(json!({ "answers": "canary-answers" })), limits: LIMITS.to_vec(), ..Effect::default() };
    let opening = NewCase { flow: &TRIAL, title_zh: "试办", title_en: "Trial", subject, organisation, effect };
    let case = open(&tx, actor, opening).await?;
    tx.commit().await?;
    Ok(case.number)
}

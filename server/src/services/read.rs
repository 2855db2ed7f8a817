//! Reading an application: by the resident it is about, and by the staff who decide it, which is written down.

use super::{
    record::{self, Application, CorrectionRow, Filled, NOTES, REASON},
    uploads,
};
use crate::{
    Store,
    account::actor::Actor,
    cases::{self, CaseRow, Request, perform_in},
    error::{Error, Result},
    store::{Tx, moment},
    vault::{PersonKey, VaultError, sha256},
};
use sea_orm::FromQueryResult;
use serde_json::Value;
use shared::cases::actions::View;
use shared::{
    Problem,
    account::Permission,
    cases::Party,
    ids::EventId,
    registry::Facts,
    services::{
        Answers, Item,
        application::{
            ApplicationView, AskedField, CorrectionView, DecisionView, Outcome, RatingView, Reading, Revision, answer_pages,
        },
        display::{self, Masking},
        life::NOT_ACCEPT,
        revision::open_fields,
    },
    texts::{Lang, services as text},
};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// An application with its content. That a member of staff opened it is an event of the case (调阅), one a person, case
/// and day, the same as that of the case's page; numbers of persons are masked for them until they ask ([`reveal`]).
///
/// # Errors
/// [`Problem::NotFound`] for a case that is not theirs to see.
pub async fn application_page(store: &Store, actor: &Actor, number: &str, lang: Lang) -> Result<ApplicationView> {
    // Only the look of staff leaves a trace.
    let tx = if actor.may(Permission::WorkOnCases) { store.write(actor).await? } else { store.read(actor).await? };
    let mut case = cases::find(&tx, actor, number).await?;
    let own = tx.gate.is_party(Party::Applicant, actor, case.of());
    if !own {
        look_today(&tx, actor, number).await?;
        case = cases::find(&tx, actor, number).await?;
    }
    let view = show(&tx, &case, own, lang).await?;
    tx.commit().await?;
    Ok(view)
}

/// One masked value in full, for staff: an event of the case that names the field, one a person, field and day.
///
/// # Errors
/// [`Problem::NotFound`] for a case or field that is not there; [`Problem::Forbidden`] for whoever is not staff.
pub async fn reveal(store: &Store, actor: &Actor, number: &str, field: &str) -> Result<String> {
    let tx = store.write(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    let Application { item, .. } = record::application(&tx, case.id).await?;
    let (_, part) = item.form.find(field).ok_or(Problem::NotFound)?;
    part.ok_or(Problem::NotFound)?;
    let today = tx.now().await?.today();
    let key = format!("reveal-{today}-{}", hex::encode(sha256(&[field.as_bytes()])).chars().take(32).collect::<String>());
    look(&tx, actor, number, &key, &View { field: field.to_owned(), ..View::default() }).await?;
    let key = tx.person_key(case.subject_id).await.map_err(gone)?;
    let latest = record::revisions(&tx, case.id).await?.into_iter().next().ok_or(Problem::NotFound)?;
    let value = latest.open(&key, case.id)?.answers.one(field).to_owned();
    tx.commit().await?;
    Ok(value)
}

/// Of somebody who was erased there is nothing to see.
fn gone(error: Error) -> Error {
    match error {
        Error::Vault(VaultError::Erased) => Problem::NotFound.into(),
        other => other,
    }
}

/// Writes down that a member of staff looked, today: one a person, case and day, whatever of the case it was.
pub(super) async fn look_today(tx: &Tx, actor: &Actor, number: &str) -> Result<()> {
    let key = format!("view-{}", tx.now().await?.today());
    look(tx, actor, number, &key, &View::default()).await
}

async fn look(tx: &Tx, actor: &Actor, number: &str, key: &str, input: &View) -> Result<()> {
    perform_in(tx, actor, &Request { number, version: None, key, input }).await?;
    Ok(())
}

async fn show(tx: &Tx, case: &CaseRow, own: bool, lang: Lang) -> Result<ApplicationView> {
    let Application { item, routing_rule, .. } = record::application(tx, case.id).await?;
    let revisions = record::revisions(tx, case.id).await?;
    let sent = revisions.iter().rev().map(|r| Revision { number: r.revision, at: moment(r.made_at) }).collect();
    let mut view = ApplicationView {
        number: case.number.clone(),
        state: case.state.clone(),
        version: case.version,
        routing_rule,
        own,
        erased: false,
        pages: Vec::new(),
        revisions: sent,
        correction: None,
        decision: None,
        rating: None,
        uploads: Vec::new(),
        item,
    };
    let key = match tx.person_key(case.subject_id).await {
        Ok(key) => key,
        Err(Error::Vault(VaultError::Erased)) => {
            view.erased = true;
            return Ok(view);
        }
        Err(other) => return Err(other),
    };
    let mut opened = revisions.iter().take(2).map(|r| r.open(&key, case.id));
    let latest = opened.next().transpose()?.ok_or_else(|| Error::Broken("an application without answers".into()))?;
    let before = opened.next().transpose()?;
    view.uploads = uploads::of_case(tx, case.id, &key).await?;
    view.pages = answer_pages(
        &view.item,
        &latest.answers,
        Reading {
            facts: &latest.facts,
            before: before.as_ref().map(|b| &b.answers),
            uploads: &view.uploads,
            lang,
            masking: if own { Masking::Full } else { Masking::Masked },
        },
    );
    if let Some(asked) = record::open_correction(tx, case.id).await? {
        view.correction = Some(correction(tx, case, &view, &asked, &latest, &key, lang).await?);
    }
    // What a correction replaced, or was added for one and not sent, is not part of the application as it stands.
    let named: Vec<&String> = latest.answers.iter().flat_map(|(_, values)| values).collect();
    view.uploads.retain(|u| named.iter().any(|v| **v == u.id.to_string()));
    view.decision = decision(tx, case, own, &view.item, &key, lang).await?;
    view.rating = rating(tx, case, &key).await?;
    Ok(view)
}

async fn correction(
    tx: &Tx,
    case: &CaseRow,
    view: &ApplicationView,
    asked: &CorrectionRow,
    latest: &Filled,
    key: &PersonKey,
    lang: Lang,
) -> Result<CorrectionView> {
    let notes: BTreeMap<String, String> = key.open_json(NOTES, case.id, &asked.notes_sealed)?;
    let form = &view.item.form;
    let field = |path: &String| AskedField {
        path: path.clone(),
        label: display::label(form, path, lang),
        note: notes.get(path).cloned().unwrap_or_default(),
    };
    let added = if view.own { uploads::added_since(tx, case.id, &asked.asked_at.into(), key).await? } else { Vec::new() };
    Ok(CorrectionView {
        round: asked.round,
        asked_at: moment(asked.asked_at),
        fields: asked.fields.iter().map(field).collect(),
        open: open_fields(form, &asked.fields),
        answers: if view.own { latest.answers.clone() } else { Answers::default() },
        facts: if view.own { latest.facts.clone() } else { Facts::default() },
        added,
    })
}

/// The decision, or for staff the proposal; of an application that was not accepted, why.
async fn decision(tx: &Tx, case: &CaseRow, own: bool, item: &Item, key: &PersonKey, lang: Lang) -> Result<Option<DecisionView>> {
    #[derive(FromQueryResult)]
    struct Row {
        outcome: String,
        reason_code: Option<String>,
        reason_sealed: Vec<u8>,
        proposed_by: Option<String>,
        decided_by: Option<String>,
        decided_at: Option<OffsetDateTime>,
    }
    #[derive(FromQueryResult)]
    struct NotAccepted {
        id: EventId,
        at: OffsetDateTime,
        facts: String,
        sealed: Vec<u8>,
        by: Option<String>,
    }
    let row: Option<Row> = tx
        .one(
            "SELECT outcome, reason_code, reason_sealed, huimin_staff_name(proposed_by) AS proposed_by,
                 huimin_staff_name(decided_by) AS decided_by, decided_at
             FROM decision WHERE case_id = $1 AND NOT sent_back AND (decided_at IS NOT NULL OR NOT $2) ORDER BY round DESC LIMIT 1",
            [case.id.into(), own.into()],
        )
        .await?;
    if let Some(row) = row {
        let outcome = if row.outcome == "grant" { Outcome::Grant } else { Outcome::Refuse };
        let sentence = String::from_utf8(key.open(REASON, case.id, &row.reason_sealed)?).map_err(|_| VaultError::Broken)?;
        let mut view = told(item, outcome, row.reason_code.as_deref(), sentence, lang);
        view.decided_at = row.decided_at.map(moment);
        if !own {
            view.proposed_by = row.proposed_by.unwrap_or_default();
            view.decided_by = row.decided_by.unwrap_or_default();
        }
        return Ok(Some(view));
    }
    let event: Option<NotAccepted> = tx
        .one(
            r#"SELECT id, at, facts, sealed, huimin_staff_name(actor_id) AS "by" FROM event
               WHERE case_id = $1 AND action = $2 ORDER BY seq DESC LIMIT 1"#,
            [case.id.into(), NOT_ACCEPT.0.into()],
        )
        .await?;
    let Some(event) = event else { return Ok(None) };
    let facts: Value = serde_json::from_str(&event.facts)?;
    let said: Value = key.open_json("event.sealed", event.id, &event.sealed)?;
    let word = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut view = told(item, Outcome::NotAccepted, Some(&word(&facts, "code")), word(&said, "sentence"), lang);
    view.decided_at = Some(moment(event.at));
    if !own {
        view.decided_by = event.by.unwrap_or_default();
    }
    Ok(Some(view))
}

fn told(item: &Item, outcome: Outcome, code: Option<&str>, sentence: String, lang: Lang) -> DecisionView {
    let refusal = code.and_then(|c| item.refusal(c));
    let remedy = match outcome {
        Outcome::Grant => "",
        Outcome::Refuse => text::remedy_refused(lang),
        Outcome::NotAccepted => text::remedy_not_accepted(lang),
    };
    DecisionView {
        outcome,
        decided_at: None,
        reason: refusal.map(|r| r.text.text(lang).to_owned()).unwrap_or_default(),
        basis: refusal.map(|r| item.basis_text(r, lang)).unwrap_or_default(),
        sentence,
        remedy: remedy.to_owned(),
        proposed_by: String::new(),
        decided_by: String::new(),
    }
}

async fn rating(tx: &Tx, case: &CaseRow, key: &PersonKey) -> Result<Option<RatingView>> {
    #[derive(FromQueryResult)]
    struct Row {
        score: i32,
        comment_sealed: Vec<u8>,
    }
    let row: Option<Row> = tx.one("SELECT score, comment_sealed FROM rating WHERE case_id = $1", [case.id.into()]).await?;
    let read = |row: Row| -> Result<RatingView> {
        let comment = key.open(record::COMMENT, case.id, &row.comment_sealed)?;
        Ok(RatingView { score: row.score, comment: String::from_utf8(comment).map_err(|_| VaultError::Broken)? })
    };
    row.map(read).transpose()
}

//! Reading an application: by its applicant, and by the staff who decide it, whose views are logged.

use super::{
    entity::{correction, rating},
    record::{self, Application, Filled, NOTES, REASON},
    uploads,
};
use crate::{
    Store,
    access::actor::Actor,
    cases::{self, CaseRow, Request, perform_in},
    error::{Error, Result},
    store::{DbInstant, Tx},
    vault::{PersonKey, VaultError, sha256},
};
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};
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
            AnswerContext, ApplicationView, AskedField, CorrectionView, DecisionView, Outcome, RatingView, Revision, answer_pages,
        },
        display::{self, Masking},
        life::{NOT_ACCEPT, REFUSED},
        outcome::DecisionOutcome,
        revision::open_fields,
    },
    texts::{Lang, services as text},
};
use std::collections::BTreeMap;

/// An application with its content. A view by a member of staff is an event of the case (调阅), one for each person, case
/// and day, the same as that of the page of the case; numbers of persons are masked for staff until revealed ([`reveal`]).
///
/// # Errors
/// [`Problem::NotFound`] for a case that the actor may not see.
pub async fn application_page(store: &Store, actor: &Actor, number: &str, lang: Lang) -> Result<ApplicationView> {
    // Only views by staff are logged.
    let tx = if actor.may(Permission::WorkOnCases) { store.write(actor).await? } else { store.read(actor).await? };
    let mut case = cases::find(&tx, actor, number).await?;
    let own = tx.gate.is_party(Party::Applicant, actor, case.of());
    if !own {
        log_view(&tx, actor, number).await?;
        case = cases::find(&tx, actor, number).await?;
    }
    let view = load_view(&tx, &case, own, lang).await?;
    tx.commit().await?;
    Ok(view)
}

/// One masked value in full, for staff; logged as an event that names the field, one for each person, field and day.
///
/// # Errors
/// [`Problem::NotFound`] for an unknown case or field; [`Problem::Forbidden`] for accounts that are not staff.
pub async fn reveal(store: &Store, actor: &Actor, number: &str, field: &str) -> Result<String> {
    let tx = store.write(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    let Application { item, .. } = record::application(&tx, case.id).await?;
    let (_, part) = item.form.find(field).ok_or(Problem::NotFound)?;
    part.ok_or(Problem::NotFound)?;
    let today = tx.now().await?.today();
    let key = format!("reveal-{today}-{}", hex::encode(sha256(&[field.as_bytes()])).chars().take(32).collect::<String>());
    perform_view(&tx, actor, number, &key, &View { field: field.to_owned(), ..View::default() }).await?;
    let key = tx.person_key(case.subject_id).await.map_err(hide_erased)?;
    let latest = record::revisions(&tx, case.id).await?.into_iter().next().ok_or(Problem::NotFound)?;
    let value = latest.open(&key, case.id)?.answers.one(field).to_owned();
    tx.commit().await?;
    Ok(value)
}

/// Content of an erased person (已删除) is not found.
fn hide_erased(error: Error) -> Error {
    match error {
        Error::Vault(VaultError::Erased) => Problem::NotFound.into(),
        other => other,
    }
}

/// Logs a view by a member of staff: one for each person, case and day, whatever part of the case was viewed.
pub(super) async fn log_view(tx: &Tx, actor: &Actor, number: &str) -> Result<()> {
    let key = format!("view-{}", tx.now().await?.today());
    perform_view(tx, actor, number, &key, &View::default()).await
}

async fn perform_view(tx: &Tx, actor: &Actor, number: &str, key: &str, input: &View) -> Result<()> {
    perform_in(tx, actor, &Request { number, version: None, key, input }).await?;
    Ok(())
}

async fn load_view(tx: &Tx, case: &CaseRow, own: bool, lang: Lang) -> Result<ApplicationView> {
    let Application { item, routing_rule, .. } = record::application(tx, case.id).await?;
    let revisions = record::revisions(tx, case.id).await?;
    let sent = revisions.iter().rev().map(|r| Revision { number: r.revision, at: r.made_at.timestamp() }).collect();
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
        AnswerContext {
            facts: &latest.facts,
            before: before.as_ref().map(|b| &b.answers),
            uploads: &view.uploads,
            lang,
            masking: if own { Masking::Full } else { Masking::Masked },
        },
    );
    if let Some(asked) = record::open_correction(tx, case.id).await? {
        view.correction = Some(correction_view(tx, case, &view, &asked, &latest, &key, lang).await?);
    }
    // Files that a correction replaced, or that were added for one and not sent, are not part of the application.
    let named: Vec<&String> = latest.answers.iter().flat_map(|(_, values)| values).collect();
    view.uploads.retain(|u| named.iter().any(|v| **v == u.id.to_string()));
    view.decision = decision_view(tx, case, own, &view.item, &key, lang).await?;
    view.rating = rating_view(tx, case, &key).await?;
    Ok(view)
}

async fn correction_view(
    tx: &Tx,
    case: &CaseRow,
    view: &ApplicationView,
    asked: &correction::Model,
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
    let added = if view.own { uploads::added_since(tx, case.id, asked.asked_at, key).await? } else { Vec::new() };
    Ok(CorrectionView {
        round: asked.round,
        asked_at: asked.asked_at.timestamp(),
        fields: asked.fields.iter().map(field).collect(),
        open: open_fields(form, &asked.fields),
        answers: if view.own { latest.answers.clone() } else { Answers::default() },
        facts: if view.own { latest.facts.clone() } else { Facts::default() },
        added,
    })
}

/// The decision, or for staff the proposal; for an application that was not accepted, the reason.
async fn decision_view(
    tx: &Tx,
    case: &CaseRow,
    own: bool,
    item: &Item,
    key: &PersonKey,
    lang: Lang,
) -> Result<Option<DecisionView>> {
    #[derive(FromQueryResult)]
    struct Row {
        outcome: DecisionOutcome,
        reason_code: Option<String>,
        reason_sealed: Vec<u8>,
        proposed_by: Option<String>,
        decided_by: Option<String>,
        decided_at: Option<DbInstant>,
    }
    #[derive(FromQueryResult)]
    struct NotAccepted {
        id: EventId,
        at: DbInstant,
        facts: String,
        sealed: Vec<u8>,
        staff: Option<String>,
    }
    let row: Option<Row> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT outcome, reason_code, reason_sealed, huimin_staff_name(proposed_by) AS proposed_by,
                 huimin_staff_name(decided_by) AS decided_by, decided_at
             FROM decision WHERE case_id = {case.id} AND NOT sent_back AND (decided_at IS NOT NULL OR NOT {own}::bool)
             ORDER BY round DESC LIMIT 1"
        ))
        .await?;
    if let Some(row) = row {
        let outcome = match row.outcome {
            DecisionOutcome::Grant => Outcome::Grant,
            DecisionOutcome::Refuse => Outcome::Refuse,
        };
        let sentence = String::from_utf8(key.open(REASON, case.id, &row.reason_sealed)?).map_err(|_| VaultError::Broken)?;
        let mut view = describe_decision(item, outcome, row.reason_code.as_deref(), sentence, lang);
        view.decided_at = row.decided_at.map(DbInstant::timestamp);
        // Only a refusal that stands can be objected to; one that was upheld leaves the court.
        if outcome == Outcome::Refuse && case.state != REFUSED.0 {
            text::remedy_court(lang).clone_into(&mut view.remedy);
        }
        if !own {
            view.proposed_by = row.proposed_by.unwrap_or_default();
            view.decided_by = row.decided_by.unwrap_or_default();
        }
        return Ok(Some(view));
    }
    let event: Option<NotAccepted> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT id, at, facts, sealed, huimin_staff_name(actor_id) AS staff FROM event
             WHERE case_id = {case.id} AND action = {NOT_ACCEPT.0} ORDER BY seq DESC LIMIT 1"
        ))
        .await?;
    let Some(event) = event else { return Ok(None) };
    let facts: Value = serde_json::from_str(&event.facts)?;
    let said: Value = key.open_json("event.sealed", event.id, &event.sealed)?;
    let word = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut view = describe_decision(item, Outcome::NotAccepted, Some(&word(&facts, "code")), word(&said, "sentence"), lang);
    view.decided_at = Some(event.at.timestamp());
    if !own {
        view.decided_by = event.staff.unwrap_or_default();
    }
    Ok(Some(view))
}

fn describe_decision(item: &Item, outcome: Outcome, code: Option<&str>, sentence: String, lang: Lang) -> DecisionView {
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

async fn rating_view(tx: &Tx, case: &CaseRow, key: &PersonKey) -> Result<Option<RatingView>> {
    let Some(row) = rating::Entity::find_by_id(case.id).one(tx).await? else { return Ok(None) };
    let comment = key.open(record::COMMENT, case.id, &row.comment_sealed)?;
    let comment = String::from_utf8(comment).map_err(|_| VaultError::Broken)?;
    Ok(Some(RatingView { score: row.score, comment }))
}

//! Views of an application: for its applicant and for the staff who decide it.

use super::{Answers, Item, display, draft, form::Kind};
use crate::services::draft_view::UploadRow;
use crate::{
    registry::Facts,
    services::display::Masking,
    services::draft::Origin,
    texts::{Lang, services as text},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An application (办件) with its content, in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationView {
    /// The case's number.
    pub number: String,
    /// The case's state.
    pub state: String,
    /// The version of the case, which a decision must name.
    pub version: i32,
    /// The version of the item it was made under.
    pub item: Item,
    /// The routing rule that chose the organisation.
    pub routing_rule: String,
    /// Whether the reader is the applicant; otherwise they are staff.
    pub own: bool,
    /// Whether the person was erased: then the content is gone, and everything below is empty.
    pub erased: bool,
    /// The latest answers, page by page.
    pub pages: Vec<AnswerPage>,
    /// Every sent set of answers, the first one first.
    pub revisions: Vec<Revision>,
    /// The request for correction that waits for an answer.
    pub correction: Option<CorrectionView>,
    /// The proposal or decision; a resident sees it once it is decided.
    pub decision: Option<DecisionView>,
    /// The rating.
    pub rating: Option<RatingView>,
    /// The files that the latest answers name.
    pub uploads: Vec<UploadRow>,
}

/// One page of the form with its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPage {
    /// The page's id.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Its answers, one row a field.
    pub rows: Vec<AnswerRow>,
}

/// One answer in readable form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRow {
    /// Path of the field.
    pub path: String,
    /// Its name.
    pub label: String,
    /// The answer; empty where there is none.
    pub value: String,
    /// Whether the answer is masked: the paths that can be revealed.
    pub masked: Vec<String>,
    /// The answer before the last correction, where it differs.
    pub old: Option<String>,
    /// Where it comes from: a register with its date, or the applicant's own statement; empty for files and statements.
    pub source: String,
    /// Whether the register has another value.
    pub disputed: bool,
    /// The uploads, of a file field.
    pub files: Vec<UploadRow>,
}

/// One sent set of answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1; the second and later ones come from corrections.
    pub number: i32,
    /// When it was sent.
    pub at: jiff::Timestamp,
}

/// A request for correction (补正通知).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionView {
    /// From 1.
    pub round: i32,
    /// When the correction was requested.
    pub asked_at: jiff::Timestamp,
    /// The fields to correct, each with its note.
    pub fields: Vec<AskedField>,
    /// Every path that may change: the requested ones, and those that depend on them.
    pub open: Vec<String>,
    /// The present answers, for the applicant's form; empty for staff.
    pub answers: Answers,
    /// The facts of the registers when the application was made; empty for staff.
    pub facts: Facts,
    /// Files added for the correction and not sent yet; for the applicant.
    pub added: Vec<UploadRow>,
}

/// A field to correct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedField {
    /// Its path.
    pub path: String,
    /// Its name.
    pub label: String,
    /// The note of staff.
    pub note: String,
}

/// The outcome of a decision or a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Granted (准予).
    Grant,
    /// Refused (不予).
    Refuse,
    /// Not accepted (不予受理).
    NotAccepted,
}

/// A proposal or a decision, with its reason and remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// The outcome.
    pub outcome: Outcome,
    /// When it was decided; none while it is proposed.
    pub decided_at: Option<jiff::Timestamp>,
    /// The item's reason; empty for a grant.
    pub reason: String,
    /// The basis of the reason: the law with its article, or the condition.
    pub basis: String,
    /// The sentence to the applicant.
    pub sentence: String,
    /// The remedy of the applicant; empty for a grant.
    pub remedy: String,
    /// The proposer; for staff.
    pub proposed_by: String,
    /// The approver; for staff.
    pub decided_by: String,
}

/// A rating (好差评).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingView {
    /// 1 (very unsatisfied) to 5 (very satisfied).
    pub score: i32,
    /// The comment.
    pub comment: String,
}

/// The data that [`answer_pages`] needs besides the answers.
#[derive(Clone, Copy, Debug)]
pub struct AnswerContext<'a> {
    /// The facts of the registers when the application was made.
    pub facts: &'a Facts,
    /// The answers before the last correction.
    pub before: Option<&'a Answers>,
    /// The files there are.
    pub uploads: &'a [UploadRow],
    /// The reader's language.
    pub lang: Lang,
    /// Whether numbers of persons are masked.
    pub masking: Masking,
}

/// The answers as rows, page by page: of the fields that are shown, and of those that a correction took away.
#[must_use]
pub fn answer_pages(item: &Item, answers: &Answers, context: AnswerContext<'_>) -> Vec<AnswerPage> {
    let AnswerContext { facts, before, uploads, lang, masking } = context;
    let form = &item.form;
    let mut pages: Vec<AnswerPage> = Vec::new();
    let mut seen = BTreeSet::new();
    let gone = before.map(|b| form.shown(b)).unwrap_or_default();
    for shown in form.shown(answers).into_iter().chain(gone) {
        if !seen.insert(shown.path.clone()) {
            continue;
        }
        let (field, path) = (shown.field, shown.path.as_str());
        let value = display::display(field, path, answers, lang, masking);
        let differs = before.filter(|b| field.at(path).any(|(_, p)| b.all(&p) != answers.all(&p)));
        let origins: Vec<Origin> = field
            .at(path)
            .filter(|(_, p)| answers.has(p))
            .map(|(part, p)| draft::origin(field, part, &p, answers, facts))
            .collect();
        let disputed = origins.iter().find(|o| matches!(o, Origin::Disputed { .. }));
        let plain = matches!(field.kind, Kind::File | Kind::Declaration | Kind::Repeat);
        let masked =
            |(part, p): (_, String)| (masking == Masking::Masked && field.is_masked(part) && answers.has(&p)).then_some(p);
        let row = AnswerRow {
            path: path.to_owned(),
            label: display::label(form, path, lang),
            value,
            masked: field.at(path).filter_map(masked).collect(),
            old: differs.map(|b| display::display(field, path, b, lang, masking)),
            source: disputed.or(origins.first()).filter(|_| !plain).map(|o| o.line(lang)).unwrap_or_default(),
            disputed: disputed.is_some(),
            files: files_of(uploads, answers.all(path)),
        };
        match pages.iter_mut().find(|p| p.id == shown.page.id) {
            Some(page) => page.rows.push(row),
            None => pages.push(AnswerPage {
                id: shown.page.id.clone(),
                title: shown.page.title.text(lang).to_owned(),
                rows: vec![row],
            }),
        }
    }
    pages
}

impl Origin {
    /// The origin of an answer, in a sentence.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let date = |d: &jiff::civil::Date| crate::dates::date_text(&d.to_string(), lang);
        match self {
            Self::Register { agency, as_of } => {
                text::origin_fact(lang, text::AgencyDate { agency: agency.text(lang), date: date(as_of) })
            }
            Self::Disputed { agency, .. } => text::origin_disputed(lang, agency.text(lang)),
            Self::SelfDeclared => text::origin_self_declared(lang).to_owned(),
        }
    }
}

fn files_of(uploads: &[UploadRow], values: &[String]) -> Vec<UploadRow> {
    let by_id: BTreeMap<String, &UploadRow> = uploads.iter().map(|u| (u.id.to_string(), u)).collect();
    values.iter().filter_map(|v| by_id.get(v).map(|u| (*u).clone())).collect()
}

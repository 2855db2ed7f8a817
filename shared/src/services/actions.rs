//! Inputs of the actions on an application.

use super::{Answers, life};
use crate::cases::action::text_or_number;
use crate::{FieldError, FieldErrorKind};
use std::collections::BTreeMap;

crate::action_inputs! {
    /// Accepts the application.
    Accept = life::ACCEPT;
    /// Accepts it because the acceptance limit has passed.
    AcceptBySilence = life::ACCEPT_BY_SILENCE;
    /// Does not accept it.
    NotAccept = life::NOT_ACCEPT, {
        /// One of the item's refusal codes.
        code: String,
        /// The sentence to the applicant, 5 to 1000 characters.
        sentence: String,
    };
    /// Asks for the correction of fields.
    AskCorrection = life::ASK_CORRECTION, {
        /// Ticked fields, by path: each needs a note.
        asked: BTreeMap<String, String>,
        /// Notes by path of the field, 3 to 500 characters.
        notes: BTreeMap<String, String>,
    };
    /// Sends the correction.
    Correct = life::CORRECT, {
        /// Answers of the fields to correct, or of the whole form; none when the form was not sent.
        answers: Option<Answers>,
    };
    /// Proposes to grant.
    ProposeGrant = life::PROPOSE_GRANT, {
        /// For the approver, at most 1000 characters, may be empty.
        note: String,
    };
    /// Proposes to refuse.
    ProposeRefusal = life::PROPOSE_REFUSAL, {
        /// One of the item's refusal codes.
        code: String,
        /// The sentence to the applicant, 5 to 1000 characters.
        sentence: String,
    };
    /// Approves the proposed grant.
    ApproveGrant = life::APPROVE_GRANT;
    /// Approves the proposed refusal.
    ApproveRefusal = life::APPROVE_REFUSAL;
    /// Sends the proposal back.
    SendBack = life::SEND_BACK, {
        /// At most 1000 characters, may be empty.
        note: String,
    };
    /// Objects to a refusal.
    Object = life::OBJECT, {
        /// Why, 5 to 1000 characters.
        sentence: String,
    };
    /// Upholds the refusal.
    Uphold = life::UPHOLD, {
        /// Why, 5 to 1000 characters.
        sentence: String,
    };
    /// Reopens the application after an objection.
    Reopen = life::REOPEN, {
        /// Why, 5 to 1000 characters.
        sentence: String,
    };
    /// Rates the service.
    Rate = life::RATE, {
        /// 1 (very unsatisfied) to 5 (very satisfied).
        #[serde(deserialize_with = "text_or_number")]
        score: String,
        /// At most 500 characters, may be empty.
        comment: String,
    };
}

impl AskCorrection {
    /// An error for each ticked field without a note.
    #[must_use]
    pub fn without_note(&self) -> Vec<FieldError> {
        let bare = self.asked.keys().filter(|path| self.notes.get(*path).is_none_or(|note| note.trim().is_empty()));
        bare.map(|path| FieldError {
            field: format!("{}.{path}", crate::field!(AskCorrection, notes)),
            kind: FieldErrorKind::Required,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Problem, cases::action::read_fields};

    #[test]
    fn a_correction_is_its_fields_with_their_notes() {
        let posted = [("asked.phone", "yes"), ("notes.phone", "wrong digit"), ("notes.name", " ")];
        let asked: AskCorrection = read_fields(&posted.map(|(k, v)| (k.to_owned(), v.to_owned())).into()).unwrap();
        assert_eq!(asked.notes.get("phone").map(String::as_str), Some("wrong digit"));
        assert!(asked.without_note().is_empty());
    }

    #[test]
    fn a_ticked_field_needs_its_note() {
        let asked: AskCorrection = read_fields(&[("asked.rows.0.name".to_owned(), "yes".to_owned())].into()).unwrap();
        let errors = asked.without_note();
        assert_eq!(Problem::Invalid { errors }, Problem::field("notes.rows.0.name", FieldErrorKind::Required));
    }
}

//! Notices (消息): their kinds and texts, and the view of an inbox.

pub mod delivery;
pub mod warning;

pub use delivery::{Channel, DeliveryState};
pub use warning::WarningKind;

use crate::{
    care::life::SOS,
    cases::Flow,
    finance::life::DEMAND,
    ids::NoticeId,
    texts::{Lang, notices as text},
};
use serde::{Deserialize, Serialize};

/// The values in the text of a notice; unused ones are empty.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The case number.
    pub number: &'a str,
    /// The title of the case in the reader's language.
    pub title: &'a str,
    /// The last day, if something ends.
    pub until: &'a str,
}

/// A kind of notice: an action of a Flow or another event.
#[derive(Debug)]
pub struct Kind {
    /// The code, as stored in `notice.kind`.
    pub code: &'static str,
    /// The subject, one line.
    pub subject: fn(Lang, &Facts<'_>) -> String,
    /// The text: what happened and what to do.
    pub text: fn(Lang, &Facts<'_>) -> String,
}

macro_rules! of_a_case {
    ($($code:literal: $subject:ident, $text:ident;)+) => {
        &[$(Kind {
            code: $code,
            subject: |lang, facts| text::$subject(lang, facts.title),
            text: |lang, facts| text::$text(lang, text::NumberTitle { number: facts.number, title: facts.title }),
        }),+]
    };
}

/// Notices about cases. A test of the server checks that every announced action is here.
pub static OF_CASES: &[Kind] = of_a_case! {
    "submit": event_submit_subject, event_submit_text;
    "accept": event_accept_subject, event_accept_text;
    "accept_by_silence": event_accept_by_silence_subject, event_accept_by_silence_text;
    "ask_correction": event_ask_correction_subject, event_ask_correction_text;
    "correct": event_correct_subject, event_correct_text;
    "not_accept": event_not_accept_subject, event_not_accept_text;
    "approve_grant": event_approve_grant_subject, event_approve_grant_text;
    "approve_refusal": event_approve_refusal_subject, event_approve_refusal_text;
    "withdraw": event_withdraw_subject, event_withdraw_text;
    "object": event_object_subject, event_object_text;
    "uphold": event_uphold_subject, event_uphold_text;
    "reopen": event_reopen_subject, event_reopen_text;
    "rate": event_rate_subject, event_rate_text;
    "answer": event_answer_subject, event_answer_text;
    "dispatch": event_dispatch_subject, event_dispatch_text;
    "accept_offer": event_accept_offer_subject, event_accept_offer_text;
    "set_out": event_set_out_subject, event_set_out_text;
    "arrive": event_arrive_subject, event_arrive_text;
    "resolve": event_resolve_subject, event_resolve_text;
    "call_off": event_call_off_subject, event_call_off_text;
    "call_reopen": event_call_reopen_subject, event_call_reopen_text;
    "care_page": care_page_subject, care_page_text;
    "care_offer": care_offer_subject, care_offer_text;
    "publish": event_publish_subject, event_publish_text;
    "make_offer": event_make_offer_subject, event_make_offer_text;
    "withdraw_offer": event_withdraw_offer_subject, event_withdraw_offer_text;
    "take_offer": event_take_offer_subject, event_take_offer_text;
    "offer_not_chosen": offer_not_chosen_subject, offer_not_chosen_text;
    "approve_credit": event_approve_credit_subject, event_approve_credit_text;
    "refuse_credit": event_refuse_credit_subject, event_refuse_credit_text;
    "disburse": event_disburse_subject, event_disburse_text;
    "care_handed": care_handed_subject, care_handed_text;
    "care_stand_down": care_stand_down_subject, care_stand_down_text;
    "care_taken": care_taken_subject, care_taken_text;
    "care_nobody_goes": care_nobody_goes_subject, care_nobody_goes_text;
    "care_welfare": care_welfare_subject, care_welfare_text;
    "deadline_warning": deadline_warning_subject, deadline_warning_text;
    "deadline_overdue": deadline_overdue_subject, deadline_overdue_text;
};

/// Notices about accounts, without names, which are shown only after signing in.
pub static OF_ACCOUNTS: &[Kind] = &[
    Kind {
        code: "mandate_given",
        subject: |lang, _| text::mandate_given_subject(lang).to_owned(),
        text: |lang, facts| text::mandate_given_text(lang, facts.until),
    },
    Kind {
        code: "mandate_revoked",
        subject: |lang, _| text::mandate_revoked_subject(lang).to_owned(),
        text: |lang, _| text::mandate_revoked_text(lang).to_owned(),
    },
    Kind {
        code: "password_changed",
        subject: |lang, _| text::password_changed_subject(lang).to_owned(),
        text: |lang, _| text::password_changed_text(lang).to_owned(),
    },
    Kind {
        code: "authenticator_reset",
        subject: |lang, _| text::authenticator_reset_subject(lang).to_owned(),
        text: |lang, _| text::authenticator_reset_text(lang).to_owned(),
    },
];

/// The texts of an unknown kind.
pub static GENERAL: Kind = Kind {
    code: "",
    subject: |lang, _| text::general_subject(lang).to_owned(),
    text: |lang, _| text::general_text(lang).to_owned(),
};

/// The kind of this code; [`GENERAL`] for an unknown one.
#[must_use]
pub fn kind(code: &str) -> &'static Kind {
    OF_CASES.iter().chain(OF_ACCOUNTS).find(|k| k.code == code).unwrap_or(&GENERAL)
}

/// The text of the link from a notice to its case, by the letters before the number.
#[must_use]
pub fn link_text(lang: Lang, number: &str) -> String {
    let of = |flow: &Flow| number.starts_with(flow.prefix);
    if of(&SOS) {
        text::inbox_to_call(lang, number)
    } else if of(&DEMAND) {
        text::inbox_to_demand(lang, number)
    } else {
        text::inbox_to_case(lang, number)
    }
}

/// A notice as shown in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// Its id.
    pub id: NoticeId,
    /// Its kind.
    pub kind: String,
    /// The subject, one line.
    pub subject: String,
    /// The text: what happened and what to do.
    pub text: String,
    /// The case it is about.
    pub case_number: Option<String>,
    /// The page it links to.
    pub path: Option<String>,
    /// The time in seconds since 1970.
    pub at: i64,
    /// Whether it was read.
    pub read: bool,
}

/// A page of the inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// Newest first.
    pub notices: Vec<NoticeView>,
    /// The `after` of the next page; none on the last.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::FLOWS;

    #[test]
    fn every_event_people_are_told_of_has_words_in_both_languages() {
        let facts = Facts { number: "BJ1", title: "T", until: "" };
        for flow in FLOWS {
            for step in flow.steps.iter().chain([&flow.opening]).filter(|s| !s.internal && !s.quiet) {
                let kind = kind(step.action.0);
                assert_eq!(kind.code, step.action.0, "no words");
                for lang in [Lang::Zh, Lang::En] {
                    assert!((kind.subject)(lang, &facts).contains('T'), "{}", kind.code);
                    assert!((kind.text)(lang, &facts).contains("BJ1"), "{}", kind.code);
                }
            }
        }
    }

    #[test]
    fn the_link_says_what_kind_of_case_it_leads_to() {
        for (number, zh, en) in [
            ("BJ-1", "查看办件 BJ-1", "See case BJ-1"),
            ("HJ-1", "查看呼救 HJ-1", "See call HJ-1"),
            ("RT-1", "查看融资需求 RT-1", "See financing demand RT-1"),
        ] {
            assert_eq!((link_text(Lang::Zh, number).as_str(), link_text(Lang::En, number).as_str()), (zh, en));
        }
    }

    #[test]
    fn a_kind_stands_once_and_an_unknown_one_gets_general_words() {
        for known in OF_CASES.iter().chain(OF_ACCOUNTS) {
            assert_eq!(OF_CASES.iter().chain(OF_ACCOUNTS).filter(|k| k.code == known.code).count(), 1, "{}", known.code);
        }
        assert_eq!(kind("of tomorrow").code, "");
    }
}

//! Kinds of operator warnings (运行提醒).

use crate::texts::{Lang, account as text};

crate::coded_enum! {
    /// A kind of operator warning: the code of a warning up to its colon, if it has one.
    pub enum WarningKind {
        /// Messages could not be delivered; the channel follows after a colon.
        Delivery = "delivery",
        /// The working-day calendar of the coming year is missing.
        CalendarMissing = "calendar_missing",
        /// Steps of escalation are overdue.
        CareOverdue = "care_overdue",
        /// The escalation engine gives no sign of life.
        CareEngineSilent = "care_engine_silent",
        /// The auditor of escalation gives no sign of life.
        CareAuditorSilent = "care_auditor_silent",
        /// No dispatcher of the city's duty desk is on duty.
        CareCityDeskEmpty = "care_city_desk_empty",
    }
}

impl WarningKind {
    /// The kind of a stored code; `None` for one of another version of the program.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::parse(code.split(':').next().unwrap_or_default())
    }

    /// The sentence shown to the operator.
    #[must_use]
    pub const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Delivery => text::warning_delivery(lang),
            Self::CalendarMissing => text::warning_calendar_missing(lang),
            Self::CareOverdue => text::warning_care_overdue(lang),
            Self::CareEngineSilent => text::warning_care_engine_silent(lang),
            Self::CareAuditorSilent => text::warning_care_auditor_silent(lang),
            Self::CareCityDeskEmpty => text::warning_care_city_desk_empty(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_has_a_sentence_of_its_own_in_both_languages() {
        for kind in WarningKind::ALL {
            assert_eq!(text::find(Lang::Zh, &format!("warning_{kind}")), Some(kind.title(Lang::Zh)));
            assert_eq!(text::find(Lang::En, &format!("warning_{kind}")), Some(kind.title(Lang::En)));
        }
    }

    #[test]
    fn a_code_may_name_its_object_after_a_colon() {
        assert_eq!(WarningKind::of("delivery:sms"), Some(WarningKind::Delivery));
        assert_eq!(WarningKind::of("calendar_missing"), Some(WarningKind::CalendarMissing));
        assert_eq!(WarningKind::of("of_tomorrow"), None);
    }
}

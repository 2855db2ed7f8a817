//! Problems: the reasons for which a request is refused, each with an HTTP status, a code and texts in both languages.
//!
//! Choice of the variant: `Invalid` for values that the user can correct; `SignInFirst` and similar for a step that must come
//! first; `Conflict` for a change made meanwhile; `Internal` for our own faults, with a reference and without detail.

use crate::texts::{Lang, problem as text};
use serde::{Deserialize, Serialize};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// 422: invalid values, each with its field.
    #[error("invalid input")]
    Invalid {
        /// The errors by field, in the order of the form.
        errors: Vec<FieldError>,
    },
    /// 401: not signed in.
    #[error("sign in first")]
    SignInFirst,
    /// 401: the role needs its second factor (双因素) in this session.
    #[error("second factor first")]
    SecondFactorFirst,
    /// 403: the real-name check (实名认证) is required first.
    #[error("real-name check first")]
    RealNameFirst,
    /// 403: signed in, but not allowed.
    #[error("forbidden")]
    Forbidden,
    /// 404: does not exist, or may not be known to this person.
    #[error("not found")]
    NotFound,
    /// 409: the case has changed meanwhile, or its state does not allow this.
    #[error("conflict")]
    Conflict {
        /// The case number; empty without a case.
        number: String,
        /// The state it is in now.
        state: String,
        /// Its version now.
        version: i32,
        /// The actions that this person may take now.
        allowed: Vec<String>,
    },
    /// 409: a newer version of the form came into force; the draft was carried to it and must be checked again.
    #[error("a newer form is in force")]
    FormChanged,
    /// 400: the request cannot be read.
    #[error("unreadable request")]
    Unreadable,
    /// 405: the address exists, but not for this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// 422: the idempotency key was used for another content.
    #[error("idempotency key reused")]
    KeyReused,
    /// 413: larger than the limit.
    #[error("too large")]
    TooLarge,
    /// 429: too many requests.
    #[error("too many requests")]
    TooMany {
        /// Seconds until the next try is accepted.
        retry_after: u32,
    },
    /// 503: busy or in maintenance.
    #[error("unavailable")]
    Unavailable {
        /// Seconds until the next try.
        retry_after: u32,
    },
    /// 500: an internal fault.
    #[error("internal error {reference}")]
    Internal {
        /// The request id under which the log has the details.
        reference: String,
    },
}

impl Problem {
    /// An error of one field.
    #[must_use]
    pub fn field(field: &str, kind: FieldErrorKind) -> Self {
        Self::Invalid { errors: vec![FieldError { field: field.to_owned(), kind }] }
    }

    /// Fails with all errors of a form by field, if there are any.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with every error.
    pub fn fail_on_errors(wrong: &[(&str, Option<FieldErrorKind>)]) -> Result<(), Self> {
        let named = |(field, kind): &(&str, Option<FieldErrorKind>)| {
            kind.clone().map(|kind| FieldError { field: (*field).to_owned(), kind })
        };
        let errors: Vec<FieldError> = wrong.iter().filter_map(named).collect();
        if errors.is_empty() { Ok(()) } else { Err(Self::Invalid { errors }) }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignInFirst | Self::SecondFactorFirst => 401,
            Self::RealNameFirst | Self::Forbidden => 403,
            Self::Unreadable => 400,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict { .. } | Self::FormChanged => 409,
            Self::TooLarge => 413,
            Self::Invalid { .. } | Self::KeyReused => 422,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable { .. } => 503,
        }
    }

    /// The kind, as in the `type` of RFC 9457 problem details.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::SignInFirst => "sign_in_first",
            Self::SecondFactorFirst => "second_factor_first",
            Self::RealNameFirst => "real_name_first",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::FormChanged => "form_changed",
            Self::Unreadable => "unreadable",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::KeyReused => "key_reused",
            Self::TooLarge => "too_large",
            Self::TooMany { .. } => "too_many",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal { .. } => "internal",
        }
    }

    /// The heading of its page.
    #[must_use]
    pub const fn title(&self, lang: Lang) -> &'static str {
        match self {
            Self::Invalid { .. } => text::invalid_title(lang),
            Self::SignInFirst => text::sign_in_first_title(lang),
            Self::SecondFactorFirst => text::second_factor_first_title(lang),
            Self::RealNameFirst => text::real_name_first_title(lang),
            Self::Forbidden => text::forbidden_title(lang),
            Self::NotFound => text::not_found_title(lang),
            Self::Conflict { .. } | Self::FormChanged => text::conflict_title(lang),
            Self::Unreadable => text::unreadable_title(lang),
            Self::MethodNotAllowed => text::method_not_allowed_title(lang),
            Self::KeyReused => text::key_reused_title(lang),
            Self::TooLarge => text::too_large_title(lang),
            Self::TooMany { .. } => text::too_many_title(lang),
            Self::Unavailable { .. } => text::unavailable_title(lang),
            Self::Internal { .. } => text::internal_title(lang),
        }
    }

    /// The explanation: the reason, whether entries are kept, and the next step.
    #[must_use]
    pub fn detail(&self, lang: Lang) -> String {
        match self {
            Self::Invalid { .. } => text::invalid_detail(lang).to_owned(),
            Self::SignInFirst => text::sign_in_first_detail(lang).to_owned(),
            Self::SecondFactorFirst => text::second_factor_first_detail(lang).to_owned(),
            Self::RealNameFirst => text::real_name_first_detail(lang).to_owned(),
            Self::Forbidden => text::forbidden_detail(lang).to_owned(),
            Self::NotFound => text::not_found_detail(lang).to_owned(),
            Self::Conflict { .. } | Self::FormChanged => text::conflict_detail(lang).to_owned(),
            Self::Unreadable => text::unreadable_detail(lang).to_owned(),
            Self::MethodNotAllowed => text::method_not_allowed_detail(lang).to_owned(),
            Self::KeyReused => text::key_reused_detail(lang).to_owned(),
            Self::TooLarge => text::too_large_detail(lang).to_owned(),
            Self::TooMany { retry_after } => text::too_many_detail(lang, retry_after),
            Self::Unavailable { retry_after } => text::unavailable_detail(lang, retry_after),
            Self::Internal { reference } => text::internal_detail(lang, reference),
        }
    }
}

/// An error of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The name of the field as in the form; `members.2.name` inside a repeated block.
    pub field: String,
    /// The error and how to correct it.
    #[serde(flatten)]
    pub kind: FieldErrorKind,
}

/// The error of a value. Every text explains how to correct it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name and text says it; the texts stand in texts/problem.toml")]
pub enum FieldErrorKind {
    Required,
    TooShort { min: u32 },
    TooLong { max: u32 },
    TooMany { max: u32 },
    TooFew { min: u32 },
    NotANumber,
    NotAWholeNumber,
    TooManyDecimals { max: u32 },
    BelowLeast { least: String },
    AboveMost { most: String },
    NotADate,
    NotATime,
    NotCityDesk,
    DateBefore { first: String },
    DateAfter { last: String },
    NotAnOption,
    MustAccept,
    NotAPhone,
    NotALine,
    NotAShortCode,
    NotAnEmail,
    NotABankAccount,
    ResidentIdFormat,
    ResidentIdCheckDigit,
    ResidentIdDate,
    ResidentIdRegion,
    UsccFormat,
    UsccRegion,
    UsccInnerCheck,
    UsccCheckDigit,
    PasswordCommon,
    PasswordWrong,
    PasswordsDiffer,
    SignInWrong,
    CodeWrong,
    CodeExpired,
    AlreadyTaken,
    NotInRegister,
    NotRelated,
    NoRegisteredPhone,
    LastAdministrator,
    FileTooLarge { max_mib: u32 },
    FileNotAPicture,
    FileBroken,
    NotAsked,
    AskedAlready,
    NotText,
    NotRepresentative,
    QuotaUsedUp,
    OfferStands,
    OfferEnded,
    FeesTooHigh,
    NotACreditRate,
    Unknown,
}

impl FieldErrorKind {
    /// The text shown at the field.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let plain = match self {
            Self::TooShort { min } => return text::too_short(lang, min),
            Self::TooLong { max } => return text::too_long(lang, max),
            Self::TooMany { max } => return text::too_many(lang, max),
            Self::TooFew { min } => return text::too_few(lang, min),
            Self::TooManyDecimals { max } => return text::too_many_decimals(lang, max),
            Self::BelowLeast { least } => return text::below_least(lang, least),
            Self::AboveMost { most } => return text::above_most(lang, most),
            Self::DateBefore { first } => return text::date_before(lang, first),
            Self::DateAfter { last } => return text::date_after(lang, last),
            Self::FileTooLarge { max_mib } => return text::file_too_large(lang, max_mib),
            Self::Required => text::required(lang),
            Self::NotANumber => text::not_a_number(lang),
            Self::NotAWholeNumber => text::not_a_whole_number(lang),
            Self::NotADate => text::not_a_date(lang),
            Self::NotATime => text::not_a_time(lang),
            Self::NotCityDesk => text::not_city_desk(lang),
            Self::NotAnOption => text::not_an_option(lang),
            Self::MustAccept => text::must_accept(lang),
            Self::NotAPhone => text::not_a_phone(lang),
            Self::NotALine => text::not_a_line(lang),
            Self::NotAShortCode => text::not_a_short_code(lang),
            Self::NotAnEmail => text::not_an_email(lang),
            Self::NotABankAccount => text::not_a_bank_account(lang),
            Self::ResidentIdFormat => text::resident_id_format(lang),
            Self::ResidentIdCheckDigit => text::resident_id_check_digit(lang),
            Self::ResidentIdDate => text::resident_id_date(lang),
            Self::ResidentIdRegion => text::resident_id_region(lang),
            Self::UsccFormat => text::uscc_format(lang),
            Self::UsccRegion => text::uscc_region(lang),
            Self::UsccInnerCheck => text::uscc_inner_check(lang),
            Self::UsccCheckDigit => text::uscc_check_digit(lang),
            Self::PasswordCommon => text::password_common(lang),
            Self::PasswordWrong => text::password_wrong(lang),
            Self::PasswordsDiffer => text::passwords_differ(lang),
            Self::SignInWrong => text::sign_in_wrong(lang),
            Self::CodeWrong => text::code_wrong(lang),
            Self::CodeExpired => text::code_expired(lang),
            Self::AlreadyTaken => text::already_taken(lang),
            Self::NotInRegister => text::not_in_register(lang),
            Self::NotRelated => text::not_related(lang),
            Self::NoRegisteredPhone => text::no_registered_phone(lang),
            Self::LastAdministrator => text::last_administrator(lang),
            Self::FileNotAPicture => text::file_not_a_picture(lang),
            Self::FileBroken => text::file_broken(lang),
            Self::NotAsked => text::not_asked(lang),
            Self::AskedAlready => text::asked_already(lang),
            Self::NotText => text::not_text(lang),
            Self::NotRepresentative => text::not_representative(lang),
            Self::QuotaUsedUp => text::quota_used_up(lang),
            Self::OfferStands => text::offer_stands(lang),
            Self::OfferEnded => text::offer_ended(lang),
            Self::FeesTooHigh => text::fees_too_high(lang),
            Self::NotACreditRate => text::not_a_credit_rate(lang),
            Self::Unknown => text::unknown(lang),
        };
        plain.to_owned()
    }
}

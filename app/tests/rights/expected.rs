//! What the matrix expects, written down a second time on purpose: who is who, and who may see what.

use server::account::gate::Access;
use shared::account::Permission::{ManageStaff, WorkOnCases};

/// The columns of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    /// Whose record it is.
    Owner,
    /// Acting for the owner by mandate.
    Delegate,
    /// The same person, acting for themself.
    DelegateAsSelf,
    Stranger,
    Unverified,
    Caseworker,
    Supervisor,
    /// The caseworker without the second factor.
    HalfSignedIn,
    OtherCaseworker,
    OtherSupervisor,
    Auditor,
    Administrator,
}

/// Every column.
pub const ALL: [Who; 13] = [
    Who::Nobody,
    Who::Owner,
    Who::Delegate,
    Who::DelegateAsSelf,
    Who::Stranger,
    Who::Unverified,
    Who::Caseworker,
    Who::Supervisor,
    Who::HalfSignedIn,
    Who::OtherCaseworker,
    Who::OtherSupervisor,
    Who::Auditor,
    Who::Administrator,
];

impl Who {
    /// Who may see the content of the owner's case.
    pub fn sees_case(self) -> bool {
        matches!(self, Self::Owner | Self::Delegate | Self::Caseworker | Self::Supervisor)
    }

    /// Who may see what the owner is typing: drafts are of whoever types.
    pub fn sees_draft(self) -> bool {
        self == Self::Owner
    }

    /// Whether the gate should let them in.
    pub fn enters(self, access: Access) -> bool {
        use Who::{
            Administrator, Auditor, Caseworker, Delegate, DelegateAsSelf, Nobody, OtherCaseworker, OtherSupervisor, Owner,
            Stranger, Supervisor,
        };
        match access {
            Access::Anyone => true,
            Access::SignedIn => self != Nobody,
            Access::Verified => matches!(self, Owner | Delegate | DelegateAsSelf | Stranger),
            Access::Staff(WorkOnCases) => matches!(self, Caseworker | Supervisor | OtherCaseworker | OtherSupervisor),
            Access::Staff(ManageStaff) => self == Administrator,
            Access::Staff(_) => self == Auditor,
        }
    }
}

/// A word of the owner's record, and who may hear it.
pub type Canary = (&'static str, fn(Who) -> bool);

/// What the owner's record says and not everybody may hear.
pub const CANARIES: [Canary; 5] = [
    ("金丝雀银行", Who::sees_case),
    ("金丝雀请重拍", Who::sees_case),
    ("金丝雀照片", Who::sees_case),
    ("金丝雀内部", |who| matches!(who, Who::Caseworker | Who::Supervisor)),
    ("金丝雀草稿", Who::sees_draft),
];

/// Who holds a mandate for the owner, whether they use it in this session or not: the store does not know sessions.
fn family(who: Who) -> bool {
    matches!(who, Who::Owner | Who::Delegate | Who::DelegateAsSelf)
}

/// Whoever the store takes for staff of the case's department: it does not know second factors.
fn desk(who: Who) -> bool {
    matches!(who, Who::Caseworker | Who::Supervisor | Who::HalfSignedIn)
}

fn content(who: Who) -> bool {
    family(who) || desk(who)
}

fn record(who: Who) -> bool {
    content(who) || who == Who::Auditor
}

fn owner(who: Who) -> bool {
    who == Who::Owner
}

/// A table, the owner's rows in it (or those of the caseworker, for tables of staff), and who may see them there.
pub type Table = (&'static str, &'static str, fn(Who) -> bool);

/// Every table with policies.
pub const TABLES: &[Table] = &[
    ("absence", "account_id = '$staff'", desk),
    ("account", "id = '$owner'", owner),
    ("administration", "account_id = '$staff'", |who| matches!(who, Who::Auditor | Who::Administrator)),
    ("application", "case_id = '$case_id'", record),
    ("application_revision", "case_id = '$case_id'", content),
    ("case_clock", "case_id = '$case_id'", record),
    ("cases", "id = '$case_id'", record),
    ("correction", "case_id = '$case_id'", content),
    ("decision", "case_id = '$case_id'", content),
    ("delivery", "notice_id = '$notice'", owner),
    ("draft", "id = '$draft'", owner),
    ("event", "case_id = '$case_id'", record),
    ("idempotency", "actor = '$owner'", owner),
    ("invitation", "token_hash = '\\x01'", |who| who == Who::Administrator),
    ("mandate", "person_id = '$person'", family),
    ("membership", "account_id = '$staff'", |who| desk(who) || matches!(who, Who::Auditor | Who::Administrator)),
    ("notice", "account_id = '$owner'", owner),
    ("person", "id = '$person'", content),
    ("person_key", "person_id = '$person'", content),
    ("rating", "case_id = '$case_id'", content),
    ("register_read", "case_id IS NULL AND reader_id = '$owner'", |who| family(who) || who == Who::Auditor),
    ("upload", "id = '$upload'", content),
];

/// A table, a write to it, and who may make it.
pub type Write = (&'static str, &'static str, fn(Who) -> bool);

/// Writes that policies guard beside what one may see.
pub const WRITES: &[Write] = &[
    (
        "organisation",
        "INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES (gen_random_uuid(), 'matrix', 'department', 'x', 'x')",
        |who| who == Who::Administrator,
    ),
    ("organisation", "UPDATE organisation SET name_zh = 'x'", |who| who == Who::Administrator),
    // In nobody's name.
    ("administration", "INSERT INTO administration (id, action) VALUES (gen_random_uuid(), 'matrix')", |_| false),
];

/// How many (page, role) pairs hear a canary at the least.
pub const HEARD_AT_LEAST: usize = 8;

/// A server function, who may call it, and a call aimed at the owner's record (`$case`, `$draft`, `$upload`,
/// `$mandate`, `$notice`, `$owner`, `$person` stand for theirs).
pub struct Function {
    pub path: &'static str,
    pub access: Access,
    pub call: &'static [(&'static str, &'static str)],
}

const fn function(path: &'static str, access: Access, call: &'static [(&'static str, &'static str)]) -> Function {
    Function { path, access, call }
}

use Access::{Anyone, SignedIn, Staff, Verified};

/// Every server function.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    function("/api/account/absence", Staff(WorkOnCases), &[("account", "$staff"), ("first", "2030-02-01"), ("last", "2030-02-02")]),
    function("/api/account/absence-end", Staff(WorkOnCases), &[("absence", "$absence")]),
    function("/api/account/act-as", SignedIn, &[("person", "$person")]),
    function("/api/account/authenticator-reset", Staff(ManageStaff), &[("account", "$owner")]),
    function("/api/account/invitation", Anyone, &[("token", "nonsense"), ("password", "Yunmeng-Reed-88")]),
    function("/api/account/invite", Staff(ManageStaff), &[("email", "x@demo.huimin.example"), ("staff_name", "x"), ("organisation", ""), ("role", "caseworker")]),
    function("/api/account/mandate", Verified, &[("name", "陈桂英"), ("resident_id", "420120194310010004"), ("until", "2027-01-01")]),
    function("/api/account/mandate-code", Verified, &[("mandate", "$mandate"), ("code", "000000")]),
    function("/api/account/mandate-end", SignedIn, &[("mandate", "$mandate")]),
    function("/api/account/membership-end", Staff(ManageStaff), &[("membership", "$case_id")]),
    function("/api/account/organisation", Staff(ManageStaff), &[("department", "magic"), ("district", ""), ("name_zh", "x"), ("name_en", "x")]),
    function("/api/account/organisation-names", Staff(ManageStaff), &[("organisation", "$case_id"), ("name_zh", "x"), ("name_en", "x")]),
    function("/api/account/password", SignedIn, &[("current_password", "wrong"), ("password", "Yunmeng-Reed-88")]),
    function("/api/account/preferences", Anyone, &[("lang", "en")]),
    function("/api/account/prolong", SignedIn, &[]),
    function("/api/account/real-name", SignedIn, &[("name", "陈桂英"), ("resident_id", "420120194310010004"), ("consent", "yes")]),
    function("/api/account/reset", Anyone, &[("contact", "nobody@demo.huimin.example")]),
    function("/api/account/reset-code", Anyone, &[("code", "000000"), ("password", "Yunmeng-Reed-88")]),
    function("/api/account/reset-link", Anyone, &[("token", "nonsense"), ("password", "Yunmeng-Reed-88")]),
    function("/api/account/second-factor", SignedIn, &[("code", "000000")]),
    function("/api/account/session-end", SignedIn, &[("id", "00")]),
    function("/api/account/sessions-end", SignedIn, &[]),
    function("/api/account/sign-in", Anyone, &[("contact", "nobody@demo.huimin.example"), ("password", "wrong")]),
    function("/api/account/sign-out", Anyone, &[]),
    function("/api/account/sign-up", Anyone, &[("contact", "somebody@demo.huimin.example")]),
    function("/api/account/sign-up-code", Anyone, &[("code", "000000"), ("password", "Yunmeng-Reed-88")]),
    function("/api/account/totp", SignedIn, &[("pending", "00"), ("code", "000000")]),
    function("/api/cases/act", Staff(WorkOnCases), &[("number", "$case"), ("action", "note"), ("key", "matrix-key-6"), ("fields[note]", "x")]),
    function("/api/cases/claim", Staff(WorkOnCases), &[("key", "matrix-key-7"), ("numbers[0]", "$case")]),
    function("/api/cases/reveal", Staff(WorkOnCases), &[("number", "$case"), ("field", "bank")]),
    function("/api/cases/correct", SignedIn, &[("number", "$case"), ("key", "matrix-key-1"), ("act", "send")]),
    function("/api/cases/object", SignedIn, &[("number", "$case"), ("key", "matrix-key-2"), ("sentence", "我不同意")]),
    function("/api/cases/rate", SignedIn, &[("number", "$case"), ("key", "matrix-key-3"), ("score", "1")]),
    function("/api/cases/withdraw", SignedIn, &[("number", "$case"), ("key", "matrix-key-4")]),
    function("/api/notices/read", SignedIn, &[("notice", "$notice")]),
    function("/api/services/autosave", Verified, &[("draft", "$draft"), ("page", "premises"), ("answers[premises_name]", "x")]),
    function("/api/services/discard", Verified, &[("draft", "$draft")]),
    function("/api/services/save-page", Verified, &[("draft", "$draft"), ("page", "premises"), ("answers[premises_name]", "x")]),
    function("/api/services/start", Verified, &[("code", "public-rental-housing")]),
    function("/api/services/submit", Verified, &[("draft", "$draft"), ("key", "matrix-key-5")]),
];

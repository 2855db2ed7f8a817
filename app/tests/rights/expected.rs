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
        use Who::{Auditor, Administrator, Caseworker, Delegate, DelegateAsSelf, Nobody, OtherCaseworker, OtherSupervisor, Owner, Stranger, Supervisor};
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

/// What the owner's record says and nobody else may hear: with who may hear it.
pub const CANARIES: [(&str, fn(Who) -> bool); 5] = [
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

/// How many (page, role) pairs hear a canary at the least.
pub const HEARD_AT_LEAST: usize = 8;

/// A server function, who may call it, and a call aimed at the owner's record (`$case`, `$draft`, `$upload`,
/// `$mandate`, `$notice`, `$session` stand for theirs).
pub struct Function {
    pub path: &'static str,
    pub access: Access,
    pub call: &'static [(&'static str, &'static str)],
}

/// Every server function.
pub const FUNCTIONS: &[Function] = &[];

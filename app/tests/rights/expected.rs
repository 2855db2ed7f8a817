//! The expected rights, written down independently of the program: the roles, and what each of them may see and do.

use server::access::gate::Access;
use shared::account::Permission::{
    AnswerCalls, DecideCredit, LeadCentre, MakeOffers, ManageStaff, ReadAudit, RespondToCalls, WorkOnCases,
};

/// The roles, which are the columns of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anonymous,
    /// The person whose record it is.
    Owner,
    /// A daughter who acts for the owner by mandate.
    Delegate,
    /// The same daughter while she acts for herself.
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
    /// The chief dispatcher of the centre that answers for the owner's call.
    Dispatcher,
    /// A dispatcher of another centre.
    OtherDispatcher,
    /// The responder who goes to the owner's call.
    Responder,
    /// Another responder of the centre, who was not asked.
    OtherResponder,
    /// An emergency contact of the owner who was alerted and has an account without other rights.
    FamilyContact,
    /// An officer of a bank that may read the description of the demand and the tax data, and that made an offer.
    Bank,
    /// The supervisor of that bank, who decides on credit.
    BankSupervisor,
    /// An officer of a bank that may read only the identity of the firm and its number of insured people.
    RivalBank,
    /// The supervisor of that bank.
    RivalSupervisor,
    /// An officer of a bank without consent of the owner.
    BankStranger,
}

/// Every role.
pub const ALL: [Who; 23] = [
    Who::Anonymous,
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
    Who::Bank,
    Who::BankSupervisor,
    Who::RivalBank,
    Who::RivalSupervisor,
    Who::BankStranger,
    Who::Dispatcher,
    Who::OtherDispatcher,
    Who::Responder,
    Who::OtherResponder,
    Who::FamilyContact,
];

impl Who {
    /// Whether this role may see the content of the owner's case.
    pub fn sees_case(self) -> bool {
        matches!(self, Self::Owner | Self::Delegate | Self::Caseworker | Self::Supervisor)
    }

    /// Whether this role may see the owner's emergency call.
    pub fn sees_call(self) -> bool {
        matches!(self, Self::Owner | Self::Delegate | Self::Dispatcher | Self::Responder | Self::FamilyContact)
    }

    /// Whether this role may see the owner's draft: only the person who writes it.
    pub fn sees_draft(self) -> bool {
        self == Self::Owner
    }

    /// Whether the gate should let this role in.
    pub fn enters(self, access: Access) -> bool {
        use Who::{
            Administrator, Anonymous, Auditor, Caseworker, Delegate, DelegateAsSelf, Dispatcher, OtherCaseworker,
            OtherDispatcher, OtherResponder, OtherSupervisor, Owner, Responder, Stranger, Supervisor,
        };
        match access {
            Access::Anyone => true,
            Access::SignedIn => self != Anonymous,
            Access::Verified => matches!(self, Owner | Delegate | DelegateAsSelf | Stranger),
            Access::Staff(WorkOnCases) => matches!(self, Caseworker | Supervisor | OtherCaseworker | OtherSupervisor),
            Access::Staff(ManageStaff) => self == Administrator,
            Access::Staff(MakeOffers) => bank(self),
            Access::Staff(DecideCredit) => matches!(self, Self::BankSupervisor | Self::RivalSupervisor),
            Access::Staff(ReadAudit) => self == Auditor,
            Access::Staff(AnswerCalls) => matches!(self, Dispatcher | OtherDispatcher),
            Access::Staff(LeadCentre) => self == Dispatcher,
            Access::Staff(RespondToCalls) => matches!(self, Responder | OtherResponder),
            Access::Staff(_) => false,
            Access::AnyStaff(wanted) => wanted.iter().any(|w| self.enters(Access::Staff(*w))),
        }
    }
}

/// Whether this is a role at a bank.
fn bank(who: Who) -> bool {
    consented_bank(who) || who == Who::BankStranger
}

/// Banks with any consent of the owner.
fn consented_bank(who: Who) -> bool {
    lender(who) || rival(who)
}

/// The bank whose offer it is.
pub fn lender(who: Who) -> bool {
    matches!(who, Who::Bank | Who::BankSupervisor)
}

/// The other bank that the owner consented to.
pub fn rival(who: Who) -> bool {
    matches!(who, Who::RivalBank | Who::RivalSupervisor)
}

/// The parties to the offer: the firm and the bank that made it.
fn offer_party(who: Who) -> bool {
    who == Who::Owner || lender(who)
}

/// A value in the owner's record, and who may receive it.
pub type Canary = (&'static str, fn(Who) -> bool);

/// The values in the owner's record that only some roles may receive.
pub const CANARIES: [Canary; 18] = [
    ("金丝雀银行", Who::sees_case),
    ("金丝雀请重拍", Who::sees_case),
    ("金丝雀照片", Who::sees_case),
    ("金丝雀内部", |who| matches!(who, Who::Caseworker | Who::Supervisor)),
    ("金丝雀草稿", Who::sees_draft),
    ("金丝雀企业", |who| who == Who::Owner || rival(who)),
    // Tax paid and insured people, from the register: the firm's own page does not show them.
    ("9,173,555.28", lender),
    ("1987654321", rival),
    ("金丝雀尽调", lender),
    ("金丝雀不予", offer_party),
    ("金丝雀需求", offer_party),
    ("金丝雀报价", offer_party),
    ("金丝雀呼救", Who::sees_call),
    ("金丝雀病史", care_profile),
    // The address is shown to the family contact as well.
    ("金丝雀路", |who| care_profile(who) || who == Who::FamilyContact),
    ("13812340008", |who| matches!(who, Who::Owner | Who::Delegate | Who::Dispatcher | Who::Responder)),
    ("13812340009", |who| matches!(who, Who::Owner | Who::Delegate | Who::Dispatcher)),
    ("金丝雀调度备注", |who| who == Who::Dispatcher),
];

/// Roles that may read the care profile: the person, the dispatcher who answers and the responder who goes.
fn care_profile(who: Who) -> bool {
    matches!(who, Who::Owner | Who::Delegate | Who::Dispatcher | Who::Responder)
}

/// The owner and holders of a mandate, whether they use it in this session or not: the store does not know sessions.
fn family(who: Who) -> bool {
    matches!(who, Who::Owner | Who::Delegate | Who::DelegateAsSelf)
}

/// Roles that are staff of the case's department for the store, which does not know second factors.
fn desk(who: Who) -> bool {
    matches!(who, Who::Caseworker | Who::Supervisor | Who::HalfSignedIn)
}

/// Roles that may see the content of the owner's case in the store.
fn content(who: Who) -> bool {
    family(who) || desk(who)
}

/// Roles that may see that the owner's case exists: those who see its content, and auditors.
fn record(who: Who) -> bool {
    content(who) || who == Who::Auditor
}

/// Roles that are parties to the owner's call for the store: family, the centre and the helpers.
fn call(who: Who) -> bool {
    family(who) || matches!(who, Who::Dispatcher | Who::Responder | Who::FamilyContact)
}

/// Dispatchers of any centre.
fn dispatcher(who: Who) -> bool {
    matches!(who, Who::Dispatcher | Who::OtherDispatcher)
}

fn owner(who: Who) -> bool {
    who == Who::Owner
}

/// A table, a condition that selects the owner's rows (or those of staff, for tables of staff), and who may see them.
pub type Table = (&'static str, &'static str, fn(Who) -> bool);

/// Every table with policies.
pub const TABLES: &[Table] = &[
    ("absence", "account_id = '$staff'", desk),
    ("account", "id = '$owner'", owner),
    ("administration", "account_id = '$staff'", |who| matches!(who, Who::Auditor | Who::Administrator)),
    ("application", "case_id = '$case_id'", record),
    ("application_revision", "case_id = '$case_id'", content),
    ("care_alert", "case_id = '$call_id'", call),
    ("care_call", "case_id = '$call_id'", call),
    ("care_contact", "person_id = '$person'", call),
    ("care_device", "person_id = '$person'", family),
    ("care_duty", "account_id = '$dispatcher'", dispatcher),
    ("care_offer", "case_id = '$call_id'", call),
    ("care_press", "case_id = '$call_id'", call),
    ("care_profile", "person_id = '$person'", call),
    ("care_responder", "account_id = '$responder'", |who| dispatcher(who) || who == Who::Responder),
    ("care_rota", "account_id = '$dispatcher'", |who| who == Who::Dispatcher),
    ("case_clock", "case_id = '$case_id'", record),
    ("cases", "id = '$case_id'", record),
    // A family member's mandate does not reach a firm.
    ("cases", "id = '$demand_id'", |who| who == Who::Owner || consented_bank(who) || who == Who::Auditor),
    ("correction", "case_id = '$case_id'", content),
    ("credit_decision", "case_id = '$demand_id'", offer_party),
    ("decision", "case_id = '$case_id'", content),
    ("demand", "case_id = '$demand_id'", |who| who == Who::Owner || consented_bank(who) || who == Who::Auditor),
    ("demand_detail", "case_id = '$demand_id'", owner),
    ("delivery", "notice_id = '$notice'", owner),
    ("diligence", "case_id = '$demand_id'", lender),
    ("draft", "id = '$draft'", owner),
    ("enterprise", "id = '$firm'", owner),
    ("event", "case_id = '$case_id'", record),
    // Events of a bank's actions are visible to its own staff, not to other banks with consent.
    ("event", "case_id = '$demand_id' AND action = 'make_offer'", |who| offer_party(who) || who == Who::Auditor),
    ("finance_consent", "case_id = '$demand_id'", |who| who == Who::Owner || consented_bank(who)),
    ("finance_read", "case_id = '$demand_id'", |who| matches!(who, Who::Owner | Who::Auditor)),
    ("idempotency", "actor = '$owner'", owner),
    ("invitation", "token_hash = '\\x01'", |who| who == Who::Administrator),
    ("mandate", "person_id = '$person'", family),
    ("membership", "account_id = '$staff'", |who| desk(who) || matches!(who, Who::Auditor | Who::Administrator)),
    ("notice", "account_id = '$owner'", owner),
    ("offer", "case_id = '$demand_id'", offer_party),
    ("person", "id = '$person'", |who| content(who) || call(who)),
    ("person_key", "person_id = '$person'", |who| content(who) || call(who)),
    ("rating", "case_id = '$case_id'", content),
    ("register_read", "case_id IS NULL AND reader_id = '$owner'", |who| family(who) || who == Who::Auditor),
    ("upload", "id = '$upload'", content),
];

/// A table, a statement that writes to it, and who may run it.
pub type Write = (&'static str, &'static str, fn(Who) -> bool);

/// Writes that are restricted by policies of their own, beyond those for reading.
pub const WRITES: &[Write] = &[
    (
        "care_policy",
        "INSERT INTO care_policy (id, organisation_id, version, steps) VALUES (gen_random_uuid(), '$centre', 99, '[]')",
        |who| who == Who::Dispatcher,
    ),
    (
        "organisation",
        "INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES (gen_random_uuid(), 'matrix', 'department', 'x', 'x')",
        |who| who == Who::Administrator,
    ),
    ("organisation", "UPDATE organisation SET name_zh = 'x'", |who| who == Who::Administrator),
    (
        "care_centre",
        "INSERT INTO care_centre (organisation_id, latitude, longitude) VALUES ('$bank', 30, 114)",
        |who| who == Who::Administrator,
    ),
    (
        "bank_product",
        "INSERT INTO bank_product (id, organisation_id, name_zh, name_en, min_fen, max_fen, min_months, max_months, methods, day_count, min_rate, max_rate, quota_fen)
         VALUES (gen_random_uuid(), '$bank', 'x', 'x', 1, 1, 1, 1, '{bullet}', '30/360', 0, 0, 0)",
        |who| who == Who::BankSupervisor,
    ),
    // Only supervisors change a product's terms; its reserved quota is changed by the parties who make or end an offer on it.
    ("bank_product", "UPDATE bank_product SET max_rate = max_rate + 1 WHERE id = '$product'", |who| who == Who::BankSupervisor),
    ("bank_product", "UPDATE bank_product SET quota_fen = quota_fen + 1 WHERE id = '$product'", |who| who == Who::BankSupervisor),
    ("bank_product", "UPDATE bank_product SET reserved_fen = reserved_fen - 1 WHERE id = '$product'", offer_party),
    // An account gets a person or a mandate only through the check of the register.
    (
        "mandate",
        "INSERT INTO mandate (id, person_id, account_id, relation, scope, confirmed_at, ends_on)
         SELECT gen_random_uuid(), '$person', huimin_actor(), 'child', '{services}', huimin_now(), huimin_today() + 9 WHERE huimin_actor() IS NOT NULL",
        |_| false,
    ),
    ("mandate", "UPDATE mandate SET confirmed_at = huimin_now(), revoked_at = NULL, ends_on = ends_on + 9", |_| false),
    ("account", "UPDATE account SET person_id = NULL WHERE id = '$owner'", |_| false),
    (
        "account",
        "UPDATE account SET person_id = p.id FROM person p WHERE account.id = huimin_actor() AND p.id IS DISTINCT FROM account.person_id",
        |_| false,
    ),
    ("account", "UPDATE account SET staff_name = 'x', demo = NOT demo WHERE id = huimin_actor()", |_| false),
    ("account", "UPDATE account SET elder = NOT elder WHERE id = huimin_actor()", |who| who != Who::Anonymous),
    (
        "account",
        "INSERT INTO account (id, email_index, password_hash) VALUES (coalesce(huimin_actor(), gen_random_uuid()), 'matrix', '')
         ON CONFLICT (id) DO UPDATE SET email_index = 'matrix'",
        |_| false,
    ),
    ("person", "UPDATE person SET resident_id_index = 'matrix' WHERE id = '$person'", |_| false),
    ("person_key", "UPDATE person_key SET key_sealed = NULL, destroyed_at = huimin_now() WHERE person_id = '$person'", |_| false),
    (
        "membership",
        "INSERT INTO membership (id, account_id, organisation_id, role) VALUES (gen_random_uuid(), '$owner', '$bank', 'auditor')",
        |who| who == Who::Administrator,
    ),
    ("membership", "UPDATE membership SET ended_at = huimin_now() WHERE account_id = '$staff'", |who| who == Who::Administrator),
    ("upload", "DELETE FROM upload WHERE id = '$upload'", |_| false),
    (
        "administration",
        "INSERT INTO administration (id, action, actor_id) VALUES (gen_random_uuid(), 'invited', huimin_actor())",
        |who| who == Who::Administrator,
    ),
    // Without an actor.
    ("administration", "INSERT INTO administration (id, action) VALUES (gen_random_uuid(), 'matrix')", |_| false),
];

/// The least number of (page, role) pairs in which a canary is rightly received.
pub const MIN_SIGHTINGS: usize = 20;

/// A server function, who may call it, and the fields of a call on the owner's record. `$case`, `$call` (the emergency call),
/// `$contact`, `$device`, `$draft`, `$upload`, `$mandate`, `$notice`, `$owner` and `$person` are placeholders for the owner's.
pub struct Function {
    pub path: &'static str,
    pub access: Access,
    pub call: &'static [(&'static str, &'static str)],
}

const fn function(path: &'static str, access: Access, call: &'static [(&'static str, &'static str)]) -> Function {
    Function { path, access, call }
}

use Access::{Anyone, SignedIn, Staff, Verified};

const ANSWER: Access = Staff(AnswerCalls);
const RESPOND: Access = Staff(RespondToCalls);

/// Every server function.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    function("/api/account/absence", Staff(WorkOnCases), &[("account", "$staff"), ("first", "2030-02-01"), ("last", "2030-02-02")]),
    function("/api/account/absence-end", Staff(WorkOnCases), &[("absence", "$absence")]),
    function("/api/account/act-as", SignedIn, &[("person", "$person")]),
    function("/api/account/authenticator-reset", Staff(ManageStaff), &[("account", "$owner")]),
    function("/api/account/invitation", Anyone, &[("token", "nonsense"), ("password", "Yunmeng-Reed-88")]),
    function("/api/account/invite", Staff(ManageStaff), &[("email", "x@demo.huimin.example"), ("staff_name", "x"), ("organisation", ""), ("role", "caseworker")]),
    function("/api/account/mandate", Verified, &[("name", "陈桂英"), ("resident_id", "420120194310010004"), ("until", "$until")]),
    function("/api/account/mandate-code", Verified, &[("mandate", "$mandate"), ("code", "000000")]),
    function("/api/account/mandate-end", SignedIn, &[("mandate", "$mandate")]),
    function("/api/account/membership-end", Staff(ManageStaff), &[("membership", "$case_id")]),
    function("/api/account/organisation", Staff(ManageStaff), &[("department", "magic"), ("district", ""), ("name_zh", "x"), ("name_en", "x")]),
    function("/api/account/organisation-bank", Staff(ManageStaff), &[("short", "matrix"), ("name_zh", "x"), ("name_en", "x")]),
    function("/api/account/organisation-centre", Staff(ManageStaff), &[("district", "420102"), ("name_zh", "x"), ("name_en", "x")]),
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
    function("/api/bank/act", Staff(MakeOffers), &[("number", "$demand"), ("action", "approve_credit"), ("key", "matrix-key-b")]),
    function("/api/bank/product", Staff(DecideCredit), &[("fields[name_zh]", "x")]),
    function("/api/bank/product-offered", Staff(DecideCredit), &[("product", "$product"), ("offered", "false")]),
    function("/api/finance/act-for", SignedIn, &[("firm", "$firm")]),
    function("/api/finance/claim", Verified, &[("code", "$firm_code")]),
    function("/api/finance/consent", Verified, &[("number", "$demand"), ("key", "matrix-key-c"), ("bank", "$bank"), ("tax", "yes")]),
    function("/api/finance/consent-end", Verified, &[("number", "$demand"), ("key", "matrix-key-d"), ("bank", "$bank")]),
    function("/api/finance/publish", Verified, &[("key", "matrix-key-e"), ("amount", "50000"), ("months", "12")]),
    function("/api/finance/take", Verified, &[("number", "$demand"), ("key", "matrix-key-f"), ("offer", "$offer")]),
    function("/api/finance/withdraw", Verified, &[("number", "$demand"), ("key", "matrix-key-g")]),
    function("/api/care/act", ANSWER, &[("number", "$call"), ("action", "note"), ("key", "matrix-key-8"), ("fields[note]", "x")]),
    function("/api/care/answer", SignedIn, &[("number", "$call"), ("key", "matrix-key-10")]),
    function("/api/care/button-register", Verified, &[("label", "x")]),
    function("/api/care/contact-first", Verified, &[("contact", "$contact")]),
    function("/api/care/contact-remove", Verified, &[("contact", "$contact")]),
    function("/api/care/contact-save", Verified, &[("contact", "$contact"), ("name", "x"), ("phone", "13812340007")]),
    function("/api/care/device-revoke", Verified, &[("device", "$device")]),
    function("/api/care/profile-save", Verified, &[("conditions", "x")]),
    function("/api/care/stop-following", SignedIn, &[("contact", "$contact")]),
    function("/api/care/presence", ANSWER, &[("there", "true")]),
    function("/api/care/reveal", ANSWER, &[("number", "$call"), ("field", "callback")]),
    function("/api/care/respond-act", RESPOND, &[("number", "$call"), ("action", "set_out"), ("key", "matrix-key-9")]),
    function("/api/care/respond-duty", RESPOND, &[("on", "on")]),
    function("/api/care/respond-hide", RESPOND, &[]),
    function("/api/care/respond-locate", RESPOND, &[("lat", "30.5"), ("lon", "114.3"), ("taken", "1700000000000")]),
    function("/api/care/respond-profile", RESPOND, &[("mode", "moped")]),
    function("/api/care/duty", Access::AnyStaff(&[AnswerCalls, RespondToCalls]), &[("said", "on")]),
    function("/api/care/policy", Staff(LeadCentre), &[("centre", "$case_id"), ("seen", "0"), ("progress_seconds", "120"), ("steps.1.city_desk", "yes"), ("steps.1.delay", "20")]),
    function("/api/care/shift-add", Staff(LeadCentre), &[("centre", "$case_id"), ("account", "$owner"), ("weekday", "1"), ("from", "08:00"), ("to", "20:00")]),
    function("/api/care/shift-remove", Staff(LeadCentre), &[("centre", "$case_id"), ("shift", "$case_id")]),
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

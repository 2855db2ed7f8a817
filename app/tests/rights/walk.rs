//! Creates the owner's record with its canaries, and tries every page, server function, flow row and table on it as every role.

use crate::call::Planted;
use crate::common::Browser;
use crate::common::signed_in;
use crate::expected::ALL;
use crate::expected::CANARIES;
use crate::expected::FUNCTIONS;
use crate::expected::Function;
use crate::expected::TABLES;
use crate::expected::WRITES;
use crate::expected::Who;
use crate::expected::lender;
use crate::expected::rival;
use app::site::routes::PAGES;
use axum::{Router, http::StatusCode};
use jiff::civil::date;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use server::{
    Actor, Config, Error, Store,
    account::absences,
    finance::{
        demand::{self, NewDemand},
        enterprise,
    },
    services::{
        apply,
        draft::{self, Posted},
        files::{self, Target},
    },
};
use shared::{Problem, flows::FLOWS};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};
use testing::test_city::ALLOWANCE;
use testing::test_city::HERE;
use testing::test_city::TestCity;
use testing::test_city::answers;
use testing::test_city::key;
use testing::test_city::picture;

/// The credit code of the owner's firm, of the demo's range but of no firm of the seed.
const FIRM_CODE: &str = "91420120MA7777775J";

/// A fixture with the owner's record in it.
pub struct RightsFixture {
    pub fixture: TestCity,
    actors: BTreeMap<usize, Actor>,
    /// The values of `$case` and the other placeholders.
    placeholders: BTreeMap<&'static str, String>,
}

impl RightsFixture {
    pub async fn new() -> Self {
        let mut fixture = TestCity::new().await;
        // All requests come from one address, like people behind a carrier's gateway.
        let config = Config { gateways: vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)], ..(*fixture.state.config).clone() };
        fixture.state.config = Arc::new(config);
        let owner = fixture.elder().await;
        let delegate = fixture.daughter().await;
        let caseworker = fixture.staff("caseworker1", HERE).await;
        let half = Actor { second_factor: false, ..caseworker.clone() };
        let planted = Planted::new(&fixture, &owner).await;
        let mut actors = BTreeMap::new();
        for (at, who) in ALL.into_iter().enumerate() {
            let actor = match who {
                Who::Anonymous => Actor::anonymous(),
                Who::Owner => owner.clone(),
                Who::Delegate => delegate.clone(),
                Who::DelegateAsSelf => Actor { acting_for: None, ..delegate.clone() },
                Who::Stranger => fixture.resident("zhang.wei").await,
                Who::Unverified => fixture.resident("zhao.xiaowen").await,
                Who::Caseworker => caseworker.clone(),
                Who::HalfSignedIn => half.clone(),
                Who::Supervisor => fixture.staff("supervisor1", HERE).await,
                Who::OtherCaseworker => fixture.staff("caseworker1", "health-420106").await,
                Who::OtherSupervisor => fixture.staff("supervisor1", "health-420106").await,
                Who::Auditor => fixture.city_staff("auditor").await,
                Who::Administrator => fixture.city_staff("administrator").await,
                Who::Bank => fixture.staff("officer1", "bank-donghu").await,
                Who::BankSupervisor => fixture.staff("supervisor1", "bank-donghu").await,
                Who::RivalBank => fixture.staff("officer1", "bank-huanghe").await,
                Who::RivalSupervisor => fixture.staff("supervisor1", "bank-huanghe").await,
                Who::BankStranger => fixture.staff("officer1", "bank-guishan").await,
                Who::Dispatcher => planted.dispatcher.clone(),
                Who::OtherDispatcher => planted.other_dispatcher.clone(),
                Who::Responder => planted.responder.clone(),
                Who::OtherResponder => planted.other_responder.clone(),
                Who::FamilyContact => planted.family.clone(),
            };
            actors.insert(at, actor);
        }
        let mut fixture = Self { fixture, actors, placeholders: BTreeMap::new() };
        fixture.plant(&owner, &caseworker).await;
        fixture.placeholders.extend(planted.placeholders);
        fixture.plant_demand(&owner).await;
        fixture
    }

    /// Creates an application and a draft with canaries, through the service functions.
    async fn plant(&mut self, owner: &Actor, caseworker: &Actor) {
        let fixture = &self.fixture;
        let store = fixture.store();
        let filed_draft = draft::start(store, owner, ALLOWANCE).await.unwrap();
        let bank = [("bank", "金丝雀银行武昌支行"), ("bank_account", "6228480031234567896")];
        let pages: [(&str, &[(&str, &str)]); 3] = [
            ("who", &[("applicant", "self")]),
            ("payment", &bank),
            ("declaration", &[("truth", "yes"), ("other_allowance", "yes")]),
        ];
        for (page, pairs) in pages {
            let answers = answers(pairs);
            draft::save_page(store, owner, &Posted { draft: filed_draft, page, answers: &answers }).await.unwrap();
        }
        files::attach(&fixture.state, owner, Target::Draft(filed_draft), "photo", "金丝雀照片.jpg", picture()).await.unwrap();
        let number = apply::submit(store, owner, filed_draft, &key()).await.unwrap().number;
        fixture.act(caseworker, &number, "claim", Value::Null).await.unwrap();
        fixture.act(caseworker, &number, "note", json!({ "note": "金丝雀内部备注" })).await.unwrap();
        fixture.act(caseworker, &number, "ask_correction", json!({ "notes": { "photo": "金丝雀请重拍一张" } })).await.unwrap();

        let open_draft = draft::start(store, owner, "public-place-hygiene-permit").await.unwrap();
        let typed = answers(&[("premises_name", "金丝雀草稿理发店")]);
        draft::save_typed(store, owner, &Posted { draft: open_draft, page: "premises", answers: &typed }).await.unwrap();

        let case = fixture.ask(&format!("SELECT id::text FROM cases WHERE number = '{number}'")).await;
        let owner_account = owner.account.unwrap();
        let staff = caseworker.account.unwrap();
        let absence = absences::add(&fixture.state, caseworker, staff, date(2030, 1, 1), date(2030, 1, 1)).await.unwrap();
        let placeholders = [
            ("$case_id", case.clone()),
            ("$case", number),
            ("$draft", open_draft.to_string()),
            ("$upload", fixture.ask(&format!("SELECT id::text FROM upload WHERE case_id = '{case}' LIMIT 1")).await),
            ("$mandate", fixture.ask("SELECT id::text FROM mandate ORDER BY created_at LIMIT 1").await),
            (
                "$notice",
                fixture
                    .ask(&format!("SELECT id::text FROM notice WHERE account_id = '{owner_account}' ORDER BY id LIMIT 1"))
                    .await,
            ),
            ("$owner", owner_account.to_string()),
            ("$person", owner.person.unwrap().to_string()),
            ("$staff", staff.to_string()),
            ("$absence", absence.to_string()),
            ("$until", fixture.ask("SELECT (huimin_today() + 30)::text").await),
        ];
        self.placeholders = placeholders.into_iter().collect();
    }

    /// Creates a demand of the owner's firm: one bank may read its description and tax data and makes an offer, another may read
    /// the identity of the firm.
    async fn plant_demand(&mut self, owner: &Actor) {
        let fixture = &self.fixture;
        let person = owner.person.unwrap();
        let sql = format!(
            "INSERT INTO register.legal_entity (code, name, representative_index, registered_on, district, industry, address,
                 capital_fen, status, tax_grade, tax_paid_fen, insured, as_of)
             SELECT '{FIRM_CODE}', '金丝雀企业有限公司', resident_id_index, '2020-01-01', '420106', 'C', 'x', 1, 'active', 'A', 917355528, 1987654321, '2026-01-01'
               FROM person WHERE id = '{person}'"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&fixture.db.owner).await.unwrap();
        let firm = enterprise::register_representation(&fixture.state, owner, FIRM_CODE).await.unwrap();
        let acting = Actor { enterprise: Some(firm), ..owner.clone() };
        let wish = NewDemand {
            amount: "1000000".into(),
            months: "12".into(),
            purpose: "orders".into(),
            collateral: "none".into(),
            story: "金丝雀需求：采购原材料，三个月回款。".into(),
        };
        let number = demand::publish(fixture.store(), &acting, &wish, &key()).await.unwrap().number;
        let donghu = fixture.ask("SELECT id::text FROM organisation WHERE code = 'bank-donghu'").await;
        let huanghe = fixture.ask("SELECT id::text FROM organisation WHERE code = 'bank-huanghe'").await;
        for (to, what) in [(&donghu, ["story", "tax"]), (&huanghe, ["firm", "insured"])] {
            let input = json!({ "bank": to, "categories": what, "lang": "zh" });
            fixture.act(&acting, &number, "give_consent", input).await.unwrap();
        }
        let officer = self.actor(Who::Bank);
        let product =
            format!("SELECT id::text FROM bank_product WHERE organisation_id = '{donghu}' AND name_en = 'Small-firm credit'");
        let terms = json!({
            "product": fixture.ask(&product).await, "amount": "1000000", "months": "12", "method": "equal_instalment", "rate": "4.2",
            "valid_until": fixture.ask("SELECT (huimin_today() + 14)::text").await, "conditions": "金丝雀报价",
        });
        fixture.act(officer, &number, "make_offer", terms.clone()).await.unwrap();
        server::finance::desk::page(fixture.store(), officer, &number).await.unwrap();
        let refused = self.plant_refused(&acting, &wish, &donghu, terms).await;
        let case = fixture.ask(&format!("SELECT id::text FROM cases WHERE number = '{number}'")).await;
        let offer = fixture.ask(&format!("SELECT id::text FROM offer WHERE case_id = '{case}'")).await;
        self.placeholders.extend([
            ("$demand_id", case),
            ("$demand", number),
            ("$firm_code", FIRM_CODE.to_owned()),
            ("$firm", firm.to_string()),
            ("$rival", huanghe),
            ("$refused", refused),
            ("$product", fixture.ask(&product).await),
            ("$bank", donghu),
            ("$offer", offer),
        ]);
    }

    /// Creates another demand of the firm, which the bank examines and refuses; returns its number.
    async fn plant_refused(&self, firm: &Actor, wish: &NewDemand, bank: &str, terms: Value) -> String {
        let fixture = &self.fixture;
        let (officer, supervisor) = (self.actor(Who::Bank), self.actor(Who::BankSupervisor));
        let number = demand::publish(fixture.store(), firm, wish, &key()).await.unwrap().number;
        let consent = json!({ "bank": bank, "categories": ["story"], "lang": "zh" });
        fixture.act(firm, &number, "give_consent", consent).await.unwrap();
        fixture.act(officer, &number, "make_offer", terms).await.unwrap();
        let offer = demand::page(fixture.store(), firm, &number).await.unwrap().offers[0].id;
        fixture.act(firm, &number, "take_offer", json!({ "offer": offer })).await.unwrap();
        fixture.act(officer, &number, "submit_diligence", json!({ "sentence": "金丝雀尽调：负债偏高" })).await.unwrap();
        let refusal = json!({ "code": "debts", "sentence": "金丝雀不予：请先归还部分贷款" });
        fixture.act(supervisor, &number, "refuse_credit", refusal).await.unwrap();
        number
    }

    /// Inserts rows into the tables that are still empty; their sealed columns contain no valid data.
    pub async fn insert_missing_rows(&self) {
        let sql = self.filled(
            "INSERT INTO decision (case_id, round, outcome, reason_sealed, proposed_by) VALUES ('$case_id', 9, 'grant', '\\x00', '$staff');
             INSERT INTO diligence (case_id, round, organisation_id, findings, submitted_by) VALUES ('$demand_id', 1, '$bank', 'x', '$staff');
             INSERT INTO credit_decision (case_id, organisation_id, outcome, decided_by) VALUES ('$demand_id', '$bank', 'approved', '$responder');
             INSERT INTO rating (case_id, score, comment_sealed) VALUES ('$case_id', 5, '\\x00');
             INSERT INTO administration (id, action, account_id) VALUES (gen_random_uuid(), 'invited', '$staff');
             INSERT INTO invitation (id, email_sealed, staff_name, organisation_id, role, token_hash, invited_by, expires_at)
                 SELECT gen_random_uuid(), '\\x00', 'x', organisation_id, role, '\\x01', '$staff', huimin_now() FROM membership WHERE account_id = '$staff';
             INSERT INTO delivery (notice_id, channel, state) VALUES ('$notice', 'email', 'sent') ON CONFLICT DO NOTHING;",
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&self.fixture.db.owner).await.unwrap();
    }

    pub fn actor(&self, who: Who) -> &Actor {
        let at = ALL.iter().position(|w| *w == who).unwrap();
        &self.actors[&at]
    }

    /// The text with its placeholders filled in, longer ones first, so that `$case_id` is not taken for `$case`.
    pub fn filled(&self, text: &str) -> String {
        let mut placeholders: Vec<_> = self.placeholders.iter().collect();
        placeholders.sort_by_key(|(placeholder, _)| std::cmp::Reverse(placeholder.len()));
        placeholders.into_iter().fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
    }

    /// The path of a route with the owner's record in its parameters.
    fn path_to_record(&self, path: &str) -> String {
        let id = match path {
            p if p.starts_with("/drafts") => "$draft",
            p if p.starts_with("/files") => "$upload",
            p if p.starts_with("/finance") => "$offer",
            p if p.starts_with("/bank") => "$product",
            _ => "$mandate",
        };
        let number = ["/dispatch", "/respond", "/care"]
            .iter()
            .any(|area| path.starts_with(area))
            .then_some("$call")
            .or((path.starts_with("/finance") || path.starts_with("/bank")).then_some("$demand"))
            .unwrap_or("$case");
        let action = if number == "$demand" { "make_offer" } else { "note" };
        let path = path.replace("{id}", id).replace("{number}", number).replace("{code}", ALLOWANCE);
        let path = path
            .replace("{page}", "premises")
            .replace("{action}", action)
            .replace("{token}", "nonsense")
            .replace("{step}", "decline_offer");
        self.filled(&if path == "/live" { "/live?case=$case".to_owned() } else { path })
    }

    pub async fn browser(&self, who: Who, router: &Router) -> Browser {
        let actor = self.actor(who);
        match actor.account {
            Some(account) => signed_in(self.fixture.store(), router, account, actor.second_factor, actor.acting_for).await,
            None => Browser { router: router.clone(), cookie: String::new() },
        }
    }

    /// A hash of everything that belongs to the owner and that no other role may change.
    pub async fn fingerprint(&self) -> String {
        let sql = "SELECT md5(concat(
            (SELECT string_agg(c::text, '|' ORDER BY id) FROM cases c WHERE subject_id = '$person'),
            (SELECT count(*) FROM event WHERE person_id = '$person' AND action <> 'view'),
            (SELECT string_agg(k::text, '|' ORDER BY k.case_id) FROM care_call k WHERE k.case_id = '$call_id'),
            (SELECT string_agg(o::text, '|' ORDER BY o.id) FROM care_offer o WHERE o.case_id = '$call_id'),
            (SELECT string_agg(f::text, '|') FROM care_profile f WHERE f.person_id = '$person'),
            (SELECT string_agg(k::text, '|' ORDER BY k.id) FROM care_contact k WHERE k.person_id = '$person'),
            (SELECT string_agg(d::text, '|' ORDER BY d.id) FROM care_device d WHERE d.person_id = '$person'),
            (SELECT string_agg(d::text, '|' ORDER BY id) FROM draft d WHERE account_id = '$owner'),
            (SELECT string_agg(m::text, '|' ORDER BY id) FROM mandate m WHERE person_id = '$person'),
            (SELECT string_agg(k::text, '|' ORDER BY id) FROM finance_consent k WHERE case_id = '$demand_id'),
            (SELECT string_agg(o::text, '|' ORDER BY id) FROM offer o WHERE case_id = '$demand_id'),
            (SELECT string_agg(p::text, '|') FROM bank_product p WHERE id = '$product'),
            (SELECT count(*) FROM enterprise WHERE representative_id = '$person'),
            (SELECT string_agg(n::text, '|' ORDER BY id) FROM notice n WHERE account_id = '$owner'),
            (SELECT string_agg(u::text, '|' ORDER BY id) FROM upload u WHERE person_id = '$person'),
            (SELECT string_agg(concat(password_hash, person_id, disabled_at), '|') FROM account WHERE id = '$owner'),
            (SELECT string_agg(a::text, '|' ORDER BY id) FROM absence a WHERE account_id = '$staff')))";
        self.fixture.ask(&self.filled(sql)).await
    }
}

/// The canaries that were received, and other violations.
pub struct Report {
    pub leaks: Vec<String>,
    /// (page, role) pairs in which an entitled role received a canary.
    pub sightings: Vec<String>,
}

/// Adds the canaries in a response to the report, as sightings or as leaks.
fn record_canaries(what: &str, who: Who, body: &str, report: &mut Report) {
    for (canary, may) in CANARIES {
        if body.contains(canary) {
            let line = format!("{what}: {who:?} receives {canary}");
            if may(who) { report.sightings.push(line) } else { report.leaks.push(line) }
        }
    }
}

/// Adds the canaries in a response that the role may not receive to the leaks.
pub fn collect_leaks(what: &str, who: Who, body: &str, leaks: &mut Vec<String>) {
    let mut report = Report { leaks: Vec::new(), sightings: Vec::new() };
    record_canaries(what, who, body, &mut report);
    leaks.append(&mut report.leaks);
}

/// Whether the status of a response means that the gate refused it.
fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::SEE_OTHER | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}

/// Opens every page as every role.
pub async fn page_leaks(fixture: &RightsFixture, router: &Router) -> Report {
    let mut report = Report { leaks: Vec::new(), sightings: Vec::new() };
    for who in ALL {
        for page in PAGES {
            // A new session for each page: some pages end or change it.
            let browser = fixture.browser(who, router).await;
            let path = fixture.path_to_record(page.path);
            if page.path == "/live" {
                let status = browser.status(&path).await;
                if status == StatusCode::OK && !who.sees_case() {
                    report.leaks.push(format!("{path}: {who:?} receives live events"));
                }
                let call = browser.status(&fixture.filled("/live?case=$call")).await;
                let queue = browser.status(&fixture.filled("/live?queue=$centre")).await;
                if (call == StatusCode::OK && !who.sees_call()) || (queue == StatusCode::OK && who != Who::Dispatcher) {
                    report.leaks.push(format!("{path}: {who:?} receives live events of the call or its queue"));
                }
                continue;
            }
            let answer = browser.get(&path).await;
            record_canaries(page.path, who, &answer.body, &mut report);
            if page.path.contains("{number}") && path.contains(&fixture.filled("$demand")) {
                let other = path.replace(&fixture.filled("$demand"), &fixture.filled("$refused"));
                let other = other.replace("make_offer", "refuse_credit");
                record_canaries(page.path, who, &fixture.browser(who, router).await.get(&other).await.body, &mut report);
            }
            if answer.status.is_server_error() {
                report.leaks.push(format!("{}: {who:?} gets {}", page.path, answer.status));
            }
            if !who.enters(page.access) && !is_refusal(answer.status) {
                report.leaks.push(format!("{}: {who:?} enters with {}", page.path, answer.status));
            }
        }
    }
    report
}

/// Calls every server function as every role that is no party to the record.
pub async fn function_leaks(fixture: &RightsFixture, router: &Router) -> Vec<String> {
    let mut report = Report { leaks: Vec::new(), sightings: Vec::new() };
    let before = fixture.fingerprint().await;
    for Function { path, access, call } in FUNCTIONS {
        // The delegate may end her own mandate, also when acting for herself; a bank's supervisor maintains its products.
        let may_call = |who: Who| {
            (who == Who::DelegateAsSelf && path.ends_with("mandate-end"))
                || (who == Who::BankSupervisor && path.ends_with("product-offered"))
        };
        // A party to the call need not be a party to the application, and the other way round.
        let of_call = call.iter().any(|(_, value)| ["$call", "$contact", "$device"].contains(value));
        let is_party = |who: Who| if of_call { who.sees_call() } else { who.sees_case() };
        for who in ALL.into_iter().filter(|w| !is_party(*w) && !may_call(*w)) {
            let browser = fixture.browser(who, router).await;
            let fields: Vec<(String, String)> = call.iter().map(|(n, v)| ((*n).to_owned(), fixture.filled(v))).collect();
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let answer = browser.call(path, &fields).await;
            record_canaries(path, who, &answer.body, &mut report);
            if answer.status.is_server_error() {
                report.leaks.push(format!("{path}: {who:?} gets {} {}", answer.status, answer.body));
            }
            if !who.enters(*access) && !is_refusal(answer.status) {
                report.leaks.push(format!("{path}: {who:?} enters with {}", answer.status));
            }
            if fixture.fingerprint().await != before {
                report.leaks.push(format!("{path}: {who:?} changed the owner's record"));
                return report.leaks;
            }
        }
    }
    report.leaks
}

/// The owner's case of each kind, and the state in which it was created.
const KINDS: [(&str, &str, &str, &str); 3] = [
    ("application", "$case", "$case_id", "correcting"),
    ("sos", "$call", "$call_id", "dispatched"),
    ("demand", "$demand", "$demand_id", "published"),
];

/// Performs every row of every flow as every role that is not its party, and checks the four-eyes rule.
pub async fn flow_leaks(fixture: &RightsFixture, store: &Store) -> Vec<String> {
    let mut leaks = Vec::new();
    let owner_pool = &fixture.fixture.db.owner;
    for flow in FLOWS {
        let (kind, number, id, planted) = *KINDS.iter().find(|(kind, ..)| *kind == flow.kind).unwrap();
        let set = |state: &'static str| {
            // Once an offer is accepted, one bank is left.
            let joined = match (kind, state == planted) {
                ("demand", true) => ", joined = ARRAY['$bank', '$rival']::uuid[]",
                ("demand", false) => ", joined = ARRAY['$bank']::uuid[]",
                _ => "",
            };
            let sql = fixture.filled(&format!("UPDATE cases SET state = '{state}', closed_at = NULL{joined} WHERE id = '{id}'"));
            async move { sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(owner_pool).await.unwrap() }
        };
        let number = fixture.filled(number);
        for state in flow.states() {
            set(state.0).await;
            for step in flow.from(state.0) {
                // A role that may perform the action as another party is no leak.
                let may_act = |who: Who| {
                    flow.find(state.0, step.action.0).any(|s| is_party(who, s.by, kind) && !(rival(who) && state.0 != planted))
                };
                for who in ALL.into_iter().filter(|who| !may_act(*who)) {
                    let version: i32 = fixture
                        .fixture
                        .ask(&fixture.filled(&format!("SELECT version::text FROM cases WHERE id = '{id}'")))
                        .await
                        .parse()
                        .unwrap();
                    let request = testing::act::ActRequest {
                        number: &number,
                        action: step.action.0,
                        version: Some(version),
                        key: &key(),
                        input: json!({}),
                    };
                    match testing::act::perform(store, fixture.actor(who), request).await {
                        Err(Error::Problem(
                            Problem::NotFound
                            | Problem::Forbidden
                            | Problem::SignInFirst
                            | Problem::SecondFactorFirst
                            | Problem::RealNameFirst,
                        )) => {}
                        other => leaks.push(format!("{kind} {} {}: {who:?} gets {other:?}", state.0, step.action.0)),
                    }
                }
            }
        }
        set(planted).await;
    }
    let number = fixture.filled("$case");
    leaks.extend(four_eyes(fixture, store, &number).await);
    let sql = fixture.filled("UPDATE cases SET state = 'correcting', closed_at = NULL WHERE id = '$case_id'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(owner_pool).await.unwrap();
    leaks
}

/// The proposer tries to approve, as a caseworker who has become a supervisor in the meantime.
async fn four_eyes(fixture: &RightsFixture, store: &Store, number: &str) -> Option<String> {
    let supervisor = fixture.actor(Who::Supervisor).clone();
    let account = supervisor.account.unwrap();
    let sql = fixture.filled(&format!(
        "UPDATE cases SET state = 'in_review', assignee_id = '{account}', closed_at = NULL WHERE id = '$case_id'"
    ));
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&fixture.fixture.db.owner).await.unwrap();
    fixture.fixture.act_in(store, &supervisor, number, "propose_grant", json!({ "note": "" })).await.unwrap();
    let approved = fixture.fixture.act_in(store, &supervisor, number, "approve_grant", Value::Null).await;
    match approved {
        Err(Error::Problem(Problem::Forbidden)) => None,
        other => Some(format!("four eyes: the proposer's approval ends with {other:?}")),
    }
}

/// Whether this role is this party to the owner's case of this kind.
fn is_party(who: Who, party: shared::cases::Party, kind: &str) -> bool {
    use shared::{account::Permission, cases::Party};
    match (party, kind) {
        // A family member's mandate does not reach a firm.
        (Party::Applicant, "demand") => who == Who::Owner,
        (Party::Applicant, _) => matches!(who, Who::Owner | Who::Delegate),
        (Party::Joined(Permission::MakeOffers), "demand") => lender(who) || rival(who),
        (Party::Joined(Permission::DecideCredit), "demand") => matches!(who, Who::BankSupervisor | Who::RivalSupervisor),
        (Party::Staff(Permission::WorkOnCases), "application") => matches!(who, Who::Caseworker | Who::Supervisor),
        (Party::Staff(_), "application") => who == Who::Supervisor,
        (Party::Joined(_), "sos") => who == Who::Dispatcher,
        (Party::Helper, "sos") => matches!(who, Who::Responder | Who::FamilyContact),
        // No bank or centre has joined the application, and it has no helpers.
        (Party::Staff(_) | Party::Joined(_) | Party::Helper | Party::System, _) => false,
    }
}

/// Reads and writes every table with policies directly as every role.
pub async fn table_leaks(fixture: &RightsFixture) -> Vec<String> {
    leaks_of(fixture, |_| true).await
}

/// The same for the tables that `which` selects.
pub async fn leaks_of(fixture: &RightsFixture, which: impl Fn(&str) -> bool) -> Vec<String> {
    #[derive(FromQueryResult)]
    struct Row {
        seen: i64,
    }
    let mut leaks = Vec::new();
    for (table, condition, may) in TABLES.iter().filter(|(table, ..)| which(table)) {
        let sql = fixture.filled(&format!("SELECT count(*) AS seen FROM {table} WHERE {condition}"));
        for who in ALL {
            let tx = fixture.fixture.store().read(fixture.actor(who)).await.unwrap();
            let seen = tx.one::<Row>(&sql, []).await.unwrap().unwrap().seen;
            if seen > 0 && !may(who) {
                leaks.push(format!("{table}: {who:?} sees {seen}"));
            }
            if seen == 0 && may(who) {
                leaks.push(format!("{table}: {who:?} should see the row, so the test proves nothing"));
            }
        }
    }
    for (table, write, may) in WRITES.iter().filter(|(table, ..)| which(table)) {
        let sql = fixture.filled(write);
        for who in ALL {
            // The transaction is dropped without a commit.
            let tx = fixture.fixture.store().write(fixture.actor(who)).await.unwrap();
            let written = tx.run(&sql, []).await.is_ok_and(|rows| rows > 0);
            if written != may(who) {
                leaks.push(format!("{table}: {who:?} writes: {written}"));
            }
        }
    }
    leaks
}

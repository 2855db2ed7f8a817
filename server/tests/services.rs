//! Tests applications on a real Postgres: from the draft to the rating, with every rejection on the way.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use serde_json::{Value, json};
use server::{
    Gate,
    access::gate::Check,
    cases::chain::{EVENT_COLUMNS, EventRow},
    services::{
        apply,
        draft::{self, Posted},
        eligibility,
        files::{self, Target},
        import, read,
    },
};
use shared::{
    FieldErrorKind, Lang, Problem,
    ids::PersonId,
    services::{
        Verdict,
        application::{ApplicationView, Outcome},
        draft_view::NextPage,
    },
};
use testing::test_city::{ALLOWANCE, HERE, HOUSING, TestCity, answers, fields, key, picture, problem};
use uuid::Uuid;

fn row<'a>(view: &'a ApplicationView, path: &str) -> &'a shared::services::application::AnswerRow {
    view.pages.iter().flat_map(|p| &p.rows).find(|r| r.path == path).unwrap()
}

#[tokio::test]
async fn application_passes_from_draft_to_rating() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);

    // Eligible, with the assessment; the draft is prefilled from the register.
    let assessment = eligibility::check(store, &elder, ALLOWANCE).await.unwrap();
    assert_eq!(assessment.verdict, Verdict::Eligible);
    assert!(assessment.benefit.is_some());
    let id = draft::start(store, &elder, ALLOWANCE).await.unwrap();
    assert_eq!(draft::start(store, &elder, ALLOWANCE).await.unwrap(), id, "there is only one draft");
    let begun = draft::get(store, &elder, id).await.unwrap();
    assert_eq!((begun.answers.one("name"), begun.answers.one("born_on")), ("陈桂英", "1943-05-12"));
    assert_eq!(begun.answers.one("address.district"), "420106");
    assert!(begun.facts.get("person.name").is_some_and(|f| !f.agency.zh.is_empty()));

    // Invalid input is stored and reported.
    let typed = answers(&[("bank", "农"), ("bank_account", "12")]);
    let page = Posted { draft: id, page: "payment", answers: &typed };
    let rejected = problem(draft::save_page(store, &elder, &page).await);
    assert_eq!(fields(&rejected), ["bank", "bank_account"]);
    assert_eq!(draft::get(store, &elder, id).await.unwrap().answers.one("bank"), "农");
    let who = answers(&[("applicant", "family")]);
    let who = Posted { draft: id, page: "who", answers: &who };
    assert_eq!(fields(&problem(draft::save_page(store, &elder, &who).await)), ["relation"]);
    let who = answers(&[("applicant", "self")]);
    let who = Posted { draft: id, page: "who", answers: &who };
    assert_eq!(draft::save_page(store, &elder, &who).await.unwrap(), NextPage::Page("person".to_owned()));

    // Incomplete at first; then submitted once, with the same key.
    let same_key = key();
    let rejected = problem(apply::submit(store, &elder, id, &same_key).await);
    assert!(fields(&rejected).contains(&"photo"), "{rejected:?}");
    fixture.fill(&elder, id).await;
    let done = apply::submit(store, &elder, id, &same_key).await.unwrap();
    assert_eq!(apply::submit(store, &elder, id, &same_key).await.unwrap(), done);
    assert_eq!(fixture.count("application").await, 1);
    assert_eq!(fixture.count("draft").await, 0);
    let number = done.number.as_str();
    assert!(matches!(problem(draft::start(store, &elder, ALLOWANCE).await), Problem::Conflict { number: n, .. } if n == number));

    // Staff see the value masked until they reveal it; both views are recorded.
    let worker = fixture.staff("caseworker1", HERE).await;
    fixture.act(&worker, number, "claim", Value::Null).await.unwrap();
    let view = read::application_page(store, &worker, number, Lang::Zh).await.unwrap();
    assert!(row(&view, "bank_account").value.contains("***") && !view.own);
    assert_eq!(row(&view, "bank_account").masked, ["bank_account"]);
    assert_eq!(read::reveal(store, &worker, number, "bank_account").await.unwrap(), "6228480031234567896");
    assert_eq!(read::reveal(store, &worker, number, "bank_account").await.unwrap(), "6228480031234567896");
    assert_eq!(fixture.count("event WHERE action = 'view'").await, 2, "one for the page, one for the value, however often");
    assert!(row(&view, "born_on").source.contains("公安"), "{}", row(&view, "born_on").source);
    let checks = (0..8).map(|_| eligibility::check_case(store, &worker, number));
    for check in futures::future::join_all(checks).await {
        assert_eq!(check.unwrap().verdict, Verdict::Eligible);
    }
    let casework = "register_read WHERE purpose = 'casework'";
    assert_eq!(fixture.count(casework).await, 1, "one read per person, case and day, however often the page is loaded");
    eligibility::check_case(store, &fixture.staff("caseworker2", HERE).await, number).await.unwrap();
    eligibility::check_case(&store.with_clock_offset("1 day"), &worker, number).await.unwrap();
    assert_eq!(fixture.count(casework).await, 3);

    // A correction of one field changes that field only.
    let empty = problem(fixture.act(&worker, number, "ask_correction", json!({ "notes": { "bank_account": " " } })).await);
    assert_eq!(fields(&empty), ["notes"]);
    let unknown = problem(fixture.act(&worker, number, "ask_correction", json!({ "notes": { "nothing": "请更正" } })).await);
    assert_eq!(fields(&unknown), ["notes.nothing"]);
    let ask = json!({ "notes": { "bank_account": "账号与户名不符，请核对" } });
    assert_eq!(fixture.act(&worker, number, "ask_correction", ask).await.unwrap().state, "correcting");
    let asked = read::application_page(store, &elder, number, Lang::Zh).await.unwrap().correction.unwrap();
    assert_eq!((asked.fields[0].path.as_str(), asked.fields[0].note.as_str()), ("bank_account", "账号与户名不符，请核对"));
    assert_eq!(asked.answers.one("bank_account"), "6228480031234567896");
    let other = json!({ "answers": { "bank_account": "6228480031234567003", "name": "王桂英" } });
    let rejected = problem(fixture.act(&elder, number, "correct", other).await);
    assert!(
        matches!(&rejected, Problem::Invalid { errors } if errors[0].field == "name" && errors[0].kind == FieldErrorKind::NotAsked)
    );
    let wrong = json!({ "answers": { "bank_account": "1" } });
    assert_eq!(fields(&problem(fixture.act(&elder, number, "correct", wrong).await)), ["bank_account"]);
    let right = json!({ "answers": { "bank_account": "6217000010001234567" } });
    assert_eq!(fixture.act(&elder, number, "correct", right).await.unwrap().state, "submitted");
    let view = read::application_page(store, &elder, number, Lang::En).await.unwrap();
    assert_eq!(row(&view, "bank_account").old.as_deref(), Some("6228480031234567896"));
    assert_eq!(row(&view, "bank_account").value, "6217000010001234567");
    assert_eq!(row(&view, "name").old, None);
    assert_eq!(view.revisions.len(), 2);

    // Before acceptance only one correction is allowed: a second one is neither offered nor accepted. In review it is allowed again.
    let offered = async || {
        let page = server::cases::case_page(store, &worker, number).await.unwrap();
        page.allowed.iter().any(|a| a.action == "ask_correction")
    };
    assert!(!offered().await);
    let again = json!({ "notes": { "photo": "照片太暗，请重拍" } });
    let rejected = problem(fixture.act(&worker, number, "ask_correction", again).await);
    assert_eq!(rejected, Problem::field("notes", FieldErrorKind::AskedAlready));

    // Accepted, proposed, approved by another person, rated once.
    fixture.act(&worker, number, "accept", Value::Null).await.unwrap();
    assert!(offered().await);
    fixture.act(&worker, number, "propose_grant", json!({ "note": "材料齐全" })).await.unwrap();
    assert!(read::application_page(store, &elder, number, Lang::Zh).await.unwrap().decision.is_none(), "not decided yet");
    assert_eq!(fixture.ask("SELECT (assignee_id IS NULL)::text FROM cases").await, "true");
    let supervisor = fixture.staff("supervisor1", HERE).await;
    fixture.act(&supervisor, number, "send_back", json!({ "note": "请再核对账号" })).await.unwrap();
    assert_eq!(fixture.ask("SELECT assignee_id::text FROM cases").await, worker.account.unwrap().to_string());
    fixture.act(&worker, number, "propose_grant", Value::Null).await.unwrap();
    assert!(matches!(problem(fixture.act(&worker, number, "approve_grant", Value::Null).await), Problem::Forbidden));
    assert_eq!(fixture.act(&supervisor, number, "approve_grant", Value::Null).await.unwrap().state, "granted");
    let decision = read::application_page(store, &elder, number, Lang::Zh).await.unwrap().decision.unwrap();
    assert_eq!((decision.outcome, decision.decided_at.is_some(), decision.decided_by.as_str()), (Outcome::Grant, true, ""));
    assert_eq!(fields(&problem(fixture.act(&elder, number, "rate", json!({ "score": 6 })).await)), ["score"]);
    fixture.act(&elder, number, "rate", json!({ "score": "5", "comment": "很快" })).await.unwrap();
    assert!(matches!(problem(fixture.act(&elder, number, "rate", json!({ "score": 1 })).await), Problem::Conflict { .. }));
    let rating = read::application_page(store, &elder, number, Lang::Zh).await.unwrap().rating.unwrap();
    assert_eq!((rating.score, rating.comment.as_str()), (5, "很快"));
    assert!(fixture.count("notice WHERE kind = 'approve_grant'").await > 0);
    // The case is closed, so the person may apply again.
    draft::start(store, &elder, ALLOWANCE).await.unwrap();
}

#[tokio::test]
async fn delegate_completes_an_application_for_another_person() {
    let fixture = TestCity::new().await;
    let (store, elder, daughter) = (fixture.store(), fixture.elder().await, fixture.daughter().await);
    let worker = fixture.staff("caseworker1", HERE).await;
    let number = fixture.accepted(&daughter, &worker).await;
    let number = number.as_str();
    for actor in [&elder, &daughter] {
        let view = read::application_page(store, actor, number, Lang::Zh).await.unwrap();
        assert!(view.own && row(&view, "name").value == "陈桂英");
    }
    // Without the mandate she has no access.
    let herself = server::Actor { acting_for: None, ..daughter.clone() };
    assert!(matches!(problem(read::application_page(store, &herself, number, Lang::Zh).await), Problem::NotFound));
    assert_eq!(fixture.ask("SELECT actor_kind FROM event WHERE action = 'submit'").await, "delegate");
    fixture.act(&worker, number, "ask_correction", json!({ "notes": { "photo": "照片太暗，请重拍" } })).await.unwrap();
    let before = read::application_page(store, &daughter, number, Lang::Zh).await.unwrap().uploads;
    let target = Target::Correction(number);
    files::attach(&fixture.state, &daughter, target, "photo", "b.jpg", picture()).await.unwrap();
    let second_file = problem(files::attach(&fixture.state, &daughter, target, "photo", "c.jpg", picture()).await);
    assert_eq!(fields(&second_file), ["photo"]);
    let added = read::application_page(store, &daughter, number, Lang::Zh).await.unwrap().correction.unwrap().added;
    assert_eq!(added.len(), 1);
    let unknown_file = json!({ "answers": { "photo": Uuid::new_v4().to_string() } });
    assert_eq!(fields(&problem(fixture.act(&daughter, number, "correct", unknown_file).await)), ["photo"]);
    let new_file = json!({ "answers": { "photo": added[0].id.to_string() } });
    assert_eq!(fixture.act(&daughter, number, "correct", new_file).await.unwrap().state, "in_review");
    let after = read::application_page(store, &worker, number, Lang::Zh).await.unwrap().uploads;
    assert_eq!((after.len(), after[0].id == added[0].id, after[0].id == before[0].id), (1, true, false));
    assert!(
        fixture.count(&format!("notice WHERE account_id = '{}'", elder.account.unwrap())).await > 0,
        "the mother is notified"
    );
}

#[tokio::test]
async fn proposer_cannot_approve_even_without_the_gate() {
    let fixture = TestCity::new().await;
    let elder = fixture.elder().await;
    let supervisor = fixture.staff("supervisor1", HERE).await;
    let number = fixture.accepted(&elder, &supervisor).await;
    fixture.act(&supervisor, &number, "propose_grant", Value::Null).await.unwrap();
    assert!(matches!(problem(fixture.act(&supervisor, &number, "approve_grant", Value::Null).await), Problem::Forbidden));
    // Without the gate's check, the constraint of the table prevents it.
    let without_check = fixture.store().with_gate(Gate::without_check(Check::FourEyes));
    let attempt = fixture.act_in(&without_check, &supervisor, &number, "approve_grant", Value::Null).await;
    assert!(matches!(problem(attempt), Problem::Forbidden));
    let direct =
        sqlx::query("UPDATE decision SET decided_by = proposed_by, decided_at = huimin_now()").execute(&fixture.db.owner).await;
    assert!(direct.unwrap_err().to_string().contains("four_eyes"));
    assert_eq!(fixture.ask("SELECT state FROM cases").await, "grant_proposed");
}

#[tokio::test]
async fn refusal_is_objected_to_and_reopened_by_another_supervisor() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);
    let worker = fixture.staff("caseworker1", HERE).await;
    let (first, second) = (fixture.staff("supervisor1", HERE).await, fixture.staff("supervisor2", HERE).await);
    let number = fixture.accepted(&elder, &worker).await;
    let number = number.as_str();
    let refuse = |code: &str, sentence: &str| json!({ "code": code, "sentence": sentence });
    let unknown = problem(fixture.act(&worker, number, "propose_refusal", refuse("because", "不符合条件")).await);
    assert_eq!(fields(&unknown), ["code"]);
    let short = problem(fixture.act(&worker, number, "propose_refusal", refuse("already-paid", "不")).await);
    assert_eq!(fields(&short), ["sentence"]);
    fixture.act(&worker, number, "propose_refusal", refuse("already-paid", "您已在外地领取津贴。")).await.unwrap();
    fixture.act(&first, number, "approve_refusal", Value::Null).await.unwrap();
    let decision = read::application_page(store, &elder, number, Lang::Zh).await.unwrap().decision.unwrap();
    assert_eq!((decision.outcome, decision.reason.as_str()), (Outcome::Refuse, "已在本市或外地领取高龄津贴"));
    assert_eq!(decision.sentence, "您已在外地领取津贴。");
    assert!(decision.basis.contains("发放办法") && decision.remedy.contains("六十日") && decision.remedy.contains("复核"));

    fixture.act(&elder, number, "object", json!({ "sentence": "我没有在外地领取过。" })).await.unwrap();
    let input = json!({ "sentence": "原决定证据不足。" });
    assert!(matches!(problem(fixture.act(&first, number, "reopen", input.clone()).await), Problem::Forbidden));
    assert_eq!(fixture.act(&second, number, "reopen", input).await.unwrap().state, "in_review");
    assert!(matches!(problem(draft::start(store, &elder, ALLOWANCE).await), Problem::Conflict { .. }), "open again");
    fixture.act(&worker, number, "propose_grant", Value::Null).await.unwrap();
    fixture.act(&second, number, "approve_grant", Value::Null).await.unwrap();
    let decision = read::application_page(store, &elder, number, Lang::Zh).await.unwrap().decision.unwrap();
    assert_eq!(decision.outcome, Outcome::Grant);
    assert_eq!(fixture.count("decision").await, 2);
}

#[tokio::test]
async fn upheld_refusal_offers_no_second_objection() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);
    let worker = fixture.staff("caseworker1", HERE).await;
    let (first, second) = (fixture.staff("supervisor1", HERE).await, fixture.staff("supervisor2", HERE).await);
    let number = fixture.accepted(&elder, &worker).await;
    let refusal = json!({ "code": "already-paid", "sentence": "您已在外地领取津贴。" });
    fixture.act(&worker, &number, "propose_refusal", refusal).await.unwrap();
    fixture.act(&first, &number, "approve_refusal", Value::Null).await.unwrap();
    fixture.act(&elder, &number, "object", json!({ "sentence": "我没有在外地领取过。" })).await.unwrap();
    let upheld = fixture.act(&second, &number, "uphold", json!({ "sentence": "经核对，原决定正确。" })).await.unwrap();
    assert_eq!(upheld.state, "refusal_upheld");
    let decision = read::application_page(store, &elder, &number, Lang::Zh).await.unwrap().decision.unwrap();
    assert!(decision.remedy.contains("人民法院") && !decision.remedy.contains("复核"), "{}", decision.remedy);
}

#[tokio::test]
async fn non_acceptance_states_its_reason_and_withdrawal_allows_reapplication() {
    let fixture = TestCity::new().await;
    let (store, elder, worker) = (fixture.store(), fixture.elder().await, fixture.staff("caseworker1", HERE).await);
    let number = fixture.submit_application(&elder).await;
    let reason = json!({ "code": "not-registered", "sentence": "请向户籍所在地申请。" });
    fixture.act(&worker, &number, "not_accept", reason).await.unwrap();
    let decision = read::application_page(store, &elder, &number, Lang::En).await.unwrap().decision.unwrap();
    assert_eq!((decision.outcome, decision.sentence.as_str()), (Outcome::NotAccepted, "请向户籍所在地申请。"));
    assert!(decision.reason.contains("not registered") && !decision.remedy.is_empty());
    let number = fixture.submit_application(&elder).await;
    fixture.act(&elder, &number, "withdraw", Value::Null).await.unwrap();
    fixture.submit_application(&elder).await;
    assert_eq!(fixture.count("application WHERE open").await, 1);
}

#[tokio::test]
async fn concurrent_submissions_create_one_application() {
    let fixture = TestCity::new().await;
    let store = fixture.store();
    let mut drafts = Vec::new();
    for actor in [fixture.elder().await, fixture.daughter().await] {
        let id = draft::start(store, &actor, ALLOWANCE).await.unwrap();
        fixture.fill(&actor, id).await;
        drafts.push((actor, id));
    }
    let outcomes =
        futures::future::join_all(drafts.iter().map(|(actor, id)| async move { apply::submit(store, actor, *id, &key()).await }))
            .await;
    let (accepted, rejected): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((accepted.len(), rejected.len()), (1, 1));
    let number = accepted.into_iter().next().unwrap().unwrap().number;
    assert!(matches!(problem(rejected.into_iter().next().unwrap()), Problem::Conflict { number: n, .. } if n == number));
    assert_eq!((fixture.count("cases").await, fixture.count("event").await), (1, 1), "the rejected submission is rolled back");
}

#[tokio::test]
async fn application_is_routed_by_district_and_records_the_rule() {
    let fixture = TestCity::new().await;
    let elder = fixture.elder().await;
    let id = draft::start(fixture.store(), &elder, ALLOWANCE).await.unwrap();
    fixture.fill(&elder, id).await;
    let prefilled = draft::get(fixture.store(), &elder, id).await.unwrap().answers;
    let mut new_address =
        answers(&[("address.district", "420111"), ("address.street", "珞南街道"), ("address.detail", "珞喻路1号")]);
    for path in ["name", "resident_id", "born_on"] {
        new_address.set(path, prefilled.all(path).to_vec());
    }
    let page = Posted { draft: id, page: "person", answers: &new_address };
    draft::save_page(fixture.store(), &elder, &page).await.unwrap();
    let number = apply::submit(fixture.store(), &elder, id, &key()).await.unwrap().number;
    assert_eq!(
        fixture.ask("SELECT o.code || ' ' || a.routing_rule FROM cases c JOIN organisation o ON o.id = c.organisation_id JOIN application a ON a.case_id = c.id").await,
        "civil-affairs-420111 registered-district"
    );
    // An answer that differs from the register is marked as disputed; staff of other districts have no access.
    let view = read::application_page(fixture.store(), &elder, &number, Lang::Zh).await.unwrap();
    assert!(row(&view, "address").disputed && !row(&view, "name").disputed);
    let elsewhere = fixture.staff("caseworker1", HERE).await;
    assert!(matches!(problem(read::application_page(fixture.store(), &elsewhere, &number, Lang::Zh).await), Problem::NotFound));
}

#[tokio::test]
async fn draft_is_migrated_to_a_new_version_and_lists_the_changes() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);
    let id = draft::start(store, &elder, ALLOWANCE).await.unwrap();
    fixture.fill(&elder, id).await;
    let (_, text) = import::FILES.iter().find(|(name, _)| name.starts_with(ALLOWANCE)).unwrap();
    let newer = text
        .replace("version = 1\n", "version = 2\n")
        .replace("from = \"2026-01-01\"", "from = \"2026-02-01\"")
        .replace("id = \"bank\"", "id = \"branch\"");
    import::import(&fixture.db.owner, &[import::CatalogueFile::read("newer.toml", &newer).unwrap()]).await.unwrap();

    let migrated = draft::get(store, &elder, id).await.unwrap();
    assert_eq!(migrated.item.version, 2);
    let mut paths: Vec<&str> = migrated.carried.iter().map(|c| c.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["bank", "branch"]);
    assert_eq!(migrated.answers.one("bank_account"), "6228480031234567896");
    // Submitting without having seen the changes is rejected; then the new field is required.
    let same_key = key();
    assert_eq!(problem(apply::submit(store, &elder, id, &same_key).await), Problem::FormChanged);
    assert_eq!(fields(&problem(apply::submit(store, &elder, id, &same_key).await)), ["branch"]);
    assert!(!draft::get(store, &elder, id).await.unwrap().carried.is_empty(), "the changes are still listed");
    let page = answers(&[("branch", "武昌支行"), ("bank_account", "6228480031234567896")]);
    draft::save_page(store, &elder, &Posted { draft: id, page: "payment", answers: &page }).await.unwrap();
    apply::submit(store, &elder, id, &same_key).await.unwrap();
    assert_eq!(fixture.ask("SELECT item_version::text FROM application").await, "2");
}

#[tokio::test]
async fn repeated_rows_are_removed_and_drafts_are_private() {
    let fixture = TestCity::new().await;
    let (store, applicant) = (fixture.store(), fixture.resident("zhang.wei").await);
    let id = draft::start(store, &applicant, HOUSING).await.unwrap();
    let item = draft::get(store, &applicant, id).await.unwrap().item;
    let (page, block) = item
        .form
        .pages
        .iter()
        .find_map(|p| p.fields.iter().find(|f| f.kind == shared::services::Kind::Repeat).map(|f| (p.id.clone(), f.clone())))
        .unwrap();
    let text = block.fields.iter().find(|f| f.kind == shared::services::Kind::ShortText).unwrap().id.clone();
    let typed = answers(&[(&format!("{}.0.{text}", block.id), "一"), (&format!("{}.1.{text}", block.id), "二")]);
    let posted = Posted { draft: id, page: &page, answers: &typed };
    draft::save_typed(store, &applicant, &posted).await.unwrap();
    draft::remove_row(store, &applicant, &posted, &block.id, 0).await.unwrap();
    let left = draft::get(store, &applicant, id).await.unwrap().answers;
    assert_eq!((left.rows(&block.id), left.one(&format!("{}.0.{text}", block.id))), (vec![0], "二"));
    assert_eq!(draft::mine(store, &applicant).await.unwrap().len(), 1);
    let stranger = fixture.elder().await;
    assert!(matches!(problem(draft::get(store, &stranger, id).await), Problem::NotFound));
    assert!(matches!(problem(draft::discard(store, &stranger, id).await), Problem::NotFound));
    draft::discard(store, &applicant, id).await.unwrap();
    assert!(draft::mine(store, &applicant).await.unwrap().is_empty());
}

#[tokio::test]
async fn files_are_access_controlled_and_orphans_are_swept() {
    let fixture = TestCity::new().await;
    let (store, city, elder) = (fixture.store(), &fixture.state, fixture.elder().await);
    let id = draft::start(store, &elder, ALLOWANCE).await.unwrap();
    let target = Target::Draft(id);
    let file = files::attach(city, &elder, target, "photo", "C:\\照片\\a.jpg", picture()).await.unwrap();
    assert_eq!((file.name.as_str(), file.media_type.as_str(), file.width), ("a.jpg", "image/jpeg", 40));
    let second_file = problem(files::attach(city, &elder, target, "photo", "b.jpg", picture()).await);
    assert!(
        matches!(&second_file, Problem::Invalid { errors } if errors[0].field == "photo" && matches!(errors[0].kind, FieldErrorKind::TooMany { max: 1 }))
    );
    let text = bytes::Bytes::from_static(b"no picture");
    files::remove(city, &elder, target, file.id).await.unwrap();
    assert_eq!(fields(&problem(files::attach(city, &elder, target, "photo", "b.jpg", text).await)), ["photo"]);
    assert!(matches!(problem(files::attach(city, &elder, target, "name", "b.jpg", picture()).await), Problem::NotFound));
    fixture.fill(&elder, id).await;
    let submitted = draft::get(store, &elder, id).await.unwrap().uploads.remove(0);
    let number = apply::submit(store, &elder, id, &key()).await.unwrap().number;
    let worker = fixture.staff("caseworker2", HERE).await;
    for actor in [&elder, &worker, &fixture.daughter().await] {
        assert_eq!(files::open(city, actor, submitted.id).await.unwrap().name, "IMG_0001.jpg");
    }
    files::open(city, &worker, submitted.id).await.unwrap();
    assert_eq!(fixture.count("event WHERE action = 'view'").await, 1, "one view of staff, however often");
    for actor in [fixture.resident("liu.yang").await, fixture.staff("caseworker1", "civil-affairs-420111").await] {
        assert!(matches!(problem(files::open(city, &actor, submitted.id).await), Problem::NotFound));
    }
    assert!(matches!(
        problem(files::attach(city, &elder, Target::Correction(&number), "photo", "c.jpg", picture()).await),
        Problem::NotFound
    ));
    assert_eq!(fixture.count("upload").await, 2);
    // A stored picture whose row was never written, and a recent one without a row yet; the submitted one is as old as the first.
    let (orphan, recent) = (city.files.put(picture()).await.unwrap(), city.files.put(picture()).await.unwrap());
    let submitted_key = fixture.ask(&format!("SELECT storage_key FROM upload WHERE id = '{}'", submitted.id)).await;
    for old in [&orphan.key, &submitted_key] {
        let path = city.config.data_dir.join("files").join(old.get(..2).unwrap()).join(format!("{old}.jpg"));
        let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 86_400);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(two_days_ago).unwrap();
    }
    files::sweep(city).await.unwrap();
    assert_eq!(fixture.count("upload").await, 1, "the removed upload is deleted, the submitted one is kept");
    files::open(city, &elder, submitted.id).await.unwrap();
    assert!(matches!(problem(city.files.get(&orphan.key).await), Problem::NotFound));
    city.files.get(&recent.key).await.unwrap();
}

#[tokio::test]
async fn erased_person_leaves_a_valid_chain_without_content() {
    let fixture = TestCity::new().await;
    let (store, elder, worker) = (fixture.store(), fixture.elder().await, fixture.staff("caseworker1", HERE).await);
    let number = fixture.accepted(&elder, &worker).await;
    fixture.act(&worker, &number, "ask_correction", json!({ "notes": { "bank": "请写明支行" } })).await.unwrap();
    sqlx::query("UPDATE person_key SET key_sealed = NULL, destroyed_at = huimin_now() WHERE person_id = $1")
        .bind(elder.person.map(PersonId::uuid))
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    let view = read::application_page(store, &worker, &number, Lang::Zh).await.unwrap();
    assert!(view.erased && view.pages.is_empty() && view.correction.is_none() && view.uploads.is_empty());
    assert!(matches!(problem(read::reveal(store, &worker, &number, "bank").await), Problem::NotFound));
    let tx = store.read(&server::Actor::system(server::Task::Audit)).await.unwrap();
    let events: Vec<EventRow> = tx.all(&format!("SELECT {EVENT_COLUMNS} FROM event ORDER BY seq"), []).await.unwrap();
    let mut prev = Vec::new();
    for event in events {
        assert_eq!((event.expected_hash(), &event.prev), (event.hash.clone(), &prev));
        prev = event.hash;
    }
}

//! The matrix of rights: every page, every server function, every row of every Flow and every table with personal
//! rows, role by role, against the record of somebody else that carries canaries.
//!
//! Two layers must each hold alone: the gate in the program (tried with row-level security switched off) and the
//! policies in the store (tried by asking it directly). That the matrix would notice is shown by taking one policy, or
//! one check of the gate, away.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share may stop at once, too"
)]

#[path = "rights/api_routes.rs"]
mod api_routes;
#[path = "rights/call.rs"]
mod call;
mod common;
#[path = "rights/expected.rs"]
mod expected;
#[path = "rights/layers.rs"]
mod layers;
#[path = "rights/walk.rs"]
mod walk;

use layers::{RLS_TABLES, policies};
use server::access::gate::{Check, Gate};
use walk::{RightsFixture, flow_leaks, function_leaks, leaks_of, page_leaks, table_leaks};

#[tokio::test]
async fn every_server_function_stands_in_the_table() {
    let mut known: Vec<&str> = expected::FUNCTIONS.iter().map(|f| f.path).collect();
    let mut there: Vec<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    known.sort_unstable();
    there.sort_unstable();
    assert_eq!(known, there, "left: the table, right: the program");
}

#[test]
fn every_machine_endpoint_is_in_the_table() {
    let mut there: Vec<_> = app::site::api::API_ROUTES.iter().map(|r| (r.path, r.credential)).collect();
    there.sort_unstable_by_key(|(path, _)| *path);
    assert_eq!(api_routes::API_ROUTES, there, "left: the table, right: the program");
}

#[tokio::test]
async fn no_machine_endpoint_leaks() {
    let fixture = RightsFixture::new().await;
    let router = common::PageCity::route(&fixture.fixture.city);
    assert_eq!(api_routes::api_leaks(&fixture, &router).await, Vec::<String>::new());
}

#[tokio::test]
async fn no_page_function_or_flow_row_leaks_and_the_canaries_sing() {
    let fixture = RightsFixture::new().await;
    let router = common::PageCity::route(&fixture.fixture.city);
    let pages = page_leaks(&fixture, &router).await;
    assert_eq!(pages.leaks, Vec::<String>::new());
    // A canary that nobody hears proves nothing.
    assert!(pages.heard.len() >= expected::HEARD_AT_LEAST, "{:?}", pages.heard);
    assert_eq!(function_leaks(&fixture, &router).await, Vec::<String>::new());
    assert_eq!(flow_leaks(&fixture, fixture.fixture.store()).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_gate_holds_alone_and_a_waived_check_is_noticed() {
    let fixture = RightsFixture::new().await;
    policies(&fixture.fixture.db, RLS_TABLES, false).await;
    layers::drop_four_eyes(&fixture.fixture.db).await;
    let router = common::PageCity::route(&fixture.fixture.city);
    assert_eq!(page_leaks(&fixture, &router).await.leaks, Vec::<String>::new());
    assert_eq!(flow_leaks(&fixture, fixture.fixture.store()).await, Vec::<String>::new());
    for check in [Check::Entry, Check::Subject, Check::Organisation, Check::FourEyes, Check::Helper] {
        let mut city = fixture.fixture.city.clone();
        city.store = city.store.with_gate(Gate::without_check(check));
        let router = common::PageCity::route(&city);
        let mut leaks = page_leaks(&fixture, &router).await.leaks;
        leaks.extend(flow_leaks(&fixture, &city.store).await);
        assert!(!leaks.is_empty(), "nobody noticed that {check:?} was waived");
    }
}

#[tokio::test]
async fn a_mandate_lists_the_persons_cases_and_no_firms_demand() {
    let fixture = RightsFixture::new().await;
    let kinds = async |who| {
        let cases = server::cases::my_cases(fixture.fixture.store(), fixture.actor(who), None).await.unwrap();
        cases.rows.into_iter().map(|case| case.kind).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(kinds(expected::Who::Owner).await.contains("demand"));
    for on in [true, false] {
        policies(&fixture.fixture.db, &["cases"], on).await;
        let theirs = kinds(expected::Who::Delegate).await;
        assert!(theirs.contains("application") && !theirs.contains("demand"), "{theirs:?}");
    }
}

#[tokio::test]
async fn the_policies_hold_alone_and_a_missing_one_is_noticed() {
    let fixture = RightsFixture::new().await;
    fixture.plant_bare_rows().await;
    let guarded = layers::guarded(&fixture.fixture.db).await;
    assert_eq!(guarded, RLS_TABLES, "left: the store, right: the table of this test");
    let bare: Vec<&str> = layers::BARE.iter().map(|(table, _)| *table).collect();
    assert_eq!(layers::bare(&fixture.fixture.db).await, bare, "left: the store, right: the table of this test");
    assert_eq!(table_leaks(&fixture).await, Vec::<String>::new());
    for table in RLS_TABLES {
        policies(&fixture.fixture.db, &[*table], false).await;
        assert!(!leaks_of(&fixture, |t| t == *table).await.is_empty(), "nobody noticed that {table} stands open");
        policies(&fixture.fixture.db, &[*table], true).await;
    }
    layers::keep_who(&fixture.fixture.db, false).await;
    assert!(!leaks_of(&fixture, |t| t == "account").await.is_empty(), "nobody noticed that an account may change its person");
    layers::keep_who(&fixture.fixture.db, true).await;
    let mut unnoticed = Vec::new();
    for policy in layers::every_policy(&fixture.fixture.db).await {
        policy.remove(&fixture.fixture.db).await;
        // Most show at their own table, some at one whose policies look there.
        if leaks_of(&fixture, |t| t == policy.table).await.is_empty() && table_leaks(&fixture).await.is_empty() {
            unnoticed.push(policy.name.clone());
        }
        policy.restore(&fixture.fixture.db).await;
    }
    let known: Vec<&str> = layers::UNNOTICED.iter().map(|(policy, _)| *policy).collect();
    assert_eq!(unnoticed, known, "left: taken away without anybody noticing, right: the table of this test");
    assert_eq!(table_leaks(&fixture).await, Vec::<String>::new(), "everything is as it was");
}

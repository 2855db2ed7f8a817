//! Tests the matrix of rights: every role tries every page, server function, flow row and table with personal data on the
//! record of another person, which contains canaries (values that only entitled roles may receive).
//!
//! Each of two layers must hold alone: the gate in the program (tested with row-level security switched off) and the policies in
//! the store (tested with direct statements). Removing one check of the gate or one policy at a time shows that the tests would
//! detect the gap.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of tests may panic, too"
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

use layers::{RLS_TABLES, set_policies};
use server::access::gate::{Check, Gate};
use walk::{RightsFixture, flow_leaks, function_leaks, leaks_of, page_leaks, table_leaks};

#[tokio::test]
async fn every_server_function_is_in_the_table() {
    let mut listed: Vec<&str> = expected::FUNCTIONS.iter().map(|f| f.path).collect();
    let mut registered: Vec<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    listed.sort_unstable();
    registered.sort_unstable();
    assert_eq!(listed, registered, "left: the table, right: the program");
}

#[test]
fn every_machine_endpoint_is_in_the_table() {
    let mut registered: Vec<_> = app::site::api::API_ROUTES.iter().map(|r| (r.path, r.credential)).collect();
    registered.sort_unstable_by_key(|(path, _)| *path);
    assert_eq!(api_routes::API_ROUTES, registered, "left: the table, right: the program");
}

#[tokio::test]
async fn no_machine_endpoint_leaks() {
    let fixture = RightsFixture::new().await;
    let router = common::PageCity::route(&fixture.fixture.state);
    assert_eq!(api_routes::api_leaks(&fixture, &router).await, Vec::<String>::new());
}

#[tokio::test]
async fn no_page_function_or_flow_row_leaks_and_entitled_roles_receive_canaries() {
    let fixture = RightsFixture::new().await;
    let router = common::PageCity::route(&fixture.fixture.state);
    let pages = page_leaks(&fixture, &router).await;
    assert_eq!(pages.leaks, Vec::<String>::new());
    // A canary that no entitled role receives would prove nothing.
    assert!(pages.sightings.len() >= expected::MIN_SIGHTINGS, "{:?}", pages.sightings);
    assert_eq!(function_leaks(&fixture, &router).await, Vec::<String>::new());
    assert_eq!(flow_leaks(&fixture, fixture.fixture.store()).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_gate_holds_without_policies_and_a_waived_check_is_detected() {
    let fixture = RightsFixture::new().await;
    set_policies(&fixture.fixture.db, RLS_TABLES, false).await;
    layers::drop_four_eyes(&fixture.fixture.db).await;
    let router = common::PageCity::route(&fixture.fixture.state);
    assert_eq!(page_leaks(&fixture, &router).await.leaks, Vec::<String>::new());
    assert_eq!(flow_leaks(&fixture, fixture.fixture.store()).await, Vec::<String>::new());
    for check in [Check::Entry, Check::Subject, Check::Organisation, Check::FourEyes, Check::Helper] {
        let mut city = fixture.fixture.state.clone();
        city.store = city.store.with_gate(Gate::without_check(check));
        let router = common::PageCity::route(&city);
        let mut leaks = page_leaks(&fixture, &router).await.leaks;
        leaks.extend(flow_leaks(&fixture, &city.store).await);
        assert!(!leaks.is_empty(), "waiving {check:?} is not detected");
    }
}

#[tokio::test]
async fn a_delegate_sees_the_persons_cases_but_no_demand_of_the_firm() {
    let fixture = RightsFixture::new().await;
    let kinds = async |who| {
        let cases = server::cases::my_cases(fixture.fixture.store(), fixture.actor(who), None).await.unwrap();
        cases.rows.into_iter().map(|case| case.kind).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(kinds(expected::Who::Owner).await.contains("demand"));
    for enabled in [true, false] {
        set_policies(&fixture.fixture.db, &["cases"], enabled).await;
        let delegate_kinds = kinds(expected::Who::Delegate).await;
        assert!(delegate_kinds.contains("application") && !delegate_kinds.contains("demand"), "{delegate_kinds:?}");
    }
}

#[tokio::test]
async fn the_policies_hold_without_the_gate_and_a_missing_one_is_detected() {
    let fixture = RightsFixture::new().await;
    fixture.insert_missing_rows().await;
    let with_policies = layers::tables_with_policies(&fixture.fixture.db).await;
    assert_eq!(with_policies, RLS_TABLES, "left: the store, right: the table of this test");
    let without_policies: Vec<&str> = layers::WITHOUT_POLICIES.iter().map(|(table, _)| *table).collect();
    assert_eq!(
        layers::personal_tables_without_policies(&fixture.fixture.db).await,
        without_policies,
        "left: the store, right: the table of this test"
    );
    assert_eq!(table_leaks(&fixture).await, Vec::<String>::new());
    for table in RLS_TABLES {
        set_policies(&fixture.fixture.db, &[*table], false).await;
        assert!(!leaks_of(&fixture, |t| t == *table).await.is_empty(), "switching off the policies of {table} is not detected");
        set_policies(&fixture.fixture.db, &[*table], true).await;
    }
    layers::set_identity_trigger(&fixture.fixture.db, false).await;
    assert!(!leaks_of(&fixture, |t| t == "account").await.is_empty(), "that an account may change its person is not detected");
    layers::set_identity_trigger(&fixture.fixture.db, true).await;
    let mut undetected = Vec::new();
    for policy in layers::every_policy(&fixture.fixture.db).await {
        policy.remove(&fixture.fixture.db).await;
        // Most gaps show in the policy's own table, some in a table whose policies read it.
        if leaks_of(&fixture, |t| t == policy.table).await.is_empty() && table_leaks(&fixture).await.is_empty() {
            undetected.push(policy.name.clone());
        }
        policy.restore(&fixture.fixture.db).await;
    }
    let expected_undetected: Vec<&str> = layers::UNDETECTED.iter().map(|(policy, _)| *policy).collect();
    assert_eq!(undetected, expected_undetected, "left: removed without detection, right: the table of this test");
    assert_eq!(table_leaks(&fixture).await, Vec::<String>::new(), "all policies are restored");
}

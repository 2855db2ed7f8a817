//! Test fixture: the demo city in its own database, with its catalogue and the people who act in it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "a test fixture may panic, and its names are self-explanatory"
)]

use crate::TestDb;
use bytes::Bytes;
use cluster::Role as DbRole;
use serde_json::Value;
use server::{
    Actor, AppState, Config, Store, Vault,
    access::actor::Membership,
    cases::ActionResult,
    services::{
        apply,
        draft::{self, Posted},
        files::{self, Target},
    },
};
use shared::{
    Problem,
    account::{Role, demo},
    ids::{AccountId, DraftId, OrganisationId, PersonId},
    services::Answers,
};
use sqlx::{AssertSqlSafe, Row};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use uuid::Uuid;

pub const ALLOWANCE: &str = "old-age-allowance";
pub const HOUSING: &str = "public-rental-housing";
/// The code of the civil affairs department of the district where the demo characters live.
pub const HERE: &str = "civil-affairs-420106";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The demo city of one test. Its clock is stopped.
pub struct TestCity {
    pub db: TestDb,
    pub state: AppState,
    folder: PathBuf,
}

impl Drop for TestCity {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A new idempotency key.
pub fn key() -> String {
    Uuid::new_v4().to_string()
}

pub fn answers(pairs: &[(&str, &str)]) -> Answers {
    Answers::from_pairs(pairs.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned()))).unwrap()
}

/// A JPEG picture as a phone uploads it.
pub fn picture() -> Bytes {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([200, 120, 40])).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    jpeg.into_inner().into()
}

/// The problem of a rejected request.
pub fn problem<T: std::fmt::Debug>(result: server::Result<T>) -> Problem {
    match result.unwrap_err() {
        server::Error::Problem(problem) => problem,
        other => panic!("{other}"),
    }
}

/// The fields named by an invalid-input problem.
pub fn fields(problem: &Problem) -> Vec<&str> {
    match problem {
        Problem::Invalid { errors } => errors.iter().map(|e| e.field.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

impl TestCity {
    pub async fn new() -> Self {
        Self::with(8).await
    }

    async fn with(connections: u32) -> Self {
        let folder =
            std::env::temp_dir().join(format!("fixture-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&folder).unwrap();
        let (db, keys) = TestDb::seeded().await;
        db.stop_clock().await;
        let store = Store::connect(db.options(DbRole::App), connections, Vault::open_keyring(&keys).unwrap())
            .await
            .unwrap()
            .with(crate::test_flow::LIVES);
        let state = AppState::new(store, Config::demo(folder.clone()));
        Self { db, state, folder }
    }

    /// Creates a city with this many open connections, so that as many concurrent requests do not wait for one another.
    pub async fn with_connections(connections: u32) -> Self {
        let fixture = Self::with(connections).await;
        fixture.store().warm_up().await;
        fixture
    }

    pub fn store(&self) -> &Store {
        &self.state.store
    }

    /// Queries one text value as the owner of the tables.
    pub async fn ask(&self, sql: &str) -> String {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.db.owner).await.unwrap()
    }

    pub async fn count(&self, from: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {from}"))).fetch_one(&self.db.owner).await.unwrap()
    }

    async fn account(&self, mailbox: &str) -> (AccountId, Option<PersonId>) {
        let email = demo::email(mailbox).unwrap();
        let row = sqlx::query("SELECT id, person_id FROM account WHERE email_index = $1")
            .bind(self.store().vault.index("email", email.as_str()))
            .fetch_one(&self.db.owner)
            .await
            .unwrap();
        (AccountId(row.get(0)), row.get::<Option<Uuid>, _>(1).map(PersonId))
    }

    pub async fn resident(&self, mailbox: &str) -> Actor {
        let (account, person) = self.account(mailbox).await;
        Actor { account: Some(account), person, ..Actor::default() }
    }

    /// 陈桂英, aged 83, of this district.
    pub async fn elder(&self) -> Actor {
        self.resident("chen.guiying").await
    }

    /// The daughter of the elder, acting for her.
    pub async fn daughter(&self) -> Actor {
        Actor { acting_for: self.elder().await.person, ..self.resident("wang.xiulan").await }
    }

    /// A member of staff; `desk` is such as `caseworker1`.
    pub async fn staff(&self, desk: &str, organisation: &str) -> Actor {
        self.city_staff(&format!("{desk}.{organisation}")).await
    }

    /// A member of staff by mailbox, such as `auditor` or `administrator`.
    pub async fn city_staff(&self, mailbox: &str) -> Actor {
        let (account, person) = self.account(mailbox).await;
        let row = sqlx::query("SELECT organisation_id, role FROM membership WHERE account_id = $1")
            .bind(account.uuid())
            .fetch_one(&self.db.owner)
            .await
            .unwrap();
        let role = Role::parse(row.get(1)).unwrap();
        Actor {
            account: Some(account),
            person,
            memberships: vec![Membership { organisation: OrganisationId(row.get(0)), role }],
            second_factor: true,
            ..Actor::default()
        }
    }

    /// Performs an action on the current version of a case.
    pub async fn act(&self, actor: &Actor, number: &str, action: &str, input: Value) -> server::Result<ActionResult> {
        self.act_in(self.store(), actor, number, action, input).await
    }

    pub async fn act_in(
        &self,
        store: &Store,
        actor: &Actor,
        number: &str,
        action: &str,
        input: Value,
    ) -> server::Result<ActionResult> {
        let version: i32 = sqlx::query_scalar("SELECT version FROM cases WHERE number = $1")
            .bind(number)
            .fetch_one(&self.db.owner)
            .await
            .unwrap();
        crate::act::perform(store, actor, crate::act::ActRequest { number, action, version: Some(version), key: &key(), input })
            .await
    }

    /// Fills in the allowance form, except for fields that are prefilled from the registers.
    pub async fn fill(&self, actor: &Actor, draft: DraftId) {
        let pages: &[(&str, &[(&str, &str)])] = &[
            ("who", &[("applicant", "self")]),
            ("payment", &[("bank", "中国农业银行武昌支行"), ("bank_account", "6228480031234567896")]),
            ("declaration", &[("truth", "yes"), ("other_allowance", "yes")]),
        ];
        for (page, pairs) in pages {
            let answers = answers(pairs);
            draft::save_page(self.store(), actor, &Posted { draft, page, answers: &answers }).await.unwrap();
        }
        files::attach(&self.state, actor, Target::Draft(draft), "photo", "IMG_0001.jpg", picture()).await.unwrap();
    }

    /// Submits an application for the allowance. Returns the case number.
    pub async fn submit_application(&self, actor: &Actor) -> String {
        let draft = draft::start(self.store(), actor, ALLOWANCE).await.unwrap();
        self.fill(actor, draft).await;
        apply::submit(self.store(), actor, draft, &key()).await.unwrap().number
    }

    /// Submits an application that `caseworker` accepts. Returns the case number.
    pub async fn accepted(&self, applicant: &Actor, caseworker: &Actor) -> String {
        let number = self.submit_application(applicant).await;
        self.act(caseworker, &number, "claim", Value::Null).await.unwrap();
        self.act(caseworker, &number, "accept", Value::Null).await.unwrap();
        number
    }
}

//! Tests the store as a sea-orm connection: entities and raw statements share one transaction, its actor and clock, and the
//! statement count.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    SelectExt, raw_sql,
    sea_query::{Expr, OnConflict},
};
use server::{
    Actor, Error, Store, Task, Tx, Vault,
    account::entity::{account, district, mandate, membership, organisation, session},
    care::entity::care_responder,
    notices::entity::operator_warning,
    registry::entity::person,
    store::{DbDate, db_now, db_today, new_id},
};
use shared::{
    account::{FamilyRelation, OrganisationKind, Role},
    care::responder::{Mode, Skill},
    ids::{AccountId, OrganisationId, PersonId},
};
use testing::TestDb;

async fn store() -> (TestDb, Store) {
    let db = TestDb::new().await;
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{}", db.name));
    std::fs::create_dir_all(&folder).unwrap();
    let keys = folder.join("keys.json");
    Vault::init(&keys).unwrap();
    let vault = Vault::open_keyring(&keys).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let store = Store::from_pool(db.app(4), vault).with(testing::test_flow::LIVES);
    (db, store)
}

/// The same store with this many connections.
fn with_connections(db: &TestDb, store: &Store, connections: u32) -> Store {
    Store::from_pool(db.app(connections), store.vault.clone()).with(testing::test_flow::LIVES)
}

async fn write(store: &Store) -> Tx {
    store.write(&Actor::system(Task::Operation)).await.unwrap()
}

async fn add_account(tx: &Tx, name: &str) -> AccountId {
    let id = new_id();
    let row = account::ActiveModel {
        id: Set(id),
        email_index: Set(Some(name.as_bytes().to_vec())),
        password_hash: Set("none".to_owned()),
        staff_name: Set(Some(name.to_owned())),
        ..Default::default()
    };
    assert_eq!(account::Entity::insert(row).exec_without_returning(tx).await.unwrap(), 1);
    id
}

async fn add_organisation(tx: &Tx, code: &str) -> OrganisationId {
    let id = new_id();
    let row = organisation::ActiveModel {
        id: Set(id),
        code: Set(code.to_owned()),
        kind: Set(OrganisationKind::Centre),
        district: Set(None),
        name_zh: Set("中心".to_owned()),
        name_en: Set("Centre".to_owned()),
    };
    organisation::Entity::insert(row).exec_without_returning(tx).await.unwrap();
    id
}

#[tokio::test]
async fn statements_of_entities_and_raw_sql_are_counted() {
    let (_db, store) = store().await;
    let tx = write(&store).await;
    let before = store.statements();
    tx.run("SELECT 1", []).await.unwrap();
    let _: Option<i32> = tx.fetch_value(raw_sql!(Postgres, "SELECT 1")).await.unwrap();
    district::Entity::find().count(&tx).await.unwrap();
    district::Entity::find().all(&tx).await.unwrap();
    tx.execute_unprepared("SELECT 1").await.unwrap();
    assert_eq!(store.statements() - before, 5);
}

#[tokio::test]
async fn rows_are_read_as_models_tuples_and_structs() {
    let (_db, store) = store().await;
    let tx = write(&store).await;
    let (centre, account) = (add_organisation(&tx, "centre-1").await, add_account(&tx, "Chen").await);
    let skills = vec![Skill::Nurse, Skill::DoorOpening];
    let row = care_responder::ActiveModel {
        account_id: Set(account),
        organisation_id: Set(centre),
        skills: Set(skills.clone()),
        languages: Set(vec!["zh".to_owned()]),
        mode: Set(Mode::Moped),
        ..Default::default()
    };
    care_responder::Entity::insert(row).exec_without_returning(&tx).await.unwrap();

    let model = care_responder::Entity::find_by_id(account).one(&tx).await.unwrap().unwrap();
    assert_eq!((model.skills, model.mode, model.located_at), (skills.clone(), Mode::Moped, None));

    let tuple: Option<(OrganisationId, Vec<Skill>)> = care_responder::Entity::find()
        .select_only()
        .columns([care_responder::Column::OrganisationId, care_responder::Column::Skills])
        .filter(care_responder::Column::Mode.is_in([Mode::Walk, Mode::Moped]))
        .into_tuple()
        .one(&tx)
        .await
        .unwrap();
    assert_eq!(tuple, Some((centre, skills)));

    #[derive(FromQueryResult)]
    struct Line {
        name: Option<String>,
        centre: String,
    }
    let lines: Vec<Line> = care_responder::Entity::find()
        .inner_join(account::Entity)
        .inner_join(organisation::Entity)
        .select_only()
        .column_as(account::Column::StaffName, "name")
        .column_as(organisation::Column::Code, "centre")
        .order_by_asc(account::Column::StaffName)
        .into_model()
        .all(&tx)
        .await
        .unwrap();
    assert_eq!(lines.iter().map(|l| (l.name.as_deref(), l.centre.as_str())).collect::<Vec<_>>(), [(Some("Chen"), "centre-1")]);
}

#[tokio::test]
async fn raw_sql_binds_ids_enums_options_and_lists_by_name() {
    let (_db, store) = store().await;
    let tx = write(&store).await;
    let (centre, account) = (add_organisation(&tx, "centre-1").await, add_account(&tx, "Chen").await);
    let (id, role, no_account): (uuid::Uuid, _, Option<AccountId>) = (new_id(), Role::Dispatcher, None);
    let added = tx
        .execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO membership (id, account_id, organisation_id, role, created_by)
             VALUES ({id}, {account}, {centre}, {role}, {no_account})"
        ))
        .await
        .unwrap();
    assert_eq!(added, 1);
    let (accounts, roles) = (vec![account, new_id()], Role::ALL.to_vec());
    let found: Vec<(AccountId, Role, Option<AccountId>)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT account_id, role, created_by FROM membership
              WHERE account_id = ANY({accounts}) AND role = ANY({roles}) AND ({no_account}::uuid IS NULL OR account_id = {no_account})"
        ))
        .await
        .unwrap();
    assert_eq!(found, [(account, role, None)]);
    assert_eq!(membership::Entity::current_of(account).all(&tx).await.unwrap().len(), 1);
}

#[tokio::test]
async fn updates_and_upserts_use_the_city_clock() {
    let (_db, store) = store().await;
    let store = store.with_clock_offset("3 days");
    let tx = write(&store).await;
    let warning = |detail: &str| operator_warning::ActiveModel {
        code: Set("test".to_owned()),
        detail: Set(detail.to_owned()),
        since: sea_orm::ActiveValue::NotSet,
    };
    for detail in ["one", "two"] {
        let replace = OnConflict::column(operator_warning::Column::Code)
            .update_column(operator_warning::Column::Detail)
            .value(operator_warning::Column::Since, db_now())
            .to_owned();
        operator_warning::Entity::insert(warning(detail)).on_conflict(replace).exec_without_returning(&tx).await.unwrap();
    }
    let found = operator_warning::Entity::find_by_id("test").one(&tx).await.unwrap().unwrap();
    assert_eq!(
        (found.detail.as_str(), found.since.timestamp()),
        ("two", server::store::to_timestamp(tx.now().await.unwrap().at))
    );

    let changed = operator_warning::Entity::update_many()
        .col_expr(operator_warning::Column::Detail, Expr::value("three"))
        .filter(operator_warning::Column::Code.eq("test"))
        .exec_with_returning(&tx)
        .await
        .unwrap();
    assert_eq!(changed.iter().map(|w| w.detail.as_str()).collect::<Vec<_>>(), ["three"]);
}

#[tokio::test]
async fn mandate_is_in_force_on_its_last_day_and_sessions_are_deleted_together() {
    let (db, store) = store().await;
    let owner = Store::from_pool(db.owner.clone(), store.vault.clone()).with(testing::test_flow::LIVES);
    let tx = owner.write(&Actor::system(Task::RegisterCheck)).await.unwrap();
    let (account, person): (AccountId, PersonId) = (add_account(&tx, "Li").await, new_id());
    let row = person::ActiveModel {
        id: Set(person),
        name_sealed: Set(vec![1]),
        resident_id_sealed: Set(vec![2]),
        resident_id_index: Set(vec![3]),
        ..Default::default()
    };
    person::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    let row = mandate::ActiveModel {
        id: Set(new_id()),
        person_id: Set(person),
        account_id: Set(account),
        relation: Set(FamilyRelation::Child),
        scope: Set(vec!["services".to_owned()]),
        ends_on: Set(DbDate::from(tx.now().await.unwrap().today())),
        ..Default::default()
    };
    mandate::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    let in_force = || mandate::Entity::find().filter(mandate::Entity::in_force()).filter(mandate::Column::AccountId.eq(account));
    assert!(!in_force().exists(&tx).await.unwrap(), "not confirmed yet");
    mandate::Entity::update_many().col_expr(mandate::Column::ConfirmedAt, db_now()).exec(&tx).await.unwrap();
    assert!(in_force().exists(&tx).await.unwrap());
    let yesterday = Expr::cust("huimin_today() - 1");
    mandate::Entity::update_many().col_expr(mandate::Column::EndsOn, yesterday).exec(&tx).await.unwrap();
    assert!(!in_force().exists(&tx).await.unwrap());
    mandate::Entity::update_many().col_expr(mandate::Column::EndsOn, db_today()).exec(&tx).await.unwrap();
    assert!(in_force().exists(&tx).await.unwrap());

    for id in [1_u8, 2] {
        let row = session::ActiveModel {
            id_hash: Set(vec![id]),
            account_id: Set(Some(account)),
            data: Set(Vec::new()),
            expires_at: Set(tx.now().await.unwrap().at.into()),
            ..Default::default()
        };
        session::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    }
    assert_eq!(session::Entity::delete_of(account).exec(&tx).await.unwrap().rows_affected, 2);
}

#[tokio::test]
async fn unknown_enum_code_is_an_error() {
    let (db, store) = store().await;
    let tx = write(&store).await;
    let (centre, account) = (add_organisation(&tx, "centre-1").await, add_account(&tx, "Chen").await);
    tx.commit().await.unwrap();
    sqlx::query("INSERT INTO membership (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'of_tomorrow')")
        .bind(new_id::<uuid::Uuid>())
        .bind(account.uuid())
        .bind(centre.uuid())
        .execute(&db.owner)
        .await
        .unwrap();
    let tx = write(&store).await;
    let error = Error::from(membership::Entity::find().all(&tx).await.unwrap_err());
    assert!(matches!(error, Error::Store(DbErr::TryIntoErr { .. })), "{error}");
}

#[tokio::test]
async fn a_transaction_that_is_dropped_while_it_begins_leaves_its_connection_idle() {
    let (db, store) = store().await;
    let store = with_connections(&db, &store, 1);
    let actor = Actor::system(Task::Operation);
    // Dropped after another number of polls each time, until it has begun before that: so some are dropped between BEGIN and
    // its answer.
    let mut begun = 0;
    for polls in 0_usize.. {
        let mut begin = Box::pin(store.write(&actor));
        for _ in 0..polls {
            if futures::poll!(&mut begin).is_ready() {
                begun += 1;
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begin);
        if begun == 20 {
            break;
        }
        // Meanwhile the connection is back in the pool.
        sqlx::query("SELECT 1").execute(&db.owner).await.unwrap();
        // Every statement outside a transaction is a transaction of its own.
        let transaction = async || {
            let row = store.public().query_one_raw(raw_sql!(Postgres, "SELECT pg_current_xact_id()::text AS id")).await.unwrap();
            row.unwrap().try_get::<String>("", "id").unwrap()
        };
        assert_ne!(transaction().await, transaction().await, "an open transaction after {polls} polls");
    }
}

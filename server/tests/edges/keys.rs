//! Tests the rotation of encryption keys.

use server::{Vault, rotate};
use sqlx::Row;
use std::time::{Duration, SystemTime};
use testing::edge_fixture::EdgeFixture;

#[tokio::test]
async fn rotation_reseals_all_data_and_the_old_key_can_be_retired() {
    let fixture = EdgeFixture::new().await;
    let vault = fixture.state.store.vault.clone();
    let account = fixture.account(Some("li@example.cn"), Some("13812345678"), "zh").await;
    let person = fixture.person(account).await;
    let index = vault.index("resident_id", "x");
    let row = uuid::Uuid::from_slice(&index[..16]).unwrap();
    sqlx::query("INSERT INTO person_key (person_id, key_sealed) VALUES ($1, $2)")
        .bind(person.uuid())
        .bind(vault.new_person_key(person).unwrap())
        .execute(fixture.owner())
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO register.person (resident_id_index, resident_id_sealed, name, sex, born_on, district, street, address, household,
             household_role, phone_sealed, agency_zh, agency_en, as_of)
         VALUES ($1, $2, 'n', 'male', '1950-01-01', 'd', 's', 'a', 'h', 'r', $3, 'z', 'e', '2026-01-01')",
    )
    .bind(&index)
    .bind(vault.seal("register.resident_id", row, b"id").unwrap())
    .bind(vault.seal("register.phone", row, b"phone").unwrap())
    .execute(fixture.owner())
    .await
    .unwrap();
    sqlx::query("INSERT INTO session (id_hash, data, expires_at) VALUES ('h', $1, now() + interval '1 h')")
        .bind(vault.seal("session.data", account, b"{}").unwrap())
        .execute(fixture.owner())
        .await
        .unwrap();
    // Another process with the same keyring file, and more rows than one batch.
    let other = Vault::open_keyring(&fixture.folder.0.join("keyring.json")).unwrap();
    for n in 0..250 {
        fixture.account(Some(&format!("a{n}@example.cn")), None, "zh").await;
    }
    let late = fixture.account(Some("late@example.cn"), None, "zh").await;
    let sealed_by_other = other.seal("account.email", late, b"late@example.cn").unwrap();

    let resealed = rotate::rotate(fixture.owner(), &vault).await.unwrap();
    assert_eq!(resealed, 2 + 2 + 1 + 251 + 2);
    assert_eq!(rotate::count_stale(fixture.owner(), &vault).await.unwrap(), 0);
    assert_eq!(rotate::reseal(fixture.owner(), &vault).await.unwrap(), 0, "nothing is left to reseal");

    // A process that has not loaded the new key stores a value under the old one; it is found and resealed.
    sqlx::query("UPDATE account SET email_sealed = $2 WHERE id = $1")
        .bind(late.uuid())
        .bind(sealed_by_other)
        .execute(fixture.owner())
        .await
        .unwrap();
    rotate::retire(fixture.owner(), &vault).await.unwrap_err();
    assert_eq!(rotate::reseal(fixture.owner(), &vault).await.unwrap(), 1);
    // Nothing is left under the old key, but the keyring file has changed recently. Its time is set into the future, so that this
    // holds however long the test took.
    let keyring = std::fs::File::options().append(true).open(fixture.folder.0.join("keyring.json")).unwrap();
    keyring.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
    rotate::retire(fixture.owner(), &vault).await.unwrap_err();
    keyring.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    assert_eq!(rotate::retire(fixture.owner(), &vault).await.unwrap(), 1);

    let reopened = Vault::open_keyring(&fixture.folder.0.join("keyring.json")).unwrap();
    for (text, context, id, plain) in [
        ("SELECT email_sealed FROM account WHERE id = $1", "account.email", account.uuid(), "li@example.cn"),
        ("SELECT phone_sealed FROM account WHERE id = $1", "account.phone", account.uuid(), "13812345678"),
        ("SELECT email_sealed FROM account WHERE id = $1", "account.email", late.uuid(), "late@example.cn"),
        ("SELECT name_sealed FROM person WHERE id = $1", "person.name", person.uuid(), "张三"),
        ("SELECT resident_id_sealed FROM register.person WHERE $1::uuid IS NOT NULL", "register.resident_id", row, "id"),
        ("SELECT phone_sealed FROM register.person WHERE $1::uuid IS NOT NULL", "register.phone", row, "phone"),
    ] {
        let sealed: Vec<u8> = sqlx::query(text).bind(id).fetch_one(fixture.owner()).await.unwrap().get(0);
        assert_eq!(reopened.open_text(context, id, &sealed).unwrap(), plain);
    }
    let key: Vec<u8> = sqlx::query_scalar("SELECT key_sealed FROM person_key").fetch_one(fixture.owner()).await.unwrap();
    reopened.person_key(person, &key).unwrap();
    let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM session").fetch_one(fixture.owner()).await.unwrap();
    assert_eq!(sessions, 0);
}

#[tokio::test]
async fn rotation_covers_every_sealed_column() {
    let fixture = EdgeFixture::new().await;
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name, column_name
           FROM information_schema.columns
          WHERE table_schema IN ('public', 'register') AND (column_name LIKE '%\\_sealed' OR column_name = 'sealed') ORDER BY 1, 2",
    )
    .fetch_all(fixture.owner())
    .await
    .unwrap();
    // Sealed with the person's own key, which is resealed instead.
    let under_person_key = ["answers_sealed", "comment_sealed", "name_sealed", "notes_sealed", "reason_sealed", "sealed"];
    for (table, column) in found {
        let rotated = rotate::SEALED_COLUMNS.iter().any(|s| s.table == table && s.column == column);
        assert!(rotated || (table != "person" && under_person_key.contains(&column.as_str())), "{table}.{column}");
    }
}

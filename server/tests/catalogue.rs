//! Tests the catalogue: atomic and immutable publication, search and paging.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use server::services::{
    catalogue::{LIST, find, find_version, list},
    import::{CatalogueFile, FILES, ImportError, Imported, embedded, import},
};
use shared::services::{item::Audience, item_summary::ItemFilter};
use sqlx::AssertSqlSafe;
use testing::test_city::{ALLOWANCE, TestCity};

fn parse(text: &str) -> CatalogueFile {
    CatalogueFile::read("test.toml", text).unwrap()
}

fn file(code: &str) -> &'static str {
    FILES.iter().find(|(name, _)| name.starts_with(code)).unwrap().1
}

#[tokio::test]
async fn published_version_is_immutable_and_superseded_by_the_next() {
    let fixture = TestCity::new().await;
    let (owner, store) = (&fixture.db.owner, fixture.store());
    let all = embedded().unwrap();
    assert_eq!(import(owner, &all).await.unwrap(), Imported { published: 0, unchanged: all.len() });
    let text = file(ALLOWANCE);
    assert_eq!(import(owner, &[parse(&format!("# a comment\n{text}"))]).await.unwrap().unchanged, 1);

    let other = parse(&text.replace("promised_days = 10", "promised_days = 9"));
    let error = import(owner, std::slice::from_ref(&other)).await.unwrap_err();
    assert!(matches!(error, ImportError::Changed { version: 1, next: 2, .. }), "{error}");
    // Atomic: items before a rejected one are not published either.
    let next = text.replace("version = 1\n", "version = 2\n").replace("\"2026-01-01\" }", "\"2026-03-01\" }");
    let changed = file("public-place-hygiene-permit").replacen("visits = ", "visits = 1", 1);
    assert!(import(owner, &[parse(&next), parse(&changed)]).await.is_err());
    assert_eq!(find(store, ALLOWANCE).await.unwrap().version, 1);

    assert_eq!(import(owner, &[parse(&next)]).await.unwrap().published, 1);
    assert_eq!(find(store, ALLOWANCE).await.unwrap().version, 2);
    assert_eq!(find_version(store, ALLOWANCE, 1).await.unwrap().version, 1);
    assert_eq!(
        fixture.ask("SELECT string_agg(valid::text, ' ' ORDER BY version) FROM item WHERE code = 'old-age-allowance'").await,
        "[2026-01-01,2026-03-01) [2026-03-01,)"
    );
    let early = next.replace("version = 2\n", "version = 3\n");
    assert!(matches!(import(owner, &[parse(&early)]).await.unwrap_err(), ImportError::NotLater { latest: 2, .. }));
    assert!(find(store, "nothing").await.is_err());
}

#[tokio::test]
async fn search_finds_items_by_name_pinyin_and_alias() {
    let fixture = TestCity::new().await;
    let store = fixture.store();
    let found = async |q: &str| {
        let page = list(store, &ItemFilter { q: q.to_owned(), ..ItemFilter::default() }).await.unwrap();
        page.items.into_iter().map(|i| i.code).collect::<Vec<_>>()
    };
    for q in ["高龄津贴", "gaoling", "GLJT", "gao ling", "allowance", "敬老金", "ｇｌｊｔ", " 80岁 "] {
        assert!(found(q).await.contains(&ALLOWANCE.to_owned()), "{q}");
    }
    for q in ["100%", "_", "'; DROP TABLE item; --", "龙"] {
        assert!(found(q).await.is_empty(), "{q}");
    }
    let filter = ItemFilter { audience: Some(Audience::Person), theme: Some("elderly".to_owned()), ..ItemFilter::default() };
    let page = list(store, &filter).await.unwrap();
    assert!(page.items.iter().any(|i| i.code == ALLOWANCE) && page.items.iter().all(|i| i.audience == Audience::Person));
}

#[tokio::test]
async fn five_thousand_items_are_paged_and_searched_in_one_pass() {
    let fixture = TestCity::new().await;
    sqlx::query(
        "INSERT INTO item (code, version, valid, definition, digest, name_zh, name_en, audience, themes, search, card)
         SELECT 'copy-' || lpad(n::text, 4, '0'), version, valid, definition, digest, name_zh, name_en, audience, themes, search,
             jsonb_set(card, '{code}', to_jsonb('copy-' || lpad(n::text, 4, '0')))
         FROM item, generate_series(0, 4999) n WHERE code = $1",
    )
    .bind(ALLOWANCE)
    .execute(&fixture.db.owner)
    .await
    .unwrap();
    sqlx::query("ANALYZE item").execute(&fixture.db.owner).await.unwrap();
    let store = fixture.store();
    let mut filter = ItemFilter { q: "gljt".to_owned(), ..ItemFilter::default() };
    let first = list(store, &filter).await.unwrap();
    assert_eq!((first.items.len(), first.items[0].code.as_str()), (50, "copy-0000"));
    filter.after = first.next;
    assert_eq!(list(store, &filter).await.unwrap().items[0].code, "copy-0050");
    // The slowest search matches nothing and scans the whole table once, without the TOAST data of the items.
    let nothing = ItemFilter { q: "zzzz".to_owned(), ..ItemFilter::default() };
    assert!(list(store, &nothing).await.unwrap().items.is_empty());
    let plan: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {LIST}")))
        .bind("")
        .bind("")
        .bind("")
        .bind(vec!["%zzzz%"])
        .bind(51_i64)
        .fetch_one(store.pool())
        .await
        .unwrap();
    let pages =
        ["Shared Hit Blocks", "Shared Read Blocks"].map(|kind| plan[0]["Plan"][kind].as_i64().unwrap()).iter().sum::<i64>();
    let table_pages: i64 = sqlx::query_scalar("SELECT (pg_relation_size('item') + pg_indexes_size('item')) / 8192")
        .fetch_one(&fixture.db.owner)
        .await
        .unwrap();
    assert!(pages <= table_pages, "{pages} of {table_pages}: {plan}");
}

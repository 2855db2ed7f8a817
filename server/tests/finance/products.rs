//! Tests how banks manage their loan products.

use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::consent;
use crate::bank::product;
use crate::bank::publish_demand;
use crate::bank::register_firm;
use crate::bank::terms;
use serde_json::{Value, json};
use server::finance::products;
use shared::{Problem, finance::actions::ProductForm, ids::ProductId};
use testing::test_city::TestCity;
use testing::test_city::fields;
use testing::test_city::problem;

fn document() -> Value {
    json!({
        "name_zh": "春耕贷", "name_en": "Spring loan", "min_amount": "1000", "max_amount": "2000000", "min_months": "3",
        "max_months": "24", "bullet": "yes", "equal_instalment": "yes", "day_count": "30/360", "min_rate": "3.1", "max_rate": "5",
        "quota": "50000000",
    })
}

fn form() -> ProductForm {
    serde_json::from_value(document()).unwrap()
}

fn form_with(field: &str, value: &str) -> ProductForm {
    let mut sent = document();
    sent[field] = json!(value);
    serde_json::from_value(sent).unwrap()
}

#[tokio::test]
async fn supervisor_manages_products_and_officer_makes_offers_on_them() {
    let fixture = TestCity::new().await;
    let (officer, supervisor) = (fixture.staff("officer1", FIRST).await, fixture.staff("supervisor1", FIRST).await);
    let stranger = fixture.staff("supervisor1", SECOND).await;
    let before = products::list(fixture.store(), &officer).await.unwrap().len();
    assert_eq!(problem(products::add(fixture.store(), &officer, &form()).await), Problem::Forbidden);
    let id = products::add(fixture.store(), &supervisor, &form()).await.unwrap();
    let kept = products::find(fixture.store(), &supervisor, id).await.unwrap();
    assert_eq!((kept.product.name.en.as_str(), kept.quota_fen, kept.offered), ("Spring loan", 5_000_000_000, true));
    assert_eq!((kept.product.months, kept.product.methods.len()), ((3, 24), 2));
    assert_eq!(products::list(fixture.store(), &officer).await.unwrap().len(), before + 1);
    assert_eq!(problem(products::find(fixture.store(), &stranger, id).await), Problem::NotFound);
    assert_eq!(problem(products::update(fixture.store(), &stranger, id, &form()).await), Problem::NotFound);
    assert_eq!(problem(products::set_offered(fixture.store(), &stranger, id, false).await), Problem::NotFound);

    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let mut input = terms(&fixture, FIRST, "1000000", "4.2").await;
    input["product"] = json!(id);
    products::set_offered(fixture.store(), &supervisor, id, false).await.unwrap();
    assert_eq!(fields(&problem(fixture.act(&officer, &number, "make_offer", input.clone()).await)), ["product"]);
    products::set_offered(fixture.store(), &supervisor, id, true).await.unwrap();
    fixture.act(&officer, &number, "make_offer", input).await.unwrap();

    // The quota cannot be reduced below the amount reserved by the offer.
    let low = products::update(fixture.store(), &supervisor, id, &form_with("quota", "999999.99")).await;
    assert_eq!(fields(&problem(low)), ["quota"]);
    products::update(fixture.store(), &supervisor, id, &form_with("quota", "1000000")).await.unwrap();
    assert_eq!(products::find(fixture.store(), &supervisor, id).await.unwrap().product.free_fen, 0);
    assert_eq!(fixture.count(&format!("bank_product_change WHERE product_id = '{id}'")).await, 4);
}

#[tokio::test]
async fn invalid_product_fields_are_named() {
    let fixture = TestCity::new().await;
    let supervisor = fixture.staff("supervisor1", FIRST).await;
    for (field, value) in [
        ("name_zh", ""),
        ("name_en", &"x".repeat(41)),
        ("min_amount", "0.5"),
        ("max_amount", "999"),
        ("min_months", "0"),
        ("max_months", "2"),
        ("day_count", "31/360"),
        ("min_rate", "many"),
        ("max_rate", "3"),
        ("quota", ""),
    ] {
        assert_eq!(
            fields(&problem(products::add(fixture.store(), &supervisor, &form_with(field, value)).await)),
            [field],
            "{value}"
        );
    }
    let mut none = form();
    none.methods.insert("bullet".to_owned(), String::new());
    none.methods.insert("equal_instalment".to_owned(), String::new());
    assert_eq!(fields(&problem(products::add(fixture.store(), &supervisor, &none).await)), ["equal_instalment"]);
    assert_eq!(problem(products::find(fixture.store(), &supervisor, ProductId::NIL).await), Problem::NotFound);
    // A product of the seed is found, too.
    let seeded: ProductId = product(&fixture, FIRST).await.parse().unwrap();
    assert!(products::find(fixture.store(), &supervisor, seeded).await.unwrap().offered);
}

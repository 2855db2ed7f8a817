//! `/finance/demands/{number}/consent?bank=…`: what one bank may read, unticked, each with its exact wording.

use crate::{
    finance::terms::word,
    http::{
        Refusal,
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{BackLink, Button, ButtonKind, ButtonRow, CheckboxField, LinkButton, PageHeading, PostForm, field_id},
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Problem,
    finance::{
        consent::wording,
        life::{CATEGORIES, GIVE_CONSENT},
        view::BankConsent,
    },
    texts::finance as t,
};

/// Consents to what was ticked, for one bank.
#[server(prefix = "/api", endpoint = "finance/consent")]
pub async fn give_consent(
    number: String,
    key: String,
    bank: String,
    firm: Option<String>,
    story: Option<String>,
    tax: Option<String>,
    insured: Option<String>,
) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::Verified).await?;
    let ticked = [("firm", firm), ("story", story), ("tax", tax), ("insured", insured)];
    let categories: Vec<&str> = ticked.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect();
    let input = serde_json::json!({ "bank": bank, "categories": categories, "lang": visit.lang.code() });
    super::offer::firm_acts(&visit, &number, shared::finance::life::GIVE_CONSENT, None, &key, input).await
}

/// Takes back whatever a bank may read.
#[server(prefix = "/api", endpoint = "finance/consent-end")]
pub async fn withdraw_consent(number: String, key: String, bank: String) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::Verified).await?;
    let input = serde_json::json!({ "bank": bank });
    super::offer::firm_acts(&visit, &number, shared::finance::life::WITHDRAW_CONSENT, None, &key, input).await
}

/// `/finance/demands/{number}/consent`
pub async fn page(visit: Visit, Path(number): Path<String>) -> Response {
    answer(load(visit, &number).await)
}

async fn load(visit: Visit, number: &str) -> PageResult {
    let demand = server::finance::demand::page(visit.store(), &visit.actor, number).await.map_err(|e| visit.problem(e))?;
    let wanted = visit.query("bank").unwrap_or_default();
    let may = demand.may(GIVE_CONSENT);
    let bank = demand.banks.into_iter().find(|b| b.id == wanted && may).ok_or(Problem::NotFound)?;
    let title = t::consent_title(visit.lang, bank.bank.text(visit.lang));
    let number = number.to_owned();
    Ok(visit.page(title.clone(), move |visit| view(visit, &number, &title, &bank)))
}

fn view(visit: &Visit, number: &str, title: &str, bank: &BankConsent) -> AnyView {
    let lang = visit.lang;
    let back = format!("/finance/demands/{number}");
    let given = |category: &str| bank.given.iter().any(|(c, _)| c == category);
    let boxes = CATEGORIES
        .iter()
        .filter(|category| !given(category))
        .map(|category| {
            let ask = visit.ask(category, &word(lang, "category", category));
            view! { <CheckboxField ask=ask.hint(wording(lang, bank.bank.text(lang), category))/> }
        })
        .collect_view();
    let wrong = visit.error("categories", t::tick_one(lang)).map(|text| view! { <p class="error">{text}</p> });
    let hidden = vec![("number", number.to_owned()), ("key", uuid::Uuid::new_v4().to_string()), ("bank", bank.id.clone())];
    view! {
        <BackLink href=back.clone() text=t::back_to_demand(lang)/>
        <PageHeading title=title lead=t::consent_lead(lang)/>
        <PostForm action=GiveConsent::PATH hidden=hidden>
            <div class="stack" id=field_id("categories") tabindex="-1">{wrong} {boxes}</div>
            <ButtonRow>
                <Button text=t::consent_button(lang)/>
                <LinkButton href=back text=t::cancel(lang) kind=ButtonKind::Quiet/>
            </ButtonRow>
        </PostForm>
    }
    .into_any()
}

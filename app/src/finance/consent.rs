//! `/finance/demands/{number}/consent?bank=…`: the consents for one bank, unticked, each with its exact wording.

use super::{offer::act_for_firm, terms::code_text};
use crate::http::request::parse_id;
use crate::{
    http::{
        act::{Target, new_key},
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{BackLink, Button, ButtonKind, ButtonRow, CheckboxField, LinkButton, PageHeading, PostForm, field_id},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::ids::OrganisationId;
use shared::{
    Problem,
    finance::{actions, codes::DataCategory, consent::wording, life::GIVE_CONSENT, view::BankConsent},
    texts::finance as t,
};

/// Gives the ticked consents for one bank.
#[server(prefix = "/api", endpoint = "finance/consent")]
pub async fn give_consent(
    number: String,
    key: String,
    bank: String,
    firm: Option<String>,
    story: Option<String>,
    tax: Option<String>,
    insured: Option<String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let ticked = [("firm", firm), ("story", story), ("tax", tax), ("insured", insured)];
    let categories = ticked.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name.to_owned()).collect();
    let input = actions::GiveConsent { bank, categories, lang: ctx.lang };
    act_for_firm(&ctx, Target { number: &number, version: None, key: &key }, &input).await
}

/// Withdraws all consents for one bank.
#[server(prefix = "/api", endpoint = "finance/consent-end")]
pub async fn withdraw_consent(number: String, key: String, bank: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let input = actions::WithdrawConsent { bank };
    act_for_firm(&ctx, Target { number: &number, version: None, key: &key }, &input).await
}

/// `/finance/demands/{number}/consent`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    load(ctx, &number).await
}

async fn load(ctx: Ctx, number: &str) -> PageResult {
    let demand = server::finance::demand::page(ctx.store(), &ctx.actor, number).await?;
    let wanted: OrganisationId = parse_id(&ctx.query("bank").unwrap_or_default())?;
    let may = demand.may(GIVE_CONSENT);
    let bank = demand.banks.into_iter().find(|b| b.id == wanted && may).ok_or(Problem::NotFound)?;
    let title = t::consent_title(ctx.lang, bank.bank.text(ctx.lang));
    let number = number.to_owned();
    Ok(ctx.page(title.clone(), move |ctx| view(ctx, &number, &title, &bank)))
}

fn view(ctx: &Ctx, number: &str, title: &str, bank: &BankConsent) -> AnyView {
    let lang = ctx.lang;
    let back = format!("/finance/demands/{number}");
    let given = |category: &DataCategory| bank.given.iter().any(|(c, _)| c == category);
    let boxes = DataCategory::ALL
        .iter()
        .filter(|category| !given(category))
        .map(|category| {
            let props = ctx.field(category.code(), &code_text(lang, "category", category.code()));
            view! { <CheckboxField field=props.hint(wording(lang, bank.bank.text(lang), *category))/> }
        })
        .collect_view();
    let wrong = ctx.error("categories", t::tick_one(lang)).map(|text| view! { <p class="error">{text}</p> });
    let mut hidden = Target { number, version: None, key: &new_key() }.inputs(None);
    hidden.push(("bank", bank.id.to_string()));
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

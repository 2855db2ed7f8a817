//! `/finance/new`: the page on which a firm publishes a demand (its request for a loan).

use super::terms::code_text;
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        redirect::see_other,
    },
    ui::{BackLink, Button, Choice, PageHeading, PostForm, RadioField, TextArea, TextField},
};
use axum::response::{IntoResponse, Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    Lang,
    finance::codes::{Collateral, LoanPurpose},
    texts::finance as t,
};

/// Publishes a demand of the firm that the account acts for; `key` is the idempotency key, `story` the description of the demand.
/// Fields that are not posted are reported by `publish` as required.
#[server(prefix = "/api", endpoint = "finance/publish")]
pub async fn publish_demand(
    key: String,
    amount: Option<String>,
    months: Option<String>,
    purpose: Option<String>,
    collateral: Option<String>,
    story: Option<String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let demand = server::finance::demand::NewDemand {
        amount: amount.unwrap_or_default(),
        months: months.unwrap_or_default(),
        purpose: purpose.unwrap_or_default(),
        collateral: collateral.unwrap_or_default(),
        story: story.unwrap_or_default(),
    };
    let done = server::finance::demand::publish(ctx.store(), &ctx.actor, &demand, &key).await?;
    let to = format!("/finance/demands/{}", done.number);
    Flash::done(&to, "demand_published").save(&ctx.session).await;
    leptos_axum::redirect(&to);
    Ok(())
}

/// `/finance/new`; redirects to `/finance` if the account acts for no firm.
pub async fn page(ctx: Ctx) -> Response {
    if ctx.actor.enterprise.is_none() {
        return see_other("/finance");
    }
    ctx.page(t::publish_title(ctx.lang), view).into_response()
}

fn choices(lang: Lang, kind: &str, codes: impl Iterator<Item = &'static str>) -> Vec<Choice> {
    codes.map(|code| Choice::new(code, code_text(lang, kind, code))).collect()
}

fn view(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let typed = |field: &str| ctx.flash.value(field);
    let fields = view! {
        <TextField
            field=ctx.field("amount", t::amount(lang)).hint(t::amount_hint(lang)).required()
            value=typed("amount")
            inputmode="decimal"
            width=18
            suffix=t::unit_yuan(lang)
        />
        <TextField
            field=ctx.field("months", t::months(lang)).hint(t::months_hint(lang)).required()
            value=typed("months")
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <RadioField field=ctx.field("purpose", t::purpose(lang)).required() choices=choices(lang, "purpose", LoanPurpose::ALL.iter().map(|p| p.code())) value=typed("purpose")/>
        <RadioField
            field=ctx.field("collateral", t::collateral(lang)).required()
            choices=choices(lang, "collateral", Collateral::ALL.iter().map(|c| c.code()))
            value=typed("collateral")
        />
        <TextArea field=ctx.field("story", t::story(lang)).hint(t::story_hint(lang)).required() value=typed("story") maxlength=2000/>
        <Button text=t::publish_button(lang)/>
    };
    view! {
        <BackLink href="/finance" text=t::title(lang)/>
        <PageHeading title=t::publish_title(lang) lead=t::publish_lead(lang)/>
        <PostForm action=PublishDemand::PATH hidden=vec![("key", uuid::Uuid::new_v4().to_string())]>{fields}</PostForm>
    }
    .into_any()
}

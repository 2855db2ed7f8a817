//! `/finance`: the account's firms, and the demands of the firm it acts for.

use super::terms::{asked_line, state_tag};
use crate::{
    account::enter_session::{begin, current},
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        redirect::local_path,
        request::parse_id,
    },
    ui::{
        Button, ButtonKind, Card, CardGrid, EmptyState, IconName, LinkButton, PageHeading, Pager, PostForm, Tag, TextField, Tone,
        when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    finance::{demand, enterprise},
};
use shared::ids::EnterpriseId;
use shared::{
    Lang,
    finance::view::{DemandRow, Enterprise},
    texts::finance as t,
};

/// Claims a firm by its credit code, and acts for it from now on.
#[server(prefix = "/api", endpoint = "finance/claim")]
pub async fn claim_firm(code: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let id = server::finance::enterprise::register_representation(&ctx.app.state, &ctx.actor, &code).await?;
    act_for(&ctx, Some(id), "/finance").await?;
    Flash::done("/finance", "firm_claimed").save(&ctx.session).await;
    Ok(())
}

/// Starts acting for a firm; without one, for the account holder again.
#[server(prefix = "/api", endpoint = "finance/act-for")]
pub async fn act_for_firm(firm: Option<String>, return_to: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let firm = firm.filter(|f| !f.is_empty()).map(|f| parse_id(&f)).transpose()?;
    act_for(&ctx, firm, return_to.as_deref().unwrap_or("/finance")).await
}

async fn act_for(ctx: &Ctx, firm: Option<EnterpriseId>, to: &str) -> Result<(), ActionError> {
    let mut signed_in = current(ctx).await?;
    signed_in.enterprise = enterprise::act_for(ctx.store(), &ctx.actor, firm).await?;
    begin(ctx, &signed_in).await?;
    leptos_axum::redirect(local_path(to));
    Ok(())
}

/// `/finance`
pub async fn page(ctx: Ctx) -> PageResult {
    let (store, actor) = (ctx.store(), &ctx.actor);
    let firms = enterprise::list_own(store, actor).await?;
    let after = ctx.query("after");
    let (demands, next) = match actor.enterprise {
        Some(_) => demand::list_own(store, actor, after.as_deref()).await?,
        None => (Vec::new(), None),
    };
    Ok(ctx.page(t::title(ctx.lang), move |ctx| view(ctx, &firms, &demands, next.as_deref())))
}

fn view(ctx: &Ctx, firms: &[Enterprise], demands: &[DemandRow], next: Option<&str>) -> AnyView {
    let lang = ctx.lang;
    let acting = ctx.actor.enterprise.is_some();
    let cards = firms.iter().map(|firm| firm_card(ctx, firm)).collect_view();
    let none = firms.is_empty().then(|| view! { <p class="hint">{t::no_firm(lang)}</p> });
    view! {
        <PageHeading title=t::title(lang) lead=t::lead(lang)/>
        {acting.then(|| demands_part(ctx, demands, next))}
        <section class="stack"><h2>{t::firms(lang)}</h2>{none}<CardGrid>{cards}</CardGrid></section>
        {claim_form(ctx)}
    }
    .into_any()
}

fn demands_part(ctx: &Ctx, demands: &[DemandRow], next: Option<&str>) -> AnyView {
    let lang = ctx.lang;
    let back = ctx.query("after").map(|_| ("/finance".to_owned(), t::newest(lang).to_owned()));
    let next = next.map(|after| (format!("/finance?after={after}"), t::older(lang).to_owned()));
    let cards = demands.iter().map(|row| demand_card(lang, row)).collect_view();
    let none = demands.is_empty().then(|| {
        view! { <EmptyState title=t::no_demand(lang) text=t::no_demand_text(lang) icon=IconName::Coin/> }
    });
    view! {
        <section class="stack">
            <h2>{t::demands(lang)}</h2>
            {none}
            <CardGrid>{cards}</CardGrid>
            <Pager label=t::demands(lang) previous=back next=next/>
            <div class="button-row"><LinkButton href="/finance/new" text=t::publish_title(lang) icon=IconName::Plus/></div>
        </section>
    }
    .into_any()
}

fn demand_card(lang: Lang, row: &DemandRow) -> AnyView {
    let number = row.number.clone().unwrap_or_default();
    let text = format!("{number} · {}", when::stamp_day(row.opened_at, lang));
    let offers = (row.offers > 0).then(|| view! { <Tag text=t::offers_count(lang, row.offers) tone=Tone::Good/> });
    let state = state_tag(lang, &row.state);
    view! {
        <Card title=asked_line(lang, &row.request) href=format!("/finance/demands/{number}") icon=IconName::Coin third=true text=text>
            <div class="row">{state} {offers}</div>
        </Card>
    }
    .into_any()
}

fn firm_card(ctx: &Ctx, firm: &Enterprise) -> AnyView {
    let lang = ctx.lang;
    let text = t::firm_line(lang, t::CodeSince { code: &firm.code, since: when::day(firm.registered_on, lang) });
    let button = act_button(ctx, firm, "/finance");
    view! { <Card title=firm.name.clone() icon=IconName::Building third=true text=text>{button}</Card> }.into_any()
}

/// The button that starts acting for a firm, or a tag for the current one.
#[must_use]
pub fn act_button(ctx: &Ctx, firm: &Enterprise, return_to: &str) -> AnyView {
    let lang = ctx.lang;
    if ctx.actor.enterprise == Some(firm.id) {
        return view! { <Tag text=t::acting(lang) tone=Tone::Good/> }.into_any();
    }
    let hidden = vec![("firm", firm.id.to_string()), ("return_to", return_to.to_owned())];
    let name = firm.name.clone();
    view! {
        <PostForm action=ActForFirm::PATH hidden=hidden>
            <Button text=t::act_for(lang) hidden=name kind=ButtonKind::Secondary/>
        </PostForm>
    }
    .into_any()
}

fn claim_form(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let props = ctx.field("code", t::code(lang)).hint(t::code_hint(lang)).required();
    let typed = ctx.flash.value("code");
    view! {
        <section class="stack">
            <h2>{t::claim(lang)}</h2>
            <p>{t::claim_text(lang)}</p>
            <PostForm action=ClaimFirm::PATH>
                <TextField
                    field=props
                    value=typed
                    autocomplete="off"
                    width=18
                />
                <Button text=t::claim_button(lang)/>
            </PostForm>
        </section>
    }
    .into_any()
}

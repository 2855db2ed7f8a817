//! `/finance`: one's firms, and the demands of the one that is acted for.

use crate::{
    account::enter_session::{begin, current},
    finance::terms::{asked_line, state_tag},
    http::{
        Refusal,
        call::own_path,
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{
        Button, ButtonKind, Card, CardGrid, EmptyState, Glyph, LinkButton, PageHeading, Pager, PostForm, Tag, TextField, Tone,
        when,
    },
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::finance::{demand, enterprise};
use shared::{
    Lang,
    finance::view::{DemandRow, Enterprise},
    texts::finance as t,
};
use uuid::Uuid;

/// Claims a firm by its credit code, and acts for it from now on.
#[server(prefix = "/api", endpoint = "finance/claim")]
pub async fn claim_firm(code: String) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::Verified).await?;
    let id = server::finance::enterprise::claim(&visit.app.city, &visit.actor, &code).await?;
    act_for(&visit, Some(id), "/finance").await?;
    crate::http::flash::Flash::done("/finance", "firm_claimed").leave(&visit.session).await;
    Ok(())
}

/// Acts for a firm from now on; for oneself if none is named.
#[server(prefix = "/api", endpoint = "finance/act-for")]
pub async fn act_for_firm(firm: Option<String>, return_to: Option<String>) -> Result<(), Refusal> {
    let visit = crate::http::visit::enter(server::account::gate::Access::SignedIn).await?;
    let firm = firm.filter(|f| !f.is_empty()).map(|f| crate::http::call::key(&f)).transpose()?;
    act_for(&visit, firm, return_to.as_deref().unwrap_or("/finance")).await
}

async fn act_for(visit: &Visit, firm: Option<Uuid>, to: &str) -> Result<(), Refusal> {
    let mut signed_in = current(visit).await?;
    signed_in.enterprise = enterprise::act_for(visit.store(), &visit.actor, firm).await?;
    begin(visit, &signed_in).await?;
    leptos_axum::redirect(own_path(to));
    Ok(())
}

/// `/finance`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let (store, actor) = (visit.store(), &visit.actor);
    let firms = enterprise::mine(store, actor).await.map_err(|e| visit.problem(e))?;
    let after = visit.query("after");
    let (demands, next) = match actor.enterprise {
        Some(_) => demand::mine(store, actor, after.as_deref()).await.map_err(|e| visit.problem(e))?,
        None => (Vec::new(), None),
    };
    Ok(visit.page(t::title(visit.lang), move |visit| view(visit, &firms, &demands, next.as_deref())))
}

fn view(visit: &Visit, firms: &[Enterprise], demands: &[DemandRow], next: Option<&str>) -> AnyView {
    let lang = visit.lang;
    let acting = visit.actor.enterprise.is_some();
    let cards = firms.iter().map(|firm| firm_card(visit, firm)).collect_view();
    let none = firms.is_empty().then(|| view! { <p class="hint">{t::no_firm(lang)}</p> });
    view! {
        <PageHeading title=t::title(lang) lead=t::lead(lang)/>
        {acting.then(|| demands_part(visit, demands, next))}
        <section class="stack"><h2>{t::firms(lang)}</h2>{none}<CardGrid>{cards}</CardGrid></section>
        {claim_form(visit)}
    }
    .into_any()
}

fn demands_part(visit: &Visit, demands: &[DemandRow], next: Option<&str>) -> AnyView {
    let lang = visit.lang;
    let back = visit.query("after").map(|_| ("/finance".to_owned(), t::newest(lang).to_owned()));
    let next = next.map(|after| (format!("/finance?after={after}"), t::older(lang).to_owned()));
    let cards = demands.iter().map(|row| demand_card(lang, row)).collect_view();
    let none = demands.is_empty().then(|| {
        view! { <EmptyState title=t::no_demand(lang) text=t::no_demand_text(lang) glyph=Glyph::Coin/> }
    });
    view! {
        <section class="stack">
            <h2>{t::demands(lang)}</h2>
            {none}
            <CardGrid>{cards}</CardGrid>
            <Pager label=t::demands(lang) previous=back next=next/>
            <div class="button-row"><LinkButton href="/finance/new" text=t::publish_title(lang) glyph=Glyph::Plus/></div>
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
        <Card title=asked_line(lang, &row.asked) href=format!("/finance/demands/{number}") glyph=Glyph::Coin third=true text=text>
            <div class="row">{state} {offers}</div>
        </Card>
    }
    .into_any()
}

fn firm_card(visit: &Visit, firm: &Enterprise) -> AnyView {
    let lang = visit.lang;
    let text = t::firm_line(lang, t::CodeSince { code: &firm.code, since: when::day(firm.registered_on, lang) });
    let button = act_button(visit, firm, "/finance");
    view! { <Card title=firm.name.clone() glyph=Glyph::Building third=true text=text>{button}</Card> }.into_any()
}

/// The button by which one acts for a firm, or that one does.
#[must_use]
pub fn act_button(visit: &Visit, firm: &Enterprise, return_to: &str) -> AnyView {
    let lang = visit.lang;
    if visit.actor.enterprise.is_some_and(|id| id.to_string() == firm.id) {
        return view! { <Tag text=t::acting(lang) tone=Tone::Good/> }.into_any();
    }
    let hidden = vec![("firm", firm.id.clone()), ("return_to", return_to.to_owned())];
    let name = firm.name.clone();
    view! {
        <PostForm action=ActForFirm::PATH hidden=hidden>
            <Button text=t::act_for(lang) hidden=name kind=ButtonKind::Secondary/>
        </PostForm>
    }
    .into_any()
}

fn claim_form(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let ask = visit.ask("code", t::code(lang)).hint(t::code_hint(lang)).required();
    let typed = visit.flash.value("code");
    view! {
        <section class="stack">
            <h2>{t::claim(lang)}</h2>
            <p>{t::claim_text(lang)}</p>
            <PostForm action=ClaimFirm::PATH>
                <TextField
                    ask=ask
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

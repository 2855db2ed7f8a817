//! `/finance/demands/{number}/offers/{id}`: one offer with all its instalments and the button that accepts it, and other
//! actions of the firm.

use super::{chart::chart, terms};
use crate::http::request::parse_id;
use crate::{
    http::{
        act::{Target, new_key},
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{BackLink, Button, ButtonKind, ButtonRow, LinkButton, Notice, PageHeading, PostForm, Tone},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::ids::OfferId;
use shared::{
    Problem,
    cases::{ActionInput, actions::Withdraw},
    finance::{
        actions,
        life::TAKE_OFFER,
        view::{DemandView, OfferView},
    },
    texts::finance as t,
};

/// Accepts an offer in the version that was shown.
#[server(prefix = "/api", endpoint = "finance/take")]
pub async fn take_offer(number: String, key: String, version: Option<i32>, offer: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    act_for_firm(&ctx, Target { number: &number, version, key: &key }, &actions::TakeOffer { offer }).await
}

/// Withdraws the demand.
#[server(prefix = "/api", endpoint = "finance/withdraw")]
pub async fn withdraw_demand(number: String, key: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    act_for_firm(&ctx, Target { number: &number, version: None, key: &key }, &Withdraw {}).await
}

/// Acts for the firm and redirects to the demand.
///
/// # Errors
/// As [`Ctx::act`].
pub async fn act_for_firm<I: ActionInput>(ctx: &Ctx, target: Target<'_>, input: &I) -> Result<(), ActionError> {
    let done = ctx.act(target, input).await?;
    ctx.finish(&format!("/finance/demands/{}", done.number), &format!("demand_{}", I::ACTION.0)).await
}

/// `/finance/demands/{number}/offers/{id}`
pub async fn page(ctx: Ctx, Path((number, id)): Path<(String, String)>) -> PageResult {
    load(ctx, &number, &id).await
}

async fn load(ctx: Ctx, number: &str, id: &str) -> PageResult {
    let demand = server::finance::demand::page(ctx.store(), &ctx.actor, number).await?;
    let id: OfferId = parse_id(id)?;
    let offer = demand.offers.iter().find(|o| o.id == id).cloned().ok_or(Problem::NotFound)?;
    let title = t::offer_title(ctx.lang, offer.bank.text(ctx.lang));
    Ok(ctx.page(title.clone(), move |ctx| view(ctx, &demand, &offer, &title)))
}

fn view(ctx: &Ctx, demand: &DemandView, offer: &OfferView, title: &str) -> AnyView {
    let lang = ctx.lang;
    let back = format!("/finance/demands/{}", demand.number);
    let acting = ctx.actor.enterprise == Some(demand.enterprise.id);
    let open = demand.may(TAKE_OFFER) && offer.is_open(demand.today);
    let accept = (open && acting).then(|| {
        let key = new_key();
        let mut hidden = Target { number: &demand.number, version: Some(demand.version), key: &key }.inputs(None);
        hidden.push(("offer", offer.id.to_string()));
        let back = back.clone();
        view! {
            <PostForm action=TakeOffer::PATH hidden=hidden>
                <Notice><p>{t::take_words(lang)}</p></Notice>
                <ButtonRow>
                    <Button text=t::take_button(lang)/>
                    <LinkButton href=back text=t::cancel(lang) kind=ButtonKind::Quiet/>
                </ButtonRow>
            </PostForm>
        }
    });
    let ended = offer.outcome.map(|outcome| terms::code_text(lang, "outcome", outcome.code()));
    let ended = ended.map(|words| view! { <Notice tone=Tone::Neutral><p>{words}</p></Notice> });
    view! {
        <BackLink href=back.clone() text=t::back_to_demand(lang)/>
        <PageHeading title=title lead=t::offer_lead(lang)/>
        {ended}
        {terms::offer_list(lang, offer)}
        {accept}
        <section class="stack">
            <h2>{t::schedule(lang)}</h2>
            {chart(lang, &[offer])}
            {terms::schedule(lang, &offer.costs.schedule)}
        </section>
    }
    .into_any()
}

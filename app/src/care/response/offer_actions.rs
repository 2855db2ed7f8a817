//! Actions of a responder on an offer (accept, decline, set out, arrive, check in, resolve). Declining and resolving have pages
//! of their own, `/respond/{number}/decline` and `/respond/{number}/done`, which no live region replaces while someone types.

use super::RESPONDERS;
use crate::{
    care::paths::RESPOND,
    http::{
        act::{Target, new_key},
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{BackLink, Button, Choice, PageHeading, PostForm, RadioField, TextArea},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::cases::perform_posted;
use shared::{
    Problem,
    care::{
        actions,
        life::{ACCEPT_OFFER, ARRIVE, CHECK_IN, DECLINE_OFFER, RESOLVE, SET_OUT},
        respond::{OfferView, Stage},
        responder::Decline,
    },
    cases::{Action, PostedFields},
    field,
    texts::respond as t,
};

/// Performs an action of a responder. `reason`: of declining; `sentence`: the outcome when resolving.
#[server(prefix = "/api", endpoint = "care/respond-act")]
pub async fn respond_act(
    number: String,
    action: String,
    key: String,
    reason: Option<String>,
    sentence: Option<String>,
) -> Result<(), ActionError> {
    let ctx = authorize(RESPONDERS).await?;
    if ![ACCEPT_OFFER, DECLINE_OFFER, SET_OUT, ARRIVE, CHECK_IN, RESOLVE].iter().any(|a| a.0 == action) {
        return Err(Problem::NotFound.into());
    }
    let mut fields = PostedFields::new();
    fields.extend(reason.map(|reason| (field!(actions::DeclineOffer, reason).to_owned(), reason)));
    fields.extend(sentence.map(|sentence| (field!(actions::Resolve, sentence).to_owned(), sentence)));
    let word = match perform_posted(ctx.store(), &ctx.actor, (&number, &action), None, &key, &fields).await {
        Ok(_) => format!("respond_{action}"),
        // Another responder was faster, or the call ended: the page shows the current status.
        Err(server::Error::Problem(Problem::Conflict { .. } | Problem::NotFound)) => "respond_overtaken".to_owned(),
        Err(other) => return Err(other.into()),
    };
    ctx.finish(RESPOND, &word).await
}

/// `/respond/{number}/{step}`
pub async fn page(ctx: Ctx, Path((number, step)): Path<(String, String)>) -> PageResult {
    load(ctx, &number, &step).await
}

async fn load(ctx: Ctx, number: &str, step: &str) -> PageResult {
    let found = server::care::response::responders::page(ctx.store(), &ctx.actor).await?;
    let offer = found.offers.into_iter().find(|o| o.number == number).ok_or(Problem::NotFound)?;
    let lang = ctx.lang;
    match (step, offer.stage) {
        ("decline", Stage::Asked) => Ok(ctx.page(t::decline(lang), move |ctx| decline_form(ctx, &offer, t::decline(ctx.lang)))),
        ("decline", Stage::Accepted | Stage::SetOut) => {
            Ok(ctx.page(t::decline_after(lang), move |ctx| decline_form(ctx, &offer, t::decline_after(ctx.lang))))
        }
        ("done", Stage::Arrived) => Ok(ctx.page(t::done(lang), move |ctx| resolve_form(ctx, &offer))),
        _ => Err(Problem::NotFound.into()),
    }
}

fn hidden(offer: &OfferView, action: Action) -> Vec<(&'static str, String)> {
    Target { number: &offer.number, version: None, key: &new_key() }.inputs(Some(action.0))
}

fn form_page(ctx: &Ctx, offer: &OfferView, title: &'static str, form: AnyView) -> AnyView {
    view! {
        <BackLink href=RESPOND text=t::title(ctx.lang)/>
        <PageHeading title=title caption=offer.number.clone()/>
        {form}
    }
    .into_any()
}

fn decline_form(ctx: &Ctx, offer: &OfferView, title: &'static str) -> AnyView {
    let lang = ctx.lang;
    let reasons: Vec<Choice> = Decline::ALL.iter().map(|d| Choice::new(d.code(), d.text(lang))).collect();
    let props = ctx.field("reason", t::decline_why(lang)).required();
    let chosen = ctx.flash.value("reason");
    let form = view! {
        <PostForm action=RespondAct::PATH hidden=hidden(offer, DECLINE_OFFER)>
            <RadioField field=props choices=reasons value=chosen/>
            <Button text=t::decline_send(lang)/>
        </PostForm>
    };
    form_page(ctx, offer, title, form.into_any())
}

fn resolve_form(ctx: &Ctx, offer: &OfferView) -> AnyView {
    let lang = ctx.lang;
    let props = ctx.field("sentence", t::done_sentence(lang)).hint(t::done_sentence_hint(lang)).required();
    let typed = ctx.flash.value("sentence");
    let form = view! {
        <PostForm action=RespondAct::PATH hidden=hidden(offer, RESOLVE)>
            <TextArea field=props value=typed maxlength=1000/>
            <Button text=t::done_send(lang)/>
        </PostForm>
    };
    form_page(ctx, offer, t::done(lang), form.into_any())
}

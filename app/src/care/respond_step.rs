//! `/respond/{number}/decline` and `/respond/{number}/done`: a no with its reason, the end with a sentence. Pages of
//! their own, so that nothing renews itself while somebody types.

use super::{respond, respond_acts::RespondAct};
use crate::{
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{BackLink, Button, Choice, PageHeading, PostForm, RadioField, TextArea},
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Problem,
    care::{
        life::{DECLINE_OFFER, RESOLVE},
        respond::{OfferView, Stage},
        responder::Decline,
    },
    cases::Action,
    texts::respond as t,
};

/// `/respond/{number}/{step}`
pub async fn page(visit: Visit, Path((number, step)): Path<(String, String)>) -> Response {
    answer(load(visit, &number, &step).await)
}

async fn load(visit: Visit, number: &str, step: &str) -> PageResult {
    let found = server::care::response::responders::page(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    let offer = found.offers.into_iter().find(|o| o.number == number).ok_or(Problem::NotFound)?;
    let lang = visit.lang;
    match (step, offer.stage) {
        ("decline", Stage::Asked) => {
            Ok(visit.page(t::decline(lang), move |visit| decline(visit, &offer, t::decline(visit.lang))))
        }
        ("decline", Stage::Accepted | Stage::SetOut) => {
            Ok(visit.page(t::decline_after(lang), move |visit| decline(visit, &offer, t::decline_after(visit.lang))))
        }
        ("done", Stage::Arrived) => Ok(visit.page(t::done(lang), move |visit| done(visit, &offer))),
        _ => Err(Problem::NotFound),
    }
}

fn hidden(offer: &OfferView, action: Action) -> Vec<(&'static str, String)> {
    vec![("number", offer.number.clone()), ("action", action.0.to_owned()), ("key", uuid::Uuid::new_v4().to_string())]
}

fn around(visit: &Visit, offer: &OfferView, title: &'static str, form: AnyView) -> AnyView {
    view! {
        <BackLink href=respond::PATH text=t::title(visit.lang)/>
        <PageHeading title=title caption=offer.number.clone()/>
        {form}
    }
    .into_any()
}

fn decline(visit: &Visit, offer: &OfferView, title: &'static str) -> AnyView {
    let lang = visit.lang;
    let reasons: Vec<Choice> = Decline::ALL.iter().map(|d| Choice::new(d.code(), d.text(lang))).collect();
    let ask = visit.ask("reason", t::decline_why(lang)).required();
    let chosen = visit.flash.value("reason");
    let form = view! {
        <PostForm action=RespondAct::PATH hidden=hidden(offer, DECLINE_OFFER)>
            <RadioField ask=ask choices=reasons value=chosen/>
            <Button text=t::decline_send(lang)/>
        </PostForm>
    };
    around(visit, offer, title, form.into_any())
}

fn done(visit: &Visit, offer: &OfferView) -> AnyView {
    let lang = visit.lang;
    let ask = visit.ask("sentence", t::done_sentence(lang)).hint(t::done_sentence_hint(lang)).required();
    let typed = visit.flash.value("sentence");
    let form = view! {
        <PostForm action=RespondAct::PATH hidden=hidden(offer, RESOLVE)>
            <TextArea ask=ask value=typed maxlength=1000/>
            <Button text=t::done_send(lang)/>
        </PostForm>
    };
    around(visit, offer, t::done(lang), form.into_any())
}

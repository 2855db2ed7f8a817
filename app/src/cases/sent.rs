//! `/cases/{number}/sent`: confirmation of an application, with its number, the next step and the deadline.

use super::case::own_case;
use crate::{
    http::context::Ctx,
    ui::{ButtonKind, ConfirmationPanel, LinkButton, when},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use shared::{
    cases::CaseView,
    services::{application::ApplicationView, life::ACCEPTANCE},
    texts::cases_pages as t,
};

/// `/cases/{number}/sent`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> Response {
    match own_case(&ctx, &number).await {
        Err(response) => response,
        Ok((case, application)) => ctx.page(t::sent_title(ctx.lang), move |ctx| view(ctx, &case, &application)).into_response(),
    }
}

fn view(ctx: &Ctx, case: &CaseView, application: &ApplicationView) -> AnyView {
    let lang = ctx.lang;
    let due = case.clocks.iter().find(|c| c.clock == ACCEPTANCE.0).and_then(|c| c.legal_due);
    let accept = due.map_or_else(|| t::sent_accept(lang).to_owned(), |d| t::sent_accept_by(lang, when::day(d, lang)));
    let time = &application.item.time;
    let follow = format!("/cases/{}", case.number);
    let next = vec![
        accept,
        t::sent_decide(lang, t::LegalPromised { legal: time.legal_days, promised: time.promised_days }),
        t::sent_tell(lang).to_owned(),
    ];
    view! {
        <ConfirmationPanel
            title=t::sent_title(lang)
            number_label=t::number_label(lang)
            number=case.number.clone()
            next_title=t::sent_next(lang)
            next=next
        >
            <div class="button-row">
                <LinkButton href=follow text=t::sent_follow(lang)/>
                <LinkButton href="/" text=t::sent_home(lang) kind=ButtonKind::Secondary/>
            </div>
        </ConfirmationPanel>
    }
    .into_any()
}

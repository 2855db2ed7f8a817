//! `/cases/{number}/sent`: the application was sent: its number, what happens next and by when.

use crate::{
    cases::case::own_case,
    http::{page::answer, visit::Visit},
    ui::{ButtonKind, ConfirmationPanel, LinkButton, when},
};
use axum::{extract::Path, response::Response};
use leptos::prelude::*;
use shared::{
    cases::CaseView,
    services::{application::ApplicationView, life::ACCEPTANCE},
    texts::cases_pages as t,
};

/// `/cases/{number}/sent`
pub async fn page(visit: Visit, Path(number): Path<String>) -> Response {
    match own_case(&visit, &number).await {
        Err(response) => response,
        Ok((case, application)) => {
            answer(Ok(visit.page(t::sent_title(visit.lang), move |visit| view(visit, &case, &application))))
        }
    }
}

fn view(visit: &Visit, case: &CaseView, application: &ApplicationView) -> AnyView {
    let lang = visit.lang;
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

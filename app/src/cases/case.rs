//! `/cases/{number}`: the status of a case for its applicant.

use super::status_view;
use crate::{
    http::{context::Ctx, problem_response::ProblemResponse, redirect::see_other},
    islands::cases::live_region::live_region,
    services::answers::answer_lists,
    ui::{BackLink, ButtonKind, Details, IconName, LinkButton, Notice, PageHeading, Tone},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use server::{cases::case_page, services::read::application_page};
use shared::{
    Lang,
    account::Permission,
    cases::{CaseView, Viewer},
    flows,
    services::{
        application::{ApplicationView, CorrectionView, RatingView},
        life::{CORRECT, OBJECT, RATE, WITHDRAW},
    },
    texts::{cases::find as word, cases_pages as t},
};

/// The id of the live region.
const REGION: &str = "live";

/// Reads a case for its applicant; staff are redirected to their desk.
///
/// # Errors
/// The problem page, or the redirect to the desk.
pub(super) async fn own_case(ctx: &Ctx, number: &str) -> Result<(CaseView, ApplicationView), Response> {
    if ctx.actor.may(Permission::MakeOffers) {
        return Err(see_other(&format!("/bank/{number}")));
    }
    let problem = |error: server::Error| ProblemResponse::from(error).into_response();
    let case = case_page(ctx.store(), &ctx.actor, number).await.map_err(problem)?;
    if !matches!(case.viewer, Viewer::Applicant | Viewer::Delegate) {
        return Err(see_other(&format!("/desk/{}", case.number)));
    }
    let page = flows::page_path(&case.kind, &case.number);
    if page != format!("/cases/{}", case.number) {
        return Err(see_other(&page));
    }
    let application = application_page(ctx.store(), &ctx.actor, number, ctx.lang).await.map_err(problem)?;
    Ok((case, application))
}

/// `/cases/{number}`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> Response {
    match own_case(&ctx, &number).await {
        Err(response) => response,
        Ok((case, application)) => {
            let title = case.title(ctx.lang).to_owned();
            ctx.page(title, move |ctx| view(ctx, &case, &application)).into_response()
        }
    }
}

fn view(ctx: &Ctx, case: &CaseView, application: &ApplicationView) -> AnyView {
    let lang = ctx.lang;
    let answers = if application.erased {
        view! { <p>{t::erased(lang)}</p> }.into_any()
    } else {
        let lists = answer_lists(&application.pages, None, lang);
        view! { <Details summary=t::answers(lang)>{lists}</Details> }.into_any()
    };
    let events = serde_urlencoded::to_string([("case", &case.number)]).unwrap_or_default();
    view! {
        <BackLink href="/cases" text=t::back_to_mine(lang)/>
        <PageHeading title=case.title(lang) caption=t::number_line(lang, &case.number)/>
        <div class="stack" id=REGION>{region(lang, case, application)}</div>
        {answers}
        {live_region(format!("/live?{events}"), REGION, t::updated(lang))}
    }
    .into_any()
}

fn region(lang: Lang, case: &CaseView, application: &ApplicationView) -> AnyView {
    let clocks = (!case.clocks.is_empty()).then(|| {
        view! { <section class="stack"><h2>{t::clocks(lang)}</h2>{status_view::clocks(lang, &case.clocks)}</section> }
    });
    view! {
        {status_view::state_notice(lang, case)}
        {application.correction.as_ref().map(|c| correction_notice(lang, case, c))}
        {application.decision.as_ref().map(|d| status_view::decision(lang, &case.state, d))}
        {application.rating.as_ref().map(|r| rating(lang, r))}
        {case.closed.then(|| action_links(lang, case, application))}
        {clocks}
        {status_view::timeline(lang, case)}
        {(!case.closed).then(|| action_links(lang, case, application))}
    }
    .into_any()
}

/// The requested corrections, with a link to their page.
fn correction_notice(lang: Lang, case: &CaseView, correction: &CorrectionView) -> AnyView {
    let lines = correction
        .fields
        .iter()
        .map(|f| view! { <li>{t::asked_line(lang, t::LabelNote { label: &f.label, note: &f.note })}</li> })
        .collect_view();
    let href = format!("/cases/{}/correct", case.number);
    let may = case.may(CORRECT).is_some();
    view! {
        <Notice tone=Tone::Warn title=t::asked_title(lang)>
            <ul>{lines}</ul>
            {may.then(|| view! { <LinkButton href=href text=t::correct_now(lang) icon=IconName::Edit/> })}
        </Notice>
    }
    .into_any()
}

fn rating(lang: Lang, rating: &RatingView) -> AnyView {
    let level = t::find(lang, &format!("rate_{}", rating.score)).unwrap_or_default();
    let comment = (!rating.comment.is_empty()).then(|| view! { <p class="hint">{rating.comment.clone()}</p> });
    view! { <section class="stack"><h2>{t::rated(lang)}</h2><p>{level}</p>{comment}</section> }.into_any()
}

/// Links to the pages of the actions that are allowed now.
fn action_links(lang: Lang, case: &CaseView, application: &ApplicationView) -> AnyView {
    let ways = [
        (RATE, "rate", ButtonKind::Primary),
        (OBJECT, "object", ButtonKind::Secondary),
        (WITHDRAW, "withdraw", ButtonKind::Secondary),
    ];
    let open = ways.into_iter().filter(|(action, ..)| case.may(*action).is_some());
    let open = open.filter(|(action, ..)| *action != RATE || application.rating.is_none());
    let links: Vec<AnyView> = open
        .map(|(action, path, kind)| {
            let text = word(lang, &format!("action_{}", action.0)).unwrap_or(action.0);
            view! { <LinkButton href=format!("/cases/{}/{path}", case.number) text=text kind=kind/> }.into_any()
        })
        .collect();
    (!links.is_empty())
        .then(|| view! { <section class="stack"><h2>{t::can_do(lang)}</h2><div class="button-row">{links}</div></section> })
        .into_any()
}

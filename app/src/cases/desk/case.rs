//! One case at the desk: answers on the left, status and actions on the right.

use super::{act::Act, answers, clocks, keys, state_tag::tag, timeline};
use crate::{
    http::{
        act::{Target, new_key, posted},
        context::Ctx,
        page::PageResult,
        problem_response::ProblemResponse,
    },
    islands::cases::live_region::live_region,
    ui::{
        BackLink, Button, ButtonKind, Card, IconName, LinkButton, PageHeading, PostForm, SummaryList, SummaryRow, Tag, TextArea,
        Tone, when,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang, Problem,
    cases::{AllowedAction, CaseView, Viewer, action_name},
    services::{
        Assessment,
        application::{ApplicationView, DecisionView, Outcome},
        display,
        eligibility::{Line, Outcome as Found},
        life,
    },
    texts::desk as t,
};
use shared::{cases::actions::Note, field};

/// The id of the live region. It contains no inputs, so a refresh loses no typed text.
const REGION: &str = "done";

/// What the page shows.
struct Desk {
    case: CaseView,
    application: ApplicationView,
    assessment: Assessment,
}

/// `/desk/{number}`
pub async fn page(ctx: Ctx, Path(number): Path<String>) -> PageResult {
    load(ctx, number).await
}

/// Reads a case for staff, with its application.
///
/// # Errors
/// [`Problem::NotFound`] for a case of another desk; [`Problem::Forbidden`] for its applicant.
pub(super) async fn read(ctx: &Ctx, number: &str) -> Result<(CaseView, ApplicationView), ProblemResponse> {
    let (store, actor) = (ctx.store(), &ctx.actor);
    let application = server::services::read::application_page(store, actor, number, ctx.lang).await?;
    let case = server::cases::case_page(store, actor, number).await?;
    if case.viewer == Viewer::Staff { Ok((case, application)) } else { Err(Problem::Forbidden.into()) }
}

async fn load(ctx: Ctx, number: String) -> PageResult {
    let (case, application) = read(&ctx, &number).await?;
    let assessment = server::services::eligibility::check_case(ctx.store(), &ctx.actor, &number).await?;
    let title = format!("{} · {number}", case.title(ctx.lang));
    let desk = Desk { case, application, assessment };
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &desk)))
}

fn view(ctx: &Ctx, desk: &Desk) -> AnyView {
    let lang = ctx.lang;
    let Desk { case, application, assessment } = desk;
    let state = tag(&case.state, lang);
    let events = format!("/live?case={}", case.number);
    view! {
        <BackLink href="/desk" text=t::back_to_queue(lang)/>
        <PageHeading title=case.title(lang) caption=case.number.clone()>
            {state}
        </PageHeading>
        <div class="desk-split">
            <div class="stack">
                <section class="stack" aria-labelledby="answers">
                    <h2 id="answers">{t::answers(lang)}</h2>
                    {history(application, lang)}
                    {answers::view(ctx, application)}
                </section>
                {eligibility(assessment, lang)}
            </div>
            <div class="stack">
                {status_panel(case, application, lang)}
                {proposal(application.decision.as_ref(), lang)}
                {correction_card(application, lang)}
                {rating_card(application, lang)}
                {actions(case, lang)}
                {note_form(ctx, case)}
                <section class="stack" id=REGION aria-labelledby="timeline">
                    <h2 id="timeline">{t::timeline(lang)}</h2>
                    {timeline::view(&case.timeline, Some(&application.item.form), lang)}
                </section>
            </div>
        </div>
        {keys::of_case(&case.allowed, lang)}
        {live_region(events, REGION, t::case_changed_here(lang))}
    }
    .into_any()
}

fn history(application: &ApplicationView, lang: Lang) -> Option<AnyView> {
    let last = application.revisions.last().filter(|r| r.number > 1)?;
    Some(
        view! { <p class="hint">{t::revisions(lang, t::DateN { date: when::stamp(last.at, lang), n: last.number })}</p> }
            .into_any(),
    )
}

fn status_panel(case: &CaseView, application: &ApplicationView, lang: Lang) -> AnyView {
    let holder = case.assignee_name.clone().unwrap_or_else(|| t::nobody(lang).to_owned());
    let holder = if case.assigned_to_me { t::me(lang).to_owned() } else { holder };
    view! {
        <section class="stack" aria-labelledby="standing">
            <h2 id="standing">{t::clocks(lang)}</h2>
            {clocks::view(&case.clocks, lang)}
            <p class="row">
                <strong>{t::assignee(lang, holder)}</strong>
                <span class="hint">{t::opened_on(lang, when::stamp(case.opened_at, lang))}</span>
            </p>
            <p class="hint">{t::routing(lang, &application.routing_rule)}</p>
        </section>
    }
    .into_any()
}

fn proposal(decision: Option<&DecisionView>, lang: Lang) -> Option<AnyView> {
    let decision = decision?;
    let (title, tone) = match decision.outcome {
        Outcome::Grant => (t::outcome_grant(lang), Tone::Good),
        Outcome::Refuse => (t::outcome_refuse(lang), Tone::Bad),
        Outcome::NotAccepted => (t::outcome_not_accepted(lang), Tone::Bad),
    };
    let heading = if decision.decided_at.is_some() { t::decision(lang) } else { t::proposal(lang) };
    let lines = [
        (t::decision_reason(lang), &decision.reason),
        (t::decision_basis(lang), &decision.basis),
        (t::decision_sentence(lang), &decision.sentence),
        (t::decision_proposed_by(lang), &decision.proposed_by),
        (t::decision_decided_by(lang), &decision.decided_by),
    ];
    let rows = lines
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(label, text)| SummaryRow::new(label, view! { {text.clone()} }))
        .collect();
    Some(view! { <Card title=heading><Tag text=title tone=tone/> <SummaryList rows=rows/></Card> }.into_any())
}

fn correction_card(application: &ApplicationView, lang: Lang) -> Option<AnyView> {
    let asked = application.correction.as_ref()?;
    let lines = asked
        .fields
        .iter()
        .map(|f| view! { <li>{t::correction_line(lang, t::LabelNote { label: &f.label, note: &f.note })}</li> })
        .collect_view();
    Some(view! { <Card title=t::correction(lang)><ul>{lines}</ul></Card> }.into_any())
}

fn rating_card(application: &ApplicationView, lang: Lang) -> Option<AnyView> {
    let rating = application.rating.as_ref()?;
    Some(view! { <Card title=t::rating(lang) text=t::rating_line(lang, t::CommentScore { comment: &rating.comment, score: rating.score })/> }.into_any())
}

/// The kind of an action's button: decisions against the applicant are marked.
pub(super) fn button_kind(action: &str) -> ButtonKind {
    const MAIN: [&str; 3] = [life::ACCEPT.0, life::PROPOSE_GRANT.0, life::APPROVE_GRANT.0];
    const AGAINST: [&str; 4] = [life::NOT_ACCEPT.0, life::PROPOSE_REFUSAL.0, life::APPROVE_REFUSAL.0, life::UPHOLD.0];
    match action {
        a if MAIN.contains(&a) => ButtonKind::Primary,
        a if AGAINST.contains(&a) => ButtonKind::Danger,
        _ => ButtonKind::Secondary,
    }
}

/// Whether to draw the button: not for claiming one's own case or releasing an unassigned one; notes have a form of their own.
fn is_offered(case: &CaseView, action: &str) -> bool {
    let claims_own = action == life::CLAIM.0 && case.assigned_to_me;
    let puts_back_nothing = action == life::RELEASE.0 && case.assignee_name.is_none();
    action != life::NOTE.0 && !claims_own && !puts_back_nothing
}

fn actions(case: &CaseView, lang: Lang) -> AnyView {
    let buttons: Vec<AnyView> =
        case.allowed.iter().filter(|a| is_offered(case, &a.action)).map(|a| button(case, a, lang)).collect();
    let body = if buttons.is_empty() {
        let held = case.assignee_name.as_ref().filter(|_| !case.assigned_to_me).map(|name| t::held_by_colleague(lang, name));
        view! { <p class="hint">{t::no_actions(lang)} {held}</p> }.into_any()
    } else {
        view! { <div class="desk-actions">{buttons}</div> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="actions">
            <h2 id="actions">{t::actions(lang)}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// A button that acts at once, or a link to the form if the action needs input.
fn button(case: &CaseView, action: &AllowedAction, lang: Lang) -> AnyView {
    let text = action_name(lang, &action.action).to_owned();
    let (key, kind) = (keys::key_of(&action.action), button_kind(&action.action));
    if !action.requires.is_empty() {
        let href = format!("/desk/{}/{}", case.number, action.action);
        return view! { <LinkButton href=href text=text kind=kind shortcut=key/> }.into_any();
    }
    let next = action.needs_version.then(|| {
        let words = t::and_next(lang, &text);
        view! { <Button text=words kind=ButtonKind::Quiet name="next" value="yes"/> }
    });
    let hidden = Target::shown(case, action, &new_key()).inputs(Some(&action.action));
    view! {
        <PostForm action=Act::PATH hidden=hidden label=text.clone()>
            <div class="row"><Button text=text.clone() kind=kind shortcut=key/> {next}</div>
        </PostForm>
    }
    .into_any()
}

fn note_form(ctx: &Ctx, case: &CaseView) -> Option<AnyView> {
    let lang = ctx.lang;
    let action = case.may(life::NOTE)?;
    let field = posted(field!(Note, note));
    let props = ctx.field(&field, t::note_label(lang));
    let typed = ctx.flash.value(&field);
    let hidden = Target::shown(case, action, &new_key()).inputs(Some(&action.action));
    Some(
        view! {
            <PostForm action=Act::PATH hidden=hidden label=t::note_title(lang)>
                <TextArea field=props rows=2 maxlength=1000 value=typed shortcut=keys::key_of(life::NOTE.0)/>
                <div><Button text=t::note_add(lang) kind=ButtonKind::Secondary icon=IconName::Edit/></div>
            </PostForm>
        }
        .into_any(),
    )
}

fn eligibility(assessment: &Assessment, lang: Lang) -> AnyView {
    let benefit = assessment.benefit.as_ref().map(|row| {
        view! { <p>{t::benefit(lang, t::AmountText { amount: display::money(row.fen_per_month, lang), text: row.text.text(lang) })}</p> }
    });
    view! {
        <section class="stack" aria-labelledby="eligibility">
            <h2 id="eligibility">{t::eligibility(lang)}</h2>
            <p><strong>{assessment.verdict.name(lang)}</strong></p>
            <ul class="rules">{assessment.lines.iter().map(|line| rule(line, lang)).collect_view()}</ul>
            {benefit}
        </section>
    }
    .into_any()
}

fn rule(line: &Line, lang: Lang) -> AnyView {
    let tone = match line.outcome {
        Found::Holds => Tone::Good,
        Found::Fails => Tone::Bad,
        Found::Unknown => Tone::Warn,
        Found::Review => Tone::Progress,
    };
    let settle = line.settle.as_ref().map(|s| view! { <p class="hint">{t::settle(lang, s.text(lang))}</p> });
    view! {
        <li>
            <Tag text=line.outcome.name(lang) tone=tone/>
            <div>
                <p>{line.text.text(lang).to_owned()}</p>
                <p class="hint">{line.reason(lang, false)}</p>
                <p class="hint">{t::basis(lang, line.source.line(lang))}</p>
                {settle}
            </div>
        </li>
    }
    .into_any()
}

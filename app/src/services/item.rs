//! `/services/{code}`: one service item (事项) with conditions, materials and duration.

use super::{catalogue, sources::source};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Details, Figures, IconName, LinkButton, Money, PageHeading, PostForm,
        SummaryList, SummaryRow, Tag,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    Lang,
    services::{Item, display, item::Material, rule::Benefit},
    texts::{services as words, services_pages as t},
};

/// Creates a draft, or finds the existing one.
#[server(prefix = "/api", endpoint = "services/start")]
pub async fn start(code: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let draft = server::services::draft::start(ctx.store(), &ctx.actor, &code).await?;
    leptos_axum::redirect(&format!("/drafts/{draft}"));
    Ok(())
}

/// `/services/{code}`
pub async fn page(ctx: Ctx, Path(code): Path<String>) -> PageResult {
    let item = server::services::catalogue::find(ctx.store(), &code).await?;
    let title = item.name.text(ctx.lang).to_owned();
    Ok(ctx.page(title, move |ctx| view(ctx, &item)))
}

fn view(ctx: &Ctx, item: &Item) -> AnyView {
    let lang = ctx.lang;
    let example = item.has_examples();
    let mark = example.then(|| view! { <Tag text=t::example(lang)/> });
    let example = example.then(|| view! { <p class="hint">{words::example_detail(lang)}</p> });
    view! {
        <BackLink href=catalogue::PATH text=t::back_to_list(lang)/>
        <PageHeading title=item.name.text(lang) caption=item.department_name.text(lang) lead=item.summary.text(lang)>
            {mark}
        </PageHeading>
        {actions(ctx, item)}
        {figures(lang, item)}
        {item.benefit.as_ref().map(|b| benefit(lang, b))}
        {conditions(lang, item)}
        {materials(lang, item)}
        {key_facts(lang, item)}
        {legal_basis(lang, item)}
        {example}
        {actions(ctx, item)}
    }
    .into_any()
}

/// The buttons for application and eligibility check. A button names the step that must come first, such as sign-in.
fn actions(ctx: &Ctx, item: &Item) -> AnyView {
    let lang = ctx.lang;
    let here = format!("{}/{}", catalogue::PATH, item.code);
    let lead = |to: &str, text: &'static str| {
        let next = serde_urlencoded::to_string([("next", &here)]).unwrap_or_default();
        view! { <LinkButton href=format!("{to}?{next}") text=text icon=IconName::ArrowRight/> }.into_any()
    };
    let apply = match &ctx.presence {
        None => lead("/sign-in", t::sign_in_to_apply(lang)),
        Some(_) if ctx.actor.subject().is_err() => lead("/me/identity", t::identify_to_apply(lang)),
        Some(who) => {
            let text = match &who.acting_for_name {
                Some(name) => t::apply_for(lang, name),
                None => t::apply(lang).to_owned(),
            };
            view! {
                <PostForm action=Start::PATH hidden=vec![("code", item.code.clone())]>
                    <Button text=text icon=IconName::Edit/>
                </PostForm>
            }
            .into_any()
        }
    };
    view! {
        <ButtonRow>
            {apply}
            <LinkButton href=format!("{here}/eligibility") text=t::check_eligibility(lang) kind=ButtonKind::Secondary/>
        </ButtonRow>
    }
    .into_any()
}

fn fee(lang: Lang, item: &Item) -> String {
    if item.fee.fen == 0 { t::free(lang).to_owned() } else { display::money(item.fee.fen, lang) }
}

fn figures(lang: Lang, item: &Item) -> AnyView {
    let figures = vec![
        (item.time.promised_days.to_string(), t::days_figure(lang).to_owned()),
        (item.visits.to_string(), t::in_person(lang).to_owned()),
        (fee(lang, item), t::fee(lang).to_owned()),
    ];
    view! { <Figures figures=figures/> }.into_any()
}

fn benefit(lang: Lang, benefit: &Benefit) -> AnyView {
    let rows = benefit
        .rows
        .iter()
        .map(|row| {
            let amount = words::benefit_month(lang, display::money(row.fen_per_month, lang));
            let value = view! { <Money text=amount/> {source(&row.source, lang)} };
            SummaryRow::new(row.text.text(lang), value)
        })
        .collect();
    view! { <section class="stack"><h2>{benefit.title.text(lang).to_owned()}</h2><SummaryList rows=rows/></section> }.into_any()
}

fn conditions(lang: Lang, item: &Item) -> AnyView {
    let lines = item.conditions.iter().map(|c| view! { <li>{c.text.text(lang).to_owned()} {source(&c.source, lang)}</li> });
    view! { <section class="stack"><h2>{t::who_can(lang)}</h2><ul class="lines">{lines.collect_view()}</ul></section> }.into_any()
}

fn materials(lang: Lang, item: &Item) -> AnyView {
    let line = |m: &Material| {
        let from = m.from.iter().map(|o| o.name(lang)).collect::<Vec<_>>().join(words::list_separator(lang));
        let hint = m.hint.as_ref().map(|h| h.text(lang).to_owned());
        view! {
            <li>
                <strong>{m.name.text(lang).to_owned()}</strong>
                {(!m.required).then(|| view! { " " <Tag text=t::if_needed(lang)/> })}
                <p>{t::from_label(lang)}{from}</p>
                {hint.map(|h| view! { <p class="hint">{h}</p> })}
                {source(&m.source, lang)}
            </li>
        }
    };
    let lines = item.materials.iter().map(line).collect_view();
    view! { <section class="stack"><h2>{t::materials(lang)}</h2><ul class="lines">{lines}</ul></section> }.into_any()
}

fn key_facts(lang: Lang, item: &Item) -> AnyView {
    let result = match item.result.valid_years {
        Some(years) => t::result_years(lang, t::NameYears { name: item.result.name.text(lang), years }),
        None => item.result.name.text(lang).to_owned(),
    };
    let visits = if item.visits == 0 { t::no_visit(lang).to_owned() } else { item.visits.to_string() };
    let legal = view! { {t::working_days(lang, item.time.legal_days)} {source(&item.time.source, lang)} };
    let rows = vec![
        SummaryRow::new(t::time_promised(lang), t::working_days(lang, item.time.promised_days)),
        SummaryRow::new(t::time_legal(lang), legal),
        SummaryRow::new(t::fee(lang), view! { {fee(lang, item)} {source(&item.fee.source, lang)} }),
        SummaryRow::new(t::in_person(lang), visits),
        SummaryRow::new(t::department(lang), item.department_name.text(lang).to_owned()),
        SummaryRow::new(t::level(lang), item.level.name(lang)),
        SummaryRow::new(t::result(lang), view! { {result} {source(&item.result.source, lang)} }),
    ];
    view! { <section class="stack"><h2>{t::at_a_glance(lang)}</h2><SummaryList rows=rows/></section> }.into_any()
}

fn legal_basis(lang: Lang, item: &Item) -> AnyView {
    let basis = item.legal_basis.iter().map(|b| {
        view! {
            <li>
                <strong>{b.title.text(lang).to_owned()}</strong>
                <p>{b.clause.text(lang).to_owned()}</p>
                {source(&b.source, lang)}
            </li>
        }
    });
    let refusals = item.refusals.iter().map(|r| {
        view! { <li>{r.text.text(lang).to_owned()}<p class="hint">{item.basis_text(r, lang)}</p></li> }
    });
    let refusals = refusals.collect_view();
    view! {
        <section class="stack">
            <h2>{t::legal_basis(lang)}</h2>
            <ul class="lines">{basis.collect_view()}</ul>
            <Details summary=t::wrong_reasons(lang)><ul class="lines">{refusals}</ul></Details>
        </section>
    }
    .into_any()
}

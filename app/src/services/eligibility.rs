//! `/services/{code}/eligibility`: whether the person qualifies (资格预判), with one line per rule.

use super::{catalogue, item::Start, sources::source};
use crate::{
    http::{context::Ctx, page::PageResult},
    ui::{BackLink, Button, Icon, IconName, LinkButton, Money, Notice, PageHeading, PostForm, Tag, Tone},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang,
    dates::date_text,
    services::{
        Assessment, Item, display,
        eligibility::{Line, Outcome, Verdict},
        rule::BenefitRow,
    },
    texts::{services as words, services_pages as t},
};

/// `/services/{code}/eligibility`
pub async fn page(ctx: Ctx, Path(code): Path<String>) -> PageResult {
    let item = server::services::catalogue::find(ctx.store(), &code).await?;
    let assessment = server::services::eligibility::check(ctx.store(), &ctx.actor, &code).await?;
    Ok(ctx.page(t::eligibility_title(ctx.lang), move |ctx| view(ctx, &item, &assessment)))
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Eligible => Tone::Good,
        Verdict::NotEligible => Tone::Bad,
        Verdict::Unknown => Tone::Warn,
        Verdict::NeedsReview => Tone::Progress,
    }
}

const fn line_tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Holds => Tone::Good,
        Outcome::Fails => Tone::Bad,
        Outcome::Unknown => Tone::Warn,
        Outcome::Review => Tone::Progress,
    }
}

fn view(ctx: &Ctx, item: &Item, assessment: &Assessment) -> AnyView {
    let lang = ctx.lang;
    let here = format!("{}/{}", catalogue::PATH, item.code);
    let acting = ctx.presence.as_ref().and_then(|p| p.acting_for_name.as_ref());
    let caption = match acting {
        Some(name) => format!("{} · {}", item.name.text(lang), t::eligibility_for(lang, name)),
        None => item.name.text(lang).to_owned(),
    };
    let verdict = assessment.verdict;
    let on = t::on_day(lang, date_text(&assessment.on.to_string(), lang));
    view! {
        <BackLink href=here text=t::to_item(lang)/>
        <PageHeading title=t::eligibility_title(lang) caption=caption/>
        <Notice tone=tone(verdict) title=verdict.name(lang)><p>{verdict.detail(lang)}</p></Notice>
        {assessment.benefit.as_ref().map(|row| benefit(lang, row))}
        <section class="stack">
            <h2>{t::eligibility_lines(lang)}</h2>
            <ul class="lines">{assessment.lines.iter().map(|l| line(lang, l, acting.is_none())).collect_view()}</ul>
            <p class="hint">{on}" "{t::eligibility_lead(lang)}</p>
        </section>
        <PostForm action=Start::PATH hidden=vec![("code", item.code.clone())]>
            <div class="button-row">
                <Button text=t::apply(lang) icon=IconName::Edit/>
                <LinkButton href=catalogue::PATH text=t::back_to_list(lang) kind=crate::ui::ButtonKind::Secondary/>
            </div>
        </PostForm>
    }
    .into_any()
}

fn benefit(lang: Lang, row: &BenefitRow) -> AnyView {
    let amount = words::benefit_month(lang, display::money(row.fen_per_month, lang));
    view! {
        <section class="stack">
            <h2>{t::would_get(lang)}</h2>
            <p><Money text=amount large=true/></p>
            <p>{row.text.text(lang).to_owned()}</p>
            {source(&row.source, lang)}
        </section>
    }
    .into_any()
}

/// The result of a rule, the fact with its agency and date, and what would decide it.
fn line(lang: Lang, line: &Line, own: bool) -> AnyView {
    let reason = line.reason(lang, own);
    let settle = line.settle.as_ref().map(|s| t::settle(lang, s.text(lang)));
    view! {
        <li>
            <p class="row"><strong>{line.text.text(lang).to_owned()}</strong> <Tag text=line.outcome.name(lang) tone=line_tone(line.outcome)/></p>
            {(!reason.is_empty()).then(|| view! { <p>{reason}</p> })}
            {settle.map(|s| view! { <p class="source"><Icon icon=IconName::Info/><span>{s}</span></p> })}
            {source(&line.source, lang)}
        </li>
    }
    .into_any()
}

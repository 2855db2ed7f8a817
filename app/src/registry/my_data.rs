//! My data (我的登记信息): the register's facts about the account holder with source and date, and the access log (《个人信息保护法》第四十五条).

use crate::{
    account::me::{account_page, back_to_account},
    http::{context::Ctx, page::PageResult, request::parse_id},
    ui::{
        Column, DataTable, Details, EmptyState, IconName, Masked, OptionalText, PageHeading, Pager, Row, SummaryList, SummaryRow,
        when,
    },
};
use leptos::prelude::*;
use server::registry::{access_log::list_reads, own_facts::own_facts};
use shared::{
    Lang,
    registry::{
        Facts,
        access_log::{ReadPage, RegisterRead},
        facts::FACTS,
    },
    texts::registry as t,
};

/// `/me/data?before=`
pub async fn page(ctx: Ctx) -> PageResult {
    let title = t::mine_title(ctx.lang);
    if ctx.actor.acting_for.is_some() {
        return Ok(account_page(&ctx, title, acting_notice));
    }
    let before = ctx.query("before").map(|b| parse_id(&b)).transpose()?;
    let facts = own_facts(ctx.store(), &ctx.actor).await?;
    let looked = list_reads(ctx.store(), &ctx.actor, before).await?;
    Ok(account_page(&ctx, title, move |ctx| view(ctx, &facts, &looked)))
}

/// A mandate covers services, not the register's facts about a person.
fn acting_notice(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::mine_title(lang)/>
        <EmptyState title=t::mine_other(lang) text=t::mine_other_text(lang) icon=IconName::Lock/>
    }
    .into_any()
}

fn view(ctx: &Ctx, facts: &Facts, looked: &ReadPage) -> AnyView {
    let lang = ctx.lang;
    let record = if facts.is_empty() {
        view! { <EmptyState title=t::mine_none(lang) icon=IconName::Document/> }.into_any()
    } else {
        view! { <SummaryList rows=rows(facts, lang)/> }.into_any()
    };
    let earlier = looked.next.map(|next| (format!("/me/data?before={next}#looked"), t::looked_earlier(lang).to_owned()));
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::mine_title(lang) lead=t::mine_lead(lang)/>
        <section class="stack">
            <h2>{t::mine_facts(lang)}</h2>
            {record}
            <Details summary=t::mine_wrong(lang)><p>{t::mine_wrong_text(lang)}</p></Details>
        </section>
        <section class="stack" id="looked">
            <h2>{t::looked_title(lang)}</h2>
            {log(looked, lang)}
            <Pager label=t::looked_title(lang) next=earlier/>
        </section>
    }
    .into_any()
}

/// The facts in the order of their table. Numbers are masked until revealed, because the page may be open in public.
fn rows(facts: &Facts, lang: Lang) -> Vec<SummaryRow> {
    FACTS
        .iter()
        .filter_map(|row| {
            let fact = facts.get(row.key)?;
            let (full, masked) = (fact.shown(lang, true), fact.shown(lang, false));
            let value = if row.sensitive {
                view! {
                    <Masked text=masked.clone() spoken=masked/>
                    <Details summary=t::mine_full(lang)><p>{full}</p></Details>
                }
                .into_any()
            } else {
                full.into_any()
            };
            let source = t::fact_source(lang, t::AgencyDay { agency: fact.agency.text(lang), day: when::day(fact.as_of, lang) });
            Some(SummaryRow::new(row.label(lang), value).source(source))
        })
        .collect()
}

fn log(looked: &ReadPage, lang: Lang) -> AnyView {
    let columns = [t::looked_who, t::looked_why, t::looked_what, t::looked_when].map(|text| Column::new(text(lang))).to_vec();
    let rows = looked.reads.iter().map(|read| Row::new(OptionalText::default(), cells(read, lang))).collect();
    view! {
        <DataTable
            caption=t::looked_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::looked_none(lang) icon=IconName::Shield/> }
        />
    }
    .into_any()
}

fn cells(read: &RegisterRead, lang: Lang) -> Vec<AnyView> {
    let (purpose, basis) = (read.purpose_name(lang).to_owned(), read.basis(lang).to_owned());
    let case = read.case.as_ref().map(|number| t::looked_case(lang, number));
    let fields = read.field_names(lang).join(lang.pick("、", ", "));
    vec![
        read.reader.name(lang).into_any(),
        view! {
            <p>{purpose}</p>
            {case.map(|case| view! { <p class="hint">{case}</p> })}
            <p class="hint">{basis}</p>
        }
        .into_any(),
        fields.into_any(),
        when::second(read.at.as_second(), lang).into_any(),
    ]
}

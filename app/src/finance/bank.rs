//! `/bank`: open demands, anonymous until the firm consents, and demands whose firm accepted this bank's offer.

use super::{
    bank_tabs::{OPEN, OWN, bank_tabs},
    terms::{code_text, district, industry, state_tag},
};
use crate::{
    http::{context::Ctx, page::PageResult},
    ui::{Column, DataTable, EmptyState, IconName, OptionalText, PageHeading, Pager, Row, Tag, Tone, when},
};
use leptos::prelude::*;
use server::finance::desk;
use shared::{
    Lang,
    finance::{life::PUBLISHED, money::yuan, view::DemandRow},
    texts::finance as t,
};

/// `/bank`
pub async fn page(ctx: Ctx) -> PageResult {
    let own = ctx.query("view").as_deref() == Some("own");
    let after = ctx.query("after");
    let listed = if own {
        desk::own_demands(ctx.store(), &ctx.actor, after.as_deref()).await
    } else {
        desk::open_demands(ctx.store(), &ctx.actor, after.as_deref()).await
    };
    let (rows, next) = listed?;
    Ok(ctx.desk_page(t::bank_title(ctx.lang), move |ctx| view(ctx, own, &rows, next.as_deref())))
}

fn view(ctx: &Ctx, own: bool, rows: &[DemandRow], next: Option<&str>) -> AnyView {
    let lang = ctx.lang;
    let columns = vec![
        Column::new(t::number(lang)),
        Column::new(t::amount(lang)).number(),
        Column::new(t::months(lang)).number(),
        Column::new(t::purpose(lang)),
        Column::new(t::collateral(lang)),
        Column::new(t::place(lang)),
        Column::new(t::published_on(lang)),
        Column::new(t::state(lang)),
    ];
    let rows = rows.iter().map(|row| demand_row(lang, row)).collect();
    let here = if own { OWN } else { OPEN };
    let back = ctx.query("after").map(|_| (here.to_owned(), t::newest(lang).to_owned()));
    let more = if own { format!("{OWN}&") } else { format!("{OPEN}?") };
    let next = next.map(|after| (format!("{more}after={after}"), t::older(lang).to_owned()));
    view! {
        <PageHeading title=t::bank_title(lang) lead=t::bank_lead(lang)/>
        {bank_tabs(lang, here)}
        <DataTable
            caption=t::bank_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::bank_none(lang) icon=IconName::Coin/> }
        />
        <Pager label=t::bank_title(lang) previous=back next=next/>
    }
    .into_any()
}

fn demand_row(lang: Lang, row: &DemandRow) -> Row {
    let asked = &row.request;
    let state = match (&row.number, row.state == PUBLISHED.0) {
        (None, _) => view! { <Tag text=t::bank_no_consent(lang) tone=Tone::Neutral/> }.into_any(),
        (Some(_), true) if row.offers > 0 => view! { <Tag text=t::bank_offered(lang) tone=Tone::Good/> }.into_any(),
        (Some(_), true) => view! { <Tag text=t::bank_consented(lang) tone=Tone::Progress/> }.into_any(),
        (Some(_), false) => state_tag(lang, &row.state),
    };
    let href = row.number.as_ref().map(|number| format!("/bank/{number}"));
    let cells = vec![
        row.number.clone().unwrap_or_else(|| t::bank_nameless(lang).to_owned()).into_any(),
        yuan(asked.amount_fen).into_any(),
        t::months_count(lang, asked.months).into_any(),
        code_text(lang, "purpose", asked.purpose.code()).into_any(),
        code_text(lang, "collateral", asked.collateral.code()).into_any(),
        format!("{} · {}", district(lang, &asked.district), industry(lang, &asked.industry)).into_any(),
        when::stamp_day(row.opened_at, lang).into_any(),
        state,
    ];
    Row::new(OptionalText::from(href), cells)
}

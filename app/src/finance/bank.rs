//! `/bank`: open demands, nameless until a firm consents; and those whose firm accepted this bank's offer.

use crate::{
    finance::terms::{district, industry, state_tag, word},
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{Column, DataTable, EmptyState, Glyph, LinkTabs, MaybeText, PageHeading, Pager, Row, Tag, Tone, when},
};
use axum::response::Response;
use leptos::prelude::*;
use server::finance::desk;
use shared::{
    Lang,
    finance::{life::PUBLISHED, money::yuan, view::DemandRow},
    texts::finance as t,
};

const OPEN: &str = "/bank";
const OWN: &str = "/bank?view=own";

/// What a bank's people have before them, and which of it they look at.
pub(super) fn tabs(lang: Lang, here: &str) -> AnyView {
    let all = [(OPEN, t::bank_open(lang)), (OWN, t::bank_own(lang)), (super::products::PATH, t::products_title(lang))];
    let tabs = all.into_iter().map(|(href, text)| (href.to_owned(), text.to_owned(), href == here)).collect();
    view! { <LinkTabs label=t::bank_title(lang) tabs=tabs/> }.into_any()
}

/// `/bank`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let own = visit.query("view").as_deref() == Some("own");
    let after = visit.query("after");
    let listed = if own {
        desk::own_demands(visit.store(), &visit.actor, after.as_deref()).await
    } else {
        desk::open_demands(visit.store(), &visit.actor, after.as_deref()).await
    };
    let (rows, next) = listed.map_err(|e| visit.problem(e))?;
    Ok(visit.desk_page(t::bank_title(visit.lang), move |visit| view(visit, own, &rows, next.as_deref())))
}

fn view(visit: &Visit, own: bool, rows: &[DemandRow], next: Option<&str>) -> AnyView {
    let lang = visit.lang;
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
    let back = visit.query("after").map(|_| (here.to_owned(), t::newest(lang).to_owned()));
    let more = if own { format!("{OWN}&") } else { format!("{OPEN}?") };
    let next = next.map(|after| (format!("{more}after={after}"), t::older(lang).to_owned()));
    view! {
        <PageHeading title=t::bank_title(lang) lead=t::bank_lead(lang)/>
        {tabs(lang, here)}
        <DataTable
            caption=t::bank_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::bank_none(lang) glyph=Glyph::Coin/> }
        />
        <Pager label=t::bank_title(lang) previous=back next=next/>
    }
    .into_any()
}

fn demand_row(lang: Lang, row: &DemandRow) -> Row {
    let asked = &row.asked;
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
        word(lang, "purpose", &asked.purpose).into_any(),
        word(lang, "collateral", &asked.collateral).into_any(),
        format!("{} · {}", district(lang, &asked.district), industry(lang, &asked.industry)).into_any(),
        when::stamp_day(row.opened_at, lang).into_any(),
        state,
    ];
    Row::new(MaybeText::from(href), cells)
}

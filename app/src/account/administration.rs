//! The administration record (管理记录): actions of administrators, for auditors.

use crate::{
    http::{context::Ctx, page::PageResult},
    ui::{BackLink, Column, DataTable, EmptyState, OptionalText, PageHeading, Row, when},
};
use leptos::prelude::*;
use server::account::administration::{AdministrationEntry, list};
use shared::{
    Lang,
    texts::{account as t, desk},
};

/// `/audit/staff`
pub async fn page(ctx: Ctx) -> PageResult {
    let lines = list(&ctx.app.state, &ctx.actor).await?;
    Ok(ctx.desk_page(t::administration_title(ctx.lang), move |ctx| view(ctx, &lines)))
}

fn view(ctx: &Ctx, lines: &[AdministrationEntry]) -> AnyView {
    let lang = ctx.lang;
    let columns = [t::administration_at, t::administration_by, t::administration_what, t::administration_about]
        .map(|text| Column::new(text(lang)))
        .to_vec();
    let rows = lines.iter().map(|line| Row::new(OptionalText::default(), cells(line, lang))).collect();
    view! {
        <BackLink href="/audit" text=desk::audit_title(lang)/>
        <PageHeading title=t::administration_title(lang) lead=t::administration_lead(lang)/>
        <DataTable
            caption=t::administration_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::administration_none(lang)/> }
        />
    }
    .into_any()
}

fn cells(line: &AdministrationEntry, lang: Lang) -> Vec<AnyView> {
    let by = line.by.clone().unwrap_or_else(|| t::administration_operator(lang).to_owned());
    let what = t::find(lang, &format!("administration_{}", line.action)).map_or_else(|| line.action.clone(), str::to_owned);
    let role = line.role.as_deref().and_then(|code| t::find(lang, &format!("role_{code}"))).map(str::to_owned);
    let organisation = lang.pick(&line.organisation_zh, &line.organisation_en).clone();
    let about: Vec<String> = [line.about.clone(), role, organisation].into_iter().flatten().collect();
    vec![when::moment(line.at, lang).into_any(), by.into_any(), what.into_any(), about.join(lang.pick("，", ", ")).into_any()]
}

//! Operator warnings (运行提醒): problems of the running system that need attention.

use crate::{
    http::{context::Ctx, page::PageResult},
    ui::{BackLink, EmptyState, IconName, Notice, PageHeading, Tone, When},
};
use leptos::prelude::*;
use server::account::warnings::{Warning, list};
use shared::{notices::WarningKind, texts::account as t};

/// `/admin/warnings`
pub async fn page(ctx: Ctx) -> PageResult {
    let all = list(&ctx.app.state, &ctx.actor).await?;
    Ok(ctx.desk_page(t::warnings_title(ctx.lang), move |ctx| view(ctx, &all)))
}

fn view(ctx: &Ctx, all: &[Warning]) -> AnyView {
    let lang = ctx.lang;
    let shown = all.iter().map(|warning| {
        let Warning { code, detail, since } = warning.clone();
        // A kind of another version of the program is shown by its code.
        let title = WarningKind::of(&code).map_or(code, |kind| kind.title(lang).to_owned());
        view! {
            <Notice tone=Tone::Warn title=title>
                <p>{detail}</p>
                <p class="hint">{t::warning_since(lang)} " " <When at=since lang=lang/></p>
            </Notice>
        }
    });
    let shown = if all.is_empty() {
        view! { <EmptyState title=t::warnings_none(lang) icon=IconName::CheckCircle/> }.into_any()
    } else {
        shown.collect_view().into_any()
    };
    view! {
        <BackLink href="/admin" text=t::staff_title(lang)/>
        <PageHeading title=t::warnings_title(lang) lead=t::warnings_lead(lang)/>
        {shown}
    }
    .into_any()
}

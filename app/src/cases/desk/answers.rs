//! The answers of an application for the desk: page by page, each value with its source, old beside new after a correction,
//! files as pictures, personal numbers masked.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
    },
    ui::{Button, ButtonKind, ComparePair, Icon, IconName, SummaryList, SummaryRow, Tag, Tone},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    Lang,
    account::Permission,
    services::{
        application::{AnswerPage, AnswerRow, ApplicationView},
        display,
        draft_view::UploadRow,
    },
    texts::{desk as t, services},
};

/// All pages with their answers.
pub(super) fn view(ctx: &Ctx, application: &ApplicationView) -> AnyView {
    if application.erased {
        return view! { <p class="hint">{t::erased(ctx.lang)}</p> }.into_any();
    }
    application.pages.iter().map(|page| one_page(ctx, application, page)).collect_view().into_any()
}

fn one_page(ctx: &Ctx, application: &ApplicationView, page: &AnswerPage) -> AnyView {
    let rows = page
        .rows
        .iter()
        .map(|row| {
            // The shield marks register data, so the applicant's own statements have none.
            let source = Some(row.source.clone()).filter(|_| !is_unverified(row, ctx.lang));
            SummaryRow::new(row.label.clone(), value(ctx, application, row)).source(source)
        })
        .collect();
    view! {
        <h3>{page.title.clone()}</h3>
        <SummaryList rows=rows/>
    }
    .into_any()
}

/// Whether the value is only the applicant's statement, or differs from the register.
fn is_unverified(row: &AnswerRow, lang: Lang) -> bool {
    row.disputed || row.source == services::origin_self_declared(lang)
}

fn value(ctx: &Ctx, application: &ApplicationView, row: &AnswerRow) -> AnyView {
    let lang = ctx.lang;
    let text = match &row.old {
        Some(old) => compare(row, old, lang),
        None if row.value.is_empty() && row.files.is_empty() => {
            view! { <span class="hint">{t::no_answer(lang)}</span> }.into_any()
        }
        None => view! { <span>{row.value.clone()}</span> }.into_any(),
    };
    let masked = row.masked.iter().map(|path| hidden_number(ctx, application, path, row.masked.len() > 1)).collect_view();
    let files = (!row.files.is_empty())
        .then(|| view! { <ul class="files">{row.files.iter().map(|f| file(f, lang)).collect_view()}</ul> });
    let own_word = is_unverified(row, lang).then(|| {
        let tag = row.disputed.then(|| view! { <Tag text=t::disputed(lang) tone=Tone::Warn/> });
        view! { <p class="row hint">{tag} <span>{row.source.clone()}</span></p> }
    });
    view! {
        {text}
        {own_word}
        {masked}
        {files}
    }
    .into_any()
}

fn compare(row: &AnswerRow, old: &str, lang: Lang) -> AnyView {
    let shown = |text: &str| if text.is_empty() { t::no_answer(lang).to_owned() } else { text.to_owned() };
    view! {
        <ComparePair
            label=row.label.clone()
            old_label=t::before_correction(lang)
            new_label=t::after_correction(lang)
            old=shown(old)
            new=shown(&row.value)
        />
    }
    .into_any()
}

/// The full number if it was just revealed; otherwise the button that reveals it.
fn hidden_number(ctx: &Ctx, application: &ApplicationView, path: &str, one_of_several: bool) -> AnyView {
    let lang = ctx.lang;
    if let Some(full) = ctx.flash.value(&format!("shown.{path}")) {
        return view! { <p role="status">{t::shown_logged(lang)}<strong class="number">{full}</strong></p> }.into_any();
    }
    let label = display::label(&application.item.form, path, lang);
    let (words, unseen) =
        if one_of_several { (t::show_field(lang, label), None) } else { (t::show(lang).to_owned(), Some(label)) };
    view! {
        <form class="inline-form" method="post" action=Reveal::PATH>
            <input type="hidden" name="number" value=application.number.clone()/>
            <input type="hidden" name="field" value=path.to_owned()/>
            <Button text=words hidden=unseen kind=ButtonKind::Quiet/>
        </form>
    }
    .into_any()
}

fn file(file: &UploadRow, lang: Lang) -> AnyView {
    let address = format!("/files/{}?inline=1", file.id);
    let picture = file.media_type.starts_with("image/").then(|| {
        view! { <img class="thumb" src=address.clone() alt="" loading="lazy" width="96" height="96"/> }
    });
    let size = t::file_size(lang, (file.bytes + 1023) / 1024);
    view! {
        <li>
            <a class="file-link" href=address target="_blank" rel="noopener">
                {picture}
                <span><Icon icon=IconName::Document/>{t::open_file(lang, &file.name)}</span>
            </a>
            <span class="hint">{size}</span>
            <Tag text=t::uploaded(lang)/>
        </li>
    }
    .into_any()
}

/// Shows a field of a case in full, once, on the case's page. The value goes through the sealed session, never through
/// an address.
#[server(prefix = "/api", endpoint = "cases/reveal")]
pub async fn reveal(number: String, field: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::WorkOnCases)).await?;
    let value = server::services::read::reveal(ctx.store(), &ctx.actor, &number, &field).await?;
    let page = format!("/desk/{number}");
    Flash::rejected(&page, [(format!("shown.{field}"), value)], Vec::new()).save(&ctx.session).await;
    leptos_axum::redirect(&page);
    Ok(())
}

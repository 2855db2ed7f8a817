//! The inbox (消息), newest first. Opening it marks nothing as read.

use crate::{
    account::me::account_page,
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        request::parse_id,
    },
    ui::{Button, ButtonKind, Card, EmptyState, PageHeading, Pager, PostForm, Tag, Tone, when},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, notices::inbox};
use shared::{
    Lang,
    notices::{NoticeView, Notices, link_text},
    texts::notices as t,
};

/// Marks one notice as read, or all of them.
#[server(prefix = "/api", endpoint = "notices/read")]
pub async fn mark_read(notice: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let one = notice.filter(|n| !n.is_empty()).map(|n| parse_id(&n)).transpose()?;
    inbox::mark_read(ctx.store(), &ctx.actor, one).await?;
    Flash::done("/inbox", "all_read").save(&ctx.session).await;
    leptos_axum::redirect("/inbox");
    Ok(())
}

/// `/inbox?after=`
pub async fn page(ctx: Ctx) -> PageResult {
    let after = ctx.query("after").map(|a| parse_id(&a)).transpose()?;
    let found = inbox::inbox(ctx.store(), &ctx.actor, after, ctx.lang).await?;
    Ok(account_page(&ctx, t::inbox_title(ctx.lang), move |ctx| view(ctx, &found)))
}

fn view(ctx: &Ctx, found: &Notices) -> AnyView {
    let lang = ctx.lang;
    let unread = ctx.presence.as_ref().is_some_and(|p| p.unread > 0);
    let earlier = found.next.as_ref().map(|next| (format!("/inbox?after={next}"), t::inbox_earlier(lang).to_owned()));
    let list = if found.notices.is_empty() {
        view! { <EmptyState title=t::inbox_none(lang) text=t::inbox_none_text(lang)/> }.into_any()
    } else {
        found.notices.iter().map(|notice| card(notice, lang)).collect_view().into_any()
    };
    view! {
        <PageHeading title=t::inbox_title(lang)/>
        {unread.then(|| view! {
            <PostForm action=MarkRead::PATH><Button text=t::inbox_all_read(lang) kind=ButtonKind::Secondary/></PostForm>
        })}
        <div class="stack">{list}</div>
        <Pager label=t::inbox_title(lang) next=earlier/>
    }
    .into_any()
}

fn card(notice: &NoticeView, lang: Lang) -> AnyView {
    let NoticeView { id, subject, text, case_number, path, at, read, .. } = notice.clone();
    let (hidden_text, at) = (subject.clone(), when::second(at, lang));
    let to_case = case_number.zip(path).map(|(number, path)| {
        view! { <a href=path>{link_text(lang, &number)}</a> }
    });
    view! {
        <Card title=subject text=text>
            {(!read).then(|| view! { <Tag text=t::inbox_unread(lang) tone=Tone::Progress/> })}
            <p class="hint">{at}</p>
            {to_case}
            {(!read).then(|| view! {
                <PostForm action=MarkRead::PATH hidden=vec![("notice", id.to_string())]>
                    <Button text=t::inbox_read(lang) hidden=hidden_text kind=ButtonKind::Quiet/>
                </PostForm>
            })}
        </Card>
    }
    .into_any()
}

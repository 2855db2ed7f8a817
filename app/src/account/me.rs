//! The account page (我的): personal data and links to everything of the account.

use super::{preferences::SetPreferences, sign_out::SignOut};
use crate::{
    http::{
        context::Ctx,
        page::{Page, PageResult},
    },
    ui::{
        Button, ButtonKind, Card, CardGrid, Choice, IconName, LinkButton, Notice, PageHeading, PostForm, RadioField, SummaryList,
        SummaryRow, Tag, Tone, when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::profile::{Profile, profile};
use shared::{
    Lang,
    texts::{self, account as t},
};

impl Ctx {
    /// Whether the account is a member of staff, who see account pages in the desk layout.
    fn has_membership(&self) -> bool {
        !self.actor.memberships.is_empty()
    }
}

/// Makes an account page in the layout of the account.
pub fn account_page(ctx: &Ctx, title: impl Into<String>, body: impl Fn(&Ctx) -> AnyView + Send + Sync + 'static) -> Page {
    if ctx.has_membership() { ctx.desk_page(title, body) } else { ctx.page(title, body) }
}

/// The link back to `/me`.
#[must_use]
pub fn back_to_account(lang: Lang) -> AnyView {
    view! { <crate::ui::BackLink href="/me" text=t::me_title(lang)/> }.into_any()
}

/// `/me`
pub async fn page(ctx: Ctx) -> PageResult {
    let profile = profile(&ctx.app.state, &ctx.actor).await?;
    Ok(account_page(&ctx, t::me_title(ctx.lang), move |ctx| view(ctx, &profile)))
}

/// A link of the account page.
struct PageLink {
    href: &'static str,
    title: fn(Lang) -> &'static str,
    text: fn(Lang) -> &'static str,
    icon: IconName,
    /// Only after the real-name check.
    verified: bool,
    /// Hidden in elder mode, which has fewer links.
    rare: bool,
}

const fn page_link(
    href: &'static str,
    title: fn(Lang) -> &'static str,
    text: fn(Lang) -> &'static str,
    icon: IconName,
    verified: bool,
    rare: bool,
) -> PageLink {
    PageLink { href, title, text, icon, verified, rare }
}

const PAGE_LINKS: &[PageLink] = &[
    page_link("/me/family", t::family_title, t::family_text, IconName::Users, true, false),
    page_link("/me/data", texts::registry::mine_title, texts::registry::mine_text, IconName::Shield, true, false),
    page_link("/me/password", t::password_title, t::password_text, IconName::Lock, false, false),
    page_link("/me/sessions", t::sessions_title, t::sessions_text, IconName::Phone, false, true),
    page_link("/me/second-factor", t::totp_title, t::totp_text, IconName::Lock, false, true),
];

fn view(ctx: &Ctx, profile: &Profile) -> AnyView {
    let lang = ctx.lang;
    let name = profile.staff_name.clone().or_else(|| profile.real_name.as_ref().map(|r| r.name.clone()));
    let known = ctx.actor.person.is_some();
    let offer_check = !known && !ctx.has_membership();
    let links = PAGE_LINKS
        .iter()
        .filter(|w| (known || !w.verified) && !(ctx.elder && w.rare))
        .map(|w| view! { <Card title=(w.title)(lang) text=(w.text)(lang) href=w.href icon=w.icon third=true/> })
        .collect_view();
    view! {
        <PageHeading title=name.unwrap_or_else(|| t::me_title(lang).to_owned())>
            {known.then(|| view! { <Tag text=t::verified(lang) tone=Tone::Good/> })}
        </PageHeading>
        {offer_check.then(|| view! {
            <Notice tone=Tone::Warn title=t::not_verified(lang)>
                <p>{t::not_verified_text(lang)}</p>
                <LinkButton href="/me/identity" text=t::identity_go(lang)/>
            </Notice>
        })}
        <SummaryList rows=rows(profile, lang)/>
        <h2 class="hidden">{t::me_ways(lang)}</h2>
        <CardGrid>{links}</CardGrid>
        {preferences(ctx)}
        <PostForm action=SignOut::PATH>
            <Button text=t::sign_out(lang) kind=ButtonKind::Secondary icon=IconName::SignOut/>
        </PostForm>
    }
    .into_any()
}

fn rows(profile: &Profile, lang: Lang) -> Vec<SummaryRow> {
    let id = profile.real_name.as_ref().map(|r| r.resident_id.clone());
    [
        (t::resident_id(lang), id),
        (t::phone(lang), profile.phone.clone()),
        (t::email(lang), profile.email.clone()),
        (t::member_since(lang), Some(when::moment(profile.created_at, lang))),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some(SummaryRow::new(key, value?)))
    .collect()
}

/// Language and elder mode as text links, besides the header's switches.
fn preferences(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let languages = [Lang::Zh, Lang::En].map(|l| Choice::new(l.code(), texts::frame::own_name(l))).to_vec();
    let sizes =
        vec![Choice::new("0", t::size_normal(lang)), Choice::new("1", t::size_elder(lang)).hint(t::size_elder_hint(lang))];
    let fields = view! {
        <RadioField field=ctx.field("lang", t::language(lang)) choices=languages value=lang.code() inline=true/>
        <RadioField field=ctx.field("elder", t::size(lang)) choices=sizes value=if ctx.elder { "1" } else { "0" }/>
        <Button text=t::save(lang) kind=ButtonKind::Secondary/>
    };
    view! {
        <section class="stack">
            <h2>{t::preferences(lang)}</h2>
            <PostForm action=SetPreferences::PATH hidden=vec![("return_to", "/me".to_owned())]>{fields}</PostForm>
        </section>
    }
    .into_any()
}

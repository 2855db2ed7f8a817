//! My page (我的): who I am here, and the way to everything that is mine.

use crate::{
    account::{preferences::SetPreferences, sign_out::SignOut},
    http::{
        page::{Page, PageResult, answer},
        visit::Visit,
    },
    ui::{
        Button, ButtonKind, Card, CardGrid, Choice, Glyph, LinkButton, Notice, PageHeading, PostForm, RadioField, SummaryList,
        SummaryRow, Tag, Tone, when,
    },
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::profile::{Profile, profile};
use shared::{
    Lang,
    texts::{self, account as t},
};

impl Visit {
    /// Whether whoever visits works here: their own pages stand in the desk's frame, beside its navigation.
    fn works_here(&self) -> bool {
        !self.actor.memberships.is_empty()
    }
}

/// A page about oneself, in the frame one works in.
pub fn own_page(visit: &Visit, title: impl Into<String>, body: impl Fn(&Visit) -> AnyView + Send + Sync + 'static) -> Page {
    if visit.works_here() { visit.desk_page(title, body) } else { visit.page(title, body) }
}

/// The way back to `/me`.
#[must_use]
pub fn back(lang: Lang) -> AnyView {
    view! { <crate::ui::BackLink href="/me" text=t::me_title(lang)/> }.into_any()
}

/// `/me`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let profile = profile(&visit.app.city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(own_page(&visit, t::me_title(visit.lang), move |visit| view(visit, &profile)))
}

/// A way on from my page.
struct Way {
    href: &'static str,
    title: fn(Lang) -> &'static str,
    text: fn(Lang) -> &'static str,
    glyph: Glyph,
    /// Only for whom the city knows by name.
    verified: bool,
    /// Too much for elder mode, where fewer ways are easier to find.
    rare: bool,
}

const fn way(
    href: &'static str,
    title: fn(Lang) -> &'static str,
    text: fn(Lang) -> &'static str,
    glyph: Glyph,
    verified: bool,
    rare: bool,
) -> Way {
    Way { href, title, text, glyph, verified, rare }
}

const WAYS: &[Way] = &[
    way("/me/family", t::family_title, t::family_text, Glyph::Users, true, false),
    way("/me/data", texts::registry::mine_title, texts::registry::mine_text, Glyph::Shield, true, false),
    way("/me/password", t::password_title, t::password_text, Glyph::Lock, false, false),
    way("/me/sessions", t::sessions_title, t::sessions_text, Glyph::Phone, false, true),
    way("/me/second-factor", t::totp_title, t::totp_text, Glyph::Lock, false, true),
];

fn view(visit: &Visit, profile: &Profile) -> AnyView {
    let lang = visit.lang;
    let name = profile.staff_name.clone().or_else(|| profile.real_name.as_ref().map(|r| r.name.clone()));
    let known = visit.actor.person.is_some();
    let offer_check = !known && !visit.works_here();
    let ways = WAYS
        .iter()
        .filter(|w| (known || !w.verified) && !(visit.elder && w.rare))
        .map(|w| view! { <Card title=(w.title)(lang) text=(w.text)(lang) href=w.href glyph=w.glyph third=true/> })
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
        <CardGrid>{ways}</CardGrid>
        {preferences(visit)}
        <PostForm action=SignOut::PATH>
            <Button text=t::sign_out(lang) kind=ButtonKind::Secondary glyph=Glyph::SignOut/>
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

/// Language and elder mode, as words beside the header's switches.
fn preferences(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let languages = [Lang::Zh, Lang::En].map(|l| Choice::new(l.code(), texts::frame::own_name(l))).to_vec();
    let sizes =
        vec![Choice::new("0", t::size_normal(lang)), Choice::new("1", t::size_elder(lang)).hint(t::size_elder_hint(lang))];
    let fields = view! {
        <RadioField ask=visit.ask("lang", t::language(lang)) choices=languages value=lang.code() inline=true/>
        <RadioField ask=visit.ask("elder", t::size(lang)) choices=sizes value=if visit.elder { "1" } else { "0" }/>
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

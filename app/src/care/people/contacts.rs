//! Emergency contacts (紧急联系人) in the order in which they are called.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        request::parse_id,
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Card, CardGrid, CheckboxField, EmptyState, IconName, LinkButton, PageHeading,
        PostForm, Tag, TextField, Tone,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, care::people::contacts};
use shared::{
    Problem,
    care::profile::{Contact, ContactView},
    texts::care_press as t,
};

const PATH: &str = "/care/contacts";

async fn finish_to(ctx: &Ctx, to: &str, text: &str) {
    Flash::done(to, text).save(&ctx.session).await;
    leptos_axum::redirect(to);
}

/// Adds a contact, or changes one.
#[server(prefix = "/api", endpoint = "care/contact-save")]
pub async fn save_contact(
    contact: Option<String>,
    name: String,
    phone: String,
    relation: Option<String>,
    key_holder: Option<String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let id = contact.filter(|c| !c.is_empty()).map(|c| parse_id(&c)).transpose()?;
    let read = Contact::read(&name, &phone, &relation.unwrap_or_default())?;
    contacts::save(ctx.store(), &ctx.actor, id, &read, key_holder.as_deref() == Some("yes")).await?;
    finish_to(&ctx, PATH, "care_contact_saved").await;
    Ok(())
}

/// Removes a contact.
#[server(prefix = "/api", endpoint = "care/contact-remove")]
pub async fn remove_contact(contact: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    contacts::remove(ctx.store(), &ctx.actor, parse_id(&contact)?).await?;
    finish_to(&ctx, PATH, "care_contact_removed").await;
    Ok(())
}

/// Moves a contact to the first place.
#[server(prefix = "/api", endpoint = "care/contact-first")]
pub async fn put_contact_first(contact: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    contacts::put_first(ctx.store(), &ctx.actor, parse_id(&contact)?).await?;
    finish_to(&ctx, PATH, "care_contact_saved").await;
    Ok(())
}

/// Stops being a contact of another person.
#[server(prefix = "/api", endpoint = "care/stop-following")]
pub async fn stop_following(contact: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    contacts::stop_following(ctx.store(), &ctx.actor, parse_id(&contact)?).await?;
    finish_to(&ctx, "/care", "care_stopped").await;
    Ok(())
}

/// `/care/contacts`
pub async fn page(ctx: Ctx) -> PageResult {
    let all = contacts::contacts(ctx.store(), &ctx.actor).await?;
    Ok(ctx.page(t::contacts_title(ctx.lang), move |ctx| view(ctx, &all)))
}

fn view(ctx: &Ctx, all: &[ContactView]) -> AnyView {
    let lang = ctx.lang;
    let cards = all.iter().map(|contact| card(ctx, contact)).collect_view();
    let list = if all.is_empty() {
        view! { <EmptyState title=t::contacts_none(lang) icon=IconName::Users/> }.into_any()
    } else {
        view! { <CardGrid>{cards}</CardGrid> }.into_any()
    };
    view! {
        <BackLink href="/care" text=t::back_to_care(lang)/>
        <PageHeading title=t::contacts_title(lang) lead=t::contacts_lead(lang)/>
        {list}
        <section class="stack"><h2>{t::contact_add(lang)}</h2>{form(ctx, None)}</section>
    }
    .into_any()
}

/// The form of one contact.
fn form(ctx: &Ctx, contact: Option<&ContactView>) -> AnyView {
    let lang = ctx.lang;
    let known = contact.map(|c| c.contact.clone()).unwrap_or_default();
    let value = |field: &str, kept: &str| ctx.flash.value(field).unwrap_or_else(|| kept.to_owned());
    let holder = ctx.flash.value("key_holder").is_some() || contact.is_some_and(|c| c.key_holder);
    let hidden = contact.map(|c| ("contact", c.id.to_string())).into_iter().collect();
    let fields = view! {
            <TextField
                field=ctx.field("name", t::contact_name(lang)).required()
                value=value("name", &known.name)
                autocomplete="off"
            />
            <TextField
                field=ctx.field("phone", t::contact_phone(lang)).required()
                value=value("phone", &known.phone)
                kind="tel"
                inputmode="tel"
                autocomplete="off"
                width=11
            />
            <TextField
                field=ctx.field("relation", t::contact_relation(lang)).hint(t::contact_relation_hint(lang))
                value=value("relation", &known.relation)
                autocomplete="off"
            />
            <CheckboxField field=ctx.field("key_holder", t::contact_key(lang)) checked=holder/>
            <Button text=if contact.is_some() { t::save(lang) } else { t::contact_add(lang) }/>
    };
    view! { <PostForm action=SaveContact::PATH hidden=hidden>{fields}</PostForm> }.into_any()
}

/// `/care/contacts/{id}`: the form of one contact.
pub async fn edit_page(ctx: Ctx, Path(id): Path<String>) -> PageResult {
    load_one(ctx, &id).await
}

async fn load_one(ctx: Ctx, id: &str) -> PageResult {
    let id = parse_id(id)?;
    let all = contacts::contacts(ctx.store(), &ctx.actor).await?;
    let contact = all.into_iter().find(|c| c.id == id).ok_or(Problem::NotFound)?;
    Ok(ctx.page(contact.contact.name.clone(), move |ctx| {
        let lang = ctx.lang;
        view! {
            <BackLink href=PATH text=t::contacts_title(lang)/>
            <PageHeading title=contact.contact.name.clone() caption=t::contacts_title(lang)/>
            {form(ctx, Some(&contact))}
        }
        .into_any()
    }))
}

fn card(ctx: &Ctx, contact: &ContactView) -> AnyView {
    let lang = ctx.lang;
    let Contact { name, phone, relation } = contact.contact.clone();
    let title = if relation.is_empty() { name.clone() } else { format!("{name} · {relation}") };
    let about = format!("{} · {phone}", t::contact_place(lang, contact.place));
    let (id, hidden_text) = (contact.id.to_string(), name.clone());
    let act = |action: &'static str, text: &'static str, kind| {
        let button = view! { <Button text=text hidden=hidden_text.clone() kind=kind/> };
        view! { <PostForm action=action hidden=vec![("contact", id.clone())]>{button}</PostForm> }
    };
    let first = (contact.place > 1).then(|| act(PutContactFirst::PATH, t::contact_first(lang), ButtonKind::Secondary));
    let remove = act(RemoveContact::PATH, t::contact_remove(lang), ButtonKind::Danger);
    let href = format!("{PATH}/{}", contact.id);
    let change = view! { <LinkButton href=href text=t::contact_change(lang) hidden=name kind=ButtonKind::Secondary/> };
    let holder = contact.key_holder.then(|| view! { <Tag text=t::contact_has_key(lang) tone=Tone::Good/> });
    view! {
        <Card title=title text=about>
            {holder}
            <ButtonRow>{change} {first} {remove}</ButtonRow>
        </Card>
    }
    .into_any()
}

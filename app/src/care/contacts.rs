//! Contacts (紧急联系人): whom to call, in order.

use crate::http::Refusal;
#[cfg(feature = "ssr")]
use crate::{
    http::{
        call::key,
        flash::Flash,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Card, CardGrid, CheckboxField, EmptyState, Glyph, LinkButton, PageHeading,
        PostForm, Tag, TextField, Tone,
    },
};
#[cfg(feature = "ssr")]
use axum::{extract::Path, response::Response};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn;
#[cfg(feature = "ssr")]
use server::{account::gate::Access, care::people::contacts};
#[cfg(feature = "ssr")]
use shared::{
    Problem,
    care::profile::{Contact, ContactView},
    texts::care_press as t,
};

#[cfg(feature = "ssr")]
const PATH: &str = "/care/contacts";

#[cfg(feature = "ssr")]
async fn done(visit: &Visit, to: &str, text: &str) {
    Flash::done(to, text).leave(&visit.session).await;
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
) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    let id = contact.filter(|c| !c.is_empty()).map(|c| key(&c)).transpose()?;
    let read = Contact::read(&name, &phone, &relation.unwrap_or_default())?;
    contacts::save(visit.store(), &visit.actor, id, &read, key_holder.as_deref() == Some("yes")).await?;
    done(&visit, PATH, "care_contact_saved").await;
    Ok(())
}

/// Removes a contact.
#[server(prefix = "/api", endpoint = "care/contact-remove")]
pub async fn remove_contact(contact: String) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    contacts::remove(visit.store(), &visit.actor, key(&contact)?).await?;
    done(&visit, PATH, "care_contact_removed").await;
    Ok(())
}

/// Calls a contact first.
#[server(prefix = "/api", endpoint = "care/contact-first")]
pub async fn put_contact_first(contact: String) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    contacts::put_first(visit.store(), &visit.actor, key(&contact)?).await?;
    done(&visit, PATH, "care_contact_saved").await;
    Ok(())
}

/// Ends being somebody's contact.
#[server(prefix = "/api", endpoint = "care/stop-following")]
pub async fn stop_following(contact: String) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    contacts::stop_following(visit.store(), &visit.actor, key(&contact)?).await?;
    done(&visit, "/care", "care_stopped").await;
    Ok(())
}

/// `/care/contacts`
#[cfg(feature = "ssr")]
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

#[cfg(feature = "ssr")]
async fn load(visit: Visit) -> PageResult {
    let all = contacts::contacts(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(visit.page(t::contacts_title(visit.lang), move |visit| view(visit, &all)))
}

#[cfg(feature = "ssr")]
fn view(visit: &Visit, all: &[ContactView]) -> AnyView {
    let lang = visit.lang;
    let cards = all.iter().map(|contact| card(visit, contact)).collect_view();
    let list = if all.is_empty() {
        view! { <EmptyState title=t::contacts_none(lang) glyph=Glyph::Users/> }.into_any()
    } else {
        view! { <CardGrid>{cards}</CardGrid> }.into_any()
    };
    view! {
        <BackLink href="/care" text=t::back_to_care(lang)/>
        <PageHeading title=t::contacts_title(lang) lead=t::contacts_lead(lang)/>
        {list}
        <section class="stack"><h2>{t::contact_add(lang)}</h2>{form(visit, None)}</section>
    }
    .into_any()
}

/// The form of one contact.
#[cfg(feature = "ssr")]
fn form(visit: &Visit, contact: Option<&ContactView>) -> AnyView {
    let lang = visit.lang;
    let known = contact.map(|c| c.contact.clone()).unwrap_or_default();
    let value = |field: &str, kept: &str| visit.flash.value(field).unwrap_or_else(|| kept.to_owned());
    let holder = visit.flash.value("key_holder").is_some() || contact.is_some_and(|c| c.key_holder);
    let hidden = contact.map(|c| ("contact", c.id.to_string())).into_iter().collect();
    let fields = view! {
            <TextField
                ask=visit.ask("name", t::contact_name(lang)).required()
                value=value("name", &known.name)
                autocomplete="off"
            />
            <TextField
                ask=visit.ask("phone", t::contact_phone(lang)).required()
                value=value("phone", &known.phone)
                kind="tel"
                inputmode="tel"
                autocomplete="off"
                width=11
            />
            <TextField
                ask=visit.ask("relation", t::contact_relation(lang)).hint(t::contact_relation_hint(lang))
                value=value("relation", &known.relation)
                autocomplete="off"
            />
            <CheckboxField ask=visit.ask("key_holder", t::contact_key(lang)) checked=holder/>
            <Button text=if contact.is_some() { t::save(lang) } else { t::contact_add(lang) }/>
    };
    view! { <PostForm action=SaveContact::PATH hidden=hidden>{fields}</PostForm> }.into_any()
}

/// `/care/contacts/{id}`: one contact, to be changed.
#[cfg(feature = "ssr")]
pub async fn edit_page(visit: Visit, Path(id): Path<String>) -> Response {
    answer(load_one(visit, &id).await)
}

#[cfg(feature = "ssr")]
async fn load_one(visit: Visit, id: &str) -> PageResult {
    let id = key(id)?;
    let all = contacts::contacts(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    let contact = all.into_iter().find(|c| c.id == id).ok_or(Problem::NotFound)?;
    Ok(visit.page(contact.contact.name.clone(), move |visit| {
        let lang = visit.lang;
        view! {
            <BackLink href=PATH text=t::contacts_title(lang)/>
            <PageHeading title=contact.contact.name.clone() caption=t::contacts_title(lang)/>
            {form(visit, Some(&contact))}
        }
        .into_any()
    }))
}

#[cfg(feature = "ssr")]
fn card(visit: &Visit, contact: &ContactView) -> AnyView {
    let lang = visit.lang;
    let Contact { name, phone, relation } = contact.contact.clone();
    let title = if relation.is_empty() { name.clone() } else { format!("{name} · {relation}") };
    let about = format!("{} · {phone}", t::contact_place(lang, contact.place));
    let (id, heard) = (contact.id.to_string(), name.clone());
    let act = |action: &'static str, text: &'static str, kind| {
        let button = view! { <Button text=text hidden=heard.clone() kind=kind/> };
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

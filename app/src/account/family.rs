//! Family (家人): mandates (委托) in both directions, asked for, confirmed by the other's code, ended, used.

use crate::{
    account::{
        enter_session::{begin, current},
        me::{back, own_page},
        required::required,
    },
    http::{
        Refusal,
        call::{key, own_path},
        flash::Flash,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Card, CardGrid, CodeField, DateField, EmptyState, Glyph, LinkButton,
        PageHeading, PostForm, Tag, TextField, Tone, when,
    },
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{
    gate::Access,
    mandates::{self, MandateState, MandateView, Mandates},
};
use shared::{Complaint, Problem, texts::account as t};

/// Asks for a mandate; the code goes to the other's phone in the register.
#[server(prefix = "/api", endpoint = "account/mandate")]
pub async fn request_mandate(name: String, resident_id: String, until: String) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    required(&[("name", &name), ("resident_id", &resident_id), ("until", &until)], None)?;
    let until = until.trim().parse().map_err(|_| Problem::field("until", Complaint::NotADate))?;
    let id = mandates::request(&visit.app.city, &visit.actor, &name, &resident_id, until, visit.lang).await?;
    leptos_axum::redirect(&format!("/me/family/{id}"));
    Ok(())
}

/// Puts a mandate in force.
#[server(prefix = "/api", endpoint = "account/mandate-code")]
pub async fn confirm_mandate(mandate: String, code: String) -> Result<(), Refusal> {
    let visit = enter(Access::Verified).await?;
    mandates::confirm(&visit.app.city, &visit.actor, key(&mandate)?, &code).await?;
    back_to_family(&visit, "mandate_confirmed").await
}

/// Ends a mandate, from either side.
#[server(prefix = "/api", endpoint = "account/mandate-end")]
pub async fn revoke_mandate(mandate: String) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    mandates::revoke(&visit.app.city, &visit.actor, key(&mandate)?).await?;
    back_to_family(&visit, "mandate_revoked").await
}

/// Acts for somebody from now on; for oneself if nobody is named.
#[server(prefix = "/api", endpoint = "account/act-as")]
pub async fn act_as(person: Option<String>, return_to: Option<String>) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    let person = person.filter(|p| !p.is_empty()).map(|p| key(&p)).transpose()?;
    let mut signed_in = current(&visit).await?;
    signed_in.acting_for = mandates::act_as(&visit.app.city, &visit.actor, person).await?;
    begin(&visit, &signed_in).await?;
    leptos_axum::redirect(own_path(return_to.as_deref().unwrap_or("/")));
    Ok(())
}

async fn back_to_family(visit: &Visit, done: &str) -> Result<(), Refusal> {
    Flash::done("/me/family", done).leave(&visit.session).await;
    leptos_axum::redirect("/me/family");
    Ok(())
}

/// `/me/family`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let all = mandates::list(&visit.app.city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(own_page(&visit, t::family_title(visit.lang), move |visit| view(visit, &all)))
}

/// `/me/family/{id}`: the code for a mandate that was asked for.
pub async fn code_page(visit: Visit, Path(id): Path<String>) -> Response {
    answer(load_code(visit, &id).await)
}

async fn load_code(visit: Visit, id: &str) -> PageResult {
    let id = key(id)?;
    let all = mandates::list(&visit.app.city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    let waits = |m: &MandateView| m.id == id && m.state == MandateState::Pending;
    let mandate = all.i_act_for.into_iter().find(waits).ok_or(Problem::NotFound)?;
    Ok(own_page(&visit, t::mandate_code_title(visit.lang), move |visit| code_view(visit, &mandate)))
}

fn code_view(visit: &Visit, mandate: &MandateView) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <CodeField ask=visit.ask("code", t::code(lang)).hint(t::code_hint(lang)).required()/>
        <Button text=t::mandate_confirm(lang)/>
    };
    view! {
        <BackLink href="/me/family" text=t::family_title(lang)/>
        <PageHeading title=t::mandate_code_title(lang) lead=t::mandate_code_lead(lang, mandate.name.clone())/>
        <PostForm action=ConfirmMandate::PATH hidden=vec![("mandate", mandate.id.to_string())]>{fields}</PostForm>
        {super::sign_up::outbox(visit)}
    }
    .into_any()
}

fn view(visit: &Visit, all: &Mandates) -> AnyView {
    let lang = visit.lang;
    let mine = side(visit, &all.i_act_for, true);
    let others = side(visit, &all.act_for_me, false);
    let form = request_form(visit);
    view! {
        {back(lang)}
        <PageHeading title=t::family_title(lang) lead=t::family_lead(lang)/>
        <section class="stack"><h2>{t::i_act_for(lang)}</h2>{mine}</section>
        <section class="stack"><h2>{t::act_for_me(lang)}</h2>{others}</section>
        <section class="stack"><h2>{t::mandate_ask(lang)}</h2>{form}</section>
    }
    .into_any()
}

/// The mandates of one direction.
fn side(visit: &Visit, all: &[MandateView], mine: bool) -> AnyView {
    let lang = visit.lang;
    let nobody = if mine { t::i_act_for_nobody(lang) } else { t::nobody_acts_for_me(lang) };
    if all.is_empty() {
        return view! { <EmptyState title=nobody glyph=Glyph::Users/> }.into_any();
    }
    let cards = all.iter().map(|m| card(visit, m, mine)).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

fn request_form(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <TextField
            ask=visit.ask("name", t::mandate_name(lang)).required()
            value=visit.flash.value("name")
            autocomplete="off"
        />
        <TextField
            ask=visit.ask("resident_id", t::mandate_resident_id(lang)).hint(t::resident_id_hint(lang)).required()
            value=visit.flash.value("resident_id")
            autocomplete="off"
            width=18
        />
        <DateField
            ask=visit.ask("until", t::mandate_until(lang)).hint(t::mandate_until_hint(lang)).required()
            value=visit.flash.value("until")
        />
        <Button text=t::mandate_send(lang)/>
    };
    view! {
        <p>{t::mandate_ask_text(lang)}</p>
        <PostForm action=RequestMandate::PATH>{fields}</PostForm>
    }
    .into_any()
}

fn card(visit: &Visit, mandate: &MandateView, mine: bool) -> AnyView {
    let lang = visit.lang;
    let relation = t::find(lang, &format!("relation_{}", mandate.relation)).unwrap_or_default();
    let about = if mine { t::mandate_mine(lang, relation) } else { t::mandate_theirs(lang, relation) };
    let until = t::mandate_lasts(lang, when::day(mandate.until, lang));
    let (state, tone) = match mandate.state {
        MandateState::Pending => (t::mandate_pending(lang), Tone::Warn),
        MandateState::InForce => (t::mandate_in_force(lang), Tone::Good),
        MandateState::Ended => (t::mandate_ended(lang), Tone::Neutral),
        MandateState::Revoked => (t::mandate_revoked(lang), Tone::Neutral),
    };
    let buttons = buttons(visit, mandate, mine);
    let name = if mandate.name.is_empty() { t::somebody(lang).to_owned() } else { mandate.name.clone() };
    view! {
        <Card title=name third=true text=about>
            <p class="hint">{until}</p>
            <Tag text=state tone=tone/>
            {buttons}
        </Card>
    }
    .into_any()
}

fn buttons(visit: &Visit, mandate: &MandateView, mine: bool) -> Option<AnyView> {
    let lang = visit.lang;
    let name = mandate.name.clone();
    let in_force = mandate.state == MandateState::InForce;
    let pending = mandate.state == MandateState::Pending;
    let acts = visit.actor.acting_for == Some(mandate.person);
    let act = (mine && in_force && !acts).then(|| {
        let hidden = vec![("person", mandate.person.to_string()), ("return_to", "/".to_owned())];
        let name = name.clone();
        view! { <PostForm action=ActAs::PATH hidden=hidden><Button text=t::act_for(lang) hidden=name.clone()/></PostForm> }
    });
    let code = (mine && pending).then(|| {
        let href = format!("/me/family/{}", mandate.id);
        view! { <LinkButton href=href text=t::mandate_enter_code(lang) hidden=name.clone()/> }
    });
    let end = (in_force || pending).then(|| {
        let name = name.clone();
        view! {
            <PostForm action=RevokeMandate::PATH hidden=vec![("mandate", mandate.id.to_string())]>
                <Button text=t::mandate_revoke(lang) hidden=name.clone() kind=ButtonKind::Secondary/>
            </PostForm>
        }
    });
    (in_force || pending).then(|| view! { <ButtonRow>{act} {code} {end}</ButtonRow> }.into_any())
}

//! Family (家人): mandates (委托) in both directions: request, confirmation by the other person's code, end and use.

use super::{
    enter_session::{begin, current},
    me::{account_page, back_to_account},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        redirect::local_path,
        request::{parse_id, required},
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Card, CardGrid, CodeField, DateField, EmptyState, IconName, LinkButton,
        PageHeading, PostForm, Tag, TextField, Tone, when,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::mandates::{self, MandateState, MandateView, Mandates},
};
use shared::{FieldErrorKind, Problem, texts::account as t};

/// Requests a mandate; the code is sent to the other person's phone in the register.
#[server(prefix = "/api", endpoint = "account/mandate")]
pub async fn request_mandate(name: String, resident_id: String, until: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    required(&[("name", &name), ("resident_id", &resident_id), ("until", &until)], None)?;
    let until = until.trim().parse().map_err(|_| Problem::field("until", FieldErrorKind::NotADate))?;
    let id = mandates::request(&ctx.app.state, &ctx.actor, &name, &resident_id, until, ctx.lang).await?;
    leptos_axum::redirect(&format!("/me/family/{id}"));
    Ok(())
}

/// Puts a mandate in force.
#[server(prefix = "/api", endpoint = "account/mandate-code")]
pub async fn confirm_mandate(mandate: String, code: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    mandates::confirm(&ctx.app.state, &ctx.actor, parse_id(&mandate)?, &code).await?;
    back_to_family(&ctx, "mandate_confirmed").await
}

/// Ends a mandate, from either side.
#[server(prefix = "/api", endpoint = "account/mandate-end")]
pub async fn revoke_mandate(mandate: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    mandates::revoke(&ctx.app.state, &ctx.actor, parse_id(&mandate)?).await?;
    back_to_family(&ctx, "mandate_revoked").await
}

/// Starts to act for another person; without one, for the account holder again.
#[server(prefix = "/api", endpoint = "account/act-as")]
pub async fn act_as(person: Option<String>, return_to: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let person = person.filter(|p| !p.is_empty()).map(|p| parse_id(&p)).transpose()?;
    let mut signed_in = current(&ctx).await?;
    signed_in.acting_for = mandates::act_as(&ctx.app.state, &ctx.actor, person).await?;
    begin(&ctx, &signed_in).await?;
    leptos_axum::redirect(local_path(return_to.as_deref().unwrap_or("/")));
    Ok(())
}

async fn back_to_family(ctx: &Ctx, done: &str) -> Result<(), ActionError> {
    Flash::done("/me/family", done).save(&ctx.session).await;
    leptos_axum::redirect("/me/family");
    Ok(())
}

/// `/me/family`
pub async fn page(ctx: Ctx) -> PageResult {
    let all = mandates::list(&ctx.app.state, &ctx.actor).await?;
    Ok(account_page(&ctx, t::family_title(ctx.lang), move |ctx| view(ctx, &all)))
}

/// `/me/family/{id}`: confirmation of a requested mandate by its code.
pub async fn code_page(ctx: Ctx, Path(id): Path<String>) -> PageResult {
    load_code(ctx, &id).await
}

async fn load_code(ctx: Ctx, id: &str) -> PageResult {
    let id = parse_id(id)?;
    let all = mandates::list(&ctx.app.state, &ctx.actor).await?;
    let waits = |m: &MandateView| m.id == id && m.state == MandateState::Pending;
    let mandate = all.i_act_for.into_iter().find(waits).ok_or(Problem::NotFound)?;
    Ok(account_page(&ctx, t::mandate_code_title(ctx.lang), move |ctx| code_view(ctx, &mandate)))
}

fn code_view(ctx: &Ctx, mandate: &MandateView) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <CodeField field=ctx.field("code", t::code(lang)).hint(t::code_hint(lang)).required()/>
        <Button text=t::mandate_confirm(lang)/>
    };
    view! {
        <BackLink href="/me/family" text=t::family_title(lang)/>
        <PageHeading title=t::mandate_code_title(lang) lead=t::mandate_code_lead(lang, mandate.name.clone())/>
        <PostForm action=ConfirmMandate::PATH hidden=vec![("mandate", mandate.id.to_string())]>{fields}</PostForm>
        {super::sign_up::outbox(ctx)}
    }
    .into_any()
}

fn view(ctx: &Ctx, all: &Mandates) -> AnyView {
    let lang = ctx.lang;
    let mine = mandate_list(ctx, &all.i_act_for, true);
    let others = mandate_list(ctx, &all.act_for_me, false);
    let form = request_form(ctx);
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::family_title(lang) lead=t::family_lead(lang)/>
        <section class="stack"><h2>{t::i_act_for(lang)}</h2>{mine}</section>
        <section class="stack"><h2>{t::act_for_me(lang)}</h2>{others}</section>
        <section class="stack"><h2>{t::mandate_ask(lang)}</h2>{form}</section>
    }
    .into_any()
}

/// The mandates of one direction.
fn mandate_list(ctx: &Ctx, all: &[MandateView], mine: bool) -> AnyView {
    let lang = ctx.lang;
    let empty_title = if mine { t::i_act_for_nobody(lang) } else { t::nobody_acts_for_me(lang) };
    if all.is_empty() {
        return view! { <EmptyState title=empty_title icon=IconName::Users/> }.into_any();
    }
    let cards = all.iter().map(|m| card(ctx, m, mine)).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

fn request_form(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <TextField
            field=ctx.field("name", t::mandate_name(lang)).required()
            value=ctx.flash.value("name")
            autocomplete="off"
        />
        <TextField
            field=ctx.field("resident_id", t::mandate_resident_id(lang)).hint(t::resident_id_hint(lang)).required()
            value=ctx.flash.value("resident_id")
            autocomplete="off"
            width=18
        />
        <DateField
            field=ctx.field("until", t::mandate_until(lang)).hint(t::mandate_until_hint(lang)).required()
            value=ctx.flash.value("until")
        />
        <Button text=t::mandate_send(lang)/>
    };
    view! {
        <p>{t::mandate_ask_text(lang)}</p>
        <PostForm action=RequestMandate::PATH>{fields}</PostForm>
    }
    .into_any()
}

fn card(ctx: &Ctx, mandate: &MandateView, mine: bool) -> AnyView {
    let lang = ctx.lang;
    let relation = t::find(lang, &format!("relation_{}", mandate.relation)).unwrap_or_default();
    let about = if mine { t::mandate_mine(lang, relation) } else { t::mandate_theirs(lang, relation) };
    let until = t::mandate_lasts(lang, when::day(mandate.until, lang));
    let (state, tone) = match mandate.state {
        MandateState::Pending => (t::mandate_pending(lang), Tone::Warn),
        MandateState::InForce => (t::mandate_in_force(lang), Tone::Good),
        MandateState::Ended => (t::mandate_ended(lang), Tone::Neutral),
        MandateState::Revoked => (t::mandate_revoked(lang), Tone::Neutral),
    };
    let buttons = buttons(ctx, mandate, mine);
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

fn buttons(ctx: &Ctx, mandate: &MandateView, mine: bool) -> Option<AnyView> {
    let lang = ctx.lang;
    let name = mandate.name.clone();
    let in_force = mandate.state == MandateState::InForce;
    let pending = mandate.state == MandateState::Pending;
    let acts = ctx.actor.acting_for == Some(mandate.person);
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

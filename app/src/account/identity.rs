//! The real-name check (实名认证): done once, against the population register.

use super::{
    device_cookie::issue_device_credential,
    enter_session::{current, next_field},
    me::{account_page, back_to_account},
};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        redirect::local_path,
        request::required,
    },
    ui::{Button, CheckboxField, Details, Notice, PageHeading, PostForm, SummaryList, SummaryRow, TextField, Tone},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{
        profile::{RealName, profile},
        real_name,
        session::presence,
    },
};
use shared::{FieldErrorKind, Problem, registry::Purpose, texts::account as t};

/// Compares name and ID number with the register, with the person's own consent to that
/// (《个人信息保护法》第十三条第一款第一项、第二十九条).
#[server(prefix = "/api", endpoint = "account/real-name")]
pub async fn check_real_name(
    name: String,
    resident_id: String,
    consent: Option<String>,
    next: Option<String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::SignedIn).await?;
    let refused = (consent.as_deref() != Some("yes")).then_some(("consent", FieldErrorKind::MustAccept));
    required(&[("name", &name), ("resident_id", &resident_id)], refused)?;
    real_name::verify(&ctx.app.state, &ctx.actor, &name, &resident_id).await?;
    // The session is read again, because it has a person now: from here on this browser can call for help without signing in.
    if let Some(who) = presence(ctx.store(), &current(&ctx).await?).await? {
        issue_device_credential(&ctx, &who.actor).await;
    }
    let to = next.as_deref().map(local_path).filter(|next| *next != "/").unwrap_or("/me");
    Flash::done(to, "verified").save(&ctx.session).await;
    leptos_axum::redirect(to);
    Ok(())
}

/// `/me/identity?next=`
pub async fn page(ctx: Ctx) -> PageResult {
    let profile = profile(&ctx.app.state, &ctx.actor).await?;
    if profile.has_totp && !ctx.actor.second_factor {
        return Err(Problem::SecondFactorFirst.into());
    }
    Ok(account_page(&ctx, t::identity_title(ctx.lang), move |ctx| match &profile.real_name {
        Some(known) => done(ctx, known),
        None => form(ctx),
    }))
}

fn done(ctx: &Ctx, known: &RealName) -> AnyView {
    let lang = ctx.lang;
    let rows = vec![
        SummaryRow::new(t::name(lang), known.name.clone()),
        SummaryRow::new(t::resident_id(lang), known.resident_id.clone()),
    ];
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::identity_title(lang)/>
        <Notice tone=Tone::Good><p>{t::identity_done(lang)}</p></Notice>
        <SummaryList rows=rows/>
    }
    .into_any()
}

fn form(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let purpose = Purpose::RealName;
    let fields = view! {
        <TextField
            field=ctx.field("name", t::name(lang)).hint(t::name_hint(lang)).required()
            value=ctx.flash.value("name")
            autocomplete="name"
        />
        <TextField
            field=ctx.field("resident_id", t::resident_id(lang)).hint(t::resident_id_hint(lang)).required()
            value=ctx.flash.value("resident_id")
            autocomplete="off"
            width=18
        />
        <CheckboxField
            field=ctx.field("consent", t::identity_consent(lang)).required()
            checked=ctx.flash.value("consent").is_some()
        />
        <Button text=t::identity_button(lang)/>
    };
    view! {
        {back_to_account(lang)}
        <PageHeading title=t::identity_title(lang) lead=t::identity_lead(lang)/>
        <PostForm action=CheckRealName::PATH hidden=next_field(ctx)>{fields}</PostForm>
        <Details summary=t::identity_why(lang)>
            <p>{t::identity_why_text(lang)}</p>
            <p>{purpose.basis(lang)}</p>
        </Details>
        <p><a href="/">{t::identity_later(lang)}</a></p>
    }
    .into_any()
}

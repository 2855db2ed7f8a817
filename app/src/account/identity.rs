//! The real-name check (实名认证): once, against the population register.

use crate::{
    account::{
        enter_session::{current, next_field},
        me::{back, own_page},
        required::required,
    },
    http::{
        Refusal,
        call::own_path,
        flash::Flash,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{Button, CheckboxField, Details, Notice, PageHeading, PostForm, SummaryList, SummaryRow, TextField, Tone},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{
    gate::Access,
    profile::{RealName, profile},
    real_name,
    session::presence,
};
use shared::{Complaint, Problem, registry::purposes, texts::account as t};

/// Compares name and ID number with the register, with the person's own consent to that
/// (《个人信息保护法》第十三条第一款第一项、第二十九条).
#[server(prefix = "/api", endpoint = "account/real-name")]
pub async fn check_real_name(
    name: String,
    resident_id: String,
    consent: Option<String>,
    next: Option<String>,
) -> Result<(), Refusal> {
    let visit = enter(Access::SignedIn).await?;
    let refused = (consent.as_deref() != Some("yes")).then_some(("consent", Complaint::MustAccept));
    required(&[("name", &name), ("resident_id", &resident_id)], refused)?;
    real_name::verify(&visit.app.city, &visit.actor, &name, &resident_id).await?;
    if let Some(who) = presence(visit.store(), &current(&visit).await?).await? {
        crate::care::given::to_browser(&visit, &who.actor).await;
    }
    let to = next.as_deref().map(own_path).filter(|next| *next != "/").unwrap_or("/me");
    Flash::done(to, "verified").leave(&visit.session).await;
    leptos_axum::redirect(to);
    Ok(())
}

/// `/me/identity?next=`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let profile = profile(&visit.app.city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    if profile.has_totp && !visit.actor.second_factor {
        return Err(Problem::SecondFactorFirst);
    }
    Ok(own_page(&visit, t::identity_title(visit.lang), move |visit| match &profile.real_name {
        Some(known) => done(visit, known),
        None => form(visit),
    }))
}

fn done(visit: &Visit, known: &RealName) -> AnyView {
    let lang = visit.lang;
    let rows = vec![
        SummaryRow::new(t::name(lang), known.name.clone()),
        SummaryRow::new(t::resident_id(lang), known.resident_id.clone()),
    ];
    view! {
        {back(lang)}
        <PageHeading title=t::identity_title(lang)/>
        <Notice tone=Tone::Good><p>{t::identity_done(lang)}</p></Notice>
        <SummaryList rows=rows/>
    }
    .into_any()
}

fn form(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let purpose = &purposes::REAL_NAME;
    let fields = view! {
        <TextField
            ask=visit.ask("name", t::name(lang)).hint(t::name_hint(lang)).required()
            value=visit.flash.value("name")
            autocomplete="name"
        />
        <TextField
            ask=visit.ask("resident_id", t::resident_id(lang)).hint(t::resident_id_hint(lang)).required()
            value=visit.flash.value("resident_id")
            autocomplete="off"
            width=18
        />
        <CheckboxField
            ask=visit.ask("consent", t::identity_consent(lang)).required()
            checked=visit.flash.value("consent").is_some()
        />
        <Button text=t::identity_button(lang)/>
    };
    view! {
        {back(lang)}
        <PageHeading title=t::identity_title(lang) lead=t::identity_lead(lang)/>
        <PostForm action=CheckRealName::PATH hidden=next_field(visit)>{fields}</PostForm>
        <Details summary=t::identity_why(lang)>
            <p>{t::identity_why_text(lang)}</p>
            <p>{purpose.basis(lang)}</p>
        </Details>
        <p><a href="/">{t::identity_later(lang)}</a></p>
    }
    .into_any()
}

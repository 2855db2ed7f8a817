//! Staff (工作人员): memberships, invitations and their end. For administrators.

use super::lost_authenticator;
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        request::{parse_id, required},
    },
    ui::{
        Button, ButtonKind, Choice, Column, DataTable, Details, EmptyState, IconName, LinkButton, OptionalText, PageHeading,
        PostForm, RadioField, Row, SelectField, Tag, TextField, Tone, when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{
        organisations::{self, Organisation},
        staff::{self, StaffView},
    },
};
use shared::ids::OrganisationId;
use shared::{
    FieldErrorKind, Lang, Problem,
    account::{Permission, roles::ROLES},
    texts::account as t,
};

const MANAGE: Access = Access::Staff(Permission::ManageStaff);

/// Invites a person by e-mail.
#[server(prefix = "/api", endpoint = "account/invite")]
pub async fn invite(email: String, staff_name: String, organisation: String, role: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE).await?;
    let role = role.unwrap_or_default();
    required(&[("email", &email), ("staff_name", &staff_name), ("organisation", &organisation), ("role", &role)], None)?;
    let organisation: OrganisationId =
        organisation.parse().map_err(|_| Problem::field("organisation", FieldErrorKind::NotAnOption))?;
    staff::invite(&ctx.app.state, &ctx.actor, &email, &staff_name, organisation, &role, ctx.lang).await?;
    Flash::done("/admin", "invited").save(&ctx.session).await;
    leptos_axum::redirect("/admin");
    Ok(())
}

/// Ends a membership and its sessions.
#[server(prefix = "/api", endpoint = "account/membership-end")]
pub async fn end_membership(membership: String) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE).await?;
    let membership = parse_id(&membership)?;
    staff::end_membership(&ctx.app.state, &ctx.actor, membership)
        .await
        .map_err(|error| ActionError::without_fields(error, &["membership"]))?;
    Flash::done("/admin", "membership_ended").save(&ctx.session).await;
    leptos_axum::redirect("/admin");
    Ok(())
}

/// `/admin`
pub async fn page(ctx: Ctx) -> PageResult {
    let state = &ctx.app.state;
    let organisations = organisations::list(state, &ctx.actor).await?;
    let members = staff::list(state, &ctx.actor).await?;
    Ok(ctx.desk_page(t::staff_title(ctx.lang), move |ctx| view(ctx, &organisations, &members)))
}

fn view(ctx: &Ctx, organisations: &[Organisation], members: &[StaffView]) -> AnyView {
    let lang = ctx.lang;
    let invite = invite_form(ctx, organisations);
    let sent_back = !ctx.flash.values().is_empty();
    // The list is sorted by organisation.
    let groups: Vec<AnyView> = members
        .chunk_by(|a, b| a.organisation_zh == b.organisation_zh)
        .map(|group| {
            let name = group.first().map(|s| lang.pick(&s.organisation_zh, &s.organisation_en).clone()).unwrap_or_default();
            table(ctx, name, group)
        })
        .collect();
    view! {
        <PageHeading title=t::staff_title(lang) lead=t::staff_lead(lang)>
            <LinkButton href="/admin/organisations" text=t::organisations_title(lang) kind=ButtonKind::Secondary icon=IconName::Building/>
            <LinkButton href="/admin/warnings" text=t::warnings_title(lang) kind=ButtonKind::Secondary icon=IconName::Alert/>
        </PageHeading>
        <Details summary=t::invite_title(lang) open=sent_back>{invite}</Details>
        {groups}
    }
    .into_any()
}

fn role_name(code: &str, lang: Lang) -> &'static str {
    t::find(lang, &format!("role_{code}")).unwrap_or_default()
}

fn table(ctx: &Ctx, organisation: String, group: &[StaffView]) -> AnyView {
    let lang = ctx.lang;
    let columns = [t::name, t::role, t::staff_since, t::authenticator, t::staff_end].map(|text| Column::new(text(lang))).to_vec();
    let rows = group
        .iter()
        .map(|one| {
            let (totp, tone) = if one.has_totp { (t::totp_yes(lang), Tone::Good) } else { (t::totp_no(lang), Tone::Warn) };
            // Administrators replace their own authenticator on their account page.
            let resets = one.has_totp && ctx.actor.account != Some(one.account);
            let cells = vec![
                one.staff_name.clone().into_any(),
                role_name(one.role.code(), lang).into_any(),
                when::moment(one.since, lang).into_any(),
                view! { <Tag text=totp tone=tone/> {resets.then(|| lost_authenticator::form(one, lang))} }.into_any(),
                end_form(one, lang),
            ];
            Row::new(OptionalText::default(), cells)
        })
        .collect();
    let title = organisation.clone();
    view! {
        <section class="stack">
            <h2>{title}</h2>
            <DataTable
                caption=organisation
                quiet_caption=true
                columns=columns
                rows=rows
                empty=move || view! { <EmptyState title=t::staff_none(lang)/> }
            />
        </section>
    }
    .into_any()
}

/// Folded, so that a single tap cannot end a membership.
fn end_form(one: &StaffView, lang: Lang) -> AnyView {
    let (membership, name) = (one.membership.to_string(), one.staff_name.clone());
    let words = t::staff_end_text(lang, &name);
    view! {
        <Details summary=t::staff_end(lang)>
            <p>{words}</p>
            <PostForm action=EndMembership::PATH hidden=vec![("membership", membership)]>
                <Button text=t::staff_end_button(lang) hidden=name kind=ButtonKind::Danger/>
            </PostForm>
        </Details>
    }
    .into_any()
}

fn invite_form(ctx: &Ctx, organisations: &[Organisation]) -> AnyView {
    let lang = ctx.lang;
    let places: Vec<Choice> =
        organisations.iter().map(|o| Choice::new(o.id.to_string(), lang.pick(&o.name_zh, &o.name_en).clone())).collect();
    let roles: Vec<Choice> = ROLES
        .iter()
        .map(|row| {
            let hint = t::find(lang, &format!("role_{}_hint", row.role));
            Choice::new(row.role.code(), role_name(row.role.code(), lang)).hint(hint)
        })
        .collect();
    let fields = view! {
        <TextField
            field=ctx.field("email", t::invite_email(lang)).hint(t::invite_email_hint(lang)).required()
            value=ctx.flash.value("email")
            kind="email"
            inputmode="email"
            autocomplete="off"
        />
        <TextField
            field=ctx.field("staff_name", t::name(lang)).hint(t::staff_name_hint(lang)).required()
            value=ctx.flash.value("staff_name")
            autocomplete="off"
        />
        <SelectField
            field=ctx.field("organisation", t::organisation(lang)).required()
            choices=places
            value=ctx.flash.value("organisation")
            empty=t::choose(lang)
        />
        <RadioField field=ctx.field("role", t::role(lang)).required() choices=roles value=ctx.flash.value("role")/>
        <Button text=t::invite_button(lang)/>
    };
    view! {
        <PostForm action=Invite::PATH label=t::invite_title(lang)>{fields}</PostForm>
    }
    .into_any()
}

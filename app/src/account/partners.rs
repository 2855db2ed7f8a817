//! Creation of dispatch centres and banks by administrators, a page each.

use super::organisations::{PATH, names};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
        request::required,
    },
    ui::{BackLink, Button, Choice, PageHeading, PostForm, SelectField, TextField},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::{
        organisations::Names,
        partners::{self, NewCentre},
    },
};
use shared::{account::Permission, registry::districts::DISTRICTS, texts::account as t};

const MANAGE: Access = Access::Staff(Permission::ManageStaff);

/// Adds a dispatch centre.
#[server(prefix = "/api", endpoint = "account/organisation-centre")]
pub async fn add_centre(
    district: String,
    #[server(default)] latitude: String,
    #[server(default)] longitude: String,
    #[server(default)] phone: String,
    name_zh: String,
    name_en: String,
) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE).await?;
    let wanted = [
        ("district", district.as_str()),
        ("latitude", &latitude),
        ("longitude", &longitude),
        ("name_zh", &name_zh),
        ("name_en", &name_en),
    ];
    required(&wanted, None)?;
    let new = NewCentre { district, latitude, longitude, phone };
    partners::add_centre(&ctx.app.state, &ctx.actor, &new, &Names { zh: name_zh, en: name_en }).await?;
    ctx.finish(PATH, "organisation_added").await
}

/// Adds a bank.
#[server(prefix = "/api", endpoint = "account/organisation-bank")]
pub async fn add_bank(short: String, name_zh: String, name_en: String) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE).await?;
    required(&[("short", &short), ("name_zh", &name_zh), ("name_en", &name_en)], None)?;
    partners::add_bank(&ctx.app.state, &ctx.actor, &short, &Names { zh: name_zh, en: name_en }).await?;
    ctx.finish(PATH, "organisation_added").await
}

/// `/admin/organisations/centre`
pub async fn centre_page(ctx: Ctx) -> PageResult {
    Ok(ctx.desk_page(t::centre_add_title(ctx.lang), centre))
}

fn centre(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect();
    let degrees = |field: &'static str, label: &'static str| {
        view! {
            <TextField
                field=ctx.field(field, label).hint(t::centre_degrees_hint(lang)).required()
                value=ctx.flash.value(field)
                inputmode="decimal"
                width=11
            />
        }
    };
    let fields = view! {
        <SelectField
            field=ctx.field("district", t::organisation_district(lang)).required()
            choices=districts
            value=ctx.flash.value("district")
            empty=t::choose(lang)
        />
        {names(ctx, None)}
        {degrees("latitude", t::centre_latitude(lang))}
        {degrees("longitude", t::centre_longitude(lang))}
        <TextField field=ctx.field("phone", t::centre_phone(lang)) value=ctx.flash.value("phone") kind="tel" width=18 autocomplete="off"/>
        <Button text=t::organisation_add_button(lang)/>
    };
    page(ctx, t::centre_add_title(lang), t::centre_add_lead(lang), AddCentre::PATH, fields.into_any())
}

/// `/admin/organisations/bank`
pub async fn bank_page(ctx: Ctx) -> PageResult {
    Ok(ctx.desk_page(t::bank_add_title(ctx.lang), bank))
}

fn bank(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let fields = view! {
        <TextField
            field=ctx.field("short", t::bank_short(lang)).hint(t::bank_short_hint(lang)).required()
            value=ctx.flash.value("short")
            width=18
            autocomplete="off"
        />
        {names(ctx, None)}
        <Button text=t::organisation_add_button(lang)/>
    };
    page(ctx, t::bank_add_title(lang), t::bank_add_lead(lang), AddBank::PATH, fields.into_any())
}

fn page(ctx: &Ctx, title: &'static str, lead: &'static str, action: &'static str, fields: AnyView) -> AnyView {
    view! {
        <BackLink href=PATH text=t::organisations_title(ctx.lang)/>
        <PageHeading title=title lead=lead/>
        <PostForm action=action>{fields}</PostForm>
    }
    .into_any()
}

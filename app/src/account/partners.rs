//! Dispatch centres and banks, as administrators add them: a page each.

use crate::{
    account::{
        organisations::{PATH, back, names},
        required::required,
    },
    http::{
        Refusal,
        page::answer,
        visit::{Visit, enter},
    },
    ui::{BackLink, Button, Choice, PageHeading, PostForm, SelectField, TextField},
};
use axum::response::Response;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{
    gate::Access,
    organisations::Names,
    partners::{self, NewCentre},
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
) -> Result<(), Refusal> {
    let visit = enter(MANAGE).await?;
    let wanted = [
        ("district", district.as_str()),
        ("latitude", &latitude),
        ("longitude", &longitude),
        ("name_zh", &name_zh),
        ("name_en", &name_en),
    ];
    required(&wanted, None)?;
    let new = NewCentre { district, latitude, longitude, phone };
    partners::add_centre(&visit.app.city, &visit.actor, &new, &Names { zh: name_zh, en: name_en }).await?;
    back(&visit, "organisation_added").await
}

/// Adds a bank.
#[server(prefix = "/api", endpoint = "account/organisation-bank")]
pub async fn add_bank(short: String, name_zh: String, name_en: String) -> Result<(), Refusal> {
    let visit = enter(MANAGE).await?;
    required(&[("short", &short), ("name_zh", &name_zh), ("name_en", &name_en)], None)?;
    partners::add_bank(&visit.app.city, &visit.actor, &short, &Names { zh: name_zh, en: name_en }).await?;
    back(&visit, "organisation_added").await
}

/// `/admin/organisations/centre`
pub async fn centre_page(visit: Visit) -> Response {
    answer(Ok(visit.desk_page(t::centre_add_title(visit.lang), centre)))
}

fn centre(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect();
    let degrees = |field: &'static str, label: &'static str| {
        view! {
            <TextField
                ask=visit.ask(field, label).hint(t::centre_degrees_hint(lang)).required()
                value=visit.flash.value(field)
                inputmode="decimal"
                width=11
            />
        }
    };
    let fields = view! {
        <SelectField
            ask=visit.ask("district", t::organisation_district(lang)).required()
            choices=districts
            value=visit.flash.value("district")
            empty=t::choose(lang)
        />
        {names(visit, None)}
        {degrees("latitude", t::centre_latitude(lang))}
        {degrees("longitude", t::centre_longitude(lang))}
        <TextField ask=visit.ask("phone", t::centre_phone(lang)) value=visit.flash.value("phone") kind="tel" width=18 autocomplete="off"/>
        <Button text=t::organisation_add_button(lang)/>
    };
    page(visit, t::centre_add_title(lang), t::centre_add_lead(lang), AddCentre::PATH, fields.into_any())
}

/// `/admin/organisations/bank`
pub async fn bank_page(visit: Visit) -> Response {
    answer(Ok(visit.desk_page(t::bank_add_title(visit.lang), bank)))
}

fn bank(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let fields = view! {
        <TextField
            ask=visit.ask("short", t::bank_short(lang)).hint(t::bank_short_hint(lang)).required()
            value=visit.flash.value("short")
            width=18
            autocomplete="off"
        />
        {names(visit, None)}
        <Button text=t::organisation_add_button(lang)/>
    };
    page(visit, t::bank_add_title(lang), t::bank_add_lead(lang), AddBank::PATH, fields.into_any())
}

fn page(visit: &Visit, title: &'static str, lead: &'static str, action: &'static str, fields: AnyView) -> AnyView {
    view! {
        <BackLink href=PATH text=t::organisations_title(visit.lang)/>
        <PageHeading title=title lead=lead/>
        <PostForm action=action>{fields}</PostForm>
    }
    .into_any()
}

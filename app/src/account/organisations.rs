//! Management of organisations (机构) by administrators: creation for the departments of the catalogue, and renaming.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
        request::{parse_id, required},
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Choice, Column, DataTable, Details, EmptyState, LinkButton, PageHeading,
        PostForm, Row, SelectField, TextField,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::organisations::{self, Department, Names, Organisation},
};
use shared::{Lang, Problem, account::Permission, registry::districts::DISTRICTS, texts::account as t};

const MANAGE: Access = Access::Staff(Permission::ManageStaff);
pub(super) const PATH: &str = "/admin/organisations";

/// Adds the organisation of a department, for a district or for the whole city.
#[server(prefix = "/api", endpoint = "account/organisation")]
pub async fn add_organisation(department: String, district: String, name_zh: String, name_en: String) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE).await?;
    required(&[("department", &department), ("name_zh", &name_zh), ("name_en", &name_en)], None)?;
    let district = Some(district.as_str()).filter(|d| !d.is_empty());
    let names = Names { zh: name_zh, en: name_en };
    organisations::add(&ctx.app.state, &ctx.actor, &department, district, &names).await?;
    ctx.finish(PATH, "organisation_added").await
}

/// Renames an organisation.
#[server(prefix = "/api", endpoint = "account/organisation-names")]
pub async fn rename_organisation(organisation: String, name_zh: String, name_en: String) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE).await?;
    let names = Names { zh: name_zh, en: name_en };
    organisations::rename(&ctx.app.state, &ctx.actor, parse_id(&organisation)?, &names).await?;
    ctx.finish(PATH, "organisation_renamed").await
}

/// `/admin/organisations`
pub async fn page(ctx: Ctx) -> PageResult {
    let state = &ctx.app.state;
    let all = organisations::list(state, &ctx.actor).await?;
    let departments = organisations::departments(state, &ctx.actor).await?;
    Ok(ctx.desk_page(t::organisations_title(ctx.lang), move |ctx| view(ctx, &all, &departments)))
}

fn view(ctx: &Ctx, all: &[Organisation], departments: &[Department]) -> AnyView {
    let lang = ctx.lang;
    let columns = [t::organisation, t::organisation_code].map(|text| Column::new(text(lang))).to_vec();
    let row = |o: &Organisation| {
        let cells = vec![name(o, lang).into_any(), view! { <code>{o.code.clone()}</code> }.into_any()];
        Row::new(format!("{PATH}/{}", o.id).into(), cells)
    };
    let rows = all.iter().map(row).collect();
    let sent_back = !ctx.flash.values().is_empty();
    let add = add_form(ctx, departments);
    view! {
        <BackLink href="/admin" text=t::staff_title(lang)/>
        <PageHeading title=t::organisations_title(lang) lead=t::organisations_lead(lang)/>
        <Details summary=t::organisation_add_title(lang) open=sent_back>{add}</Details>
        <ButtonRow>
            <LinkButton href=format!("{PATH}/centre") text=t::centre_add_title(lang) kind=ButtonKind::Secondary/>
            <LinkButton href=format!("{PATH}/bank") text=t::bank_add_title(lang) kind=ButtonKind::Secondary/>
        </ButtonRow>
        <DataTable
            caption=t::organisations_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::organisations_none(lang)/> }
        />
    }
    .into_any()
}

fn name(organisation: &Organisation, lang: Lang) -> String {
    lang.pick(&organisation.name_zh, &organisation.name_en).clone()
}

fn add_form(ctx: &Ctx, departments: &[Department]) -> AnyView {
    let lang = ctx.lang;
    let departments =
        departments.iter().map(|d| Choice::new(d.code.clone(), lang.pick(&d.name_zh, &d.name_en).clone())).collect();
    let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect();
    let fields = view! {
        <SelectField
            field=ctx.field("department", t::organisation_department(lang)).hint(t::organisation_department_hint(lang)).required()
            choices=departments
            value=ctx.flash.value("department")
            empty=t::choose(lang)
        />
        <SelectField
            field=ctx.field("district", t::organisation_district(lang))
            choices=districts
            value=ctx.flash.value("district")
            empty=t::organisation_whole_city(lang)
        />
        {names(ctx, None)}
        <Button text=t::organisation_add_button(lang)/>
    };
    view! { <PostForm action=AddOrganisation::PATH label=t::organisation_add_title(lang)>{fields}</PostForm> }.into_any()
}

/// Draws both name fields, with the typed or the current values.
pub(super) fn names(ctx: &Ctx, now: Option<&Organisation>) -> AnyView {
    let lang = ctx.lang;
    let value = |field: &str, of: fn(&Organisation) -> &String| ctx.flash.value(field).or_else(|| now.map(|o| of(o).clone()));
    view! {
        <TextField
            field=ctx.field("name_zh", t::organisation_name_zh(lang)).required()
            value=value("name_zh", |o| &o.name_zh)
            autocomplete="off"
        />
        <TextField
            field=ctx.field("name_en", t::organisation_name_en(lang)).required()
            value=value("name_en", |o| &o.name_en)
            autocomplete="off"
        />
    }
    .into_any()
}

/// `/admin/organisations/{id}`
pub async fn one_page(ctx: Ctx, Path(id): Path<String>) -> PageResult {
    load_one(ctx, &id).await
}

async fn load_one(ctx: Ctx, id: &str) -> PageResult {
    let id = parse_id(id)?;
    let all = organisations::list(&ctx.app.state, &ctx.actor).await?;
    let found = all.into_iter().find(|o| o.id == id).ok_or(Problem::NotFound)?;
    let title = name(&found, ctx.lang);
    Ok(ctx.desk_page(title, move |ctx| edit_view(ctx, &found)))
}

fn edit_view(ctx: &Ctx, organisation: &Organisation) -> AnyView {
    let lang = ctx.lang;
    let names = names(ctx, Some(organisation));
    view! {
        <BackLink href=PATH text=t::organisations_title(lang)/>
        <PageHeading title=name(organisation, lang) caption=organisation.code.clone()/>
        <PostForm
            action=RenameOrganisation::PATH
            hidden=vec![("organisation", organisation.id.to_string())]
            label=t::organisation_rename(lang)
        >
            {names}
            <Button text=t::organisation_rename_button(lang)/>
        </PostForm>
    }
    .into_any()
}

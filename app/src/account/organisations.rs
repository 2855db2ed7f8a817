//! Organisations (机构) as administrators keep them: added for the departments of the catalogue, and renamed.

use crate::{
    account::required::required,
    http::{
        Refusal,
        call::key,
        flash::Flash,
        page::{PageResult, answer},
        visit::{Visit, enter},
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Choice, Column, DataTable, Details, EmptyState, LinkButton, PageHeading,
        PostForm, Row, SelectField, TextField,
    },
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::{
    gate::Access,
    organisations::{self, Department, Names, Organisation},
};
use shared::{Lang, Problem, account::Permission, registry::districts::DISTRICTS, texts::account as t};

const MANAGE: Access = Access::Staff(Permission::ManageStaff);
pub(super) const PATH: &str = "/admin/organisations";

/// Adds the organisation of a department, for a district or for the whole city.
#[server(prefix = "/api", endpoint = "account/organisation")]
pub async fn add_organisation(department: String, district: String, name_zh: String, name_en: String) -> Result<(), Refusal> {
    let visit = enter(MANAGE).await?;
    required(&[("department", &department), ("name_zh", &name_zh), ("name_en", &name_en)], None)?;
    let district = Some(district.as_str()).filter(|d| !d.is_empty());
    let names = Names { zh: name_zh, en: name_en };
    organisations::add(&visit.app.city, &visit.actor, &department, district, &names).await?;
    back(&visit, "organisation_added").await
}

/// Gives an organisation other names.
#[server(prefix = "/api", endpoint = "account/organisation-names")]
pub async fn rename_organisation(organisation: String, name_zh: String, name_en: String) -> Result<(), Refusal> {
    let visit = enter(MANAGE).await?;
    let names = Names { zh: name_zh, en: name_en };
    organisations::rename(&visit.app.city, &visit.actor, key(&organisation)?, &names).await?;
    back(&visit, "organisation_renamed").await
}

pub(super) async fn back(visit: &Visit, done: &str) -> Result<(), Refusal> {
    Flash::done(PATH, done).leave(&visit.session).await;
    leptos_axum::redirect(PATH);
    Ok(())
}

/// `/admin/organisations`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let city = &visit.app.city;
    let all = organisations::list(city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    let departments = organisations::departments(city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(visit.desk_page(t::organisations_title(visit.lang), move |visit| view(visit, &all, &departments)))
}

fn view(visit: &Visit, all: &[Organisation], departments: &[Department]) -> AnyView {
    let lang = visit.lang;
    let columns = [t::organisation, t::organisation_code].map(|text| Column::new(text(lang))).to_vec();
    let row = |o: &Organisation| {
        let cells = vec![name(o, lang).into_any(), view! { <code>{o.code.clone()}</code> }.into_any()];
        Row::new(format!("{PATH}/{}", o.id).into(), cells)
    };
    let rows = all.iter().map(row).collect();
    let sent_back = !visit.flash.values().is_empty();
    let add = add_form(visit, departments);
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

fn add_form(visit: &Visit, departments: &[Department]) -> AnyView {
    let lang = visit.lang;
    let departments =
        departments.iter().map(|d| Choice::new(d.code.clone(), lang.pick(&d.name_zh, &d.name_en).clone())).collect();
    let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect();
    let fields = view! {
        <SelectField
            ask=visit.ask("department", t::organisation_department(lang)).hint(t::organisation_department_hint(lang)).required()
            choices=departments
            value=visit.flash.value("department")
            empty=t::choose(lang)
        />
        <SelectField
            ask=visit.ask("district", t::organisation_district(lang))
            choices=districts
            value=visit.flash.value("district")
            empty=t::organisation_whole_city(lang)
        />
        {names(visit, None)}
        <Button text=t::organisation_add_button(lang)/>
    };
    view! { <PostForm action=AddOrganisation::PATH label=t::organisation_add_title(lang)>{fields}</PostForm> }.into_any()
}

/// Both names, with what was typed or what stands there now.
pub(super) fn names(visit: &Visit, now: Option<&Organisation>) -> AnyView {
    let lang = visit.lang;
    let value = |field: &str, of: fn(&Organisation) -> &String| visit.flash.value(field).or_else(|| now.map(|o| of(o).clone()));
    view! {
        <TextField
            ask=visit.ask("name_zh", t::organisation_name_zh(lang)).required()
            value=value("name_zh", |o| &o.name_zh)
            autocomplete="off"
        />
        <TextField
            ask=visit.ask("name_en", t::organisation_name_en(lang)).required()
            value=value("name_en", |o| &o.name_en)
            autocomplete="off"
        />
    }
    .into_any()
}

/// `/admin/organisations/{id}`
pub async fn one_page(visit: Visit, Path(id): Path<String>) -> Response {
    answer(load_one(visit, &id).await)
}

async fn load_one(visit: Visit, id: &str) -> PageResult {
    let id = key(id)?;
    let all = organisations::list(&visit.app.city, &visit.actor).await.map_err(|e| visit.problem(e))?;
    let found = all.into_iter().find(|o| o.id == id).ok_or(Problem::NotFound)?;
    let title = name(&found, visit.lang);
    Ok(visit.desk_page(title, move |visit| one_view(visit, &found)))
}

fn one_view(visit: &Visit, organisation: &Organisation) -> AnyView {
    let lang = visit.lang;
    let names = names(visit, Some(organisation));
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

//! Absences (缺勤) of staff: personal ones and, for supervisors, those of the department.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
        request::{parse_id, required},
    },
    ui::{
        BackLink, Button, ButtonKind, Choice, Column, DataTable, DateField, EmptyState, OptionalText, PageHeading, PostForm, Row,
        SelectField, when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{
    access::gate::Access,
    account::absences::{self, Absence},
};
use shared::{FieldErrorKind, Lang, Problem, account::Permission, ids::AccountId, texts::desk as t};

const WORK: Access = Access::Staff(Permission::WorkOnCases);
const PATH: &str = "/desk/absences";

/// Adds an absence, including its first and last day.
#[server(prefix = "/api", endpoint = "account/absence")]
pub async fn set_absence(account: String, first: String, last: String) -> Result<(), ActionError> {
    let ctx = authorize(WORK).await?;
    required(&[("account", &account), ("first", &first), ("last", &last)], None)?;
    let account: AccountId = account.parse().map_err(|_| Problem::field("account", FieldErrorKind::NotAnOption))?;
    let day = |field: &str, text: &str| text.trim().parse().map_err(|_| Problem::field(field, FieldErrorKind::NotADate));
    absences::add(&ctx.app.state, &ctx.actor, account, day("first", &first)?, day("last", &last)?).await?;
    ctx.finish(PATH, "absence_set").await
}

/// Removes an absence.
#[server(prefix = "/api", endpoint = "account/absence-end")]
pub async fn remove_absence(absence: String) -> Result<(), ActionError> {
    let ctx = authorize(WORK).await?;
    let absence = parse_id(&absence)?;
    absences::remove(&ctx.app.state, &ctx.actor, absence).await?;
    ctx.finish(PATH, "absence_removed").await
}

/// `/desk/absences`
pub async fn page(ctx: Ctx) -> PageResult {
    let state = &ctx.app.state;
    let all = absences::list(state, &ctx.actor).await?;
    let people = absences::list_people(state, &ctx.actor).await?;
    Ok(ctx.desk_page(t::absences_title(ctx.lang), move |ctx| view(ctx, &all, &people)))
}

fn view(ctx: &Ctx, all: &[Absence], people: &[(AccountId, String)]) -> AnyView {
    let lang = ctx.lang;
    let columns = vec![
        Column::new(t::absence_who(lang)),
        Column::new(t::absence_first(lang)),
        Column::new(t::absence_last(lang)),
        Column::new(t::absence_remove(lang)),
    ];
    let rows = all.iter().map(|absence| row(absence, lang)).collect();
    view! {
        <BackLink href="/desk" text=t::back_to_queue(lang)/>
        <PageHeading title=t::absences_title(lang) lead=t::absences_lead(lang)/>
        <DataTable
            caption=t::absences_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::absences_none(lang)/> }
        />
        <section class="stack" aria-labelledby="enter">
            <h2 id="enter">{t::absence_set_title(lang)}</h2>
            {form(ctx, people)}
        </section>
    }
    .into_any()
}

fn row(absence: &Absence, lang: Lang) -> Row {
    let (id, name) = (absence.id.to_string(), absence.staff_name.clone());
    let remove = view! {
        <PostForm action=RemoveAbsence::PATH hidden=vec![("absence", id)]>
            <Button text=t::absence_remove(lang) hidden=name kind=ButtonKind::Quiet/>
        </PostForm>
    };
    let cells = vec![
        absence.staff_name.clone().into_any(),
        when::day(absence.first, lang).into_any(),
        when::day(absence.last, lang).into_any(),
        remove.into_any(),
    ];
    Row::new(OptionalText::default(), cells)
}

/// Hides the person field from staff who may enter only their own absences.
fn form(ctx: &Ctx, people: &[(AccountId, String)]) -> AnyView {
    let lang = ctx.lang;
    let mine = ctx.actor.account.map(|account| account.to_string());
    let (hidden, whose) = if people.len() > 1 {
        let choices = people.iter().map(|(account, name)| Choice::new(account.to_string(), name.clone())).collect();
        let value = ctx.flash.value("account").or(mine);
        let props = ctx.field("account", t::absence_who(lang)).required();
        (Vec::new(), Some(view! { <SelectField field=props choices=choices value=value/> }.into_any()))
    } else {
        (mine.map(|account| vec![("account", account)]).unwrap_or_default(), None)
    };
    let day = |field: &str, label: &str| {
        let props = ctx.field(field, label).hint(t::absence_day_hint(lang)).required();
        view! { <DateField field=props value=ctx.flash.value(field)/> }.into_any()
    };
    let days = (day("first", t::absence_first(lang)), day("last", t::absence_last(lang)));
    view! {
        <PostForm action=SetAbsence::PATH hidden=hidden label=t::absence_set_title(lang)>
            {whose} {days}
            <Button text=t::absence_set_button(lang)/>
        </PostForm>
    }
    .into_any()
}

//! Duty (值班): who is on duty, the dispatcher's own status, and the weekly rota, which supervisors edit.

use super::centres::{address, choose};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        page::PageResult,
        redirect::local_path,
        request::parse_id,
    },
    ui::{
        Button, ButtonKind, ButtonRow, Choice, Column, DataTable, Details, EmptyState, FieldProps, IconName, Notice,
        OptionalText, PageHeading, PostForm, Row, SelectField, Tag, TextField, Tone, when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, care::response::duty};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::Permission::LeadCentre,
    care::duty::{CentreDuty, Colleague, DutyPage, DutyStatement, Shift, time_of_day},
    texts::{account, care_duty as t},
};

const PATH: &str = "/dispatch/duty";

/// Sets the duty status: on duty, off duty, or by the rota; also for responders.
#[server(prefix = "/api", endpoint = "care/duty")]
pub async fn say_duty(said: String, return_to: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(duty::ON_DUTY).await?;
    let said = DutyStatement::parse(&said).ok_or_else(|| Problem::field("said", FieldErrorKind::NotAnOption))?;
    duty::set_duty(ctx.store(), &ctx.actor, said).await?;
    let back = local_path(return_to.as_deref().unwrap_or(PATH)).to_owned();
    let word = match said {
        DutyStatement::On => "duty_on",
        DutyStatement::Off => "duty_off",
        DutyStatement::Rota => "duty_rota",
    };
    Flash::done(&back, word).save(&ctx.session).await;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Adds a shift to the rota.
#[server(prefix = "/api", endpoint = "care/shift-add")]
pub async fn add_shift(centre: String, account: String, weekday: String, from: String, to: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(LeadCentre)).await?;
    let centre = parse_id(&centre)?;
    duty::add_shift(ctx.store(), &ctx.actor, centre, &account, (&weekday, &from, &to)).await?;
    Flash::done(PATH, "shift_added").save(&ctx.session).await;
    leptos_axum::redirect(&address(PATH, centre));
    Ok(())
}

/// Removes a shift from the rota.
#[server(prefix = "/api", endpoint = "care/shift-remove")]
pub async fn remove_shift(centre: String, shift: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(LeadCentre)).await?;
    let centre = parse_id(&centre)?;
    duty::remove_shift(ctx.store(), &ctx.actor, centre, parse_id(&shift)?).await?;
    Flash::done(PATH, "shift_removed").save(&ctx.session).await;
    leptos_axum::redirect(&address(PATH, centre));
    Ok(())
}

/// `/dispatch/duty`
pub async fn page(ctx: Ctx) -> PageResult {
    let found = duty::page(ctx.store(), &ctx.actor).await?;
    Ok(ctx.desk_page(t::duty_title(ctx.lang), move |ctx| view(ctx, &found)))
}

fn view(ctx: &Ctx, found: &DutyPage) -> AnyView {
    let lang = ctx.lang;
    let names: Vec<_> = found.centres.iter().map(|c| (c.centre, lang.pick(&c.name_zh, &c.name_en).clone())).collect();
    let (chosen, tabs) = choose(ctx, PATH, &names);
    let centre = found.centres.iter().find(|c| Some(c.centre) == chosen).map(|centre| centre_view(ctx, centre));
    view! {
        <PageHeading title=t::duty_title(lang) lead=t::duty_lead(lang)/>
        {own_status(found, lang)}
        {tabs}
        {centre}
    }
    .into_any()
}

/// Draws the dispatcher's own duty status and the buttons that change it.
fn own_status(found: &DutyPage, lang: Lang) -> AnyView {
    let (title, tone) = match (found.absent_since.is_some(), found.on_duty) {
        (true, _) => (t::me_absent(lang), Tone::Bad),
        (_, true) => (t::me_on(lang), Tone::Good),
        _ => (t::me_off(lang), Tone::Neutral),
    };
    let words = match (found.absent_since, found.said) {
        (Some(since), _) => t::me_absent_text(lang, when::stamp(since, lang)),
        (_, Some((true, Some(until)))) => t::me_said_on(lang, when::stamp(until, lang)),
        (_, Some((false, Some(until)))) => t::me_said_off(lang, when::stamp(until, lang)),
        _ => t::me_rota(lang).to_owned(),
    };
    let button = |said: &'static str, text: &'static str, kind| {
        view! { <Button text=text kind=kind name="said" value=said/> }
    };
    let stays = found.on_duty && found.absent_since.is_none();
    let on = (!stays).then(|| button("on", t::say_on(lang), ButtonKind::Primary));
    let off = found.on_duty.then(|| button("off", t::say_off(lang), ButtonKind::Secondary));
    let by_rota = found.said.is_some().then(|| button("rota", t::say_rota(lang), ButtonKind::Quiet));
    view! {
        <Notice tone=tone title=title><p>{words}</p></Notice>
        <PostForm action=SayDuty::PATH label=t::my_duty(lang)>
            <ButtonRow>{on} {off} {by_rota}</ButtonRow>
        </PostForm>
    }
    .into_any()
}

fn centre_view(ctx: &Ctx, centre: &CentreDuty) -> AnyView {
    let lang = ctx.lang;
    let name = lang.pick(&centre.name_zh, &centre.name_en).clone();
    let id = format!("centre-{}", centre.centre);
    view! {
        <section class="stack" aria-labelledby=id>
            <h2 id=id.clone()>{name.clone()}</h2>
            {people(centre, &name, lang)}
            {rota(centre, &name, lang)}
            {centre.leads.then(|| add_form(ctx, centre, &name))}
        </section>
    }
    .into_any()
}

fn people(centre: &CentreDuty, name: &str, lang: Lang) -> AnyView {
    let columns = [t::column_name, t::column_role, t::column_now, t::column_said, t::column_seen];
    let rows = centre.people.iter().map(|one| person(one, lang)).collect();
    view! {
        <DataTable
            caption=t::people(lang, name)
            columns=columns.map(|text| Column::new(text(lang))).to_vec()
            rows=rows
            empty=move || view! { <EmptyState title=t::nobody_works(lang) icon=IconName::Users/> }
        />
    }
    .into_any()
}

fn person(one: &Colleague, lang: Lang) -> Row {
    let (now, tone) = match (one.absent_since.is_some(), one.on_duty) {
        (true, _) => (t::absent(lang), Tone::Bad),
        (_, true) => (t::on(lang), Tone::Good),
        _ => (t::off(lang), Tone::Neutral),
    };
    let said = match one.said {
        Some((true, _)) => t::said_on(lang),
        Some((false, _)) => t::said_off(lang),
        None => t::by_rota(lang),
    };
    let role = account::find(lang, &format!("role_{}", one.role)).unwrap_or_default();
    let seen = one.absent_since.or(one.seen_at).map(|at| when::stamp(at, lang)).unwrap_or_else(|| t::never(lang).to_owned());
    Row::new(
        OptionalText::default(),
        vec![
            one.name.clone().into_any(),
            role.into_any(),
            view! { <Tag text=now tone=tone/> }.into_any(),
            said.into_any(),
            seen.into_any(),
        ],
    )
}

fn weekday(day: i16, lang: Lang) -> &'static str {
    t::find(lang, &format!("weekday_{day}")).unwrap_or_default()
}

fn rota(centre: &CentreDuty, name: &str, lang: Lang) -> AnyView {
    let mut columns = [t::column_day, t::column_hours, t::column_name].map(|text| Column::new(text(lang))).to_vec();
    if centre.leads {
        columns.push(Column::new(t::shift_remove(lang)));
    }
    let rows = centre.shifts.iter().map(|shift| shift_row(centre, shift, lang)).collect();
    view! {
        <DataTable
            caption=t::rota(lang, name)
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::rota_none(lang) text=t::rota_none_text(lang) icon=IconName::Calendar/> }
        />
    }
    .into_any()
}

fn shift_row(centre: &CentreDuty, shift: &Shift, lang: Lang) -> Row {
    let hours = t::hours(lang, t::FromTo { from: time_of_day(shift.from_minute), to: time_of_day(shift.to_minute) });
    let mut cells = vec![
        weekday(shift.weekday, lang).into_any(),
        view! { <span class="number">{hours.clone()}</span> }.into_any(),
        shift.name.clone().into_any(),
    ];
    if centre.leads {
        let hidden = vec![("centre", centre.centre.to_string()), ("shift", shift.id.to_string())];
        let which = t::shift_which(lang, t::DayHoursName { day: weekday(shift.weekday, lang), hours, name: &shift.name });
        cells.push(
            view! {
                <PostForm action=RemoveShift::PATH hidden=hidden>
                    <Button text=t::shift_remove(lang) hidden=which kind=ButtonKind::Quiet/>
                </PostForm>
            }
            .into_any(),
        );
    }
    Row::new(OptionalText::default(), cells)
}

fn add_form(ctx: &Ctx, centre: &CentreDuty, name: &str) -> AnyView {
    let lang = ctx.lang;
    // Typed values are shown only in the form they came from.
    let here = ctx.flash.value("centre") == Some(centre.centre.to_string());
    let typed = |field: &str| ctx.flash.value(field).filter(|_| here);
    let props = |field: &str, label: &str| {
        if here { ctx.field(field, label).required() } else { FieldProps::new(field, label).required() }
    };
    let people: Vec<Choice> = centre.people.iter().map(|p| Choice::new(p.account.to_string(), p.name.clone())).collect();
    let days: Vec<Choice> = (1..=7).map(|day| Choice::new(day.to_string(), weekday(day, lang))).collect();
    let title = t::shift_add_to(lang, name);
    let hidden = vec![("centre", centre.centre.to_string())];
    let fields = view! {
        <SelectField field=props("account", t::column_name(lang)) choices=people value=typed("account") empty=account::choose(lang)/>
        <SelectField field=props("weekday", t::column_day(lang)) choices=days value=typed("weekday") empty=account::choose(lang)/>
        <TextField field=props("from", t::shift_from(lang)).hint(t::shift_from_hint(lang)) value=typed("from") width=6 autocomplete="off"/>
        <TextField field=props("to", t::shift_to(lang)).hint(t::shift_to_hint(lang)) value=typed("to") width=6 autocomplete="off"/>
        <Button text=t::shift_add(lang)/>
    };
    view! {
        <Details summary=title.clone() open=here>
            <PostForm action=AddShift::PATH hidden=hidden label=title>{fields}</PostForm>
        </Details>
    }
    .into_any()
}

//! Escalation policies (升级策略): the one in force, its predecessors, and the form that publishes the next version.

use super::centres::{address, choose};
use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        form_data::FormData,
        page::PageResult,
        request::parse_id,
    },
    ui::{
        Button, CheckboxField, Details, EmptyState, FieldProps, Fieldset, IconName, Notice, PageHeading, PostForm, SummaryList,
        SummaryRow, TextField, Tone, when,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, care::escalation::policy};
use shared::{
    FieldError, FieldErrorKind, Lang, Problem,
    account::Permission::LeadCentre,
    care::escalation::{CentrePolicies, MOST_STEPS, Policy, PolicyStep, Target, field},
    texts::care_duty as t,
};

const PATH: &str = "/dispatch/policies";

/// Publishes a version. The steps come as `steps.N.TARGET` and `steps.N.delay`, N from 1; empty steps are
/// ignored.
#[server(prefix = "/api", endpoint = "care/policy")]
pub async fn publish_policy(centre: String, seen: String, progress_seconds: String) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(LeadCentre)).await?;
    let centre = parse_id(&centre)?;
    let seen = seen.parse().map_err(|_| Problem::NotFound)?;
    let (steps, rows) = steps_of(&FormData::of_call())?;
    let progress =
        progress_seconds.trim().parse().map_err(|_| Problem::field("progress_seconds", FieldErrorKind::NotAWholeNumber))?;
    match policy::publish(&ctx.app.state, &ctx.actor, centre, &steps, progress, seen).await {
        Ok(_) => {}
        Err(server::Error::Problem(Problem::Invalid { errors })) => {
            return Err(Problem::Invalid { errors: errors.into_iter().map(|e| in_form(e, &rows)).collect() }.into());
        }
        Err(other) => return Err(other.into()),
    }
    Flash::done(PATH, "policy_published").save(&ctx.session).await;
    leptos_axum::redirect(&address(PATH, centre));
    Ok(())
}

/// Reads the steps of the form, each with its row (from 1).
fn steps_of(posted: &FormData) -> Result<(Vec<PolicyStep>, Vec<usize>), Problem> {
    let (mut steps, mut rows) = (Vec::new(), Vec::new());
    for row in 0..MOST_STEPS {
        let value = |what: &str| posted.all(&field(row, what)).next().unwrap_or_default().trim().to_owned();
        let targets: Vec<Target> = Target::ALL.iter().copied().filter(|target| !value(target.code()).is_empty()).collect();
        let delay = value("delay");
        if targets.is_empty() && delay.is_empty() {
            continue;
        }
        let delay_seconds = delay.parse().map_err(|_| Problem::field(&field(row, "delay"), FieldErrorKind::NotAWholeNumber))?;
        steps.push(PolicyStep { targets, delay_seconds });
        rows.push(row);
    }
    Ok((steps, rows))
}

/// The error of a step, at the field that corrects it.
fn in_form(error: FieldError, rows: &[usize]) -> FieldError {
    let mut parts = error.field.split('.').skip(1);
    let (number, what) = (parts.next().and_then(|n| n.parse::<usize>().ok()), parts.next());
    let (Some(number), Some(what)) = (number, what) else {
        let name = if error.field == "steps" { field(0, Target::Dispatchers.code()) } else { error.field };
        return FieldError { field: name, kind: error.kind };
    };
    let row = rows.get(number.saturating_sub(1)).copied().unwrap_or_default();
    let what = match (what, &error.kind) {
        ("targets", FieldErrorKind::NotCityDesk) => Target::CityDesk.code(),
        ("targets", _) => Target::Dispatchers.code(),
        (other, _) => other,
    };
    FieldError { field: field(row, what), kind: error.kind }
}

/// `/dispatch/policies`
pub async fn page(ctx: Ctx) -> PageResult {
    let found = policy::list(&ctx.app.state, &ctx.actor).await?;
    Ok(ctx.desk_page(t::policies_title(ctx.lang), move |ctx| view(ctx, &found)))
}

fn view(ctx: &Ctx, found: &[CentrePolicies]) -> AnyView {
    let lang = ctx.lang;
    let names: Vec<_> = found.iter().map(|c| (c.centre, lang.pick(&c.name_zh, &c.name_en).clone())).collect();
    let (chosen, tabs) = choose(ctx, PATH, &names);
    let centre = found.iter().find(|c| Some(c.centre) == chosen).map(|centre| centre_view(ctx, centre));
    view! {
        <PageHeading title=t::policies_title(lang) lead=t::policies_lead(lang)/>
        <Notice tone=Tone::Progress><p>{t::policies_keep(lang)}</p></Notice>
        {tabs}
        {centre}
    }
    .into_any()
}

fn centre_view(ctx: &Ctx, centre: &CentrePolicies) -> AnyView {
    let lang = ctx.lang;
    let id = format!("centre-{}", centre.centre);
    let name = lang.pick(&centre.name_zh, &centre.name_en).clone();
    let now = match centre.versions.first() {
        Some(latest) => version(centre, latest, lang),
        None => view! { <EmptyState title=t::policy_none(lang) text=t::policy_none_text(lang) icon=IconName::Clock/> }.into_any(),
    };
    let before = centre.versions.get(1..).unwrap_or_default();
    let earlier = (!before.is_empty()).then(|| {
        let versions = before.iter().map(|p| version(centre, p, lang)).collect_view();
        view! { <Details summary=t::policy_earlier(lang, before.len())><div class="stack">{versions}</div></Details> }
    });
    view! {
        <section class="stack" aria-labelledby=id>
            <h2 id=id.clone()>{name.clone()}</h2>
            {now}
            {form(ctx, centre, &name)}
            {earlier}
        </section>
    }
    .into_any()
}

fn target(target: Target, lang: Lang) -> &'static str {
    t::find(lang, &format!("target_{}", target.code())).unwrap_or_default()
}

fn version(centre: &CentrePolicies, policy: &Policy, lang: Lang) -> AnyView {
    let by = policy.published_by.clone().unwrap_or_else(|| t::published_by_city(lang).to_owned());
    let running = centre.running.iter().find(|(version, _)| *version == policy.version).map_or(0, |(_, calls)| *calls);
    let steps = policy.steps.iter().enumerate().map(|(index, step)| {
        let whom: Vec<&str> = step.targets.iter().map(|one| target(*one, lang)).collect();
        SummaryRow::new(
            t::step_number(lang, index + 1),
            t::step_line(lang, t::SecondsWhom { seconds: step.delay_seconds, whom: whom.join(lang.pick("、", ", ")) }),
        )
    });
    let progress = SummaryRow::new(t::progress_short(lang), t::seconds(lang, policy.progress_seconds));
    let rows: Vec<SummaryRow> = steps.chain([progress]).collect();
    view! {
        <h3>{t::version(lang, policy.version)}</h3>
        <p class="hint">{t::published(lang, t::AtBy { at: when::stamp(policy.published_at, lang), by })} " " {t::running(lang, running)}</p>
        <SummaryList rows=rows/>
    }
    .into_any()
}

fn form(ctx: &Ctx, centre: &CentrePolicies, name: &str) -> AnyView {
    let lang = ctx.lang;
    let here = ctx.flash.value("centre") == Some(centre.centre.to_string());
    let latest = centre.versions.first();
    let seen = latest.map_or(0, |p| p.version).to_string();
    let hidden = vec![("centre", centre.centre.to_string()), ("seen", seen)];
    let now = latest.map(|p| p.steps.as_slice()).unwrap_or_default();
    let rows = (0..MOST_STEPS).map(|row| step_fields(ctx, here, row, now.get(row))).collect_view();
    let props = |field: &str, label: &str| if here { ctx.field(field, label) } else { FieldProps::new(field, label) };
    let progress = if here { ctx.flash.value("progress_seconds") } else { None }
        .unwrap_or_else(|| latest.map_or(120, |p| p.progress_seconds).to_string());
    let title = t::policy_publish_for(lang, name);
    let fields = view! {
        <p>{t::policy_form_lead(lang)}</p>
        {rows}
        <TextField
            field=props("progress_seconds", t::progress_label(lang)).hint(t::progress_hint(lang)).required()
            value=progress
            inputmode="numeric"
            autocomplete="off"
            width=4
            suffix=t::unit_seconds(lang)
        />
        <Button text=t::policy_publish(lang)/>
    };
    view! {
        <Details summary=title.clone() open=here>
            <PostForm action=PublishPolicy::PATH hidden=hidden label=title>{fields}</PostForm>
        </Details>
    }
    .into_any()
}

/// The fields of one row, with the typed values or those in force.
fn step_fields(ctx: &Ctx, here: bool, row: usize, now: Option<&PolicyStep>) -> AnyView {
    let lang = ctx.lang;
    let props = |what: &str, label: String| {
        let name = field(row, what);
        if here { ctx.field(&name, &label) } else { FieldProps::new(name, label) }
    };
    let boxes = Target::ALL
        .iter()
        .copied()
        .map(|one| {
            let checked = if here {
                ctx.flash.value(&field(row, one.code())).is_some()
            } else {
                now.is_some_and(|step| step.targets.contains(&one))
            };
            view! { <CheckboxField field=props(one.code(), target(one, lang).to_owned()) checked=checked/> }
        })
        .collect_view();
    let delay = if here { ctx.flash.value(&field(row, "delay")) } else { now.map(|step| step.delay_seconds.to_string()) };
    let hint = (row > 0).then(|| t::step_hint(lang));
    let fields = view! {
        {boxes}
        <TextField
            field=props("delay", t::step_delay(lang).to_owned()).hint(t::step_delay_hint(lang))
            value=delay
            inputmode="numeric"
            autocomplete="off"
            width=2
            suffix=t::unit_seconds(lang)
        />
    };
    view! { <Fieldset legend=t::step_number(lang, row + 1) hint=hint>{fields}</Fieldset> }.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn empty_steps_are_ignored_and_errors_name_their_row() {
        let body =
            "steps.1.dispatchers=yes&steps.1.delay=20&steps.3.family=yes&steps.3.medics=yes&steps.3.delay=14&steps.2.delay=";
        let (steps, rows) = steps_of(&FormData::plain(body.as_bytes())).unwrap();
        assert_eq!(rows, [0, 2]);
        assert_eq!(steps[1], PolicyStep { targets: vec![Target::Family, Target::Medics], delay_seconds: 14 });
        let Err(Problem::Invalid { errors }) = shared::care::escalation::check(&steps, 120) else { panic!() };
        let fields: Vec<_> = errors.into_iter().map(|e| in_form(e, &rows).field).collect();
        assert_eq!(fields, ["steps.3.city_desk", "steps.3.delay"]);
    }

    #[test]
    fn a_delay_that_is_no_number_names_its_field() {
        let Err(Problem::Invalid { errors }) = steps_of(&FormData::plain(b"steps.2.family=yes&steps.2.delay=soon")) else {
            panic!()
        };
        assert_eq!((errors[0].field.as_str(), &errors[0].kind), ("steps.2.delay", &FieldErrorKind::NotAWholeNumber));
    }
}

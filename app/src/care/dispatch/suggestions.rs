//! Suggested responders (推荐救援员) of a call, with reasons and missing data. The checkboxes are named `responders[to-ACCOUNT]` and
//! belong to the dispatch form: the form codec reads a name that begins with a digit as an index of a list.

use crate::{
    http::context::Ctx,
    ui::{Choice, Column, DataTable, EmptyState, FieldProps, Filters, Notice, OptionalText, Row, SelectField, Tag, Tone},
};
use leptos::prelude::*;
use server::care::dispatch::suggest::Suggestions;
use shared::{
    Lang,
    care::{
        ranking::{Pick, RADII_M, RankingRequest},
        reasons::{Shortfall, distance_text, eta_text},
        responder::Skill,
    },
    texts::respond as t,
};

/// The number of rows. Further responders appear when earlier ones decline.
const SHOWN: usize = 12;

/// The table with checkboxes, and the warnings about missing data.
#[must_use]
pub fn suggestions(lang: Lang, found: &Suggestions) -> AnyView {
    let ranking = &found.ranking;
    let columns = vec![
        Column::new(t::suggest_who(lang)),
        Column::new(t::suggest_distance(lang)).number(),
        Column::new(t::suggest_eta(lang)).number(),
        Column::new(t::suggest_why(lang)),
        Column::new(t::suggest_flags(lang)),
    ];
    let rows: Vec<Row> = ranking.picks.iter().take(SHOWN).map(|pick| row(lang, pick)).collect();
    let behind = ranking.picks.len().saturating_sub(SHOWN);
    let some = !ranking.picks.is_empty();
    view! {
        {shortfalls(lang, &ranking.shortfalls)}
        <DataTable
            caption=t::suggest_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::suggest_none(lang)/> }
        />
        {(behind > 0).then(|| view! { <p class="hint">{t::suggest_more(lang, behind)}</p> })}
        {some.then(|| view! { <p class="hint">{t::suggest_hint(lang)}" "{t::suggest_speed(lang)}</p> })}
    }
    .into_any()
}

fn row(lang: Lang, pick: &Pick) -> Row {
    let unknown = || t::suggest_unknown(lang).to_owned();
    let name = view! {
        <label class="pick">
            <input type="checkbox" name=format!("responders[to-{}]", pick.id) value=pick.id.to_string()/>
            <span>
                <span class="hidden">{t::suggest_ask(lang)}" "</span>
                {pick.name.clone()}
                " "
                <span class="hint">{t::suggest_number(lang, pick.rank)}</span>
            </span>
        </label>
    };
    let reasons = pick.reasons.iter().map(|r| view! { <li>{r.text(lang)}</li> }).collect_view();
    let flags = pick.flags.iter().map(|f| view! { <li><Tag text=f.text(lang) tone=Tone::Warn/></li> }).collect_view();
    Row::new(
        OptionalText::default(),
        vec![
            name.into_any(),
            pick.distance_m.map_or_else(unknown, |metres| distance_text(lang, metres)).into_any(),
            pick.eta_s.map_or_else(unknown, |seconds| eta_text(lang, seconds)).into_any(),
            view! { <ul class="reasons">{reasons}</ul> }.into_any(),
            if pick.flags.is_empty() { "–".into_any() } else { view! { <ul class="reasons">{flags}</ul> }.into_any() },
        ],
    )
}

fn shortfalls(lang: Lang, all: &[Shortfall]) -> AnyView {
    let lines = all.iter().map(|s| view! { <p>{s.text(lang)}</p> }).collect_view();
    (!all.is_empty()).then(|| view! { <Notice tone=Tone::Warn>{lines}</Notice> }).into_any()
}

/// Reads the requested skill and radius from the address (`?skill=`, `?radius=`).
#[must_use]
pub fn ranking_request(ctx: &Ctx) -> RankingRequest {
    RankingRequest::read(ctx.query("skill").as_deref(), ctx.query("radius").as_deref())
}

/// Draws the form that changes skill and radius. It is beside the dispatch form, not inside it.
#[must_use]
pub fn suggestions_filter(lang: Lang, path: &str, request: &RankingRequest) -> AnyView {
    let skills: Vec<Choice> = Skill::ALL.iter().map(|s| Choice::new(s.code(), s.text(lang))).collect();
    let radii: Vec<Choice> = RADII_M.iter().map(|r| Choice::new(r.to_string(), distance_text(lang, *r))).collect();
    let (skill, radius) = (request.skill.map(Skill::code), request.radius_m.to_string());
    view! {
        <Filters action=path.to_owned() label=t::suggest_title(lang) apply=t::suggest_apply(lang) clear=None>
            <SelectField
                field=FieldProps::new("skill", t::suggest_skill(lang))
                choices=skills
                value=skill
                empty=t::suggest_any_skill(lang)
            />
            <SelectField field=FieldProps::new("radius", t::suggest_radius(lang)) choices=radii value=radius/>
        </Filters>
    }
    .into_any()
}

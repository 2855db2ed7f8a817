//! The fields of a catalogue form, drawn from the item's data, for drafts and corrections alike.
//!
//! Inputs are named `answers[<path>]`. Each drawn field is listed under `asked`, so that the server function can distinguish a
//! field left empty from one that appeared with this answer.

mod block;
mod file;

use crate::{
    http::context::Ctx,
    ui::{
        CheckboxField, CheckboxesField, Choice, DateField, FieldProps, Fieldset, Icon, IconName, RadioField, SelectField,
        TextArea, TextField,
    },
};
use leptos::prelude::*;
use shared::{
    Lang, Problem,
    registry::{Facts, districts::DISTRICTS},
    services::{
        Answers, Field, Item, Kind,
        answers::is_at_or_below,
        display,
        draft::{Origin, origin},
        draft_view::UploadRow,
        form::{Part, YES},
        visibility::Shown,
    },
    texts::{services as words, services_pages as t},
};
use std::collections::BTreeSet;

/// The largest number of answers shown as radio buttons; more become a drop-down list.
const RADIOS: usize = 7;

/// Draws the fields of a form.
pub struct FormRenderer<'a> {
    /// The request, with the errors of the last form.
    pub ctx: &'a Ctx,
    /// The item.
    pub item: &'a Item,
    /// The current answers.
    pub answers: &'a Answers,
    /// The facts of the registers.
    pub facts: &'a Facts,
    /// The current files of all fields.
    pub files: &'a [UploadRow],
    /// Files that cannot be removed here, because they were sent with the application.
    pub sent: &'a [UploadRow],
    /// The paths that may change; none allows all.
    pub open: Option<&'a [String]>,
}

impl FormRenderer<'_> {
    fn lang(&self) -> Lang {
        self.ctx.lang
    }

    /// Whether the path, a part of it or a block around it may change.
    fn is_open(&self, path: &str) -> bool {
        self.open.is_none_or(|open| open.iter().any(|o| is_at_or_below(path, o) || is_at_or_below(o, path)))
    }

    /// Whether rows of the block may be added and removed.
    fn is_open_whole(&self, path: &str) -> bool {
        self.open.is_none_or(|open| open.iter().any(|o| is_at_or_below(path, o)))
    }

    /// The fields of one page, or of all pages.
    #[must_use]
    pub fn fields(&self, page: Option<&str>) -> AnyView {
        let shown = self.item.form.shown(self.answers);
        let shown: Vec<&Shown<'_>> =
            shown.iter().filter(|s| page.is_none_or(|id| s.page.id == id) && self.is_open(&s.path)).collect();
        let mut views = vec![self.hidden_inputs(page, &shown)];
        for field in &shown {
            match (field.field.kind, &field.row) {
                (Kind::Repeat, _) if self.is_open_whole(&field.path) => views.push(self.block(field.field, &shown)),
                (Kind::Repeat, _) => {}
                (_, None) => views.push(self.field(field.field, &field.path)),
                // A single open field of a row is drawn alone with its full name.
                (_, Some((block, _))) if !self.is_open_whole(&block.id) => views.push(self.field(field.field, &field.path)),
                _ => {}
            }
        }
        views.into_any()
    }

    /// The paths of the drawn fields, and earlier answers to fields that are hidden now: posted with the page, so that they are
    /// kept if the fields appear again.
    fn hidden_inputs(&self, page: Option<&str>, shown: &[&Shown<'_>]) -> AnyView {
        let asked = shown.iter().map(|s| view! { <input type="hidden" name="asked" value=s.path.clone()/> }).collect_view();
        let Some(page) = page.and_then(|id| self.item.form.page(id)) else { return asked.into_any() };
        let drawn: BTreeSet<String> = shown.iter().flat_map(|s| s.field.at(&s.path).map(|(_, path)| path)).collect();
        let fields = page.fields.iter().filter(|f| f.kind != Kind::File);
        let kept = fields.flat_map(|f| self.answers.iter().filter(|(path, _)| is_at_or_below(path, &f.id)));
        let kept = kept.filter(|(path, _)| !drawn.contains(*path)).flat_map(|(path, values)| {
            values.iter().map(|v| view! { <input type="hidden" name=Answers::input_name(path) value=v.clone()/> }).collect_view()
        });
        (asked, kept.collect_view()).into_any()
    }

    fn field(&self, field: &Field, path: &str) -> AnyView {
        let lang = self.lang();
        let hint = field.hint.as_ref().map(|h| h.text(lang).to_owned());
        let parts = field.at(path).filter(|(_, path)| self.is_open(path));
        match field.kind {
            Kind::File => self.file(field, path),
            Kind::Address | Kind::Person => {
                let named = |id: &str| words::find(lang, &format!("part_{id}")).unwrap_or_default().to_owned();
                let parts: Vec<(&Part, String)> = parts.collect();
                let lines: BTreeSet<Option<String>> =
                    parts.iter().map(|(part, path)| self.provenance(field, part, path)).collect();
                // A hint for the whole block is shown once.
                let once = if lines.len() == 1 { lines.into_iter().next().flatten() } else { None };
                let source = |part, path: &str| if once.is_some() { None } else { self.provenance(field, part, path) };
                let parts: Vec<AnyView> = parts
                    .iter()
                    .map(|(part, path)| self.part(field, part, path, &named(part.id), None, source(part, path)))
                    .collect();
                let once = once.map(|line| {
                    view! { <p class="source"><Icon icon=IconName::Shield/><span>{line}</span></p> }
                });
                view! { <Fieldset legend=self.label(field, path) hint=hint>{once} {parts}</Fieldset> }.into_any()
            }
            _ => {
                let label = self.label(field, path);
                let own = |(part, path): (&'static Part, String)| {
                    let source = self.provenance(field, part, &path);
                    self.part(field, part, &path, &label, hint.clone(), source)
                };
                parts.map(own).collect_view().into_any()
            }
        }
    }

    /// The label; the full name if a field of a row is drawn alone.
    fn label(&self, field: &Field, path: &str) -> String {
        let lang = self.lang();
        let alone = path != field.id && self.open.is_some();
        if alone { display::label(&self.item.form, path, lang) } else { field.label.text(lang).to_owned() }
    }

    fn field_props(&self, field: &Field, path: &str, label: &str) -> FieldProps {
        let lang = self.lang();
        // The error summary also names the row or block.
        let name = Answers::input_name(path);
        let props = FieldProps::new(&name, label).error(self.ctx.error(&name, &display::label(&self.item.form, path, lang)));
        let declared = field.kind == Kind::Declaration;
        if field.required { props.required() } else { props.marker((!declared).then(|| t::optional(lang))) }
    }

    /// The source of a pre-filled answer, or the note that it differs from the register.
    fn provenance(&self, field: &Field, part: &Part, path: &str) -> Option<String> {
        let fact = field.fact_of(part).and_then(|key| self.facts.get(&key));
        fact.filter(|_| self.answers.has(path))?;
        let origin = origin(field, part, path, self.answers, self.facts);
        let line = origin.line(self.lang());
        Some(if matches!(origin, Origin::Register { .. }) { t::source_change(self.lang(), line) } else { line })
    }

    fn part(&self, field: &Field, part: &Part, path: &str, label: &str, hint: Option<String>, source: Option<String>) -> AnyView {
        let lang = self.lang();
        let date_hint = (part.kind == Kind::Date).then(|| t::date_hint(lang).to_owned());
        let props = self.field_props(field, path, label).hint(hint.or(date_hint)).source(source);
        let value = self.answers.one(path).to_owned();
        let choices = || {
            let choice = |c: &shared::services::form::Choice| {
                Choice::new(c.value.clone(), c.label.text(lang)).hint(c.hint.as_ref().map(|h| h.text(lang)))
            };
            field.options.iter().map(choice).collect::<Vec<_>>()
        };
        let line = |props, value, kind, inputmode: Option<&'static str>, width: Option<u8>, suffix: Option<String>| {
            text_line(TextLine { props, value, kind, inputmode, width, suffix })
        };
        match part.kind {
            Kind::LongText => view! { <TextArea field=props value=value/> }.into_any(),
            Kind::Number => {
                let unit = field.unit.as_ref().map(|u| u.text(lang).to_owned());
                let keys = if field.decimals.unwrap_or(0) == 0 { "numeric" } else { "decimal" };
                line(props, value, "text", Some(keys), Some(6), unit)
            }
            Kind::Money => line(props, value, "text", Some("decimal"), Some(11), Some(t::money_unit(lang).to_owned())),
            Kind::Date => view! { <DateField field=props value=value/> }.into_any(),
            Kind::YesNo => {
                let choices = vec![Choice::new(YES, words::yes(lang)), Choice::new(shared::services::form::NO, words::no(lang))];
                view! { <RadioField field=props choices=choices value=value inline=true/> }.into_any()
            }
            Kind::OneOf if field.options.len() <= RADIOS => {
                view! { <RadioField field=props choices=choices() value=value/> }.into_any()
            }
            Kind::OneOf => view! { <SelectField field=props choices=choices() value=value empty=t::choose(lang)/> }.into_any(),
            Kind::SomeOf => {
                view! { <CheckboxesField field=props choices=choices() values=self.answers.all(path).to_vec()/> }.into_any()
            }
            Kind::District => {
                let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect::<Vec<_>>();
                view! { <SelectField field=props choices=districts value=value empty=t::choose(lang)/> }.into_any()
            }
            Kind::ResidentId | Kind::Uscc => line(props, value, "text", None, Some(18), None),
            Kind::BankAccount => line(props, value, "text", Some("numeric"), None, None),
            Kind::Phone => line(props, value, "tel", Some("tel"), Some(11), None),
            Kind::Email => line(props, value, "email", Some("email"), None, None),
            Kind::Declaration => view! { <CheckboxField field=props checked=value == YES/> }.into_any(),
            // Files and blocks are drawn by their own functions.
            Kind::ShortText | Kind::File | Kind::Address | Kind::Person | Kind::Repeat => {
                line(props, value, "text", None, None, None)
            }
        }
    }
}

/// The id of a row of a repeated block: the anchor after adding it.
#[must_use]
pub fn row_id(block: &str, index: u16) -> String {
    format!("row-{block}-{index}")
}

/// The problem with its fields named as their inputs.
#[must_use]
pub fn by_input(problem: Problem) -> Problem {
    let Problem::Invalid { mut errors } = problem else { return problem };
    errors.iter_mut().for_each(|e| e.field = Answers::input_name(&e.field));
    Problem::Invalid { errors }
}

struct TextLine {
    props: FieldProps,
    value: String,
    kind: &'static str,
    inputmode: Option<&'static str>,
    width: Option<u8>,
    suffix: Option<String>,
}

/// A [`TextField`] whose inputs may be absent.
fn text_line(line: TextLine) -> AnyView {
    let TextLine { props, value, kind, inputmode, width, suffix } = line;
    let autocomplete = match kind {
        "tel" => "tel",
        "email" => "email",
        _ => "off",
    };
    view! {
        <TextField
            field=props
            value=value
            kind=kind
            inputmode=inputmode.unwrap_or("text")
            autocomplete=autocomplete
            width=width.unwrap_or(u8::MAX)
            suffix=suffix
        />
    }
    .into_any()
}

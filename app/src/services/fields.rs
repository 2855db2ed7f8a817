//! The fields of a catalogue form, drawn from the item's data, for drafts and corrections alike.
//!
//! Inputs are named `answers[<path>]`. Each drawn field is listed under `asked`, so that the server function can distinguish a
//! field left empty from one that appeared with this answer.

use crate::{
    http::context::Ctx,
    ui::{
        Button, ButtonKind, CheckboxField, CheckboxesField, Choice, DateField, FieldProps, Fieldset, FileField, Icon, IconName,
        RadioField, SelectField, TextArea, TextField, field_id,
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
        draft_view::{MOST_UPLOADS, UploadRow},
        form::{Part, YES, join},
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

    /// The current files, each with a button that removes it, and an input for another.
    fn file(&self, field: &Field, path: &str) -> AnyView {
        let lang = self.lang();
        let material = field.material.as_deref().and_then(|id| self.item.material(id));
        let most = field.most().min(MOST_UPLOADS);
        // The hint of the field suffices; that of the material lacks types and sizes.
        let hint = match (&field.hint, material.and_then(|m| m.hint.as_ref())) {
            (Some(own), _) => own.text(lang).to_owned(),
            (None, Some(of)) => t::file_hint_material(
                lang,
                t::KindsMaterial { kinds: t::file_hint(lang, most), material: of.text(lang).trim_end_matches(['。', '.']) },
            ),
            (None, None) => t::file_hint(lang, most),
        };
        let mine: Vec<&UploadRow> = self.files.iter().filter(|u| u.field == path).collect();
        let old: Vec<&UploadRow> =
            self.sent.iter().filter(|u| mine.is_empty() && self.answers.all(path).contains(&u.id.to_string())).collect();
        let there = u32::try_from(mine.len()).unwrap_or(u32::MAX);
        let label = self.label(field, path);
        let props =
            FieldProps { required: field.required && mine.is_empty() && old.is_empty(), ..self.field_props(field, path, &label) };
        let lines: Vec<AnyView> = mine
            .iter()
            .map(|u| {
                let remove = format!("drop:{}", u.id);
                let name = u.name.clone();
                let button = view! {
                    <Button text=t::file_remove(lang) kind=ButtonKind::Quiet name="act" value=remove hidden=name/>
                };
                file_line(u, Some(button.into_any()))
            })
            .chain(old.iter().map(|u| file_line(u, None)))
            .collect();
        let list = (!lines.is_empty()).then(|| view! { <ul class="files" aria-label=t::file_kept(lang)>{lines}</ul> });
        // A correction posts its files with the answers; a draft stores its own.
        let values = self.open.map(|_| {
            let sent = mine.iter().chain(&old);
            sent.map(|u| view! { <input type="hidden" name=Answers::input_name(path) value=u.id.to_string()/> }).collect_view()
        });
        if there >= most {
            let id = field_id(&Answers::input_name(path));
            return view! {
                <div id=id tabindex="-1">
                    <Fieldset legend=label hint=t::file_full(lang)>{list} {values}</Fieldset>
                </div>
            }
            .into_any();
        }
        view! {
            <div class="stack">
                <FileField field=props.hint(hint)/>
                <div class="button-row">
                    <Button text=t::file_upload(lang) kind=ButtonKind::Secondary icon=IconName::Upload name="act" value="upload" hidden=label/>
                </div>
                {list} {values}
            </div>
        }
        .into_any()
    }

    /// A repeated block: its rows, an empty one if requested, and the button that adds a row.
    fn block(&self, block: &Field, shown: &[&Shown<'_>]) -> AnyView {
        let lang = self.lang();
        let name = block.label.text(lang);
        let mut rows = self.answers.rows(&block.id);
        // After an error, the added row is already among the answers.
        let added = self.ctx.query("add").is_some_and(|id| id == block.id) && self.ctx.flash.errors.is_empty();
        let wanted = added || (rows.is_empty() && block.required);
        let most = usize::try_from(block.most()).unwrap_or(usize::MAX);
        let fresh = (wanted && rows.len() < most).then(|| rows.last().map_or(0, |last| last.saturating_add(1)));
        rows.extend(fresh);
        let row = |(at, index): (usize, &u16)| {
            let number = at.saturating_add(1);
            let legend = t::row_legend(lang, t::BlockN { block: name, n: number });
            let path = join(&block.id, &index.to_string());
            let fields: Vec<AnyView> = if Some(*index) == fresh {
                let first = block.fields.iter().filter(|f| f.show_if.is_none());
                first.map(|f| self.fresh(f, &join(&path, &f.id))).collect()
            } else {
                let own = shown.iter().filter(|s| s.row.as_ref().is_some_and(|(b, i)| b.id == block.id && i == index));
                own.map(|s| self.field_in_row(s.field, &s.path)).collect()
            };
            let remove = format!("remove:{}:{index}", block.id);
            view! {
                <div id=row_id(&block.id, *index)>
                    <Fieldset legend=legend.clone()>
                        {fields}
                        <div class="button-row">
                            <Button text=t::row_remove(lang) kind=ButtonKind::Quiet name="act" value=remove hidden=legend/>
                        </div>
                    </Fieldset>
                </div>
            }
        };
        let name_of = Answers::input_name(&block.id);
        let error = self.ctx.error(&name_of, name);
        let can_add = rows.len() < most;
        let add = format!("add:{}", block.id);
        view! {
            <div class="stack" id=field_id(&name_of) tabindex="-1">
                {error.map(|text| view! { <p class="error"><Icon icon=IconName::CrossCircle/><span>{text}</span></p> })}
                {rows.is_empty().then(|| view! { <p class="hint">{t::rows_none(lang)}</p> })}
                {rows.iter().enumerate().map(row).collect_view()}
                {can_add.then(|| view! {
                    <div class="button-row">
                        <Button text=t::row_add(lang, name) kind=ButtonKind::Secondary icon=IconName::Plus name="act" value=add/>
                    </div>
                })}
            </div>
        }
        .into_any()
    }

    /// A field of a new row, which has no answers that its visibility could depend on.
    fn fresh(&self, field: &Field, path: &str) -> AnyView {
        view! { <input type="hidden" name="asked" value=path.to_owned()/> {self.field_in_row(field, path)} }.into_any()
    }

    fn field_in_row(&self, field: &Field, path: &str) -> AnyView {
        FormRenderer { open: None, ..*self }.field(field, path)
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

fn file_line(upload: &UploadRow, button: Option<AnyView>) -> AnyView {
    let address = format!("/files/{}", upload.id);
    view! {
        <li>
            <img class="thumb" src=format!("{address}?inline=1") alt="" loading="lazy"/>
            <a href=address>{upload.name.clone()}</a>
            {button}
        </li>
    }
    .into_any()
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

//! The fields of a form of the catalogue, drawn from the item's data: one way for drafts and for corrections.
//!
//! Inputs are named `answers[<path>]`. Each field that is drawn is listed under `asked`, so that the server function
//! can tell a question left open from one that only came up with this answer.

use crate::{
    http::visit::Visit,
    ui::{
        Ask, Button, ButtonKind, CheckboxField, CheckboxesField, Choice, DateField, Fieldset, FileField, Glyph, Icon, RadioField,
        SelectField, TextArea, TextField, field_id,
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

/// Up to so many answers are shown side by side, more in a list that folds out.
const RADIOS: usize = 7;

/// What fields are drawn from.
pub struct Sheet<'a> {
    /// Whose page it is; knows what was wrong.
    pub visit: &'a Visit,
    /// The item.
    pub item: &'a Item,
    /// The answers as they stand.
    pub answers: &'a Answers,
    /// What the registers said.
    pub facts: &'a Facts,
    /// The files of a field, as they would be sent now.
    pub files: &'a [UploadRow],
    /// Files that cannot be taken out here: what was sent with the application.
    pub sent: &'a [UploadRow],
    /// The only paths that may change; all where there are none.
    pub open: Option<&'a [String]>,
}

impl Sheet<'_> {
    fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// Whether something at or below the path, or the path as a part of something, may change.
    fn is_open(&self, path: &str) -> bool {
        self.open.is_none_or(|open| open.iter().any(|o| is_at_or_below(path, o) || is_at_or_below(o, path)))
    }

    /// Whether the block may change as a whole, with rows coming and going.
    fn is_open_whole(&self, path: &str) -> bool {
        self.open.is_none_or(|open| open.iter().any(|o| is_at_or_below(path, o)))
    }

    /// The fields of one page; of all pages where none is named.
    #[must_use]
    pub fn fields(&self, page: Option<&str>) -> AnyView {
        let shown = self.item.form.shown(self.answers);
        let shown: Vec<&Shown<'_>> =
            shown.iter().filter(|s| page.is_none_or(|id| s.page.id == id) && self.is_open(&s.path)).collect();
        let mut views = vec![self.out_of_sight(page, &shown)];
        for field in &shown {
            match (field.field.kind, &field.row) {
                (Kind::Repeat, _) if self.is_open_whole(&field.path) => views.push(self.block(field.field, &shown)),
                (Kind::Repeat, _) => {}
                (_, None) => views.push(self.field(field.field, &field.path)),
                // A field of a row that is open alone stands by itself, under its full name.
                (_, Some((block, _))) if !self.is_open_whole(&block.id) => views.push(self.field(field.field, &field.path)),
                _ => {}
            }
        }
        views.into_any()
    }

    /// What was asked, and what was answered before to questions that are not asked just now: posted with the page, so
    /// that a changed mind costs nothing.
    fn out_of_sight(&self, page: Option<&str>, shown: &[&Shown<'_>]) -> AnyView {
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
                let lines: BTreeSet<Option<String>> = parts.iter().map(|(part, path)| self.rests_on(field, part, path)).collect();
                // What holds for the whole block is said once.
                let once = if lines.len() == 1 { lines.into_iter().next().flatten() } else { None };
                let source = |part, path: &str| if once.is_some() { None } else { self.rests_on(field, part, path) };
                let parts: Vec<AnyView> = parts
                    .iter()
                    .map(|(part, path)| self.part(field, part, path, &named(part.id), None, source(part, path)))
                    .collect();
                let once = once.map(|line| {
                    view! { <p class="source"><Icon glyph=Glyph::Shield/><span>{line}</span></p> }
                });
                view! { <Fieldset legend=self.label(field, path) hint=hint>{once} {parts}</Fieldset> }.into_any()
            }
            _ => {
                let label = self.label(field, path);
                let own = |(part, path): (&'static Part, String)| {
                    let source = self.rests_on(field, part, &path);
                    self.part(field, part, &path, &label, hint.clone(), source)
                };
                parts.map(own).collect_view().into_any()
            }
        }
    }

    /// The label, under its full name where a field of a row stands alone.
    fn label(&self, field: &Field, path: &str) -> String {
        let lang = self.lang();
        let alone = path != field.id && self.open.is_some();
        if alone { display::label(&self.item.form, path, lang) } else { field.label.text(lang).to_owned() }
    }

    fn ask(&self, field: &Field, path: &str, label: &str) -> Ask {
        let lang = self.lang();
        // The summary on top names the row or block it belongs to, too.
        let name = Answers::input_name(path);
        let ask = Ask::new(&name, label).error(self.visit.error(&name, &display::label(&self.item.form, path, lang)));
        let declared = field.kind == Kind::Declaration;
        if field.required { ask.required() } else { ask.marker((!declared).then(|| t::optional(lang))) }
    }

    /// Where a pre-filled answer comes from, or that it differs from what the register says.
    fn rests_on(&self, field: &Field, part: &Part, path: &str) -> Option<String> {
        let fact = field.fact_of(part).and_then(|key| self.facts.get(&key));
        fact.filter(|_| self.answers.has(path))?;
        let origin = origin(field, part, path, self.answers, self.facts);
        let line = origin.line(self.lang());
        Some(if matches!(origin, Origin::Register { .. }) { t::source_change(self.lang(), line) } else { line })
    }

    fn part(&self, field: &Field, part: &Part, path: &str, label: &str, hint: Option<String>, source: Option<String>) -> AnyView {
        let lang = self.lang();
        let date_hint = (part.kind == Kind::Date).then(|| t::date_hint(lang).to_owned());
        let ask = self.ask(field, path, label).hint(hint.or(date_hint)).source(source);
        let value = self.answers.one(path).to_owned();
        let choices = || {
            let choice = |c: &shared::services::form::Choice| {
                Choice::new(c.value.clone(), c.label.text(lang)).hint(c.hint.as_ref().map(|h| h.text(lang)))
            };
            field.options.iter().map(choice).collect::<Vec<_>>()
        };
        let line = |ask, value, kind, inputmode: Option<&'static str>, width: Option<u8>, suffix: Option<String>| {
            text_line(TextLine { ask, value, kind, inputmode, width, suffix })
        };
        match part.kind {
            Kind::LongText => view! { <TextArea ask=ask value=value/> }.into_any(),
            Kind::Number => {
                let unit = field.unit.as_ref().map(|u| u.text(lang).to_owned());
                let keys = if field.decimals.unwrap_or(0) == 0 { "numeric" } else { "decimal" };
                line(ask, value, "text", Some(keys), Some(6), unit)
            }
            Kind::Money => line(ask, value, "text", Some("decimal"), Some(11), Some(t::money_unit(lang).to_owned())),
            Kind::Date => view! { <DateField ask=ask value=value/> }.into_any(),
            Kind::YesNo => {
                let choices = vec![Choice::new(YES, words::yes(lang)), Choice::new(shared::services::form::NO, words::no(lang))];
                view! { <RadioField ask=ask choices=choices value=value inline=true/> }.into_any()
            }
            Kind::OneOf if field.options.len() <= RADIOS => {
                view! { <RadioField ask=ask choices=choices() value=value/> }.into_any()
            }
            Kind::OneOf => view! { <SelectField ask=ask choices=choices() value=value empty=t::choose(lang)/> }.into_any(),
            Kind::SomeOf => {
                view! { <CheckboxesField ask=ask choices=choices() values=self.answers.all(path).to_vec()/> }.into_any()
            }
            Kind::District => {
                let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect::<Vec<_>>();
                view! { <SelectField ask=ask choices=districts value=value empty=t::choose(lang)/> }.into_any()
            }
            Kind::ResidentId | Kind::Uscc => line(ask, value, "text", None, Some(18), None),
            Kind::BankAccount => line(ask, value, "text", Some("numeric"), None, None),
            Kind::Phone => line(ask, value, "tel", Some("tel"), Some(11), None),
            Kind::Email => line(ask, value, "email", Some("email"), None, None),
            Kind::Declaration => view! { <CheckboxField ask=ask checked=value == YES/> }.into_any(),
            // A file, a block and rows are not parts; they are drawn by their own functions.
            Kind::ShortText | Kind::File | Kind::Address | Kind::Person | Kind::Repeat => {
                line(ask, value, "text", None, None, None)
            }
        }
    }

    /// Files that are there, each with a button that takes it out, and room for another.
    fn file(&self, field: &Field, path: &str) -> AnyView {
        let lang = self.lang();
        let material = field.material.as_deref().and_then(|id| self.item.material(id));
        let most = field.most().min(MOST_UPLOADS);
        // What the file of the item says of its field is enough; what it says of the material lacks kinds and sizes.
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
        let ask = Ask { required: field.required && mine.is_empty() && old.is_empty(), ..self.ask(field, path, &label) };
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
        // A correction sends its files with the answers; a draft knows its own.
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
                <FileField ask=ask.hint(hint)/>
                <div class="button-row">
                    <Button text=t::file_upload(lang) kind=ButtonKind::Secondary glyph=Glyph::Upload name="act" value="upload" hidden=label/>
                </div>
                {list} {values}
            </div>
        }
        .into_any()
    }

    /// A repeated block: its rows, an empty one where it is asked for, and the button that adds one.
    fn block(&self, block: &Field, shown: &[&Shown<'_>]) -> AnyView {
        let lang = self.lang();
        let name = block.label.text(lang);
        let mut rows = self.answers.rows(&block.id);
        // Where something is wrong, the row that was added is among the answers already.
        let added = self.visit.query("add").is_some_and(|id| id == block.id) && self.visit.flash.errors.is_empty();
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
        let error = self.visit.error(&name_of, name);
        let room = rows.len() < most;
        let add = format!("add:{}", block.id);
        view! {
            <div class="stack" id=field_id(&name_of) tabindex="-1">
                {error.map(|text| view! { <p class="error"><Icon glyph=Glyph::CrossCircle/><span>{text}</span></p> })}
                {rows.is_empty().then(|| view! { <p class="hint">{t::rows_none(lang)}</p> })}
                {rows.iter().enumerate().map(row).collect_view()}
                {room.then(|| view! {
                    <div class="button-row">
                        <Button text=t::row_add(lang, name) kind=ButtonKind::Secondary glyph=Glyph::Plus name="act" value=add/>
                    </div>
                })}
            </div>
        }
        .into_any()
    }

    /// A field of a row that is not there yet: nothing is known of it, so nothing depends on it either.
    fn fresh(&self, field: &Field, path: &str) -> AnyView {
        view! { <input type="hidden" name="asked" value=path.to_owned()/> {self.field_in_row(field, path)} }.into_any()
    }

    fn field_in_row(&self, field: &Field, path: &str) -> AnyView {
        Sheet { open: None, ..*self }.field(field, path)
    }
}

/// The id of a row of a repeated block, to which adding one leads.
#[must_use]
pub fn row_id(block: &str, index: u16) -> String {
    format!("row-{block}-{index}")
}

/// The same problem with its fields named as their inputs are.
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
    ask: Ask,
    value: String,
    kind: &'static str,
    inputmode: Option<&'static str>,
    width: Option<u8>,
    suffix: Option<String>,
}

/// A [`TextField`] whose inputs may be absent.
fn text_line(line: TextLine) -> AnyView {
    let TextLine { ask, value, kind, inputmode, width, suffix } = line;
    let autocomplete = match kind {
        "tel" => "tel",
        "email" => "email",
        _ => "off",
    };
    view! {
        <TextField
            ask=ask
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

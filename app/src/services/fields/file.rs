//! The field of uploaded files.

use super::FormRenderer;
use crate::ui::{Button, ButtonKind, FieldProps, Fieldset, FileField, IconName, field_id};
use leptos::prelude::*;
use shared::{
    services::{
        Answers, Field,
        draft_view::{MOST_UPLOADS, UploadRow},
    },
    texts::services_pages as t,
};

impl FormRenderer<'_> {
    /// The current files, each with a button that removes it, and an input for another.
    pub(super) fn file(&self, field: &Field, path: &str) -> AnyView {
        let lang = self.lang();
        let material = field.material.as_deref().and_then(|id| self.item.material(id));
        let most = field.max_count().min(MOST_UPLOADS);
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

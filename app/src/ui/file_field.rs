//! Files: photographs and scans.

use super::{
    field_props::FieldProps,
    icon::{Icon, IconName},
};
use leptos::prelude::*;

/// A field for files, with those that are kept already.
#[component]
pub fn FileField(
    /// The question; its hint says which kinds and how large.
    field: FieldProps,
    /// Kinds the chooser offers, as media types; the server looks at the content.
    #[prop(default = "image/jpeg,image/png,image/webp")]
    accept: &'static str,
    /// Several files may be chosen.
    #[prop(optional)]
    multiple: bool,
    /// Files that are kept already: address and name.
    #[prop(optional)]
    kept: Vec<(String, String)>,
) -> impl IntoView {
    let required = field.required && kept.is_empty();
    let control = view! {
        {(!kept.is_empty()).then(|| view! {
            <ul class="files">
                {kept
                    .into_iter()
                    .map(|(href, name)| view! {
                        <li><Icon icon=IconName::Document/><a href=href>{name}</a></li>
                    })
                    .collect_view()}
            </ul>
        })}
        <input
            class="input input-file"
            type="file"
            id=field.id()
            name=field.name.clone()
            accept=accept
            multiple=multiple
            required=required
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
        />
    };
    field.field(control.into_any())
}

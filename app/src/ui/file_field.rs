//! Files: photographs and scans.

use super::{
    field_props::FieldProps,
    icon::{Icon, IconName},
};
use leptos::prelude::*;

/// A file field with the stored files.
#[component]
pub fn FileField(
    /// The question; its hint names the allowed types and sizes.
    field: FieldProps,
    /// The media types that the file chooser offers; the server checks the content.
    #[prop(default = "image/jpeg,image/png,image/webp")]
    accept: &'static str,
    /// Whether several files may be chosen.
    #[prop(optional)]
    multiple: bool,
    /// The stored files: address and name.
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

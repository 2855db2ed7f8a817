//! Files: photographs and scans.

use super::{
    ask::Ask,
    icon::{Glyph, Icon},
};
use leptos::prelude::*;

/// A field for files, with those that are kept already.
#[component]
pub fn FileField(
    /// The question; its hint says which kinds and how large.
    ask: Ask,
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
    let required = ask.required && kept.is_empty();
    let control = view! {
        {(!kept.is_empty()).then(|| view! {
            <ul class="files">
                {kept
                    .into_iter()
                    .map(|(href, name)| view! {
                        <li><Icon glyph=Glyph::Document/><a href=href>{name}</a></li>
                    })
                    .collect_view()}
            </ul>
        })}
        <input
            class="input input-file"
            type="file"
            id=ask.id()
            name=ask.name.clone()
            accept=accept
            multiple=multiple
            required=required
            aria-describedby=ask.described_by()
            aria-invalid=ask.invalid()
        />
    };
    ask.field(control.into_any())
}

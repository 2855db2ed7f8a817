//! A multi-line text field.

use super::{escape::escape_html, field_props::FieldProps, optional_text::OptionalText};
use leptos::prelude::*;

/// A multi-line text field.
#[component]
pub fn TextArea(
    /// The question.
    field: FieldProps,
    /// The current value.
    #[prop(optional, into)]
    value: OptionalText,
    /// The visible lines.
    #[prop(default = 5)]
    rows: u8,
    /// The largest number of characters, for a script that counts; the server checks it.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// The keyboard shortcut (desks) that focuses the field.
    #[prop(optional, into)]
    shortcut: OptionalText,
) -> impl IntoView {
    let control = view! {
        <textarea
            class="input"
            id=field.id()
            name=field.name.clone()
            rows=rows.to_string()
            data-maxlength=maxlength.map(|n| n.to_string())
            required=field.required
            aria-keyshortcuts=shortcut.get()
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
            inner_html=content(value.as_deref().unwrap_or_default())
        ></textarea>
    };
    field.field(control.into_any())
}

/// The text as the content of a `<textarea>`. The first line break after the tag is dropped by the parser, so one is
/// added before.
fn content(text: &str) -> String {
    format!("\n{}", escape_html(text))
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn a_text_can_not_leave_its_box_and_keeps_its_first_line_break() {
        assert_eq!(content("</textarea><script>&"), "\n&lt;/textarea&gt;&lt;script&gt;&amp;");
        assert_eq!(content("\nsecond line"), "\n\nsecond line");
    }
}

//! Escaping text for HTML that is not built by the `view!` macro.

/// The text as content of an element or as a double-quoted attribute value. Also needed inside `view!` for `<textarea>`
/// and `<title>` (HTML, 13.1.2: escapable raw text elements): the renderer writes their children unescaped or with its
/// hydration markers.
#[must_use]
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_can_leave_neither_its_element_nor_its_attribute() {
        assert_eq!(escape_html("\"></title>&amp;"), "&quot;&gt;&lt;/title&gt;&amp;amp;");
    }
}

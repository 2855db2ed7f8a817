//! Tests of the rendered gallery: no style attributes, every label and description refers to a control.

use super::*;
use leptos::prelude::*;
use shared::Lang;
use std::collections::HashSet;

fn render(lang: Lang) -> String {
    Owner::new().with(|| {
        let resident = view! { <ResidentFrame frame=gallery::sample_frame(lang)>{gallery::gallery(lang)}</ResidentFrame> };
        resident.to_html()
    })
}

/// All values of an attribute in the page.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn nothing_needs_an_inline_style_or_script() {
    for lang in [Lang::Zh, Lang::En] {
        let html = render(lang);
        assert!(values(&html, "style").is_empty());
        assert!(values(&html, "onclick").is_empty());
        assert!(!html.contains("<script"));
    }
}

#[test]
fn every_reference_leads_to_one_element() {
    let html = render(Lang::Zh);
    let ids = values(&html, "id");
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id is given twice");
    for attribute in ["for", "aria-describedby"] {
        for id in values(&html, attribute).iter().flat_map(|list| list.split(' ')) {
            assert!(unique.contains(id), "{attribute} leads to {id}, which is not there");
        }
    }
    for link in values(&html, "href").iter().filter_map(|href| href.strip_prefix("#field-")) {
        assert!(unique.contains(format!("field-{link}").as_str()), "the error summary leads to {link}");
    }
}

#[test]
fn user_texts_are_escaped_everywhere() {
    let bad = "</textarea><script>alert(1)</script>\"'";
    let html = Owner::new().with(|| {
        view! {
            <TextArea field=FieldProps::new("a", bad).hint(bad).error(bad).source(bad) value=bad/>
            <TextField field=FieldProps::new("b", bad) value=bad/>
            <Tag text=bad/>
            <ComparePair label=bad old_label=bad new_label=bad old=bad new="x"/>
            <SelectField field=FieldProps::new("c", bad) choices=vec![Choice::new(bad, bad)]/>
        }
        .to_html()
    });
    assert!(!html.contains("<script"), "{html}");
    assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
    assert!(html.contains(">\n&lt;/textarea&gt;"), "{html}");
}

#[test]
fn a_field_announces_its_error_to_screen_readers() {
    let errors = vec![("phone".to_owned(), "wrong".to_owned())];
    let html = Owner::new().with(|| {
        let field = FieldProps::new("phone", "Phone").hint("help").error_in(&errors);
        view! { <TextField field=field/> }.to_html()
    });
    assert!(html.contains("id=\"field-phone\""));
    assert!(html.contains("aria-describedby=\"field-phone-hint field-phone-error\""));
    assert!(html.contains("aria-invalid=\"true\""));
}

//! A repeated block of fields.

use super::{FormRenderer, row_id};
use crate::ui::{Button, ButtonKind, Fieldset, Icon, IconName, field_id};
use leptos::prelude::*;
use shared::{
    services::{Answers, Field, form::join, visibility::Shown},
    texts::services_pages as t,
};

impl FormRenderer<'_> {
    /// A repeated block: its rows, an empty one if requested, and the button that adds a row.
    pub(super) fn block(&self, block: &Field, shown: &[&Shown<'_>]) -> AnyView {
        let lang = self.lang();
        let name = block.label.text(lang);
        let mut rows = self.answers.rows(&block.id);
        // After an error, the added row is already among the answers.
        let added = self.ctx.query("add").is_some_and(|id| id == block.id) && self.ctx.flash.errors.is_empty();
        let wanted = added || (rows.is_empty() && block.required);
        let most = usize::try_from(block.max_count()).unwrap_or(usize::MAX);
        let fresh = (wanted && rows.len() < most).then(|| rows.last().map_or(0, |last| last.saturating_add(1)));
        rows.extend(fresh);
        let row = |(at, index): (usize, &u16)| {
            let number = at.saturating_add(1);
            let legend = t::row_legend(lang, t::BlockN { block: name, n: number });
            let path = join(&block.id, &index.to_string());
            let fields: Vec<AnyView> = if Some(*index) == fresh {
                let first = block.fields.iter().filter(|f| f.show_if.is_none());
                first.map(|f| self.field_of_new_row(f, &join(&path, &f.id))).collect()
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
    fn field_of_new_row(&self, field: &Field, path: &str) -> AnyView {
        view! { <input type="hidden" name="asked" value=path.to_owned()/> {self.field_in_row(field, path)} }.into_any()
    }

    fn field_in_row(&self, field: &Field, path: &str) -> AnyView {
        FormRenderer { open: None, ..*self }.field(field, path)
    }
}

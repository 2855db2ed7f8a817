//! Rows of the same kind: queues, lists, figures.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, earliest, first of the alphabet on top.
    Ascending,
    /// Largest, latest on top.
    Descending,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The heading.
    pub text: String,
    /// The address that sorts by it (or turns the order round).
    pub sort: OptionalText,
    /// How it is sorted now, if it is.
    pub sorted: Option<Direction>,
    /// Numbers: aligned to the right, digits of one width.
    pub number: bool,
}

impl Column {
    /// A column with its heading.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// That can be sorted by a link, and is sorted now in this direction if any.
    #[must_use]
    pub fn sort(mut self, href: impl Into<OptionalText>, sorted: Option<Direction>) -> Self {
        self.sort = href.into();
        self.sorted = sorted;
        self
    }

    /// Of numbers.
    #[must_use]
    pub const fn number(mut self) -> Self {
        self.number = true;
        self
    }
}

/// A row.
pub struct Row {
    /// Where the row leads: a link around its first cell.
    pub href: OptionalText,
    /// The cells, one a column. The first names the row.
    pub cells: Vec<AnyView>,
    /// A second line under the first cell, outside its link.
    pub under: OptionalText,
}

impl Row {
    /// A row with its cells.
    #[must_use]
    pub fn new(href: OptionalText, cells: Vec<AnyView>) -> Self {
        Self { href, cells, under: OptionalText::default() }
    }

    /// With a second line under its first cell.
    #[must_use]
    pub fn under(mut self, text: impl Into<OptionalText>) -> Self {
        self.under = text.into();
        self
    }
}

/// With more columns than this a table needs half as much room again before it is one.
const FEW: usize = 5;

/// A table. Where there is no room for its columns, as on a phone or in large text, its rows become blocks, each value
/// with its column's name.
#[component]
pub fn DataTable(
    /// What the table shows.
    #[prop(into)]
    caption: String,
    /// The caption is heard but not seen, because a heading above says the same.
    #[prop(optional)]
    quiet_caption: bool,
    /// The columns.
    columns: Vec<Column>,
    /// The rows.
    rows: Vec<Row>,
    /// Shown instead of an empty table: say what to do.
    #[prop(into)]
    empty: ViewFn,
) -> impl IntoView {
    if rows.is_empty() {
        return empty.run();
    }
    let heads: Vec<(String, bool)> = columns.iter().map(|c| (c.text.clone(), c.number)).collect();
    let room = if heads.len() > FEW { "table-room table-room-wide" } else { "table-room" };
    view! {
        <div class=room>
            <table class="table" role="table">
                <caption class=quiet_caption.then_some("hidden")>{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">{columns.into_iter().map(head).collect_view()}</tr>
                </thead>
                <tbody role="rowgroup">{rows.into_iter().map(|row| body(&heads, row)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn head(column: Column) -> impl IntoView {
    let (aria, icon) = match column.sorted {
        Some(Direction::Ascending) => (Some("ascending"), IconName::ArrowUp),
        Some(Direction::Descending) => (Some("descending"), IconName::ArrowDown),
        None => (None, IconName::Sort),
    };
    let words = match column.sort.get() {
        Some(href) => view! { <a class="sort" href=href><span>{column.text}</span><Icon icon/></a> }.into_any(),
        None => view! { {column.text} }.into_any(),
    };
    view! {
        <th scope="col" role="columnheader" class=column.number.then_some("number") aria-sort=aria>{words}</th>
    }
}

fn body(heads: &[(String, bool)], row: Row) -> impl IntoView + use<> {
    let mut href = row.href.get();
    let mut under = row.under.get();
    let cells = row
        .cells
        .into_iter()
        .zip(heads.iter().cloned())
        .enumerate()
        .map(|(index, (cell, (name, number)))| {
            let class = number.then_some("number");
            if index > 0 {
                return view! { <td role="cell" class=class data-label=name><div>{cell}</div></td> }.into_any();
            }
            let cell = match href.take() {
                Some(href) => view! { <a class="row-link" href=href>{cell}</a> }.into_any(),
                None => cell,
            };
            let under = under.take().map(|text| view! { <span class="by-law wraps">{text}</span> });
            view! { <th scope="row" role="rowheader" class=class data-label=name><div>{cell} {under}</div></th> }.into_any()
        })
        .collect_view();
    view! { <tr role="row">{cells}</tr> }
}

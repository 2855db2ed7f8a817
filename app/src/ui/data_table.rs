//! Tables of queues, lists and figures.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The sort direction of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, earliest or alphabetically first on top.
    Ascending,
    /// Largest or latest on top.
    Descending,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The heading.
    pub text: String,
    /// The address that sorts by the column, or reverses the order.
    pub sort: OptionalText,
    /// The current sort direction, if any.
    pub sorted: Option<Direction>,
    /// Whether it holds numbers: right-aligned, tabular digits.
    pub number: bool,
}

impl Column {
    /// Creates a column with a heading.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Adds the link that sorts by the column, and the current direction, if any.
    #[must_use]
    pub fn sort(mut self, href: impl Into<OptionalText>, sorted: Option<Direction>) -> Self {
        self.sort = href.into();
        self.sorted = sorted;
        self
    }

    /// Marks a column of numbers.
    #[must_use]
    pub const fn number(mut self) -> Self {
        self.number = true;
        self
    }
}

/// A row.
pub struct Row {
    /// The address of the row: a link around its first cell.
    pub href: OptionalText,
    /// The cells, one per column. The first is the row header.
    pub cells: Vec<AnyView>,
    /// A second line under the first cell, outside its link.
    pub under: OptionalText,
}

impl Row {
    /// Creates a row with its cells.
    #[must_use]
    pub fn new(href: OptionalText, cells: Vec<AnyView>) -> Self {
        Self { href, cells, under: OptionalText::default() }
    }

    /// Adds a second line under the first cell.
    #[must_use]
    pub fn under(mut self, text: impl Into<OptionalText>) -> Self {
        self.under = text.into();
        self
    }
}

/// Tables with more columns than this switch to blocks at a width that is larger by half.
const NARROW_COLUMNS: usize = 5;

/// A table. In a narrow place, as on a phone or with large text, its rows become blocks, each value
/// with its column's name.
#[component]
pub fn DataTable(
    /// What the table shows.
    #[prop(into)]
    caption: String,
    /// Hides the caption visually, because a heading above has the same text.
    #[prop(optional)]
    quiet_caption: bool,
    /// The columns.
    columns: Vec<Column>,
    /// The rows.
    rows: Vec<Row>,
    /// Shown instead of an empty table; it should name the next step.
    #[prop(into)]
    empty: ViewFn,
) -> impl IntoView {
    if rows.is_empty() {
        return empty.run();
    }
    let heads: Vec<(String, bool)> = columns.iter().map(|c| (c.text.clone(), c.number)).collect();
    let class = if heads.len() > NARROW_COLUMNS { "table-room table-room-wide" } else { "table-room" };
    view! {
        <div class=class>
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

//! The design system: the components of every page.
//!
//! Components take final texts and plain data, never a context, so that the page chooses texts and language and a
//! test can render each alone. They produce plain HTML that works without scripts. Styles
//! live in `style/`; no component writes a `style` attribute, because the content security policy refuses it.
//! [`gallery::gallery`] shows every component in every state.

pub mod button;
pub mod card;
pub mod checkbox_field;
pub mod clock;
pub mod code_field;
pub mod compare;
pub mod confirmation;
pub mod data_table;
pub mod date_field;
pub mod details;
pub mod empty_state;
pub mod error_summary;
pub mod escape;
pub mod field_props;
pub mod fieldset;
pub mod figures;
pub mod file_field;
pub mod filters;
pub mod form;
pub mod frame;
pub mod gallery;
pub mod heading;
pub mod icon;
pub mod key_hints;
pub mod link_tabs;
pub mod masked;
pub mod money;
pub mod notice;
pub mod optional_text;
pub mod pager;
pub mod password_field;
pub mod radio_field;
pub mod rating;
pub mod search_box;
pub mod select_field;
pub mod summary_list;
pub mod tag;
pub mod task_list;
pub mod text_area;
pub mod text_field;
pub mod timeline;
pub mod tone;
pub mod when;

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod rendering;

pub use button::{Button, ButtonKind, ButtonRow, LinkButton};
pub use card::{Card, CardGrid};
pub use checkbox_field::{CheckboxField, CheckboxesField};
pub use clock::Clock;
pub use code_field::CodeField;
pub use compare::ComparePair;
pub use confirmation::ConfirmationPanel;
pub use data_table::{Column, DataTable, Direction, Row};
pub use date_field::DateField;
pub use details::Details;
pub use empty_state::EmptyState;
pub use error_summary::ErrorSummary;
pub use escape::escape_html;
pub use field_props::{FieldProps, field_id};
pub use fieldset::Fieldset;
pub use figures::Figures;
pub use file_field::FileField;
pub use filters::Filters;
pub use form::PostForm;
pub use frame::{DeskFrame, Frame, FrameLink, FrameSwitch, FrameText, ResidentFrame};
pub use heading::{BackLink, PageHeading};
pub use icon::{Icon, IconName};
pub use key_hints::KeyHints;
pub use link_tabs::LinkTabs;
pub use masked::Masked;
pub use money::Money;
pub use notice::Notice;
pub use optional_text::OptionalText;
pub use pager::Pager;
pub use password_field::PasswordField;
pub use radio_field::{Choice, RadioField};
pub use rating::Rating;
pub use search_box::SearchBox;
pub use select_field::SelectField;
pub use summary_list::{SummaryList, SummaryRow};
pub use tag::Tag;
pub use task_list::{Task, TaskList};
pub use text_area::TextArea;
pub use text_field::TextField;
pub use timeline::{Timeline, TimelineEvent};
pub use tone::Tone;
pub use when::When;

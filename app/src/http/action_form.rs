//! The page of a case action that needs input: back link, heading, and a form with one field for each [`Requirement`].
//!
//! A module implements [`ActionFields`] for the required inputs of its own actions. [`fields`] is the only place that matches on
//! [`Requirement`]; an input that the module has no field for is an error of the page, not a form without that field.

use super::context::Ctx;
use crate::ui::{
    BackLink, Button, ButtonKind, ButtonRow, Choice, FieldProps, LinkButton, Notice, PageHeading, PostForm, RadioField,
    SelectField, TextArea, Tone,
};
use leptos::prelude::*;
use shared::{
    Problem,
    cases::{AllowedAction, CaseView, Requirement},
};
use std::sync::Arc;

/// One field of the form. Its error and typed value are added when it is drawn.
#[derive(Clone)]
pub enum FormField {
    /// Several lines of text.
    Text {
        /// Name, label and hint.
        field: FieldProps,
        /// Lines to show.
        rows: u8,
    },
    /// One of a few choices.
    Radio {
        /// Name, label and hint.
        field: FieldProps,
        /// The choices.
        choices: Vec<Choice>,
    },
    /// One choice of a list.
    Select {
        /// Name, label and hint.
        field: FieldProps,
        /// The choices.
        choices: Vec<Choice>,
        /// The text of the empty choice.
        empty: &'static str,
    },
    /// A warning in place of a field without choices.
    Warning(&'static str),
    /// Drawn by the module.
    Custom(Arc<dyn Fn(&Ctx) -> AnyView + Send + Sync>),
}

impl FormField {
    /// A field that the module draws.
    pub fn custom(draw: impl Fn(&Ctx) -> AnyView + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(draw))
    }

    fn view(&self, ctx: &Ctx) -> AnyView {
        let with_error = |field: &FieldProps| field.clone().error(ctx.error(&field.name, &field.label));
        match self {
            Self::Text { field, rows } => {
                let value = ctx.flash.value(&field.name);
                view! { <TextArea field=with_error(field) rows=*rows maxlength=1000 value=value/> }.into_any()
            }
            Self::Radio { field, choices } => {
                let value = ctx.flash.value(&field.name);
                view! { <RadioField field=with_error(field) choices=choices.clone() value=value/> }.into_any()
            }
            Self::Select { field, choices, empty } => {
                let value = ctx.flash.value(&field.name);
                view! { <SelectField field=with_error(field) choices=choices.clone() value=value empty=*empty/> }.into_any()
            }
            &Self::Warning(text) => view! { <Notice tone=Tone::Warn><p>{text}</p></Notice> }.into_any(),
            Self::Custom(draw) => draw(ctx),
        }
    }
}

/// The choices of a field, or the warning that there are none.
pub struct Choices {
    /// Name, label and hint.
    pub field: FieldProps,
    /// The choices.
    pub choices: Vec<Choice>,
    /// The text of the empty choice of a list.
    pub empty: &'static str,
    /// Shown in place of the field when there are no choices.
    pub none: Option<&'static str>,
}

/// The fields of a module's actions, one method for each [`Requirement`]. `None`: no action of the module requires this input.
#[expect(unused_variables, reason = "the defaults offer no field")]
pub trait ActionFields {
    /// Name, label and hint of [`Requirement::Sentence`].
    fn sentence(&self, ctx: &Ctx) -> Option<FieldProps> {
        None
    }

    /// Name, label and hint of [`Requirement::Note`].
    fn note(&self, ctx: &Ctx) -> Option<FieldProps> {
        None
    }

    /// The codes of [`Requirement::RefusalCode`].
    fn refusal_code(&self, ctx: &Ctx) -> Option<(FieldProps, Vec<Choice>)> {
        None
    }

    /// The colleagues of [`Requirement::Colleague`].
    fn colleague(&self, ctx: &Ctx) -> Option<Choices> {
        None
    }

    /// The field of [`Requirement::CorrectionFields`].
    fn correction_fields(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }

    /// The field of [`Requirement::Responders`].
    fn responders(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }

    /// The field of [`Requirement::OtherCase`].
    fn other_case(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }

    /// The field of [`Requirement::Going`].
    fn active_responder(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }

    /// The field of [`Requirement::PolicyStep`].
    fn policy_step(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }

    /// The field of [`Requirement::Reached`].
    fn reached(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }

    /// The field of [`Requirement::Terms`].
    fn terms(&self, ctx: &Ctx) -> Option<FormField> {
        None
    }
}

fn field(ctx: &Ctx, requirement: Requirement, own: &dyn ActionFields) -> Option<FormField> {
    match requirement {
        Requirement::Sentence => own.sentence(ctx).map(|field| FormField::Text { field: field.required(), rows: 5 }),
        Requirement::Note => own.note(ctx).map(|field| FormField::Text { field, rows: 3 }),
        Requirement::RefusalCode => {
            own.refusal_code(ctx).map(|(field, choices)| FormField::Radio { field: field.required(), choices })
        }
        Requirement::Colleague => own.colleague(ctx).map(|Choices { field, choices, empty, none }| match none {
            Some(none) if choices.is_empty() => FormField::Warning(none),
            _ => FormField::Select { field: field.required(), choices, empty },
        }),
        Requirement::CorrectionFields => own.correction_fields(ctx),
        Requirement::Responders => own.responders(ctx),
        Requirement::OtherCase => own.other_case(ctx),
        Requirement::Going => own.active_responder(ctx),
        Requirement::PolicyStep => own.policy_step(ctx),
        Requirement::Reached => own.reached(ctx),
        Requirement::Terms => own.terms(ctx),
        // Residents answer these on pages of their own.
        Requirement::CorrectedAnswers | Requirement::Score | Requirement::Consent | Requirement::Offer => None,
    }
}

/// The fields for the required inputs of an action.
///
/// # Errors
/// [`server::Error::Broken`] if the module has no field for one of them.
pub fn fields(ctx: &Ctx, requirements: &[Requirement], own: &dyn ActionFields) -> Result<Vec<FormField>, server::Error> {
    let missing =
        |requirement: &Requirement| server::Error::Broken(format!("the page of an action has no field for {requirement:?}"));
    requirements.iter().map(|requirement| field(ctx, *requirement, own).ok_or_else(|| missing(requirement))).collect()
}

/// Finds the action with this code, if it is allowed and needs input.
///
/// # Errors
/// [`Problem::Conflict`] with the allowed actions otherwise.
pub fn find_action(case: &CaseView, allowed: &[AllowedAction], action: &str) -> Result<AllowedAction, Problem> {
    allowed.iter().find(|a| a.action == action && !a.requires.is_empty()).cloned().ok_or_else(|| Problem::Conflict {
        number: case.number.clone(),
        state: case.state.clone(),
        version: case.version,
        allowed: allowed.iter().map(|a| a.action.clone()).collect(),
    })
}

/// What the page of an action shows around the fields.
pub struct ActionPage {
    /// The path of the server function that the form posts to.
    pub post_to: &'static str,
    /// The name of the action: heading and button.
    pub title: String,
    /// The case, above the heading.
    pub caption: String,
    /// The state of the case, beside the heading.
    pub state: Option<AnyView>,
    /// A form above the form of the action.
    pub above: Option<AnyView>,
    /// The address of the page of the case.
    pub back: String,
    /// The text of the link back.
    pub back_text: &'static str,
    /// The text of the link that cancels.
    pub cancel: &'static str,
    /// The hidden inputs of the form.
    pub hidden: Vec<(&'static str, String)>,
    /// The kind of the button.
    pub kind: ButtonKind,
    /// The text of a second button that continues with the next case.
    pub next: Option<String>,
}

impl ActionPage {
    /// Draws the page with these fields.
    #[must_use]
    pub fn view(self, ctx: &Ctx, fields: &[FormField]) -> AnyView {
        let Self { post_to, title, caption, state, above, back, back_text, cancel, hidden, kind, next } = self;
        let heading = match state {
            Some(state) => view! { <PageHeading title=title.clone() caption=caption>{state}</PageHeading> }.into_any(),
            None => view! { <PageHeading title=title.clone() caption=caption/> }.into_any(),
        };
        let fields = fields.iter().map(|field| field.view(ctx)).collect_view();
        let next = next.map(|text| view! { <Button text=text kind=ButtonKind::Secondary name="next" value="yes"/> });
        view! {
            <BackLink href=back.clone() text=back_text/>
            {heading}
            {above}
            <PostForm action=post_to hidden=hidden>
                {fields}
                <ButtonRow>
                    <Button text=title kind=kind/>
                    {next}
                    <LinkButton href=back text=cancel kind=ButtonKind::Quiet/>
                </ButtonRow>
            </PostForm>
        }
        .into_any()
    }
}

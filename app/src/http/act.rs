//! Actions on a case from a form: perform, set the flash, redirect. Every server function that acts on a case goes through
//! here.

use super::{action_error::ActionError, context::Ctx, flash::Flash};
use crate::ui::FieldProps;
use server::cases::{self, ActionResult, Request};
use shared::{
    Problem,
    cases::{ActionInput, AllowedAction, CaseView, PostedFields},
};
use std::collections::HashMap;

/// The case that a form acts on.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The number of the case.
    pub number: &'a str,
    /// The version that the page showed; required for decisions, which must refer to the shown version.
    pub version: Option<i32>,
    /// The idempotency key of the form.
    pub key: &'a str,
}

impl<'a> Target<'a> {
    /// The case as shown, with the version if the action needs it.
    #[must_use]
    pub fn shown(case: &'a CaseView, action: &AllowedAction, key: &'a str) -> Self {
        Self { number: &case.number, version: action.needs_version.then_some(case.version), key }
    }

    /// The hidden inputs of a form; `action` unless the form posts to the server function of one action.
    #[must_use]
    pub fn inputs(&self, action: Option<&str>) -> Vec<(&'static str, String)> {
        let action = action.map(|action| ("action", action.to_owned()));
        let version = self.version.map(|version| ("version", version.to_string()));
        let number = [("number", self.number.to_owned())];
        number.into_iter().chain(action).chain([("key", self.key.to_owned())]).chain(version).collect()
    }
}

/// A new idempotency key for a form.
#[must_use]
pub fn new_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Ctx {
    /// Props of the field of an action's input, with the error of its last value.
    #[must_use]
    pub fn action_field(&self, field: &str, label: &str) -> FieldProps {
        self.field(&posted(field), label)
    }

    /// The last value of the field of an action's input.
    #[must_use]
    pub fn action_value(&self, field: &str) -> Option<String> {
        self.flash.value(&posted(field))
    }

    /// Performs a typed action.
    ///
    /// # Errors
    /// As [`cases::perform`].
    pub async fn act<I: ActionInput>(&self, target: Target<'_>, input: &I) -> Result<ActionResult, server::Error> {
        let Target { number, version, key } = target;
        cases::perform(self.store(), &self.actor, Request { number, version, key, input }).await
    }

    /// Performs the action that a form names, with the fields posted as `fields[…]`.
    ///
    /// # Errors
    /// As [`cases::perform_posted`]; errors use the posted field names.
    pub async fn act_posted(
        &self,
        target: Target<'_>,
        action: &str,
        fields: HashMap<String, String>,
    ) -> Result<ActionResult, Problem> {
        let Target { number, version, key } = target;
        let fields: PostedFields = fields.into_iter().collect();
        let done = cases::perform_posted(self.store(), &self.actor, (number, action), version, key, &fields).await;
        done.map_err(|error| named_as_posted(self.problem(error)))
    }

    /// Ends a server function: sets the flash of the page and redirects to it.
    ///
    /// # Errors
    /// None; the result is what a server function returns.
    pub async fn finish(&self, to: &str, flash: &str) -> Result<(), ActionError> {
        Flash::done(to, flash).save(&self.session).await;
        leptos_axum::redirect(to);
        Ok(())
    }
}

/// The name under which a field of an action's input is posted.
#[must_use]
pub fn posted(field: &str) -> String {
    format!("fields[{field}]")
}

/// The problem with its fields named as they are posted.
#[must_use]
pub fn named_as_posted(mut problem: Problem) -> Problem {
    if let Problem::Invalid { errors } = &mut problem {
        errors.iter_mut().filter(|e| !e.field.is_empty() && e.field != "key").for_each(|e| e.field = posted(&e.field));
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::FieldErrorKind;

    #[test]
    fn errors_come_back_under_the_posted_names() {
        let problem = named_as_posted(Problem::field("sentence", FieldErrorKind::Required));
        assert_eq!(problem, Problem::field("fields[sentence]", FieldErrorKind::Required));
    }
}

//! Inputs of actions behind one object type, so that one request type carries the input of any action.

use crate::error::{Error, Result};
use shared::{
    Problem,
    cases::{Action, ActionInput, action::read_document},
};
use std::any::Any;

/// An input whose type is known to its handler alone.
pub trait AnyInput: Send + Sync {
    /// The action it belongs to.
    fn action(&self) -> Action;
    /// The input, for its handler.
    fn as_any(&self) -> &dyn Any;
    /// The input as JSON: the content that the idempotency key is bound to.
    ///
    /// # Errors
    /// When it cannot be serialized.
    fn to_json(&self) -> serde_json::Result<String>;
}

impl<I: ActionInput> AnyInput for I {
    fn action(&self) -> Action {
        I::ACTION
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// Reads the input of a handler from a document.
///
/// # Errors
/// [`Problem::Invalid`] for a document that the input cannot hold.
pub fn read_input<I: ActionInput>(document: serde_json::Value) -> Result<Box<dyn AnyInput>, Problem> {
    Ok(Box::new(read_document::<I>(document)?))
}

/// The input as its handler's type. Handler and request are matched by action, so another type is a programming error.
///
/// # Errors
/// [`Error::Broken`] for two inputs that share an action.
pub fn typed<I: ActionInput>(input: &dyn AnyInput) -> Result<&I> {
    input.as_any().downcast_ref().ok_or_else(|| Error::Broken(format!("another input was registered for {}", I::ACTION.0)))
}

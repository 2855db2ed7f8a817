//! Registration of kinds of cases: each pillar gives its flow with one typed handler for each action.
//!
//! The list of lives is built where the program is composed ([`crate::pillars`], tests) and given to the store; nothing
//! here names a pillar, so a new kind of case is a row of that list.

use super::{Change, Effect};
use crate::error::{Error, Result};
use crate::store::Tx;
use shared::{
    Problem,
    cases::{Action, ActionInput, Flow, action::read_document},
};
use std::{any::Any, future::Future, pin::Pin};

/// What a handler returns.
pub type Work<'a> = Pin<Box<dyn Future<Output = Result<Effect>> + Send + 'a>>;

/// An input whose type is known to its handler alone.
pub trait AnyInput: Send + Sync {
    /// The action it belongs to.
    fn action(&self) -> Action;
    /// The input, for its handler.
    fn as_any(&self) -> &dyn Any;
    /// As JSON: what the idempotency key is bound to.
    ///
    /// # Errors
    /// When it cannot be written.
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

/// The handler of one action; made by [`handlers!`].
#[derive(Clone, Copy)]
pub struct Handler {
    /// The action.
    pub action: Action,
    /// Reads the input from a document.
    pub read: fn(serde_json::Value) -> Result<Box<dyn AnyInput>, Problem>,
    /// Does what belongs to the change, in its transaction.
    pub run: for<'a> fn(&'a Change<'a>, &'a dyn AnyInput) -> Work<'a>,
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").field("action", &self.action).finish_non_exhaustive()
    }
}

/// Reads the input of a handler from a document.
///
/// # Errors
/// [`Problem::Invalid`] for a document that the input cannot hold.
pub fn read_input<I: ActionInput>(document: serde_json::Value) -> Result<Box<dyn AnyInput>, Problem> {
    Ok(Box::new(read_document::<I>(document)?))
}

/// The input as its handler's type. [`Handler`] and request are matched by action, so another type is a fault of ours.
///
/// # Errors
/// [`Error::Broken`] for two inputs that share an action.
pub fn typed<I: ActionInput>(input: &dyn AnyInput) -> Result<&I> {
    input.as_any().downcast_ref().ok_or_else(|| Error::Broken(format!("another input was registered for {}", I::ACTION.0)))
}

/// Builds the handlers of a life: `Input => path::to::function`, where the function is
/// `async fn(&Change<'_>, &Input) -> Result<Effect>`.
#[macro_export]
macro_rules! handlers {
    ($($input:ty => $handler:path),+ $(,)?) => {
        &[$($crate::cases::Handler {
            action: <$input as shared::cases::ActionInput>::ACTION,
            read: $crate::cases::read_input::<$input>,
            run: {
                fn run<'a>(change: &'a $crate::cases::Change<'a>, input: &'a dyn $crate::cases::AnyInput) -> $crate::cases::Work<'a> {
                    Box::pin(async move { $handler(change, $crate::cases::typed::<$input>(input)?).await })
                }
                run
            },
        }),+]
    };
}

/// A kind of case: its flow and what its pillar does in each action.
#[derive(Debug)]
pub struct Life {
    /// The flow.
    pub flow: &'static Flow,
    /// One handler for each action of the flow.
    pub handlers: &'static [Handler],
    /// Whether whoever holds a person's mandate may see and act on their cases of this kind.
    pub by_mandate: bool,
}

impl Life {
    /// The input of an action that needs none.
    ///
    /// # Errors
    /// [`Error::Broken`] for an action without a handler.
    pub fn plain_input(&self, action: Action) -> Result<Box<dyn AnyInput>> {
        let handler = self.handler(action).ok_or_else(|| Error::Broken(format!("no handler for {}", action.0)))?;
        Ok((handler.read)(serde_json::Value::Object(serde_json::Map::new()))?)
    }

    /// The handler of an action; an action without one cannot be done.
    #[must_use]
    pub fn handler(&self, action: Action) -> Option<&'static Handler> {
        self.handlers.iter().find(|h| h.action == action)
    }
}

/// Every kind of case that this program serves.
#[derive(Clone, Copy, Debug)]
pub struct Lives(pub &'static [&'static Life]);

impl Lives {
    /// The lives that the store of this transaction was composed with.
    ///
    /// # Errors
    /// [`Error::Broken`] for a store that was given none.
    pub fn of(tx: &Tx) -> Result<Self> {
        tx.extension::<Self>().ok_or_else(|| Error::Broken("the store was composed without kinds of cases".to_owned()))
    }

    /// The life of this kind.
    ///
    /// # Errors
    /// [`Error::Broken`] for a kind that this version of the program does not know.
    pub fn life(self, kind: &str) -> Result<&'static Life> {
        self.0.iter().copied().find(|l| l.flow.kind == kind).ok_or_else(|| Error::Broken(format!("unknown kind of case {kind}")))
    }

    /// The flows.
    pub fn flows(self) -> impl Iterator<Item = &'static Flow> {
        self.0.iter().map(|l| l.flow)
    }
}

//! Registration of kinds of cases: each pillar gives its flow with one typed handler for each action.
//!
//! The list of kinds is built where the program is composed ([`crate::pillars`], tests) and given to the store; nothing
//! here names a pillar, so a new kind of case is one more row of that list.

use super::{
    case_row::CaseRow,
    change::{Change, Effect},
    input::AnyInput,
};
use crate::{
    error::{Error, Result},
    store::Tx,
};
use shared::{
    Problem,
    cases::{Action, Flow},
};
use std::{future::Future, pin::Pin};

/// What a handler returns.
pub type HandlerFuture<'a> = Pin<Box<dyn Future<Output = Result<Effect>> + Send + 'a>>;

/// The handler of one action; made by [`handlers!`].
#[derive(Clone, Copy)]
pub struct Handler {
    /// The action.
    pub action: Action,
    /// Reads the input from a document.
    pub read: fn(serde_json::Value) -> Result<Box<dyn AnyInput>, Problem>,
    /// Does the pillar's part of the change, in its transaction.
    pub run: for<'a> fn(&'a Change<'a>, &'a dyn AnyInput) -> HandlerFuture<'a>,
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").field("action", &self.action).finish_non_exhaustive()
    }
}

/// Builds the handlers of a kind of case: `Input => path::to::function`, where the function is
/// `async fn(&Change<'_>, &Input) -> Result<Effect>`.
#[macro_export]
macro_rules! handlers {
    ($($input:ty => $handler:path),+ $(,)?) => {
        &[$($crate::cases::life::Handler {
            action: <$input as shared::cases::ActionInput>::ACTION,
            read: $crate::cases::input::read_input::<$input>,
            run: {
                fn run<'a>(
                    change: &'a $crate::cases::change::Change<'a>,
                    input: &'a dyn $crate::cases::input::AnyInput,
                ) -> $crate::cases::life::HandlerFuture<'a> {
                    Box::pin(async move { $handler(change, $crate::cases::input::typed::<$input>(input)?).await })
                }
                run
            },
        }),+]
    };
}

/// A kind of case: its flow and its pillar's handler of each action.
#[derive(Debug)]
pub struct Life {
    /// The flow.
    pub flow: &'static Flow,
    /// One handler for each action of the flow.
    pub handlers: &'static [Handler],
    /// Whether the holder of a person's mandate may see and act on that person's cases of this kind.
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

    /// The handler of an action; an action without a handler cannot be performed.
    #[must_use]
    pub fn handler(&self, action: Action) -> Option<&'static Handler> {
        self.handlers.iter().find(|h| h.action == action)
    }
}

/// Every kind of case that this program serves.
#[derive(Clone, Copy, Debug)]
pub struct Lives(pub &'static [&'static Life]);

impl Lives {
    /// The kinds that the store of this transaction was composed with.
    ///
    /// # Errors
    /// [`Error::Broken`] for a store that was given none.
    pub fn of(tx: &Tx) -> Result<Self> {
        tx.extension::<Self>().ok_or_else(|| Error::Broken("the store was composed without kinds of cases".to_owned()))
    }

    /// The registration of this kind.
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

impl CaseRow {
    /// The flow of its kind.
    ///
    /// # Errors
    /// When the kind is not known to this version of the program.
    pub fn flow(&self, tx: &Tx) -> Result<&'static Flow> {
        Ok(Lives::of(tx)?.life(&self.kind)?.flow)
    }
}

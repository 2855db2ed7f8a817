//! The state of a running server: the store, its configuration and the services that every page, server function and
//! job uses.

use crate::{
    Config, Store,
    error::Result,
    files::Files,
    live::Live,
    mail::{self, Mailer},
};
use std::sync::Arc;

/// The state of a running server; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// Postgres, the vault and the gate.
    pub store: Store,
    /// The configuration.
    pub config: Arc<Config>,
    /// Uploaded files.
    pub files: Files,
    /// Live events.
    pub live: Live,
    pub(crate) mailer: Mailer,
    /// The same store over connections reserved for emergency calls.
    pub emergency_store: Option<Store>,
}

impl AppState {
    /// The state over a store.
    #[must_use]
    pub fn new(store: Store, config: Config) -> Self {
        let store = store.with_demo(config.demo);
        Self {
            files: Files::new(config.data_dir.join("files")),
            live: Live::new(store.clone()),
            mailer: Mailer::default(),
            emergency_store: None,
            config: Arc::new(config),
            store,
        }
    }

    /// The same state with a store for emergency calls that has connections of its own, so that a call finds one even when
    /// all others are busy.
    #[must_use]
    pub fn with_emergency_store(self, store: Store) -> Self {
        Self { emergency_store: Some(store.with_demo(self.config.demo)), ..self }
    }

    /// The state as emergency calls use it: over the reserved connections, if there are any.
    #[must_use]
    pub fn for_emergency(&self) -> Self {
        Self { store: self.emergency_store.clone().unwrap_or_else(|| self.store.clone()), ..self.clone() }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// As [`mail::send`].
    pub async fn send(&self, message: &mail::Message) -> Result<()> {
        mail::send(&self.mailer, &self.config, message).await
    }

    /// Sends a message under an id that stays the same in later tries.
    ///
    /// # Errors
    /// As [`mail::send_as`].
    pub(crate) async fn send_as(&self, message: &mail::Message, id: uuid::Uuid) -> Result<()> {
        mail::send_as(&self.mailer, &self.config, message, id).await
    }
}

//! The city as a running program: what every page, server function and job has at hand.

use crate::{Config, Store, files::Files, http::live::Live, notices::mailer::Post};
use std::sync::Arc;

/// Store and configuration; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// Postgres, the vault and the gate.
    pub store: Store,
    /// How this process serves.
    pub config: Arc<Config>,
    /// What people upload.
    pub files: Files,
    /// Live events.
    pub live: Live,
    pub(crate) post: Post,
    /// The same store over connections that nothing else uses.
    pub reserve: Option<Store>,
}

impl AppState {
    /// A running city.
    #[must_use]
    pub fn new(store: Store, config: Config) -> Self {
        let store = store.of_demo(config.demo);
        Self {
            files: Files::new(config.data_dir.join("files")),
            live: Live::new(store.clone()),
            post: Post::default(),
            reserve: None,
            config: Arc::new(config),
            store,
        }
    }

    /// With connections to Postgres of their own for calls for help: however busy the others are, a call finds one.
    #[must_use]
    pub fn with_reserve(self, reserve: Store) -> Self {
        Self { reserve: Some(reserve.of_demo(self.config.demo)), ..self }
    }

    /// The city as calls for help use it: over the reserved connections, where there are any.
    #[must_use]
    pub fn emergency(&self) -> Self {
        Self { store: self.reserve.clone().unwrap_or_else(|| self.store.clone()), ..self.clone() }
    }
}

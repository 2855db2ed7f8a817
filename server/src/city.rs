//! The city as a running program: what every page, server function and job has at hand.

use crate::{Config, Store, files::Files, http::live::Live, notices::outgoing::Post};
use std::sync::Arc;

/// Store and configuration; cheap to clone.
#[derive(Clone, Debug)]
pub struct City {
    /// Postgres, the vault and the gate.
    pub store: Store,
    /// How this process serves.
    pub config: Arc<Config>,
    /// What people upload.
    pub files: Files,
    /// Live events.
    pub live: Live,
    pub(crate) post: Post,
}

impl City {
    /// A running city.
    #[must_use]
    pub fn new(store: Store, config: Config) -> Self {
        Self {
            files: Files::new(config.data_dir.join("files")),
            live: Live::new(store.clone()),
            post: Post::default(),
            config: Arc::new(config),
            store,
        }
    }
}

//! The hash chain of the events of a case.
//!
//! The hash of an event covers the hash of the event before it in its case and every own column. Personal content is
//! covered as ciphertext, so that the chain still verifies after the person is erased.

use crate::vault::sha256;
use sea_orm::FromQueryResult;
use shared::ids::{AccountId, CaseId, EventId, PersonId};
use time::OffsetDateTime;

/// An event as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub struct EventRow {
    /// Its key.
    pub id: EventId,
    /// Its case.
    pub case_id: CaseId,
    /// Its place in the case, from 1.
    pub seq: i32,
    /// The time of the event.
    pub at: OffsetDateTime,
    /// The acting account; none: the system.
    pub actor_id: Option<AccountId>,
    /// The code of a [`shared::cases::ActorKind`]; text, so that an altered row can be read and reported.
    pub actor_kind: String,
    /// The person whose key seals the content.
    pub person_id: PersonId,
    /// The action.
    pub action: String,
    /// The state before.
    pub from_state: String,
    /// The state after.
    pub to_state: String,
    /// Facts that are readable without the person's key: canonical JSON.
    pub facts: String,
    /// Personal content under the person's key; empty if none.
    pub sealed: Vec<u8>,
    /// The hash of the event before it; empty for the first.
    pub prev: Vec<u8>,
    /// The hash of this one.
    pub hash: Vec<u8>,
}

/// The columns of [`EventRow`].
pub const EVENT_COLUMNS: &str =
    "id, case_id, seq, at, actor_id, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash";

impl EventRow {
    /// The hash this event must have. The length precedes every part, so that different events have different encodings.
    #[must_use]
    pub fn expected_hash(&self) -> Vec<u8> {
        let micros = self.at.unix_timestamp_nanos() / 1000;
        let actor = self.actor_id.map(|id| id.0.as_bytes().to_vec()).unwrap_or_default();
        let parts: [&[u8]; 13] = [
            b"huimin.event.1",
            self.id.0.as_bytes(),
            self.case_id.0.as_bytes(),
            &self.seq.to_be_bytes(),
            &micros.to_be_bytes(),
            &actor,
            self.actor_kind.as_bytes(),
            self.person_id.0.as_bytes(),
            self.action.as_bytes(),
            self.from_state.as_bytes(),
            self.to_state.as_bytes(),
            self.facts.as_bytes(),
            &self.sealed,
        ];
        let mut framed: Vec<u8> = Vec::new();
        for part in parts.into_iter().chain([self.prev.as_slice()]) {
            framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
            framed.extend_from_slice(part);
        }
        sha256(&[&framed])
    }
}

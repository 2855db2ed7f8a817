//! The hub of live events of a process: its subscribers, and the events already published to them.

use crate::live::topic::{Event, Topic};
use crate::{Actor, Store, Task, error::Result, store::Tx};
use futures::{Stream, StreamExt, stream};
use sea_orm::{FromQueryResult, raw_sql};
use shared::ids::{AccountId, CaseId, EventId, OrganisationId};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::{sync::broadcast, task::AbortHandle};
use tokio_stream::wrappers::BroadcastStream;

/// Events a client may lag behind; beyond that it gets one event for all of them.
const BACKLOG: usize = 16;

/// The subscribers of a topic.
struct Watcher {
    sender: broadcast::Sender<Event>,
    clients: usize,
    /// The number of events of a case or notices of an inbox that were published; none before the first count.
    published: Option<i64>,
}

/// How far events of queues have been published.
#[derive(Default)]
struct QueueState {
    /// Every event of a transaction below this id has been published.
    cursor: Option<String>,
    /// Events at or above the cursor that the last poll published.
    polled: HashSet<EventId>,
    /// Events published by notification since then.
    notified: HashSet<EventId>,
}

pub(super) struct Inner {
    pub(super) store: Store,
    watchers: Mutex<HashMap<Topic, Watcher>>,
    queues: Mutex<QueueState>,
    pub(super) tasks: OnceLock<Vec<AbortHandle>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.get().into_iter().flatten().for_each(AbortHandle::abort);
    }
}

/// The hub of live events of a process; cheap to clone.
#[derive(Clone)]
pub struct Live(pub(super) Arc<Inner>);

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("clients", &self.clients()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a topic watched until the client disconnects.
struct Subscription {
    live: Live,
    topic: Topic,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut watchers = lock(&self.live.0.watchers);
        if let Some(entry) = watchers.get_mut(&self.topic) {
            entry.clients = entry.clients.saturating_sub(1);
            if entry.clients == 0 {
                watchers.remove(&self.topic);
            }
        }
    }
}

#[derive(FromQueryResult)]
struct WrittenEvent {
    id: EventId,
    case_id: CaseId,
    /// The organisation of the case and those that joined it.
    queues: Vec<OrganisationId>,
    seq: i32,
}

impl Live {
    /// A hub. It starts to listen with [`Live::start`] or the first client.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, watchers: Mutex::default(), queues: Mutex::default(), tasks: OnceLock::new() }))
    }

    /// Ends every stream, so that a shutdown need not wait for the clients.
    pub fn disconnect_all(&self) {
        lock(&self.0.watchers).clear();
    }

    /// The number of connected clients.
    #[must_use]
    pub fn clients(&self) -> usize {
        lock(&self.0.watchers).values().map(|w| w.clients).sum()
    }

    fn subscribe(&self, topic: Topic) -> (Subscription, broadcast::Receiver<Event>) {
        let mut watchers = lock(&self.0.watchers);
        let new = || Watcher { sender: broadcast::channel(BACKLOG).0, clients: 0, published: None };
        let entry = watchers.entry(topic).or_insert_with(new);
        entry.clients += 1;
        (Subscription { live: self.clone(), topic }, entry.sender.subscribe())
    }

    /// The changes of the topics from now on. With `last`, the id of the last event the client received, changes since then
    /// come first; without it each topic begins with an event, because it is unknown what the client has seen.
    pub fn stream(&self, topics: Vec<Topic>, last: Option<&str>) -> impl Stream<Item = Event> + Send + use<> {
        self.start();
        let each = topics.into_iter().map(|topic| {
            // Subscribed before the replay: a change between the two is sent twice rather than lost.
            let (subscription, receiver) = self.subscribe(topic);
            let live = self.clone();
            let last = last.and_then(|l| l.split_once(' ')).filter(|(t, _)| Topic::parse(t) == Some(topic));
            let last = last.map(|(_, cursor)| cursor.to_owned());
            let missed = stream::once(async move { live.replay(topic, last.as_deref()).await }).filter_map(std::future::ready);
            let later = BroadcastStream::new(receiver).map(move |event| {
                let _ = &subscription;
                event.unwrap_or_else(|_| Event { topic, cursor: String::new() })
            });
            missed.chain(later).boxed()
        });
        stream::select_all(each.collect::<Vec<_>>())
    }

    /// One event if the topic changed since the cursor `last`.
    async fn replay(&self, topic: Topic, last: Option<&str>) -> Option<Event> {
        match self.changed_since(topic, last).await {
            Ok((cursor, changed)) => changed.then_some(Event { topic, cursor }),
            Err(error) => {
                tracing::warn!(%error, "missed live events could not be read; the client reloads");
                Some(Event { topic, cursor: String::new() })
            }
        }
    }

    /// The present cursor of a topic, and whether it changed since `last`.
    async fn changed_since(&self, topic: Topic, last: Option<&str>) -> Result<(String, bool)> {
        let tx = self.0.store.read(&Actor::system(Task::Operation)).await?;
        let count = match topic {
            Topic::Case(case) => {
                tx.fetch_value(raw_sql!(Postgres, "SELECT events::bigint FROM cases WHERE id = {case}")).await?.unwrap_or(0)
            }
            Topic::Inbox(account) => count_notices(&tx, vec![account]).await?.first().map_or(0, |(_, count)| *count),
            Topic::Queue(organisation) => {
                let cursor = current_cursor(&tx).await?.unwrap_or_default();
                let Some(last) = last.and_then(|l| l.parse::<u64>().ok()) else { return Ok((cursor, true)) };
                let last = last.to_string();
                let changed: Option<bool> = tx
                    .fetch_value(raw_sql!(
                        Postgres,
                        "SELECT EXISTS (SELECT 1 FROM event e JOIN cases c ON c.id = e.case_id
                                         WHERE e.xid >= {last}::text::xid8
                                           AND (c.organisation_id = {organisation} OR {organisation} = ANY(c.joined)))"
                    ))
                    .await?;
                return Ok((cursor, changed.unwrap_or_default()));
            }
        };
        if let Some(entry) = lock(&self.0.watchers).get_mut(&topic) {
            entry.published = entry.published.max(Some(count));
        }
        Ok((count.to_string(), last != Some(count.to_string().as_str())))
    }

    /// Sends an event to the subscribers of a topic. `count` is the number of events of the case or notices of the inbox;
    /// counts that were published already are not sent again. A notification of a notice has no count: the next poll may
    /// repeat it, which is better than a wrong count.
    fn publish(&self, topic: Topic, count: Option<i64>) {
        let queue_cursor = lock(&self.0.queues).cursor.clone().unwrap_or_default();
        let mut watchers = lock(&self.0.watchers);
        let Some(entry) = watchers.get_mut(&topic) else { return };
        if let Some(count) = count {
            if entry.published.is_some_and(|published| published >= count) {
                return;
            }
            entry.published = Some(count);
        }
        let cursor = match topic {
            Topic::Queue(_) => queue_cursor,
            Topic::Case(_) | Topic::Inbox(_) => entry.published.map(|count| count.to_string()).unwrap_or_default(),
        };
        // Fails only if every subscriber has just left.
        let _ = entry.sender.send(Event { topic, cursor });
    }

    /// Publishes a notification.
    pub(super) fn publish_notification(&self, topic: Topic, id: &str) {
        let count = match topic {
            Topic::Case(_) => id.parse().ok(),
            Topic::Queue(_) => {
                lock(&self.0.queues).notified.extend(id.parse::<EventId>());
                None
            }
            Topic::Inbox(_) => None,
        };
        self.publish(topic, count);
    }

    /// Publishes what was written since the last poll and not notified.
    pub(super) async fn publish_written(&self) -> Result<()> {
        let tx = self.0.store.read(&Actor::system(Task::Operation)).await?;
        let (before, published) = {
            let mut queues = lock(&self.0.queues);
            let notified = std::mem::take(&mut queues.notified);
            (queues.cursor.clone(), queues.polled.union(&notified).copied().collect::<HashSet<_>>())
        };
        // The cursor is read in an earlier snapshot than the events, so that no event falls between two polls.
        let next = current_cursor(&tx).await?;
        let mut polled = HashSet::new();
        match before {
            Some(before) => {
                let written: Vec<WrittenEvent> = tx
                    .fetch_all(raw_sql!(
                        Postgres,
                        "SELECT e.id, e.case_id, c.organisation_id || c.joined AS queues, e.seq
                           FROM event e JOIN cases c ON c.id = e.case_id
                          WHERE e.xid >= {before}::text::xid8 ORDER BY e.case_id, e.seq"
                    ))
                    .await?;
                polled.extend(written.iter().map(|w| w.id));
                let mut queues: Vec<OrganisationId> =
                    written.iter().filter(|w| !published.contains(&w.id)).flat_map(|w| w.queues.iter().copied()).collect();
                queues.sort_unstable();
                queues.dedup();
                written.iter().for_each(|w| self.publish(Topic::Case(w.case_id), Some(w.seq.into())));
                queues.into_iter().for_each(|organisation| self.publish(Topic::Queue(organisation), None));
            }
            // The first poll knows nothing of earlier events: clients that watch queues reload, and cases are counted, so
            // that a change made before this poll is published with its cursor.
            None => {
                let topics = self.topics();
                topics.iter().filter(|t| matches!(t, Topic::Queue(_))).for_each(|topic| self.publish(*topic, None));
                let cases = topics.into_iter().filter_map(|t| if let Topic::Case(id) = t { Some(id) } else { None }).collect();
                for (case, count) in count_events(&tx, cases).await? {
                    self.publish(Topic::Case(case), Some(count));
                }
            }
        }
        let accounts: Vec<AccountId> =
            self.topics().into_iter().filter_map(|t| if let Topic::Inbox(id) = t { Some(id) } else { None }).collect();
        if !accounts.is_empty() {
            for (account, count) in count_notices(&tx, accounts).await? {
                self.publish(Topic::Inbox(account), Some(count));
            }
        }
        let mut queues = lock(&self.0.queues);
        queues.cursor = next.or(queues.cursor.take());
        queues.polled = polled;
        Ok(())
    }

    fn topics(&self) -> Vec<Topic> {
        lock(&self.0.watchers).keys().copied().collect()
    }
}

/// The id below which every transaction has ended.
async fn current_cursor(tx: &Tx) -> Result<Option<String>> {
    tx.fetch_value(raw_sql!(Postgres, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text")).await
}

/// The number of events of each case.
async fn count_events(tx: &Tx, cases: Vec<CaseId>) -> Result<Vec<(CaseId, i64)>> {
    tx.fetch_values(raw_sql!(Postgres, "SELECT id, events::bigint FROM cases WHERE id = ANY({cases})")).await
}

/// The number of notices of each account, counted by the index on the account.
async fn count_notices(tx: &Tx, accounts: Vec<AccountId>) -> Result<Vec<(AccountId, i64)>> {
    tx.fetch_values(raw_sql!(
        Postgres,
        "SELECT a, (SELECT count(*) FROM notice n WHERE n.account_id = a) FROM unnest({accounts}::uuid[]) a"
    ))
    .await
}

//! Live events: whoever watches a case, a queue or an inbox is told that it changed, and fetches it anew.
//!
//! `NOTIFY` makes it fast: one connection a process listens. Polling keeps it true: every two seconds one query a
//! process asks what was written since the last time, by transaction ids, so that a notification that got lost costs
//! two seconds, never an event. An event carries no content, only its topic and a cursor.

use crate::{
    Actor, Store, Task,
    account::gate::{Access, CaseOf},
    cases,
    error::Result,
};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use shared::{
    Complaint, Problem,
    account::Permission,
    cases::Party,
    ids::{AccountId, CaseId, EventId, OrganisationId, PersonId},
};
use sqlx::postgres::PgListener;
use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};
use tokio::{sync::broadcast, task::AbortHandle};
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

/// How often is asked behind the notifications.
const POLL: Duration = Duration::from_secs(2);
/// Events a client may lag behind before it is told "changed" once for all of them.
const BACKLOG: usize = 16;
/// Queues that one stream watches at most.
const QUEUES: usize = 20;
/// How often an idle stream says that it is alive, so that proxies keep it and pages notice when it is not.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A case, by its key.
    Case(CaseId),
    /// The queue of an organisation.
    Queue(OrganisationId),
    /// The inbox of an account.
    Inbox(AccountId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(id) => write!(f, "case:{id}"),
            Self::Queue(id) => write!(f, "queue:{id}"),
            Self::Inbox(id) => write!(f, "inbox:{id}"),
        }
    }
}

impl Topic {
    /// Reads `case:<uuid>`, `queue:<uuid>`, `inbox:<uuid>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "case" => id.parse().ok().map(Self::Case),
            "queue" => id.parse().ok().map(Self::Queue),
            "inbox" => id.parse().ok().map(Self::Inbox),
            _ => None,
        }
    }
}

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub topic: Topic,
    /// How far it is known; given back as `last`, it spares a client what it has seen.
    pub cursor: String,
}

/// What a browser asks to watch: `?case=NUMBER`, `?queue=ORGANISATION,ORGANISATION` or `?inbox`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Watch {
    /// A case number.
    pub case: Option<String>,
    /// The keys of organisations, parted by commas: a browser opens few lines at once.
    pub queue: Option<String>,
    /// One's own inbox; the value does not matter.
    pub inbox: Option<String>,
}

/// What the actor asks to watch, if it is theirs to see.
///
/// # Errors
/// [`Problem::NotFound`] for a case that is not theirs; [`Problem::Forbidden`] and kin for a queue or an inbox;
/// [`Problem::Invalid`] when nothing is asked for.
pub async fn authorise(store: &Store, actor: &Actor, query: &Watch) -> Result<Vec<Topic>> {
    let mut topics = Vec::new();
    if let Some(number) = &query.case {
        store.gate.enter(Access::SignedIn, actor)?;
        let tx = store.read(actor).await?;
        topics.push(Topic::Case(cases::find(&tx, actor, number).await?.id));
    }
    for organisation in query.queue.iter().flat_map(|list| list.split(',')).take(QUEUES) {
        store.gate.enter(Access::AnyStaff(&[Permission::WorkOnCases, Permission::AnswerCalls]), actor)?;
        let organisation: OrganisationId = organisation.parse().map_err(|_| Problem::NotFound)?;
        let queue = CaseOf { subject: PersonId::NIL, organisation, joined: &[], helpers: &[] };
        let works_here = |wanted| store.gate.is_party(Party::Staff(wanted), actor, queue);
        if !works_here(Permission::WorkOnCases) && !works_here(Permission::AnswerCalls) {
            return Err(Problem::Forbidden.into());
        }
        topics.push(Topic::Queue(organisation));
    }
    if query.inbox.is_some() {
        store.gate.enter(Access::SignedIn, actor)?;
        topics.push(Topic::Inbox(actor.signed_in()?));
    }
    if topics.is_empty() { Err(Problem::field("case", Complaint::Required).into()) } else { Ok(topics) }
}

/// What a process knows of a topic somebody watches.
struct Watched {
    sender: broadcast::Sender<Event>,
    clients: usize,
    /// How many events of a case or notices of an inbox are told of for certain; none before the first look.
    told: Option<i64>,
}

/// What is known of what was written.
#[derive(Default)]
struct Known {
    /// Every event written by a transaction below this id has been told of.
    mark: Option<String>,
    /// Events at or above the mark that the last look told of.
    looked: HashSet<EventId>,
    /// Events heard of by notification since then.
    heard: HashSet<EventId>,
}

struct Inner {
    store: Store,
    watched: Mutex<HashMap<Topic, Watched>>,
    known: Mutex<Known>,
    tasks: OnceLock<Vec<AbortHandle>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.get().into_iter().flatten().for_each(AbortHandle::abort);
    }
}

/// The hub of live events of a process; cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("clients", &self.clients()).finish()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a topic watched as long as a client lives.
struct Seat {
    live: Live,
    topic: Topic,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut watched = locked(&self.live.0.watched);
        if let Some(entry) = watched.get_mut(&self.topic) {
            entry.clients = entry.clients.saturating_sub(1);
            if entry.clients == 0 {
                watched.remove(&self.topic);
            }
        }
    }
}

#[derive(FromQueryResult)]
struct Written {
    id: EventId,
    case_id: CaseId,
    /// Its own organisation and those drawn into it.
    queues: Vec<OrganisationId>,
    seq: i32,
}

#[derive(FromQueryResult)]
struct Counted {
    id: Uuid,
    told: i64,
}

#[derive(FromQueryResult)]
struct Mark {
    mark: String,
}

#[derive(FromQueryResult)]
struct Newer {
    newer: bool,
}

/// Notices of each account; by its index.
const COUNT_INBOX: &str =
    "SELECT a AS id, (SELECT count(*) FROM notice n WHERE n.account_id = a) AS told FROM unnest($1::uuid[]) a";
const COUNT_CASE: &str = "SELECT id, events::bigint AS told FROM cases WHERE id = ANY($1::uuid[])";

impl Live {
    /// A hub that listens once [`Live::start`] is called or somebody watches.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, watched: Mutex::default(), known: Mutex::default(), tasks: OnceLock::new() }))
    }

    /// Begins to listen and to poll; again it does nothing. Ends with the hub.
    pub fn start(&self) {
        self.0.tasks.get_or_init(|| {
            let (listener, poller) = (Arc::downgrade(&self.0), Arc::downgrade(&self.0));
            vec![tokio::spawn(listen(listener)).abort_handle(), tokio::spawn(poll(poller)).abort_handle()]
        });
    }

    /// Ends every stream, so that a server that shuts down need not wait for its watchers.
    pub fn hang_up(&self) {
        locked(&self.0.watched).clear();
    }

    /// How many clients watch something.
    #[must_use]
    pub fn clients(&self) -> usize {
        locked(&self.0.watched).values().map(|w| w.clients).sum()
    }

    fn sit(&self, topic: Topic) -> (Seat, broadcast::Receiver<Event>) {
        let mut watched = locked(&self.0.watched);
        let entry =
            watched.entry(topic).or_insert_with(|| Watched { sender: broadcast::channel(BACKLOG).0, clients: 0, told: None });
        entry.clients += 1;
        (Seat { live: self.clone(), topic }, entry.sender.subscribe())
    }

    /// Every change of the topics from now on. With `last` (the id of the last event a client saw), what changed
    /// since comes first; without it, each topic is said to have changed, since nobody knows what the client saw.
    pub fn stream(&self, topics: Vec<Topic>, last: Option<&str>) -> impl Stream<Item = Event> + Send + use<> {
        self.start();
        let each = topics.into_iter().map(|topic| {
            // Seated first, asked then: what happens between the two is told twice rather than never.
            let (seat, receiver) = self.sit(topic);
            let live = self.clone();
            let last = last.and_then(|l| l.split_once(' ')).filter(|(t, _)| Topic::parse(t) == Some(topic));
            let last = last.map(|(_, cursor)| cursor.to_owned());
            let first = stream::once(async move { live.catch_up(topic, last.as_deref()).await }).filter_map(std::future::ready);
            let later = BroadcastStream::new(receiver).map(move |event| {
                let _ = &seat;
                event.unwrap_or_else(|_| Event { topic, cursor: String::new() })
            });
            first.chain(later).boxed()
        });
        stream::select_all(each.collect::<Vec<_>>())
    }

    /// The stream as server-sent events (HTML Living Standard, 9.2): `changed` with topic and cursor as its id, and `alive`
    /// while there is nothing to tell.
    pub fn sse(
        &self,
        topics: Vec<Topic>,
        last: Option<&str>,
    ) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>> + Send + use<>> {
        let events = self.stream(topics, last).map(|event| {
            let kind = event.topic.to_string();
            let told = SseEvent::default().event("changed").id(format!("{kind} {}", event.cursor));
            Ok(told.data(kind.split(':').next().unwrap_or_default()))
        });
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).event(SseEvent::default().event("alive").data("")))
    }

    /// What a client that saw `last` has missed.
    async fn catch_up(&self, topic: Topic, last: Option<&str>) -> Option<Event> {
        match self.cursor_since(topic, last).await {
            Ok((cursor, newer)) => newer.then_some(Event { topic, cursor }),
            Err(error) => {
                tracing::warn!(%error, "what a client missed is not known; it is told to look");
                Some(Event { topic, cursor: String::new() })
            }
        }
    }

    async fn cursor_since(&self, topic: Topic, last: Option<&str>) -> Result<(String, bool)> {
        let tx = self.0.store.read(&Actor::system(Task::Operation)).await?;
        let (text, id) = match topic {
            Topic::Case(id) => (COUNT_CASE, id.uuid()),
            Topic::Inbox(id) => (COUNT_INBOX, id.uuid()),
            Topic::Queue(id) => {
                let now: Option<Mark> = tx.one(MARK, []).await?;
                let Some(last) = last.and_then(|l| l.parse::<u64>().ok()) else {
                    return Ok((now.map(|m| m.mark).unwrap_or_default(), true));
                };
                let newer: Option<Newer> = tx
                    .one(
                        "SELECT EXISTS (SELECT 1 FROM event e JOIN cases c ON c.id = e.case_id
                                         WHERE e.xid >= $1::text::xid8 AND (c.organisation_id = $2 OR $2 = ANY(c.joined))) AS newer",
                        [last.to_string().into(), id.into()],
                    )
                    .await?;
                return Ok((now.map(|m| m.mark).unwrap_or_default(), newer.is_some_and(|n| n.newer)));
            }
        };
        let counted: Option<Counted> = tx.one(text, [vec![id].into()]).await?;
        let told = counted.map_or(0, |c| c.told);
        if let Some(entry) = locked(&self.0.watched).get_mut(&topic) {
            entry.told = entry.told.max(Some(told));
        }
        Ok((told.to_string(), last != Some(told.to_string().as_str())))
    }

    /// Tells those who watch. `count` says how many events of a case or notices of an inbox there are; what they
    /// were told of already is not told again. A notification of a notice does not say how many there are: the next
    /// look may tell it a second time, which is better than to lose count.
    fn tell(&self, topic: Topic, count: Option<i64>) {
        let mark = locked(&self.0.known).mark.clone().unwrap_or_default();
        let mut watched = locked(&self.0.watched);
        let Some(entry) = watched.get_mut(&topic) else { return };
        if let Some(count) = count {
            if entry.told.is_some_and(|told| told >= count) {
                return;
            }
            entry.told = Some(count);
        }
        let cursor = match topic {
            Topic::Queue(_) => mark,
            Topic::Case(_) | Topic::Inbox(_) => entry.told.map(|told| told.to_string()).unwrap_or_default(),
        };
        // Nobody left to hear it is no failure.
        let _ = entry.sender.send(Event { topic, cursor });
    }

    /// Tells what a notification says.
    fn hear(&self, topic: Topic, id: &str) {
        let count = match topic {
            Topic::Case(_) => id.parse().ok(),
            Topic::Queue(_) => {
                locked(&self.0.known).heard.extend(id.parse::<EventId>());
                None
            }
            Topic::Inbox(_) => None,
        };
        self.tell(topic, count);
    }

    /// Tells what was written since the last look and was not heard of.
    async fn look(&self) -> Result<()> {
        let tx = self.0.store.read(&Actor::system(Task::Operation)).await?;
        let (before, told) = {
            let mut known = locked(&self.0.known);
            let heard = std::mem::take(&mut known.heard);
            (known.mark.clone(), known.looked.union(&heard).copied().collect::<HashSet<_>>())
        };
        // The mark is taken in an earlier snapshot than the look: nothing falls between the two.
        let next: Option<Mark> = tx.one(MARK, []).await?;
        let mut looked = HashSet::new();
        match before {
            Some(before) => {
                let written: Vec<Written> = tx.all(WRITTEN, [before.into()]).await?;
                looked.extend(written.iter().map(|w| w.id));
                let mut queues: Vec<OrganisationId> =
                    written.iter().filter(|w| !told.contains(&w.id)).flat_map(|w| w.queues.iter().copied()).collect();
                queues.sort_unstable();
                queues.dedup();
                written.iter().for_each(|w| self.tell(Topic::Case(w.case_id), Some(w.seq.into())));
                queues.into_iter().for_each(|organisation| self.tell(Topic::Queue(organisation), None));
            }
            // The first look knows nothing of the time before it: whoever watches by now is told to look.
            None => self.topics().into_iter().for_each(|topic| self.tell(topic, None)),
        }
        let accounts: Vec<AccountId> =
            self.topics().into_iter().filter_map(|t| if let Topic::Inbox(id) = t { Some(id) } else { None }).collect();
        if !accounts.is_empty() {
            for row in tx.all::<Counted>(COUNT_INBOX, [accounts.into()]).await? {
                self.tell(Topic::Inbox(row.id.into()), Some(row.told));
            }
        }
        let mut known = locked(&self.0.known);
        known.mark = next.map(|m| m.mark).or(known.mark.take());
        known.looked = looked;
        Ok(())
    }

    fn topics(&self) -> Vec<Topic> {
        locked(&self.0.watched).keys().copied().collect()
    }
}

const WRITTEN: &str =
    "SELECT e.id, e.case_id, c.organisation_id || c.joined AS queues, e.seq FROM event e JOIN cases c ON c.id = e.case_id
    WHERE e.xid >= $1::text::xid8 ORDER BY e.case_id, e.seq";
/// Below this id every transaction has ended.
const MARK: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark";

async fn poll(hub: Weak<Inner>) {
    let mut ticks = tokio::time::interval(POLL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(live) = hub.upgrade().map(Live) else { return };
        if let Err(error) = live.look().await {
            tracing::warn!(%error, "live events wait for the store");
        }
    }
}

async fn listen(hub: Weak<Inner>) {
    loop {
        let Some(pool) = hub.upgrade().map(|inner| inner.store.pool().clone()) else { return };
        if let Err(error) = hear(&hub, &pool).await {
            tracing::warn!(%error, "the listener begins anew");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear(hub: &Weak<Inner>, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("huimin_live").await?;
    loop {
        let notification = listener.recv().await?;
        let Some(live) = hub.upgrade().map(Live) else { return Ok(()) };
        let Some((topic, id)) = notification.payload().split_once(' ') else { continue };
        if let Some(topic) = Topic::parse(topic) {
            live.hear(topic, id);
        }
    }
}

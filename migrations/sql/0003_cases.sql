-- A case (办件): everything that has a life. Changed by server::cases::act alone.
CREATE TABLE cases (
    id                uuid PRIMARY KEY,
    number            text NOT NULL UNIQUE,
    kind              text NOT NULL,
    title_zh          text NOT NULL,                   -- what it is about: the item's name, never personal
    title_en          text NOT NULL,
    subject_id        uuid NOT NULL REFERENCES person (id),
    applicant_id      uuid NOT NULL REFERENCES account (id), -- who filed it (the subject, or one with a mandate)
    organisation_id   uuid NOT NULL REFERENCES organisation (id),
    state             text NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    assignee_id       uuid REFERENCES account (id),
    opened_at         timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    closed_at         timestamptz,
    due_on            date,                            -- of the clock that runs; null while none does or it is pending
    events            integer NOT NULL DEFAULT 0,
    head              bytea NOT NULL DEFAULT ''::bytea -- hash of the last event
);
CREATE INDEX cases_queue ON cases (organisation_id, state, due_on, id) WHERE closed_at IS NULL;
CREATE INDEX cases_subject ON cases (subject_id, id);
CREATE INDEX cases_applicant ON cases (applicant_id, id);
CREATE INDEX cases_assignee ON cases (assignee_id) WHERE closed_at IS NULL;

-- A clock (时限) in working days. Days already counted are stored when it stands still, never guessed.
CREATE TABLE case_clock (
    case_id       uuid NOT NULL REFERENCES cases (id),
    clock         text NOT NULL,
    started_on    date NOT NULL,
    legal_days    integer NOT NULL CHECK (legal_days > 0),
    promised_days integer NOT NULL CHECK (promised_days BETWEEN 1 AND legal_days),
    counted_days  integer NOT NULL DEFAULT 0,          -- up to the last pause
    running_since date,                                -- null: paused or stopped
    stopped_on    date,
    legal_due     date,                                -- null while paused, stopped or pending
    promised_due  date,
    pending_year  integer,                             -- the calendar year that is not published yet
    warned_at     timestamptz,
    PRIMARY KEY (case_id, clock)
);
CREATE INDEX case_clock_due ON case_clock (legal_due) WHERE running_since IS NOT NULL;
CREATE INDEX case_clock_pending ON case_clock (pending_year) WHERE pending_year IS NOT NULL;

-- The one record of what happened: timeline, audit log and notices are readings of it. Append-only.
CREATE TABLE event (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES cases (id),
    seq         integer NOT NULL,
    at          timestamptz NOT NULL,
    actor_id    uuid,                                  -- account; null for the system
    actor_kind  text NOT NULL,                         -- role in which they acted: applicant, delegate, caseworker, ..., system
    person_id   uuid NOT NULL REFERENCES person (id),  -- whose key seals the content
    action      text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    facts       text NOT NULL,                         -- canonical JSON without personal content
    sealed      bytea NOT NULL,                        -- personal content under the person's key; empty if none
    prev        bytea NOT NULL,
    hash        bytea NOT NULL,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (case_id, seq)
);
CREATE INDEX event_xid ON event (xid);

-- A client-made key makes a repeated write one write. Stored only with success.
CREATE TABLE idempotency (
    actor     text NOT NULL,
    route     text NOT NULL,
    key       text NOT NULL CHECK (length(key) BETWEEN 8 AND 80),
    body_hash bytea NOT NULL,
    outcome   jsonb NOT NULL,
    at        timestamptz NOT NULL DEFAULT huimin_now(),
    PRIMARY KEY (actor, route, key)
);

-- What the operator should know and a page shows: overdue clocks, calendars that will be missing, failed deliveries.
CREATE TABLE operator_warning (
    code     text PRIMARY KEY,
    detail   text NOT NULL,
    since    timestamptz NOT NULL DEFAULT huimin_now()
);

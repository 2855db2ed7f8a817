-- Cases (办件): cases with their clocks and events, idempotency keys, warnings for the operator, and who may see the content of a case.

-- A case: any matter whose states and steps are defined by a Flow (shared::cases::flow). Only server::cases writes it.
CREATE TABLE cases (
    id                uuid PRIMARY KEY,
    number            text NOT NULL UNIQUE,
    kind              text NOT NULL,
    title_zh          text NOT NULL,                   -- the subject matter, e.g. the item's name; never personal
    title_en          text NOT NULL,
    subject_id        uuid NOT NULL REFERENCES person (id),
    applicant_id      uuid REFERENCES account (id),    -- who filed it (the subject or their delegate); null: no account, e.g. a device
    organisation_id   uuid NOT NULL REFERENCES organisation (id),
    joined            uuid[] NOT NULL DEFAULT '{}',    -- other organisations that share the case (协办单位)
    helpers           uuid[] NOT NULL DEFAULT '{}',    -- accounts called to help
    state             text NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    assignee_id       uuid REFERENCES account (id),
    opened_at         timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    closed_at         timestamptz,
    due_on            date,                            -- due date of the running clock; null if none runs or it is pending
    events            integer NOT NULL DEFAULT 0,      -- number of events
    head              bytea NOT NULL DEFAULT ''::bytea -- hash of the last event
);
CREATE INDEX cases_queue ON cases (organisation_id, state, due_on, id) WHERE closed_at IS NULL;
-- The queue ordered by due date; cases without one come last.
CREATE INDEX cases_due ON cases (organisation_id, (coalesce(due_on, 'infinity'::date)), id) WHERE closed_at IS NULL;
CREATE INDEX cases_subject ON cases (subject_id, id);
CREATE INDEX cases_applicant ON cases (applicant_id, id);
CREATE INDEX cases_assignee ON cases (assignee_id) WHERE closed_at IS NULL;
CREATE INDEX cases_joined ON cases USING gin (joined) WHERE closed_at IS NULL AND joined <> '{}';
-- Open emergency calls, oldest first.
CREATE INDEX cases_calls_open ON cases (opened_at) WHERE kind = 'sos' AND closed_at IS NULL;
-- Published financing demands, newest first.
CREATE INDEX cases_demands ON cases (id DESC) WHERE kind = 'demand' AND state = 'published';

-- A clock (时限) in working days. A paused clock stores the days counted so far, and days of a published calendar are never
-- counted again.
CREATE TABLE case_clock (
    case_id       uuid NOT NULL REFERENCES cases (id),
    clock         text NOT NULL,
    started_on    date NOT NULL,
    legal_days    integer NOT NULL CHECK (legal_days > 0),
    promised_days integer NOT NULL CHECK (promised_days BETWEEN 1 AND legal_days),
    counted_days  integer NOT NULL DEFAULT 0,          -- up to the last pause
    counted_pending_year integer,                      -- the year whose calendar is missing in counted_days; they are recounted once it is published
    running_since date,                                -- null: paused or stopped
    stopped_on    date,
    legal_due     date,                                -- null while paused, stopped or pending
    promised_due  date,
    pending_year  integer,                             -- the year whose calendar is not published yet and that the due dates wait for
    warn_on       date,                                -- when 80 % of the legal days are used up
    warned_at     timestamptz,
    overdue_at    timestamptz,                         -- when staff were notified that it is overdue
    PRIMARY KEY (case_id, clock)
);
CREATE INDEX case_clock_due ON case_clock (legal_due) WHERE running_since IS NOT NULL;
CREATE INDEX case_clock_pending ON case_clock (pending_year) WHERE pending_year IS NOT NULL;
CREATE INDEX case_clock_warning ON case_clock (warn_on) WHERE running_since IS NOT NULL AND warned_at IS NULL;

-- The single record of what happened: timeline, audit log and notices are derived from it. Append-only.
CREATE TABLE event (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES cases (id),
    seq         integer NOT NULL,
    at          timestamptz NOT NULL,
    actor_id    uuid,                                  -- account; null for the system
    actor_kind  text NOT NULL,                         -- the role in which they acted: applicant, delegate, caseworker, ..., system
    person_id   uuid NOT NULL REFERENCES person (id),  -- whose key encrypts the content
    action      text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    facts       text NOT NULL,                         -- canonical JSON without personal content
    sealed      bytea NOT NULL,                        -- personal content under the person's key; empty if none
    prev        bytea NOT NULL,                        -- hash of the previous event
    hash        bytea NOT NULL,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (case_id, seq)
);
-- The job that signs the roots of the event chain reads events in this order, by ranges of transactions.
CREATE INDEX event_order ON event (xid, case_id, seq);

-- Idempotency keys made by clients: a repeated write takes effect once. Stored only if the write succeeds.
CREATE TABLE idempotency (
    actor     text NOT NULL,
    route     text NOT NULL,
    key       text NOT NULL CHECK (length(key) BETWEEN 8 AND 80),
    body_hash bytea NOT NULL,
    outcome   jsonb NOT NULL,
    at        timestamptz NOT NULL DEFAULT huimin_now(),
    PRIMARY KEY (actor, route, key)
);

-- Warnings for the operator, shown on a page: overdue clocks, missing holiday calendars, failed deliveries.
CREATE TABLE operator_warning (
    code     text PRIMARY KEY,
    detail   text NOT NULL,
    since    timestamptz NOT NULL DEFAULT huimin_now()
);

-- Whether the actor may see the content of a case: its subject, their delegate, and those who work on it or help.
CREATE FUNCTION huimin_sees_content(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND (
        c.subject_id = ANY((SELECT huimin_persons())::uuid[])
        OR c.organisation_id = ANY((SELECT huimin_case_organisations())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR huimin_actor() = ANY(c.helpers))) $$;

-- The accounts that are notified about a case: its subject's, and that of the delegate who filed it.
CREATE FUNCTION huimin_notified_accounts(wanted uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT a.id FROM cases c JOIN account a ON a.person_id = c.subject_id WHERE c.id = wanted AND a.disabled_at IS NULL
    UNION
    SELECT m.account_id FROM cases c JOIN mandate m ON m.person_id = c.subject_id AND m.account_id = c.applicant_id
     WHERE c.id = wanted AND m.confirmed_at IS NOT NULL AND m.revoked_at IS NULL AND m.ends_on >= huimin_today() $$;

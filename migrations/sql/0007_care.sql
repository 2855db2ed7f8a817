-- Care (安养): emergency calls, their escalation, and the responders. A call is a case of kind `sos`; these tables hold
-- what a call has besides its case. State and history are stored only in the case.

-- A dispatch centre (调度中心): extends an organisation of kind `centre`. Administrators add centres. A centre takes calls
-- once its chief has published its first escalation policy; until then they ring at the city's duty desk.
CREATE TABLE care_centre (
    organisation_id uuid PRIMARY KEY REFERENCES organisation (id),
    neighbour_id    uuid REFERENCES organisation (id), -- the centre called when this one does not answer
    latitude        double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),   -- WGS 84, degrees
    longitude       double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    phone           text                                -- the centre's own line, never a personal number
);

-- An escalation policy (升级策略). A version never changes; a running call keeps the version it started with.
CREATE TABLE care_policy (
    id               uuid PRIMARY KEY,
    organisation_id  uuid NOT NULL REFERENCES organisation (id),
    version          integer NOT NULL CHECK (version > 0),
    steps            jsonb NOT NULL,                    -- shared::care::escalation::PolicyStep, in order
    progress_seconds integer NOT NULL DEFAULT 120 CHECK (progress_seconds BETWEEN 30 AND 1800),
    published_at     timestamptz NOT NULL DEFAULT huimin_now(),
    published_by     uuid REFERENCES account (id),
    UNIQUE (organisation_id, version)
);

-- The weekly rota (排班): who is on duty when, in China Standard Time. A night shift is two rows.
CREATE TABLE care_rota (
    id              uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    account_id      uuid NOT NULL REFERENCES account (id),
    weekday         smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7), -- ISO 8601: Monday is 1
    from_minute     smallint NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
    to_minute       smallint NOT NULL CHECK (to_minute BETWEEN 1 AND 1440 AND to_minute > from_minute)
);
CREATE INDEX care_rota_account ON care_rota (account_id);
CREATE INDEX care_rota_organisation ON care_rota (organisation_id, weekday);

-- A member's own statement that overrides the rota (on or off duty until a time), and their last sign of presence.
CREATE TABLE care_duty (
    account_id uuid PRIMARY KEY REFERENCES account (id),
    on_duty    boolean,                                 -- null: as the rota says
    until      timestamptz,                             -- end of on_duty; null: until they change it
    seen_at    timestamptz,
    absent_at  timestamptz                              -- since when they are unreachable: they did not answer the board's presence check
);

-- A responder (救援员): skills and last known location.
CREATE TABLE care_responder (
    account_id      uuid PRIMARY KEY REFERENCES account (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    skills          text[] NOT NULL DEFAULT '{}',       -- shared::care::responder::Skill
    languages       text[] NOT NULL DEFAULT '{}',       -- BCP 47: zh, zh-x-wuhan, en …
    mode            text NOT NULL CHECK (mode IN ('walk', 'bicycle', 'moped', 'car', 'ambulance')),
    latitude        double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude       double precision CHECK (longitude BETWEEN -180 AND 180),
    accuracy_m      double precision,
    located_at      timestamptz,
    resting_until   timestamptz                         -- rest period after a shift
);
CREATE INDEX care_responder_organisation ON care_responder (organisation_id);

-- A person's care profile (照护档案) for those who come to help, encrypted under the person's own key.
CREATE TABLE care_profile (
    person_id  uuid PRIMARY KEY REFERENCES person (id),
    centre_id  uuid NOT NULL REFERENCES organisation (id), -- the centre that takes the person's calls
    sealed     bytea NOT NULL,                          -- shared::care::profile::Profile
    updated_at timestamptz NOT NULL DEFAULT huimin_now(),
    updated_by uuid REFERENCES account (id)
);

-- A person's emergency contacts (紧急联系人), in order.
CREATE TABLE care_contact (
    id         uuid PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    place      smallint NOT NULL CHECK (place BETWEEN 1 AND 9), -- the rank
    account_id uuid REFERENCES account (id),            -- the contact's account, if any: gets notices and may answer
    key_holder boolean NOT NULL DEFAULT false,
    sealed     bytea NOT NULL,                          -- shared::care::profile::Contact, under the person's key
    UNIQUE (person_id, place) DEFERRABLE                -- checked at the end of a statement, so that the order can be changed
);
CREATE INDEX care_contact_account ON care_contact (account_id) WHERE account_id IS NOT NULL;

-- A device that may call for a person without a session (呼叫设备): a browser for a year, or an alarm button for ten.
CREATE TABLE care_device (
    id           uuid PRIMARY KEY,
    person_id    uuid NOT NULL REFERENCES person (id),
    account_id   uuid REFERENCES account (id),          -- the owner of the browser; null for a button
    kind         text NOT NULL CHECK (kind IN ('browser', 'button')),
    label        text NOT NULL,
    secret_hash  bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT huimin_now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    used_at      timestamptz,
    tested_at    timestamptz                            -- the last monthly test press
);
CREATE INDEX care_device_person ON care_device (person_id);

-- The care side of an emergency call (呼救).
CREATE TABLE care_call (
    case_id        uuid PRIMARY KEY REFERENCES cases (id),
    known          boolean NOT NULL,                    -- whether the person in need is known
    callback       bytea,                               -- a number to call back, under the person's key
    callback_index bytea,                               -- its blind index: finds a second press from the same phone
    words          bytea,                               -- the caller's text, under the person's key
    place          bytea,                               -- shared::care::geo::Fix, the last known, under the person's key
    located_at     timestamptz,                         -- when the place was measured
    raised_at      timestamptz NOT NULL,
    policy_id      uuid NOT NULL REFERENCES care_policy (id),
    step           integer NOT NULL DEFAULT 0,          -- index of the policy step that is due next
    round          integer NOT NULL DEFAULT 0,          -- number of completed passes through all steps
    next_step_at   timestamptz,                         -- ringing: the next step; answered: deadline for progress; null: no timer
    first_answered_at timestamptz,
    answered_at    timestamptz,                         -- when the current answer was given; null while it rings
    dispatched_at  timestamptz,
    on_scene_at    timestamptz,
    ended_at       timestamptz,
    merged_into    uuid REFERENCES cases (id),
    fine_at        timestamptz                          -- when the caller reported, after the countdown, that they are well
);
CREATE INDEX care_call_due ON care_call (next_step_at) WHERE next_step_at IS NOT NULL;
CREATE INDEX care_call_callback ON care_call (callback_index) WHERE ended_at IS NULL AND callback_index IS NOT NULL;
CREATE INDEX care_call_raised ON care_call (raised_at);

-- A press of the emergency button (按下). The client makes its id, so that a repeated request stays one press. Several
-- presses for one person belong to one call.
CREATE TABLE care_press (
    id          uuid PRIMARY KEY,
    case_id     uuid REFERENCES cases (id),             -- null: a device's test press
    secret_hash bytea NOT NULL,                         -- the secret that lets the caller follow, locate and cancel the press
    source      text NOT NULL CHECK (source IN ('resident', 'family', 'browser', 'anonymous', 'button')),
    device_id   uuid REFERENCES care_device (id),
    account_id  uuid REFERENCES account (id),
    at          timestamptz NOT NULL DEFAULT huimin_now()
);
CREATE INDEX care_press_case ON care_press (case_id);
CREATE INDEX care_press_device ON care_press (device_id, at DESC) WHERE device_id IS NOT NULL;

-- An alert (呼叫记录): whom a policy step called, and when.
CREATE TABLE care_alert (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES cases (id),
    round      integer NOT NULL,
    step       integer NOT NULL,
    target     text NOT NULL,                           -- shared::care::escalation::Target
    account_id uuid REFERENCES account (id),
    contact_id uuid REFERENCES care_contact (id) ON DELETE SET NULL,
    due_at     timestamptz NOT NULL,                    -- when the step was due
    at         timestamptz NOT NULL DEFAULT huimin_now()
);
CREATE INDEX care_alert_case ON care_alert (case_id, id);
-- When a queued message is sent, finds the calls that still alert this account.
CREATE INDEX care_alert_account ON care_alert (account_id, at) WHERE account_id IS NOT NULL;

-- A request to a responder to go to a call (派单). Its progress is recorded as timestamps; only the case has a
-- state.
CREATE TABLE care_offer (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES cases (id),
    responder_id    uuid NOT NULL REFERENCES account (id),
    offered_by      uuid REFERENCES account (id),
    offered_at      timestamptz NOT NULL DEFAULT huimin_now(),
    distance_m      double precision,                   -- at the time of the request
    eta_s           integer,
    reasons         jsonb NOT NULL DEFAULT '[]',        -- shared::care::reasons::Reason
    wave            integer NOT NULL DEFAULT 1,         -- of the responders asked in one wave, the first to accept goes
    accepted_at     timestamptz,
    due_at          timestamptz,                        -- accepted: deadline for setting out; on the way: deadline for arriving
    declined_at     timestamptz,
    decline_reason  text,                               -- shared::care::responder::Decline; also set when a responder gives up later
    withdrawn_at    timestamptz,                        -- when the request was withdrawn
    withdrawn_reason text CHECK (withdrawn_reason IN ('late', 'desk')), -- null: another responder goes, or none is needed
    set_out_at      timestamptz,
    arrived_at      timestamptz,
    done_at         timestamptz,
    welfare_due_at  timestamptz,                        -- deadline for reporting that they are well
    welfare_alarm_at timestamptz,
    UNIQUE (case_id, responder_id),                     -- a responder who is asked again reuses the row
    CHECK (accepted_at IS NULL OR declined_at IS NULL)
);
-- The first accept wins, enforced here whatever the program does: one responder of each wave goes.
CREATE UNIQUE INDEX care_offer_first ON care_offer (case_id, wave) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX care_offer_responder ON care_offer (responder_id, offered_at DESC);
CREATE INDEX care_offer_welfare ON care_offer (welfare_due_at) WHERE welfare_due_at IS NOT NULL AND welfare_alarm_at IS NULL;
CREATE INDEX care_offer_under_way ON care_offer (responder_id) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL AND done_at IS NULL;
CREATE INDEX care_offer_going ON care_offer (case_id) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL AND done_at IS NULL;

-- Heartbeats of processes that must not stop: the escalation engine and its watchdog.
CREATE TABLE care_heartbeat (
    name text PRIMARY KEY,
    at   timestamptz NOT NULL
);

-- The city's duty desk (城市值班台) always exists, so that every call can ring somewhere, even in a city that has not been
-- set up.
INSERT INTO organisation (id, code, kind, district, name_zh, name_en)
VALUES ('00000000-0000-8000-8000-000000000120', 'dispatch-city', 'centre', NULL, '武汉市应急值班台', 'Wuhan Duty Desk');
INSERT INTO care_centre (organisation_id, latitude, longitude) VALUES ('00000000-0000-8000-8000-000000000120', 30.5931, 114.3054);
INSERT INTO care_policy (id, organisation_id, version, steps)
VALUES ('00000000-0000-8000-8000-000000000121', '00000000-0000-8000-8000-000000000120', 1,
        '[{"targets": ["dispatchers"], "delay_seconds": 20}, {"targets": ["family", "medics"], "delay_seconds": 20},
          {"targets": ["city_desk"], "delay_seconds": 20}]');

-- Notifies the escalation engine when a row is written whose next step is already due. Steps due later are found by polling.
CREATE FUNCTION huimin_call_due() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('huimin_call', ''); RETURN NULL; END $$;
CREATE TRIGGER care_call_made_due AFTER INSERT OR UPDATE OF next_step_at ON care_call
    FOR EACH ROW WHEN (NEW.next_step_at <= huimin_now()) EXECUTE FUNCTION huimin_call_due();

-- Which of these accounts are on duty now: their own statement if it is in force, else the rota.
CREATE FUNCTION huimin_duty_of(accounts uuid[]) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH now_at AS (SELECT huimin_now() AS at, huimin_now() AT TIME ZONE 'Asia/Shanghai' AS local),
         local_time AS (SELECT n.at, n.local::date AS day, extract(isodow FROM n.local) AS weekday,
                               extract(hour FROM n.local) * 60 + extract(minute FROM n.local) AS minute FROM now_at n)
    SELECT a.id FROM local_time, unnest(accounts) AS a (id) LEFT JOIN care_duty d ON d.account_id = a.id
     WHERE CASE WHEN d.absent_at IS NOT NULL THEN false
                WHEN d.on_duty IS NOT NULL AND (d.until IS NULL OR d.until > local_time.at) THEN d.on_duty
                ELSE EXISTS (SELECT 1 FROM care_rota r WHERE r.account_id = a.id AND r.weekday = local_time.weekday
                                AND local_time.minute >= r.from_minute AND local_time.minute < r.to_minute)
                     AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = a.id AND b.days @> local_time.day) END $$;
CREATE FUNCTION huimin_on_duty(account uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT 1 FROM huimin_duty_of(ARRAY[account])) $$;

-- The dispatchers to whom a call can be handed over: those of its own centre and of the centres that joined it.
CREATE FUNCTION huimin_call_colleagues(wanted uuid) RETURNS TABLE (account uuid, name text, centre_zh text, centre_en text, on_duty boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT DISTINCT ON (a.id) a.id, a.staff_name, o.name_zh, o.name_en, huimin_on_duty(a.id)
      FROM cases c JOIN membership m ON m.organisation_id = c.organisation_id OR m.organisation_id = ANY(c.joined)
      JOIN account a ON a.id = m.account_id JOIN organisation o ON o.id = m.organisation_id
     WHERE c.id = wanted AND c.kind = 'sos'
       AND (huimin_task() IS NOT NULL OR (c.organisation_id || c.joined) && (SELECT huimin_centres())::uuid[])
       AND m.role = ANY(ARRAY['dispatcher', 'chief_dispatcher'])
       AND m.ended_at IS NULL AND a.disabled_at IS NULL AND a.staff_name IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = a.id AND b.days @> huimin_today())
     ORDER BY a.id, o.code $$;

-- The responders who could go to a call, for the dispatchers who handle it: those of its own centre and of the centres
-- that joined it, or of the whole city once the city's duty desk has it. SECURITY DEFINER, because not every dispatcher
-- may read whether a responder of another centre still holds the role, has the key or has been there before.
CREATE FUNCTION huimin_candidates(wanted uuid) RETURNS TABLE (
    account uuid, name text, responder boolean, on_duty boolean, skills text[], languages text[], mode text,
    latitude double precision, longitude double precision, accuracy_m double precision, located_at timestamptz,
    resting_until timestamptz, key_holder boolean, visits bigint, unavailable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH call AS (
        SELECT c.id, c.subject_id, c.organisation_id || c.joined AS centres FROM cases c
         WHERE c.id = wanted AND c.kind = 'sos' AND (huimin_task() IS NOT NULL OR (c.organisation_id || c.joined) && huimin_centres())),
    whole_city AS (SELECT FROM call JOIN organisation o ON o.id = ANY(call.centres) WHERE o.kind = 'centre' AND o.district IS NULL),
    near AS (SELECT r.* FROM call, care_responder r WHERE r.organisation_id = ANY(call.centres) OR EXISTS (SELECT FROM whole_city)),
    keys AS (SELECT DISTINCT k.account_id FROM call JOIN care_contact k ON k.person_id = call.subject_id WHERE k.key_holder AND k.account_id IS NOT NULL),
    earlier_visits AS (SELECT o.responder_id, count(*) AS times FROM call JOIN cases c ON c.subject_id = call.subject_id
               JOIN care_offer o ON o.case_id = c.id WHERE o.arrived_at IS NOT NULL GROUP BY o.responder_id),
    -- Asked for this call and not released, or declined it; or under way to any call, or at its scene.
    busy AS (SELECT o.responder_id FROM call JOIN care_offer o ON o.case_id = call.id
              WHERE (o.withdrawn_at IS NULL AND o.done_at IS NULL) OR o.decline_reason IS NOT NULL
             UNION
             SELECT o.responder_id FROM care_offer o WHERE o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL)
    SELECT n.account_id,
           a.staff_name,
           EXISTS (SELECT FROM membership m WHERE m.account_id = n.account_id AND m.organisation_id = n.organisation_id
                      AND m.role = 'responder' AND m.ended_at IS NULL),
           n.account_id IN (SELECT d FROM huimin_duty_of(ARRAY(SELECT account_id FROM near)) AS d),
           n.skills,
           n.languages,
           n.mode,
           n.latitude,
           n.longitude,
           n.accuracy_m,
           n.located_at,
           n.resting_until,
           n.account_id IN (SELECT account_id FROM keys),
           coalesce(b.times, 0),
           n.account_id IN (SELECT responder_id FROM busy)
      FROM near n JOIN account a ON a.id = n.account_id AND a.disabled_at IS NULL AND a.staff_name IS NOT NULL
      LEFT JOIN earlier_visits b ON b.responder_id = n.account_id $$;

-- Whether a call concerns the actor as a helper: they were alerted, or they were asked to go and neither declined nor were
-- released, or they are an emergency contact of a known person (contacts are notified when the call is answered and may
-- follow it). SECURITY DEFINER, because the policies of the tables it reads call it.
CREATE FUNCTION huimin_helps(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT FROM care_alert p WHERE p.case_id = wanted AND p.account_id = huimin_actor())
        OR EXISTS (SELECT FROM care_offer o WHERE o.case_id = wanted AND o.responder_id = huimin_actor()
                      AND o.declined_at IS NULL AND o.withdrawn_at IS NULL)
        OR EXISTS (SELECT FROM cases c JOIN care_call k ON k.case_id = c.id AND k.known JOIN care_contact f ON f.person_id = c.subject_id
                    WHERE c.id = wanted AND f.account_id = huimin_actor()) $$;
-- Whether the actor is a helper of a call that is still open: what every policy for helpers asks.
CREATE FUNCTION huimin_helps_now(wanted uuid, helpers uuid[], closed timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_actor() = ANY(helpers) AND closed IS NULL AND huimin_helps(wanted) $$;

-- Whether the actor may see a call's text, location and phone number: the person and their delegates, the centres that
-- handle it, and helpers while it is open. Former helpers still see that the call exists (policy cases_seen), so that
-- they can be notified that another responder goes, but not its content.
CREATE FUNCTION huimin_sees_call(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND (
        c.subject_id = ANY((SELECT huimin_persons())::uuid[])
        OR c.organisation_id = ANY((SELECT huimin_case_organisations())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR huimin_helps_now(c.id, c.helpers, c.closed_at))) $$;

-- Whether the actor may read a person's care profile and contacts: the person and their delegates, helpers of an open
-- call, and the centres of an open call or, for its closing report, of one closed within the last day. Staff of a department that
-- has another case of the same person may not.
CREATE FUNCTION huimin_reads_care_profile(person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT person = ANY((SELECT huimin_persons())::uuid[])
        OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person AND c.kind = 'sos' AND (
            ((c.closed_at IS NULL OR c.closed_at > huimin_now() - interval '24 hours')
                AND (c.organisation_id = ANY((SELECT huimin_centres())::uuid[]) OR c.joined && (SELECT huimin_centres())::uuid[]))
            OR huimin_helps_now(c.id, c.helpers, c.closed_at))) $$;

-- Care (安养): calls for help, who is called in turn, who goes. A call is a case of kind `sos`; what is kept here hangs
-- on it. Its state and its history are the case's alone.

-- A dispatch centre (调度中心): what an organisation of kind `centre` has besides its name.
CREATE TABLE care_centre (
    organisation_id uuid PRIMARY KEY REFERENCES organisation (id),
    neighbour_id    uuid REFERENCES organisation (id), -- who is asked when nobody answers here
    latitude        double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),   -- WGS 84, degrees
    longitude       double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180)
);

-- An escalation policy (升级策略); a version is never changed, a running call keeps its own.
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

-- The weekly rota (排班): who is on duty when, in China Standard Time. A night is two rows.
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

-- What somebody says of themself against the rota: on or off duty until then; and when they last showed that they are there.
CREATE TABLE care_duty (
    account_id uuid PRIMARY KEY REFERENCES account (id),
    on_duty    boolean,                                 -- null: as the rota says
    until      timestamptz,                             -- of on_duty; null: until they say otherwise
    seen_at    timestamptz,
    absent_at  timestamptz                              -- did not answer when the board asked whether they are there
);

-- A responder (救援员): what they can do and where they are.
CREATE TABLE care_responder (
    account_id      uuid PRIMARY KEY REFERENCES account (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    skills          text[] NOT NULL DEFAULT '{}',       -- shared::care::ranking::Skill
    languages       text[] NOT NULL DEFAULT '{}',       -- BCP 47: zh, zh-x-wuhan, en …
    mode            text NOT NULL CHECK (mode IN ('walk', 'bicycle', 'moped', 'car', 'ambulance')),
    latitude        double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude       double precision CHECK (longitude BETWEEN -180 AND 180),
    accuracy_m      double precision,
    located_at      timestamptz,
    resting_until   timestamptz                         -- rest period after a shift
);
CREATE INDEX care_responder_organisation ON care_responder (organisation_id);

-- What helps whoever comes to help (照护档案): sealed under the person's own key.
CREATE TABLE care_profile (
    person_id  uuid PRIMARY KEY REFERENCES person (id),
    centre_id  uuid NOT NULL REFERENCES organisation (id), -- whose calls theirs are
    sealed     bytea NOT NULL,                          -- shared::care::profile::Profile
    updated_at timestamptz NOT NULL DEFAULT huimin_now(),
    updated_by uuid REFERENCES account (id)
);

-- Whom to call for this person (紧急联系人), in order.
CREATE TABLE care_contact (
    id         uuid PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    place      smallint NOT NULL CHECK (place BETWEEN 1 AND 9),
    account_id uuid REFERENCES account (id),            -- if they have one here: told in the inbox, may answer
    key_holder boolean NOT NULL DEFAULT false,
    sealed     bytea NOT NULL,                          -- shared::care::profile::Contact, under the person's key
    UNIQUE (person_id, place) DEFERRABLE                -- looked at when a whole statement is done: so that an order can be changed
);
CREATE INDEX care_contact_account ON care_contact (account_id) WHERE account_id IS NOT NULL;

-- What may call for a person without a session: a browser for a year, a button on a wrist (呼叫设备).
CREATE TABLE care_device (
    id           uuid PRIMARY KEY,
    person_id    uuid NOT NULL REFERENCES person (id),
    account_id   uuid REFERENCES account (id),          -- whose browser it is; null for a device
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

-- The care side of a call (呼救).
CREATE TABLE care_call (
    case_id        uuid PRIMARY KEY REFERENCES cases (id),
    known          boolean NOT NULL,                    -- whether it is known for whom
    callback       bytea,                               -- a number to call back, under the person's key
    callback_index bytea,                               -- the same as a blind index: a second press of the same phone
    words          bytea,                               -- what the caller wrote, under the person's key
    place          bytea,                               -- shared::care::geo::Fix, the last known, under the person's key
    placed_at      timestamptz,
    raised_at      timestamptz NOT NULL,
    policy_id      uuid NOT NULL REFERENCES care_policy (id),
    step           integer NOT NULL DEFAULT 0,          -- the step of the policy that is due next, from 0
    round          integer NOT NULL DEFAULT 0,          -- how often it went through all of them
    next_step_at   timestamptz,                         -- ringing: the next step; answered: until something must happen; null: neither
    first_answered_at timestamptz,
    answered_at    timestamptz,                         -- of the answer that stands
    dispatched_at  timestamptz,
    on_scene_at    timestamptz,
    ended_at       timestamptz,
    merged_into    uuid REFERENCES cases (id),
    fine_at        timestamptz                          -- the caller said that help is not needed any more
);
CREATE INDEX care_call_due ON care_call (next_step_at) WHERE next_step_at IS NOT NULL;
CREATE INDEX care_call_callback ON care_call (callback_index) WHERE ended_at IS NULL AND callback_index IS NOT NULL;
CREATE INDEX care_call_raised ON care_call (raised_at);

-- A press (按下): its key is made by whoever presses, so that pressing again and again stays one press. Several presses
-- of one person are one call.
CREATE TABLE care_press (
    id          uuid PRIMARY KEY,
    case_id     uuid REFERENCES cases (id),             -- null: a device's test press
    secret_hash bytea NOT NULL,                         -- what lets the presser follow, locate and cancel it
    source      text NOT NULL CHECK (source IN ('resident', 'family', 'browser', 'anonymous', 'button')),
    device_id   uuid REFERENCES care_device (id),
    account_id  uuid REFERENCES account (id),
    at          timestamptz NOT NULL DEFAULT huimin_now()
);
CREATE INDEX care_press_case ON care_press (case_id);
CREATE INDEX care_press_device ON care_press (device_id, at DESC) WHERE device_id IS NOT NULL;

-- Whom a step of a policy called, and when (呼叫记录).
CREATE TABLE care_page (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES cases (id),
    round      integer NOT NULL,
    step       integer NOT NULL,
    target     text NOT NULL,                           -- shared::care::escalation::Target
    account_id uuid REFERENCES account (id),
    contact_id uuid REFERENCES care_contact (id) ON DELETE SET NULL,
    due_at     timestamptz NOT NULL,                    -- when the step was to be taken
    at         timestamptz NOT NULL DEFAULT huimin_now()
);
CREATE INDEX care_page_case ON care_page (case_id, id);

-- A responder asked to go (派单). Times instead of a state: the call's state is the case's.
CREATE TABLE care_offer (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES cases (id),
    responder_id    uuid NOT NULL REFERENCES account (id),
    offered_by      uuid REFERENCES account (id),
    offered_at      timestamptz NOT NULL DEFAULT huimin_now(),
    distance_m      double precision,                   -- as it was when asked
    eta_s           integer,
    reasons         jsonb NOT NULL DEFAULT '[]',        -- shared::care::ranking::Reason
    wave            integer NOT NULL DEFAULT 1,         -- those asked together for one place
    accepted_at     timestamptz,
    declined_at     timestamptz,
    withdrawn_at    timestamptz,                        -- somebody else goes, or nobody has to
    set_out_at      timestamptz,
    arrived_at      timestamptz,
    done_at         timestamptz,
    welfare_due_at  timestamptz,                        -- until then they say that they are well
    welfare_alarm_at timestamptz,
    UNIQUE (case_id, responder_id),
    CHECK (accepted_at IS NULL OR declined_at IS NULL)
);
-- First accept wins, whatever the program thinks: of those asked together, one goes.
CREATE UNIQUE INDEX care_offer_first ON care_offer (case_id, wave) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX care_offer_responder ON care_offer (responder_id, offered_at DESC);
CREATE INDEX care_offer_welfare ON care_offer (welfare_due_at) WHERE welfare_due_at IS NOT NULL AND welfare_alarm_at IS NULL;

-- Signs of life of what must not stop: the engine, its auditor.
CREATE TABLE care_heartbeat (
    name text PRIMARY KEY,
    at   timestamptz NOT NULL
);

-- The city's duty desk (城市值班台) is always there: a call must never find nobody to ring at, not even in a city that
-- has not been set up.
INSERT INTO organisation (id, code, kind, district, name_zh, name_en)
VALUES ('00000000-0000-8000-8000-000000000120', 'dispatch-city', 'centre', NULL, '武汉市应急值班台', 'Wuhan Duty Desk');
INSERT INTO care_centre (organisation_id, latitude, longitude) VALUES ('00000000-0000-8000-8000-000000000120', 30.5931, 114.3054);
INSERT INTO care_policy (id, organisation_id, version, steps)
VALUES ('00000000-0000-8000-8000-000000000121', '00000000-0000-8000-8000-000000000120', 1,
        '[{"targets": ["dispatchers"], "delay_seconds": 20}, {"targets": ["family", "medics"], "delay_seconds": 20},
          {"targets": ["city_desk"], "delay_seconds": 20}]');

-- Whether somebody is on duty now: what they said last, else the rota.
CREATE FUNCTION huimin_on_duty(account uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT coalesce(
        (SELECT CASE WHEN d.absent_at IS NOT NULL THEN false WHEN d.until IS NULL OR d.until > huimin_now() THEN d.on_duty END
           FROM care_duty d WHERE d.account_id = account),
        EXISTS (SELECT 1 FROM care_rota r, (SELECT huimin_now() AT TIME ZONE 'Asia/Shanghai' AS local) n
                 WHERE r.account_id = account AND r.weekday = extract(isodow FROM n.local)
                   AND extract(hour FROM n.local) * 60 + extract(minute FROM n.local) >= r.from_minute
                   AND extract(hour FROM n.local) * 60 + extract(minute FROM n.local) < r.to_minute)
        AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = account AND b.days @> huimin_today())) $$;

-- Who can be handed a call: whoever answers calls in its own centre or in one that was drawn into it.
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

GRANT EXECUTE ON FUNCTION huimin_on_duty(uuid), huimin_call_colleagues(uuid) TO huimin_app;
GRANT SELECT ON care_centre, care_policy TO huimin_app;
GRANT SELECT, INSERT, UPDATE ON care_duty, care_responder, care_profile, care_device, care_call, care_offer, care_heartbeat TO huimin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON care_contact, care_rota TO huimin_app;
GRANT INSERT ON care_policy TO huimin_app;
GRANT SELECT, INSERT ON care_press, care_page TO huimin_app;
-- A call that goes on as part of another takes its presses and pages with it; nothing else of them ever changes.
GRANT UPDATE (case_id) ON care_press, care_page TO huimin_app;

ALTER TABLE care_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_policy_read ON care_policy FOR SELECT USING (true);
CREATE POLICY care_policy_published ON care_policy FOR INSERT WITH CHECK (
    huimin_task() IS NOT NULL OR organisation_id = ANY((SELECT huimin_organisations(ARRAY['chief_dispatcher']))::uuid[]));

ALTER TABLE care_rota ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_rota_read ON care_rota FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR organisation_id = ANY((SELECT huimin_centres())::uuid[]));
CREATE POLICY care_rota_made ON care_rota USING (
    huimin_task() IS NOT NULL OR organisation_id = ANY((SELECT huimin_organisations(ARRAY['chief_dispatcher']))::uuid[]));

-- On duty or not, and where the responders are, is for the centres of the city to see: they send each other's people.
ALTER TABLE care_duty ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_duty_read ON care_duty FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR cardinality((SELECT huimin_centres())::uuid[]) > 0);
CREATE POLICY care_duty_own ON care_duty USING (huimin_task() IS NOT NULL OR account_id = huimin_actor());

ALTER TABLE care_responder ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_responder_read ON care_responder FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR cardinality((SELECT huimin_centres())::uuid[]) > 0);
CREATE POLICY care_responder_own ON care_responder USING (huimin_task() IS NOT NULL OR account_id = huimin_actor());

-- Whoever the actor is or may act for, and whoever calls the actor for help. Staff of a department who see the same
-- person in a case of theirs do not learn what the person is ill with.
CREATE FUNCTION huimin_cares_for(person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT person = ANY((SELECT huimin_persons())::uuid[])
        OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person AND c.kind = 'sos' AND (
            c.organisation_id = ANY((SELECT huimin_centres())::uuid[])
            OR c.joined && (SELECT huimin_centres())::uuid[]
            OR (huimin_actor() = ANY(c.helpers) AND c.closed_at IS NULL))) $$;
GRANT EXECUTE ON FUNCTION huimin_cares_for(uuid) TO huimin_app;

ALTER TABLE care_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_profile_seen ON care_profile USING (huimin_task() IS NOT NULL OR huimin_cares_for(person_id));

ALTER TABLE care_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_contact_seen ON care_contact USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR huimin_cares_for(person_id));

ALTER TABLE care_device ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_device_seen ON care_device USING (
    huimin_task() IS NOT NULL OR person_id = ANY((SELECT huimin_persons())::uuid[]));

ALTER TABLE care_call ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_call_seen ON care_call USING (huimin_task() IS NOT NULL OR huimin_sees_content(case_id));

ALTER TABLE care_press ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_press_seen ON care_press USING (
    huimin_task() IS NOT NULL OR (case_id IS NOT NULL AND huimin_sees_content(case_id)));

ALTER TABLE care_page ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_page_seen ON care_page USING (huimin_task() IS NOT NULL OR huimin_sees_content(case_id));

ALTER TABLE care_offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_offer_seen ON care_offer USING (
    huimin_task() IS NOT NULL OR responder_id = huimin_actor() OR huimin_sees_content(case_id));

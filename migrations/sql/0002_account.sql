-- Accounts (账号): districts, organisations, persons, accounts, roles, mandates, sessions, and the functions that the policies
-- use.

-- Districts (行政区) and organisations (单位) of the city.
CREATE TABLE district (
    code     text PRIMARY KEY CHECK (code ~ '^[0-9]{6}$'), -- GB/T 2260
    name_zh  text NOT NULL,
    name_en  text NOT NULL
);

CREATE TABLE organisation (
    id        uuid PRIMARY KEY,
    code      text NOT NULL UNIQUE,
    kind      text NOT NULL CHECK (kind IN ('department', 'city', 'centre', 'bank', 'financing')), -- financing: the centre that demands belong to
    district  text REFERENCES district (code), -- null: the whole city
    name_zh   text NOT NULL,
    name_en   text NOT NULL
);

-- A person known to the city's services. Name and ID number are encrypted (AES-256-GCM); lookups use a
-- blind index: a keyed hash, so that an encrypted value can be found.
CREATE TABLE person (
    id                 uuid PRIMARY KEY,
    name_sealed        bytea NOT NULL,
    resident_id_sealed bytea NOT NULL,
    resident_id_index  bytea NOT NULL UNIQUE,
    created_at         timestamptz NOT NULL DEFAULT huimin_now(),
    erased_at          timestamptz
);

-- The key that encrypts a person's content in events and answers, itself encrypted with the server's master keys. Erasing a
-- person destroys the key: the event chain still verifies, but the content cannot be read any more.
CREATE TABLE person_key (
    person_id    uuid PRIMARY KEY REFERENCES person (id),
    key_sealed   bytea,
    destroyed_at timestamptz,
    CHECK ((key_sealed IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE account (
    id             uuid PRIMARY KEY,
    phone_sealed   bytea,
    phone_index    bytea UNIQUE,
    email_sealed   bytea,
    email_index    bytea UNIQUE,
    password_hash  text NOT NULL,
    person_id      uuid UNIQUE REFERENCES person (id), -- set by the real-name check (实名认证)
    staff_name     text,                               -- the name colleagues and residents see
    totp_sealed    bytea,
    totp_last_step bigint NOT NULL DEFAULT 0,
    lang           text NOT NULL DEFAULT 'zh' CHECK (lang IN ('zh', 'en')),
    elder          boolean NOT NULL DEFAULT false,
    demo           boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT huimin_now(),
    disabled_at    timestamptz,
    CHECK (phone_index IS NOT NULL OR email_index IS NOT NULL)
);

-- An account may be updated by its owner, except for the identity columns: those are written by system tasks, and the
-- person only by the register check. A policy cannot compare old and new values, so a trigger does; it is
-- skipped for roles that bypass row-level security.
CREATE FUNCTION account_identity_protected() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF row_security_active('public.account') AND (
        huimin_task() IS NULL OR (NEW.person_id IS DISTINCT FROM OLD.person_id AND huimin_task() <> 'register')) THEN
        RAISE EXCEPTION 'identity columns of an account are written by system tasks only, person_id by the register check only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_identity_protected BEFORE UPDATE ON account FOR EACH ROW
    WHEN (NEW.person_id IS DISTINCT FROM OLD.person_id OR NEW.staff_name IS DISTINCT FROM OLD.staff_name
        OR NEW.demo IS DISTINCT FROM OLD.demo OR NEW.disabled_at IS DISTINCT FROM OLD.disabled_at)
    EXECUTE FUNCTION account_identity_protected();

-- A role held in an organisation. The roles are defined in shared::account::ROLES.
CREATE TABLE membership (
    id              uuid PRIMARY KEY,
    account_id      uuid NOT NULL REFERENCES account (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    role            text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT huimin_now(),
    created_by      uuid REFERENCES account (id),
    ended_at        timestamptz
);
CREATE UNIQUE INDEX membership_current ON membership (account_id, organisation_id, role) WHERE ended_at IS NULL;

-- An absence (缺勤) of a member: queues assign no cases to absent members.
CREATE TABLE absence (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    days       daterange NOT NULL,
    EXCLUDE USING gist (account_id WITH =, days WITH &&)
);

CREATE TABLE invitation (
    id              uuid PRIMARY KEY,
    email_sealed    bytea NOT NULL,
    staff_name      text NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    role            text NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    invited_by      uuid NOT NULL REFERENCES account (id),
    created_at      timestamptz NOT NULL DEFAULT huimin_now(),
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz
);

-- A mandate (委托): an account may act for a person, within a scope, until a date.
CREATE TABLE mandate (
    id          uuid PRIMARY KEY,
    person_id   uuid NOT NULL REFERENCES person (id),  -- the person acted for
    account_id  uuid NOT NULL REFERENCES account (id), -- the account that acts
    relation    text NOT NULL,
    scope       text[] NOT NULL,
    code_hash   bytea,                                 -- the code sent to the person's registered phone
    code_tries  integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT huimin_now(),
    confirmed_at timestamptz,
    ends_on     date NOT NULL,
    revoked_at  timestamptz,
    revoked_by  uuid REFERENCES account (id)
);
CREATE INDEX mandate_account ON mandate (account_id);
CREATE INDEX mandate_person ON mandate (person_id);

-- Sessions (tower-sessions). The key is a hash of the session ID, so that a copy of the table gives no access.
CREATE TABLE session (
    id_hash    bytea PRIMARY KEY,
    account_id uuid REFERENCES account (id) ON DELETE CASCADE,
    data       bytea NOT NULL,                         -- encrypted JSON
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

-- One-time codes and links for sign-up and password reset.
CREATE TABLE one_time_code (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL,
    contact_index bytea NOT NULL,                      -- blind index of the phone or e-mail
    code_hash  bytea NOT NULL,
    tries      integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT huimin_now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX one_time_code_contact ON one_time_code (purpose, contact_index);

-- Rate limits shared by all processes: one row per bucket and window.
CREATE TABLE throttle (
    bucket      text NOT NULL,
    window_start timestamptz NOT NULL,
    hits        integer NOT NULL,
    PRIMARY KEY (bucket, window_start)
);

-- What administrators did (管理记录), to which account or organisation. Append-only; auditors read it.
CREATE TABLE administration (
    id              uuid PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT huimin_now(),
    actor_id        uuid REFERENCES account (id),      -- null: the operator of the machine, on the command line
    action          text NOT NULL,
    account_id      uuid REFERENCES account (id),      -- the account concerned; null for an invitation not accepted yet
    organisation_id uuid REFERENCES organisation (id),
    role            text
);
CREATE INDEX administration_order ON administration (at, id);

-- The person of the acting account.
CREATE FUNCTION huimin_person() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT a.person_id FROM account a WHERE a.id = huimin_actor() AND a.disabled_at IS NULL $$;

-- The persons the actor may act for today: their own person, and those who gave them a mandate.
CREATE FUNCTION huimin_persons() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT coalesce(array_agg(p.person_id), '{}') FROM (
        SELECT a.person_id FROM account a
         WHERE a.id = huimin_actor() AND a.person_id IS NOT NULL AND a.disabled_at IS NULL
        UNION
        SELECT m.person_id FROM mandate m
         WHERE m.account_id = huimin_actor() AND m.confirmed_at IS NOT NULL AND m.revoked_at IS NULL
           AND m.ends_on >= huimin_today()) p $$;

-- The organisations in which the actor holds one of these roles.
CREATE FUNCTION huimin_organisations(roles text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT coalesce(array_agg(DISTINCT m.organisation_id), '{}') FROM membership m JOIN account a ON a.id = m.account_id
     WHERE m.account_id = huimin_actor() AND m.role = ANY(roles) AND m.ended_at IS NULL AND a.disabled_at IS NULL $$;

-- The organisations whose cases the actor works on, including their content.
CREATE FUNCTION huimin_case_organisations() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT huimin_organisations(ARRAY['caseworker', 'supervisor', 'dispatcher', 'chief_dispatcher']) $$;
-- The dispatch centres in which the actor answers calls. They also see the content of calls that their centre joined;
-- of a shared case, other kinds of organisation see only what the policies of their module allow.
CREATE FUNCTION huimin_centres() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT huimin_organisations(ARRAY['dispatcher', 'chief_dispatcher']) $$;

-- The banks in which the actor works.
CREATE FUNCTION huimin_banks() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT huimin_organisations(ARRAY['bank_officer', 'bank_supervisor']) $$;
-- The accounts that work or worked in those banks.
CREATE FUNCTION huimin_bank_colleagues() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT coalesce(array_agg(m.account_id), '{}') FROM membership m WHERE m.organisation_id = ANY(huimin_banks()) $$;

-- Whether the actor holds this role in any organisation: for the city-wide roles.
CREATE FUNCTION huimin_holds(wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT 1 FROM membership m JOIN account a ON a.id = m.account_id
     WHERE m.account_id = huimin_actor() AND m.role = wanted AND m.ended_at IS NULL AND a.disabled_at IS NULL) $$;

-- The name under which a member of staff is shown to others; no other column of their account is exposed.
CREATE FUNCTION huimin_staff_name(account uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT a.staff_name FROM account a WHERE a.id = account $$;

-- The colleagues to whom a case of this organisation can be assigned today. Absences are visible to supervisors only;
-- others learn no more than that an absent colleague cannot be chosen.
CREATE FUNCTION huimin_colleagues(organisation uuid) RETURNS TABLE (account uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT DISTINCT a.id, a.staff_name FROM membership m JOIN account a ON a.id = m.account_id
     WHERE m.organisation_id = organisation
       AND (huimin_task() IS NOT NULL OR organisation = ANY(huimin_case_organisations()))
       AND m.role = ANY(ARRAY['caseworker', 'supervisor', 'dispatcher', 'chief_dispatcher'])
       AND m.ended_at IS NULL AND a.disabled_at IS NULL AND a.staff_name IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = a.id AND b.days @> huimin_today()) $$;

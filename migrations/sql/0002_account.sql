-- Districts (行政区) and organisations (单位) of the city.
CREATE TABLE district (
    code     text PRIMARY KEY CHECK (code ~ '^[0-9]{6}$'), -- GB/T 2260
    name_zh  text NOT NULL,
    name_en  text NOT NULL
);

CREATE TABLE organisation (
    id        uuid PRIMARY KEY,
    code      text NOT NULL UNIQUE,
    kind      text NOT NULL CHECK (kind IN ('department', 'city')),
    district  text REFERENCES district (code), -- null: the whole city
    name_zh   text NOT NULL,
    name_en   text NOT NULL
);

-- A person known to the city's services. Name and ID number are sealed (AES-256-GCM); looked up by blind index.
CREATE TABLE person (
    id                 uuid PRIMARY KEY,
    name_sealed        bytea NOT NULL,
    resident_id_sealed bytea NOT NULL,
    resident_id_index  bytea NOT NULL UNIQUE,
    created_at         timestamptz NOT NULL DEFAULT huimin_now(),
    erased_at          timestamptz
);

-- The key under which a person's content in events and answers is sealed, itself sealed by the keyring.
-- Erasing a person destroys the key: the chain of events still verifies, the content is gone.
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
    staff_name     text,                               -- how staff are named to colleagues and residents
    totp_sealed    bytea,
    totp_last_step bigint NOT NULL DEFAULT 0,
    lang           text NOT NULL DEFAULT 'zh' CHECK (lang IN ('zh', 'en')),
    elder          boolean NOT NULL DEFAULT false,
    demo           boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT huimin_now(),
    disabled_at    timestamptz,
    CHECK (phone_index IS NOT NULL OR email_index IS NOT NULL)
);

-- A role held in an organisation. The roles themselves are rows of shared::account::ROLES.
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

-- An absence (缺勤) of a member: queues assign around it.
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

-- A mandate (委托): one account may act for one person, within a scope, until a date.
CREATE TABLE mandate (
    id          uuid PRIMARY KEY,
    person_id   uuid NOT NULL REFERENCES person (id),  -- the one acted for
    account_id  uuid NOT NULL REFERENCES account (id), -- the one who acts
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

-- Sessions (tower-sessions): the key is a hash of the ID, so that a copy of the table opens nothing.
CREATE TABLE session (
    id_hash    bytea PRIMARY KEY,
    account_id uuid REFERENCES account (id) ON DELETE CASCADE,
    data       bytea NOT NULL,                         -- sealed JSON
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

-- One-time codes and links: sign-up, reset.
CREATE TABLE one_time_code (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL,
    subject    bytea NOT NULL,                         -- blind index of the phone or e-mail
    code_hash  bytea NOT NULL,
    tries      integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT huimin_now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX one_time_code_subject ON one_time_code (purpose, subject);

-- Limits that hold across processes: one row a bucket and window.
CREATE TABLE throttle (
    bucket      text NOT NULL,
    window_start timestamptz NOT NULL,
    hits        integer NOT NULL,
    PRIMARY KEY (bucket, window_start)
);

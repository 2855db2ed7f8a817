-- Services (易办): items, drafts, applications, corrections, decisions, ratings, uploads.

-- Service items (事项), imported from server/catalogue. The validity periods of an item's versions never overlap.
CREATE TABLE item (
    code        text NOT NULL,
    version     integer NOT NULL,
    valid       daterange NOT NULL,
    definition  jsonb NOT NULL,                        -- shared::services::Item
    card        jsonb NOT NULL DEFAULT '{}',           -- shared::services::item_summary::ItemCard: what lists show, without reading the form
    digest      bytea NOT NULL,                        -- SHA-256 of the catalogue file; an unchanged file is not imported again
    name_zh     text NOT NULL,
    name_en     text NOT NULL,
    audience    text NOT NULL,
    themes      text[] NOT NULL DEFAULT '{}',
    search      text NOT NULL,                         -- names, synonyms, pinyin and initials, lower case
    imported_at timestamptz NOT NULL DEFAULT huimin_now(),
    PRIMARY KEY (code, version),
    EXCLUDE USING gist (code WITH =, valid WITH &&)
);
CREATE INDEX item_list ON item (code);

-- An unfinished form. No department is involved yet, so it is not a case; it becomes one when submitted.
CREATE TABLE draft (
    id             uuid PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES account (id),
    person_id      uuid NOT NULL REFERENCES person (id),
    item_code      text NOT NULL,
    item_version   integer NOT NULL,
    answers_sealed bytea NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT huimin_now(),
    changed_at     timestamptz NOT NULL DEFAULT huimin_now(),
    FOREIGN KEY (item_code, item_version) REFERENCES item (code, version)
);
CREATE INDEX draft_account ON draft (account_id);

-- An application (办件) for an item. It keeps the item version under which it was made.
CREATE TABLE application (
    case_id      uuid PRIMARY KEY REFERENCES cases (id),
    item_code    text NOT NULL,
    item_version integer NOT NULL,
    person_id    uuid NOT NULL REFERENCES person (id),
    open         boolean NOT NULL DEFAULT true,        -- false once it has ended
    repeatable   boolean NOT NULL,
    routing_rule text NOT NULL,                        -- the routing rule that chose the organisation
    FOREIGN KEY (item_code, item_version) REFERENCES item (code, version)
);
-- One open application per person and item, unless the item may be applied for repeatedly.
CREATE UNIQUE INDEX application_once ON application (person_id, item_code) WHERE open AND NOT repeatable;

-- Each submitted set of answers; revisions after the first come from corrections.
CREATE TABLE application_revision (
    case_id        uuid NOT NULL REFERENCES application (case_id),
    revision       integer NOT NULL,
    answers_sealed bytea NOT NULL,                     -- under the person's key
    made_by        uuid NOT NULL REFERENCES account (id),
    made_at        timestamptz NOT NULL DEFAULT huimin_now(),
    PRIMARY KEY (case_id, revision)
);

-- A request for correction (补正): the fields to correct, each with a note.
CREATE TABLE correction (
    case_id      uuid NOT NULL REFERENCES application (case_id),
    round        integer NOT NULL,
    asked_by     uuid NOT NULL REFERENCES account (id),
    asked_at     timestamptz NOT NULL DEFAULT huimin_now(),
    fields       text[] NOT NULL CHECK (cardinality(fields) > 0),
    notes_sealed bytea NOT NULL,                       -- field -> note, under the person's key
    answered_at  timestamptz,
    PRIMARY KEY (case_id, round)
);
CREATE UNIQUE INDEX correction_open ON correction (case_id) WHERE answered_at IS NULL;

-- A proposed decision and its approval, always by two different accounts.
CREATE TABLE decision (
    case_id       uuid NOT NULL REFERENCES application (case_id),
    round         integer NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('grant', 'refuse')),
    reason_code   text,
    reason_sealed bytea NOT NULL,                      -- the explanation for the applicant, under the person's key
    proposed_by   uuid NOT NULL REFERENCES account (id),
    proposed_at   timestamptz NOT NULL DEFAULT huimin_now(),
    decided_by    uuid REFERENCES account (id),
    decided_at    timestamptz,
    sent_back     boolean NOT NULL DEFAULT false,      -- returned to the caseworker without a decision
    PRIMARY KEY (case_id, round),
    CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
    CHECK (outcome = 'grant' OR reason_code IS NOT NULL)
);

-- The applicant's rating (评价) of the service, once per case.
CREATE TABLE rating (
    case_id        uuid PRIMARY KEY REFERENCES application (case_id),
    score          integer NOT NULL CHECK (score BETWEEN 1 AND 5),
    comment_sealed bytea NOT NULL,
    at             timestamptz NOT NULL DEFAULT huimin_now()
);

-- An uploaded material. The bytes are in the object store under `storage_key`.
CREATE TABLE upload (
    id          uuid PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES account (id),
    person_id   uuid NOT NULL REFERENCES person (id),
    draft_id    uuid REFERENCES draft (id) ON DELETE SET NULL,
    case_id     uuid REFERENCES cases (id),
    field       text NOT NULL,
    media_type  text NOT NULL,
    bytes       bigint NOT NULL,
    width       integer NOT NULL,
    height      integer NOT NULL,
    sha256      bytea NOT NULL,
    storage_key text NOT NULL,
    name_sealed bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT huimin_now()
);
CREATE INDEX upload_case ON upload (case_id);
CREATE INDEX upload_draft ON upload (draft_id);
-- Used by the sweep of stored files, which looks for files without a row.
CREATE INDEX upload_storage_key ON upload (storage_key);

-- The population register (人口库) of the demo city. The serving role cannot read it: it calls register_read(),
-- which writes the access log in the same statement, so that no read goes unlogged.
CREATE SCHEMA register;

CREATE TABLE register.person (
    resident_id_index  bytea PRIMARY KEY,
    resident_id_sealed bytea NOT NULL,
    name               text NOT NULL,
    sex                text NOT NULL CHECK (sex IN ('female', 'male')),
    born_on            date NOT NULL,
    district           text NOT NULL,
    street             text NOT NULL,
    address            text NOT NULL,
    household          text NOT NULL,                  -- household register number (户号)
    household_role     text NOT NULL,                  -- relation to the head of household (与户主关系)
    phone_sealed       bytea,
    status             text NOT NULL DEFAULT 'alive' CHECK (status IN ('alive', 'deceased', 'moved_away')),
    agency_zh          text NOT NULL,
    agency_en          text NOT NULL,
    as_of              date NOT NULL
);
CREATE INDEX register_person_household ON register.person (household);

-- Kinship (亲属关系) as registered: parent -> child.
CREATE TABLE register.kinship (
    parent_index bytea NOT NULL REFERENCES register.person (resident_id_index),
    child_index  bytea NOT NULL REFERENCES register.person (resident_id_index),
    PRIMARY KEY (parent_index, child_index)
);

-- Who looked at whose data, for what: readable by the person (谁看了我的数据).
CREATE TABLE register_read (
    id                uuid PRIMARY KEY,
    resident_id_index bytea NOT NULL,
    reader_id         uuid,                            -- account; null for a task of the system
    reader_task       text,
    purpose           text NOT NULL,
    legal_basis       text NOT NULL,
    fields            text[] NOT NULL,
    case_id           uuid,
    at                timestamptz NOT NULL DEFAULT huimin_now()
);
CREATE INDEX register_read_person ON register_read (resident_id_index, at DESC);

CREATE FUNCTION register_read_person(read_id uuid, subject bytea, why text, basis text, wanted text[], for_case uuid)
RETURNS SETOF register.person LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF public.huimin_actor() IS NULL AND public.huimin_task() IS NULL THEN
        RAISE EXCEPTION 'a register is read by a named actor only';
    END IF;
    INSERT INTO public.register_read (id, resident_id_index, reader_id, reader_task, purpose, legal_basis, fields, case_id)
    VALUES (read_id, subject, public.huimin_actor(), public.huimin_task(), why, basis, wanted, for_case);
    RETURN QUERY SELECT * FROM register.person p WHERE p.resident_id_index = subject;
END $$;

-- True when the register knows `parent` as a parent of `child`.
CREATE FUNCTION register_is_parent(parent bytea, child bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT 1 FROM register.kinship k WHERE k.parent_index = parent AND k.child_index = child) $$;

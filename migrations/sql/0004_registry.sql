-- The population register (人口库) and the legal-entity register (法人库) of the demo city. The serving role cannot read
-- them: it calls functions that check the actor and write the access log in the same statement. Only register_is_parent, which
-- answers yes or no, does not log: its caller logs the field `kinship` when it reads the persons. Consented data of firms are read and
-- logged by finance_read_consented (0008).
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

-- Registered kinship (亲属关系): parent -> child.
CREATE TABLE register.kinship (
    parent_index bytea NOT NULL REFERENCES register.person (resident_id_index),
    child_index  bytea NOT NULL REFERENCES register.person (resident_id_index),
    PRIMARY KEY (parent_index, child_index)
);

CREATE TABLE register.legal_entity (
    code                 text PRIMARY KEY CHECK (length(code) = 18), -- unified social credit code, GB 32100
    name                 text NOT NULL,
    representative_index bytea NOT NULL,                             -- blind index (keyed hash) of the legal representative's ID number
    registered_on        date NOT NULL,
    district             text NOT NULL,                              -- GB/T 2260
    industry             text NOT NULL CHECK (industry ~ '^[A-T]$'), -- section of GB/T 4754
    address              text NOT NULL,
    capital_fen          bigint NOT NULL CHECK (capital_fen >= 0),
    status               text NOT NULL CHECK (status IN ('active', 'deregistered')),
    tax_grade            text NOT NULL CHECK (tax_grade IN ('A', 'B', 'M', 'C', 'D')), -- 纳税信用等级
    tax_paid_fen         bigint NOT NULL CHECK (tax_paid_fen >= 0),  -- in the last year
    insured              integer NOT NULL CHECK (insured >= 0),      -- people with social insurance
    as_of                date NOT NULL
);
CREATE INDEX legal_entity_representative ON register.legal_entity (representative_index);

-- The access log: who read whose data for which purpose. The person can read it (谁看了我的数据).
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

-- Reads a person's entry and logs the read. For reads within a case, the log has one row per reader, case, purpose and
-- day, like the views in a case's record: a page that refreshes itself counts once. A read of further fields on the same day
-- is logged again, and a read without a case is always logged.
CREATE FUNCTION register_read_person(read_id uuid, subject bytea, for_purpose text, basis text, wanted_fields text[], for_case uuid)
RETURNS SETOF register.person LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF public.huimin_actor() IS NULL AND public.huimin_task() IS NULL THEN
        RAISE EXCEPTION 'reading a register requires an account or a system task';
    END IF;
    IF for_case IS NOT NULL THEN
        -- Serialises the reads by one actor for one case, so that the statement below sees the rows of the reads before it.
        PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'register_read', huimin_actor(), huimin_task(), for_case), 0));
    END IF;
    INSERT INTO public.register_read (id, resident_id_index, reader_id, reader_task, purpose, legal_basis, fields, case_id)
    SELECT read_id, subject, huimin_actor(), huimin_task(), for_purpose, basis, wanted_fields, for_case
     WHERE for_case IS NULL OR NOT EXISTS (
        SELECT FROM register_read r
         WHERE r.resident_id_index = subject AND r.case_id = for_case AND r.purpose = for_purpose AND r.legal_basis = basis
           AND r.reader_id IS NOT DISTINCT FROM huimin_actor() AND r.reader_task IS NOT DISTINCT FROM huimin_task()
           AND r.fields @> wanted_fields AND (r.at AT TIME ZONE 'Asia/Shanghai')::date = huimin_today());
    RETURN QUERY SELECT * FROM register.person p WHERE p.resident_id_index = subject;
END $$;

-- True if the register lists `parent` as a parent of `child`.
CREATE FUNCTION register_is_parent(parent bytea, child bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT 1 FROM register.kinship k WHERE k.parent_index = parent AND k.child_index = child) $$;

-- The entry of a firm if the claimant is its legal representative. Otherwise no row, so that the caller does not learn
-- whether the firm exists.
CREATE FUNCTION register_claim_entity(read_id uuid, wanted text, claimant bytea, for_purpose text, basis text)
RETURNS TABLE (name text, district text, industry text, registered_on date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF public.huimin_actor() IS NULL THEN
        RAISE EXCEPTION 'claiming a firm requires an account';
    END IF;
    INSERT INTO public.register_read (id, resident_id_index, reader_id, purpose, legal_basis, fields)
    VALUES (read_id, claimant, public.huimin_actor(), for_purpose, basis, ARRAY['legal_representative']);
    RETURN QUERY SELECT e.name, e.district, e.industry, e.registered_on FROM register.legal_entity e
        WHERE e.code = wanted AND e.representative_index = claimant AND e.status = 'active';
END $$;

-- Finance (融通): firms (table enterprise), bank products, demands with consents, offers and credit decisions. A demand is a
-- case of kind `demand`; these tables hold what a demand has besides its case. State and history are stored only in the case.

-- An enterprise known to the city's services, registered by its legal representative. One row per code.
CREATE TABLE enterprise (
    id                uuid PRIMARY KEY,
    code              text NOT NULL UNIQUE,
    name              text NOT NULL,
    district          text NOT NULL,
    industry          text NOT NULL,
    registered_on     date NOT NULL,
    representative_id uuid NOT NULL REFERENCES person (id),
    claimed_by        uuid NOT NULL REFERENCES account (id),
    verified_at       timestamptz NOT NULL DEFAULT huimin_now()
);

CREATE INDEX enterprise_representative ON enterprise (representative_id);

-- A bank's loan product. Amounts in fen; rates as integers in units of 1e-8 per year: 5 % is 5 000 000.
CREATE TABLE bank_product (
    id              uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    name_zh         text NOT NULL,
    name_en         text NOT NULL,
    min_fen         bigint NOT NULL CHECK (min_fen > 0),
    max_fen         bigint NOT NULL CHECK (max_fen >= min_fen),
    min_months      integer NOT NULL CHECK (min_months > 0),
    max_months      integer NOT NULL CHECK (max_months >= min_months),
    methods         text[] NOT NULL CHECK (methods <> '{}'),
    day_count       text NOT NULL CHECK (day_count IN ('30/360', 'ACT/360', 'ACT/365')),
    min_rate        bigint NOT NULL CHECK (min_rate >= 0),
    max_rate        bigint NOT NULL CHECK (max_rate >= min_rate),
    quota_fen       bigint NOT NULL CHECK (quota_fen >= 0),
    reserved_fen    bigint NOT NULL DEFAULT 0 CHECK (reserved_fen >= 0), -- reserved by open and accepted offers
    used_fen        bigint NOT NULL DEFAULT 0 CHECK (used_fen >= 0),     -- disbursed
    offered         boolean NOT NULL DEFAULT true,     -- false: no new offers; existing ones continue
    CHECK (reserved_fen + used_fen <= quota_fen)
);

CREATE INDEX bank_product_organisation ON bank_product (organisation_id);

-- Offers reserve and release a product's quota for every actor. All other columns may be changed only by the supervisors of
-- the product's bank.
CREATE FUNCTION bank_product_terms() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    -- Both rows are compared with these columns set to zero.
    reservations CONSTANT jsonb := jsonb_build_object('reserved_fen', 0, 'used_fen', 0);
BEGIN
    IF current_user = 'huimin_app' AND to_jsonb(NEW) || reservations <> to_jsonb(OLD) || reservations
       AND NOT OLD.organisation_id = ANY(huimin_organisations(ARRAY['bank_supervisor'])) THEN
        RAISE EXCEPTION 'only supervisors of its bank may change the terms of a product' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_product_terms BEFORE UPDATE ON bank_product FOR EACH ROW EXECUTE FUNCTION bank_product_terms();

-- The content of a product after each change, and who made it. Append-only; the application never reads it.
CREATE TABLE bank_product_change (
    id         uuid PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES bank_product (id),
    actor_id   uuid NOT NULL REFERENCES account (id),
    at         timestamptz NOT NULL DEFAULT huimin_now(),
    content    jsonb NOT NULL
);

CREATE INDEX bank_product_change_product ON bank_product_change (product_id, at);

-- A demand (需求): the part that every bank may see, without the firm's name, while it is open.
CREATE TABLE demand (
    case_id       uuid PRIMARY KEY REFERENCES cases (id),
    enterprise_id uuid NOT NULL REFERENCES enterprise (id),
    amount_fen    bigint NOT NULL CHECK (amount_fen > 0),
    months        integer NOT NULL CHECK (months BETWEEN 1 AND 600),
    purpose       text NOT NULL,
    collateral    text NOT NULL,
    district      text NOT NULL,
    industry      text NOT NULL,
    registered_on date NOT NULL,
    disbursed_on  date
);

CREATE INDEX demand_enterprise ON demand (enterprise_id, case_id DESC);

-- The firm's description of its demand, only for banks it consented to.
CREATE TABLE demand_detail (
    case_id uuid PRIMARY KEY REFERENCES demand (case_id),
    story   text NOT NULL
);

-- A consent (授权): one bank, one category of data, one purpose, for one demand.
CREATE TABLE finance_consent (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES demand (case_id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    category        text NOT NULL CHECK (category IN ('firm', 'story', 'tax', 'insured')),
    purpose         text NOT NULL CHECK (purpose = 'assess_demand'),
    text_hash       bytea NOT NULL,                    -- SHA-256 of the exact text shown
    lang            text NOT NULL CHECK (lang IN ('zh', 'en')),
    given_by        uuid NOT NULL REFERENCES account (id),
    given_at        timestamptz NOT NULL DEFAULT huimin_now(),
    expires_on      date NOT NULL,
    ended_at        timestamptz,                       -- whatever the end_reason
    end_reason      text CHECK (end_reason IN ('withdrawn', 'expired', 'renewed', 'declined', 'demand_withdrawn')),
    CONSTRAINT finance_consent_reason CHECK (end_reason IS NULL OR ended_at IS NOT NULL)
);

CREATE UNIQUE INDEX finance_consent_open ON finance_consent (case_id, organisation_id, category) WHERE ended_at IS NULL;
CREATE INDEX finance_consent_expires ON finance_consent (expires_on) WHERE ended_at IS NULL;

-- The access log: who read which data of which firm for which purpose. Written by the function that reads; the firm sees it.
CREATE TABLE finance_read (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    case_id         uuid NOT NULL REFERENCES demand (case_id),
    consent_id      uuid NOT NULL REFERENCES finance_consent (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    account_id      uuid NOT NULL REFERENCES account (id),
    category        text NOT NULL,
    purpose         text NOT NULL,
    at              timestamptz NOT NULL DEFAULT huimin_now()
);

CREATE INDEX finance_read_case ON finance_read (case_id, at DESC);

-- An offer (报价) for a demand. Its outcome is written once; an offer has no flow of its own (docs/architecture.md).
CREATE TABLE offer (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES demand (case_id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    product_id      uuid NOT NULL REFERENCES bank_product (id),
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    months          integer NOT NULL CHECK (months BETWEEN 1 AND 600),
    method          text NOT NULL,
    annual_rate     bigint NOT NULL CHECK (annual_rate >= 0),
    day_count       text NOT NULL,
    grace_months    integer NOT NULL CHECK (grace_months >= 0 AND grace_months < months),
    service_fee_fen bigint NOT NULL CHECK (service_fee_fen >= 0),   -- due at disbursement
    guarantee_fen   bigint NOT NULL CHECK (guarantee_fen >= 0),     -- other fees, such as guarantee, appraisal, insurance; due at disbursement
    conditions      text NOT NULL,
    valid_until     date NOT NULL,
    made_by         uuid NOT NULL REFERENCES account (id),
    made_at         timestamptz NOT NULL DEFAULT huimin_now(),
    outcome         text CHECK (outcome IN ('accepted', 'declined', 'withdrawn', 'lapsed')),
    ended_at        timestamptz,
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK (service_fee_fen + guarantee_fen < amount_fen)
);

CREATE INDEX offer_case ON offer (case_id);
CREATE INDEX offer_product ON offer (product_id);
CREATE INDEX offer_expires ON offer (valid_until) WHERE outcome IS NULL;
CREATE UNIQUE INDEX offer_open ON offer (case_id, organisation_id) WHERE outcome IS NULL;
CREATE UNIQUE INDEX offer_accepted ON offer (case_id) WHERE outcome = 'accepted';

-- The bank's due diligence (尽职调查), internal to the bank.
CREATE TABLE diligence (
    case_id         uuid NOT NULL REFERENCES demand (case_id),
    round           integer NOT NULL CHECK (round > 0),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    findings        text NOT NULL,
    submitted_by    uuid NOT NULL REFERENCES account (id),
    submitted_at    timestamptz NOT NULL DEFAULT huimin_now(),
    sent_back       text,                              -- the reason why the findings were returned to the officer
    PRIMARY KEY (case_id, round)
);

-- The bank's credit decision (授信审批); a refusal has a code and an explanation.
CREATE TABLE credit_decision (
    case_id         uuid PRIMARY KEY REFERENCES demand (case_id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    outcome         text NOT NULL CHECK (outcome IN ('approved', 'refused')),
    code            text,
    sentence        text,
    decided_by      uuid NOT NULL REFERENCES account (id),
    decided_at      timestamptz NOT NULL DEFAULT huimin_now(),
    CHECK ((outcome = 'refused') = (code IS NOT NULL AND sentence IS NOT NULL))
);

-- Four eyes, in addition to the gate: a person who submitted findings, in any round, must not decide.
CREATE FUNCTION credit_four_eyes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM diligence d WHERE d.case_id = NEW.case_id AND d.submitted_by = NEW.decided_by) THEN
        RAISE EXCEPTION 'a person who submitted findings must not decide on the credit' USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_four_eyes BEFORE INSERT OR UPDATE ON credit_decision FOR EACH ROW EXECUTE FUNCTION credit_four_eyes();

-- Whether a demand belongs to a firm that the actor represents.
CREATE FUNCTION huimin_own_demand(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND c.subject_id = huimin_person()) $$;

-- Whether a consent is in force today: neither ended nor expired, its bank takes part in the case, and the demand is still
-- being assessed.
CREATE FUNCTION finance_consent_in_force(given finance_consent) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    SELECT given.ended_at IS NULL AND given.expires_on >= huimin_today() AND EXISTS (
        SELECT 1 FROM cases c WHERE c.id = given.case_id AND given.organisation_id = ANY(c.joined)
           AND c.state IN ('published', 'diligence', 'credit_review', 'credit_approved')) $$;
-- Whether a consent of this demand is in force for this bank.
CREATE FUNCTION finance_consented(wanted uuid, bank uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT 1 FROM finance_consent k
                    WHERE k.case_id = wanted AND k.organisation_id = bank AND finance_consent_in_force(k)) $$;
-- Whether a consent of this demand is in force for one of the actor's banks.
CREATE FUNCTION finance_consented_to_actor_bank(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT 1 FROM finance_consent k
                    WHERE k.case_id = wanted AND k.organisation_id = ANY(huimin_banks()) AND finance_consent_in_force(k)) $$;

-- Reads what the firm consented to show to the actor's bank: the consents are checked and locked, and the access log is
-- written, in the transaction that reads.
CREATE FUNCTION finance_read_consented(wanted uuid) RETURNS TABLE (category text, facts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    given public.finance_consent;
BEGIN
    FOR given IN SELECT * FROM public.finance_consent k
        WHERE k.case_id = wanted AND k.organisation_id = ANY(public.huimin_banks())
          AND public.finance_consent_in_force(k) ORDER BY k.category FOR SHARE
    LOOP
        INSERT INTO public.finance_read (case_id, consent_id, organisation_id, account_id, category, purpose)
        VALUES (wanted, given.id, given.organisation_id, public.huimin_actor(), given.category, given.purpose);
        category := given.category;
        SELECT CASE given.category
            WHEN 'firm' THEN jsonb_build_object('name', e.name, 'code', e.code, 'address', e.address,
                'registered_on', e.registered_on, 'capital_fen', e.capital_fen, 'as_of', e.as_of)
            WHEN 'tax' THEN jsonb_build_object('grade', e.tax_grade, 'paid_fen', e.tax_paid_fen, 'as_of', e.as_of)
            WHEN 'insured' THEN jsonb_build_object('people', e.insured, 'as_of', e.as_of)
            ELSE jsonb_build_object('story', s.story) END
          INTO facts
          FROM public.demand d JOIN public.enterprise f ON f.id = d.enterprise_id
          JOIN register.legal_entity e ON e.code = f.code
          JOIN public.demand_detail s ON s.case_id = d.case_id
         WHERE d.case_id = wanted;
        RETURN NEXT;
    END LOOP;
END $$;

-- Open demands as every bank may see them, without the firm's name.
CREATE FUNCTION finance_open_demands(before uuid, max_rows integer)
RETURNS TABLE (case_id uuid, number text, opened_at timestamptz, amount_fen bigint, months integer, purpose text, collateral text,
               district text, industry text, registered_on date, consented boolean, offered boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT c.id, CASE WHEN finance_consented_to_actor_bank(c.id) THEN c.number END, c.opened_at, d.amount_fen, d.months, d.purpose,
           d.collateral, d.district, d.industry, d.registered_on, finance_consented_to_actor_bank(c.id),
           EXISTS (SELECT 1 FROM offer o WHERE o.case_id = c.id AND o.organisation_id = ANY(huimin_banks()) AND o.outcome IS NULL)
      FROM cases c JOIN demand d ON d.case_id = c.id
     WHERE c.kind = 'demand' AND c.state = 'published' AND huimin_banks() <> '{}' AND (before IS NULL OR c.id < before)
     ORDER BY c.id DESC LIMIT max_rows $$;

-- Finance (融通): firms, the banks' products, demands with consents, offers, credit decisions. A demand is a case of kind
-- `demand`; what is kept here hangs on it. Its state and its history are the case's alone.
ALTER TABLE organisation DROP CONSTRAINT organisation_kind_check;
ALTER TABLE organisation ADD CONSTRAINT organisation_kind_check CHECK (kind IN ('department', 'city', 'centre', 'bank', 'financing'));

-- The legal-entity register (法人库) of the demo city. As with the population register, the serving role cannot read it:
-- it calls functions that check and log.
CREATE TABLE register.legal_entity (
    code                 text PRIMARY KEY CHECK (length(code) = 18), -- unified social credit code, GB 32100
    name                 text NOT NULL,
    representative_index bytea NOT NULL,                             -- blind index of the legal representative's ID number
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

-- A firm known to the city's services: claimed by its legal representative; one code, one firm.
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

-- What a bank lends on. Amounts in fen, rates in 0.000 000 01 a year.
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
    reserved_fen    bigint NOT NULL DEFAULT 0 CHECK (reserved_fen >= 0), -- promised by live and accepted offers
    used_fen        bigint NOT NULL DEFAULT 0 CHECK (used_fen >= 0),     -- paid out
    CHECK (reserved_fen + used_fen <= quota_fen)
);
CREATE INDEX bank_product_organisation ON bank_product (organisation_id);

-- A demand (需求): what every bank may see of it, nameless, while it is open.
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

-- What the firm tells of it, for those alone whom it consented to.
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
    text_hash       bytea NOT NULL,                    -- SHA-256 of the exact text that was shown
    lang            text NOT NULL CHECK (lang IN ('zh', 'en')),
    given_by        uuid NOT NULL REFERENCES account (id),
    given_at        timestamptz NOT NULL DEFAULT huimin_now(),
    expires_on      date NOT NULL,
    withdrawn_at    timestamptz
);
CREATE UNIQUE INDEX finance_consent_live ON finance_consent (case_id, organisation_id, category) WHERE withdrawn_at IS NULL;

-- Who read which data of which firm, for what: written by the function that reads, shown to the firm.
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

-- An offer (报价) to a demand. How it ended is written once; that is no life of its own (docs/architecture.md).
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
    service_fee_fen bigint NOT NULL CHECK (service_fee_fen >= 0),   -- taken when the loan is paid out
    guarantee_fen   bigint NOT NULL CHECK (guarantee_fen >= 0),     -- guarantee, appraisal, insurance, paid that day
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
CREATE INDEX offer_lapses ON offer (valid_until) WHERE outcome IS NULL;
CREATE UNIQUE INDEX offer_live ON offer (case_id, organisation_id) WHERE outcome IS NULL;
CREATE UNIQUE INDEX offer_accepted ON offer (case_id) WHERE outcome = 'accepted';

-- What the bank found out (尽职调查), among its own people.
CREATE TABLE diligence (
    case_id         uuid NOT NULL REFERENCES demand (case_id),
    round           integer NOT NULL CHECK (round > 0),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    findings        text NOT NULL,
    submitted_by    uuid NOT NULL REFERENCES account (id),
    submitted_at    timestamptz NOT NULL DEFAULT huimin_now(),
    sent_back       text,
    PRIMARY KEY (case_id, round)
);

-- What the bank decided (授信审批), with a code and a sentence where it refuses.
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

-- The banks in which the actor works.
CREATE FUNCTION huimin_banks() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT huimin_organisations(ARRAY['bank_officer', 'bank_supervisor']) $$;
-- The accounts that work in them.
CREATE FUNCTION huimin_bank_colleagues() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT coalesce(array_agg(m.account_id), '{}') FROM membership m WHERE m.organisation_id = ANY(huimin_banks()) $$;
-- The person the actor is. Nobody represents a firm by a family member's mandate.
CREATE FUNCTION huimin_person() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT a.person_id FROM account a WHERE a.id = huimin_actor() AND a.disabled_at IS NULL $$;
-- Whether a demand is of a firm that the actor represents.
CREATE FUNCTION huimin_own_demand(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND c.subject_id = huimin_person()) $$;

-- The entry of a firm, if this is its legal representative; nothing else is told, not even whether there is such a firm.
CREATE FUNCTION register_claim_entity(read_id uuid, wanted text, claimant bytea, why text, basis text)
RETURNS TABLE (name text, district text, industry text, registered_on date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF public.huimin_actor() IS NULL THEN
        RAISE EXCEPTION 'a register is read by a named actor only';
    END IF;
    INSERT INTO public.register_read (id, resident_id_index, reader_id, purpose, legal_basis, fields)
    VALUES (read_id, claimant, public.huimin_actor(), why, basis, ARRAY['legal_representative']);
    RETURN QUERY SELECT e.name, e.district, e.industry, e.registered_on FROM register.legal_entity e
        WHERE e.code = wanted AND e.representative_index = claimant AND e.status = 'active';
END $$;

-- What the firm consented to, read by a bank: the consent is checked and held, and the access log written, in the
-- transaction that reads.
CREATE FUNCTION finance_read_consented(wanted uuid) RETURNS TABLE (category text, facts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    given public.finance_consent;
BEGIN
    FOR given IN SELECT * FROM public.finance_consent k
        WHERE k.case_id = wanted AND k.organisation_id = ANY(public.huimin_banks())
          AND k.withdrawn_at IS NULL AND k.expires_on >= public.huimin_today() ORDER BY k.category FOR SHARE
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

-- Open demands as every bank may see them: nameless.
CREATE FUNCTION finance_open_demands(before uuid, most integer)
RETURNS TABLE (case_id uuid, number text, opened_at timestamptz, amount_fen bigint, months integer, purpose text, collateral text,
               district text, industry text, registered_on date, consented boolean, offered boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT c.id, CASE WHEN c.joined && huimin_banks() THEN c.number END, c.opened_at, d.amount_fen, d.months, d.purpose,
           d.collateral, d.district, d.industry, d.registered_on, c.joined && huimin_banks(),
           EXISTS (SELECT 1 FROM offer o WHERE o.case_id = c.id AND o.organisation_id = ANY(huimin_banks()) AND o.outcome IS NULL)
      FROM cases c JOIN demand d ON d.case_id = c.id
     WHERE c.kind = 'demand' AND c.state = 'published' AND huimin_banks() <> '{}' AND (before IS NULL OR c.id < before)
     ORDER BY c.id DESC LIMIT most $$;
CREATE INDEX cases_demands ON cases (id DESC) WHERE kind = 'demand' AND state = 'published';

REVOKE EXECUTE ON FUNCTION register_claim_entity(uuid, text, bytea, text, text), finance_read_consented(uuid),
    finance_open_demands(uuid, integer), huimin_banks(), huimin_bank_colleagues(), huimin_person(), huimin_own_demand(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_claim_entity(uuid, text, bytea, text, text), finance_read_consented(uuid),
    finance_open_demands(uuid, integer), huimin_banks(), huimin_bank_colleagues(), huimin_person(), huimin_own_demand(uuid) TO huimin_app;

GRANT SELECT ON bank_product, finance_read TO huimin_app;
GRANT UPDATE (reserved_fen, used_fen) ON bank_product TO huimin_app;
GRANT SELECT, INSERT ON enterprise, demand, demand_detail, finance_consent, offer, diligence, credit_decision TO huimin_app;
GRANT UPDATE (disbursed_on) ON demand TO huimin_app;
GRANT UPDATE (withdrawn_at) ON finance_consent TO huimin_app;
GRANT UPDATE (outcome, ended_at) ON offer TO huimin_app;
GRANT UPDATE (sent_back) ON diligence TO huimin_app;

-- Banks see a demand's case while they are drawn into it: by consent, and after that by the accepted offer.
CREATE POLICY cases_banks ON cases USING (kind = 'demand' AND joined && (SELECT huimin_banks())::uuid[]);
CREATE POLICY event_written_by_banks ON event FOR INSERT WITH CHECK (
    EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.kind = 'demand' AND c.joined && (SELECT huimin_banks())::uuid[]));
-- But of its record only what their own people did: what another bank did there is not theirs to know.
CREATE POLICY event_of_banks ON event AS RESTRICTIVE FOR SELECT USING (
    huimin_task() IS NOT NULL OR (SELECT huimin_banks()) = '{}'
    OR actor_id = ANY((SELECT huimin_bank_colleagues())::uuid[]) OR person_id = (SELECT huimin_person()));

ALTER TABLE enterprise ENABLE ROW LEVEL SECURITY;
CREATE POLICY enterprise_seen ON enterprise USING (huimin_task() IS NOT NULL OR representative_id = (SELECT huimin_person()));

ALTER TABLE bank_product ENABLE ROW LEVEL SECURITY;
CREATE POLICY bank_product_public ON bank_product FOR SELECT USING (true);
CREATE POLICY bank_product_reserved ON bank_product FOR UPDATE USING (
    huimin_task() IS NOT NULL OR organisation_id = ANY((SELECT huimin_banks())::uuid[]) OR EXISTS (SELECT 1 FROM offer o WHERE o.product_id = bank_product.id));

ALTER TABLE demand ENABLE ROW LEVEL SECURITY;
CREATE POLICY demand_seen ON demand USING (
    huimin_task() IS NOT NULL OR huimin_own_demand(case_id) OR (SELECT huimin_holds('auditor'))
    OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.joined && (SELECT huimin_banks())::uuid[]));

ALTER TABLE demand_detail ENABLE ROW LEVEL SECURITY;
CREATE POLICY demand_detail_own ON demand_detail USING (huimin_own_demand(case_id));

ALTER TABLE finance_consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance_consent_own ON finance_consent USING (huimin_own_demand(case_id));
CREATE POLICY finance_consent_recipient ON finance_consent FOR SELECT USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));

ALTER TABLE finance_read ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance_read_own ON finance_read FOR SELECT USING (huimin_own_demand(case_id) OR (SELECT huimin_holds('auditor')));

ALTER TABLE offer ENABLE ROW LEVEL SECURITY;
-- Only a bank writes an offer; the firm it is made to and the house end it.
CREATE POLICY offer_received ON offer FOR SELECT USING (huimin_task() IS NOT NULL OR huimin_own_demand(case_id));
CREATE POLICY offer_ended ON offer FOR UPDATE USING (huimin_task() IS NOT NULL OR huimin_own_demand(case_id));
CREATE POLICY offer_made ON offer USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));

ALTER TABLE diligence ENABLE ROW LEVEL SECURITY;
CREATE POLICY diligence_done ON diligence USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));

ALTER TABLE credit_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY credit_decision_made ON credit_decision USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));
CREATE POLICY credit_decision_received ON credit_decision FOR SELECT USING (huimin_own_demand(case_id));

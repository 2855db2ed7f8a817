-- The financing road, mended: consents end with a reason and can be renewed; what has run out opens nothing; nobody who
-- handed findings in decides; a product's terms are its supervisors' alone; a family member's mandate reaches no demand.

-- `withdrawn_at` is when a consent ended, `end_reason` why; none is an older binary's, which knew only taking it back.
ALTER TABLE finance_consent ADD COLUMN end_reason text
    CHECK (end_reason IN ('withdrawn', 'expired', 'renewed', 'declined', 'demand_withdrawn'));
ALTER TABLE finance_consent ADD CONSTRAINT finance_consent_reason CHECK (end_reason IS NULL OR withdrawn_at IS NOT NULL);
UPDATE finance_consent SET end_reason = 'withdrawn' WHERE withdrawn_at IS NOT NULL;
-- Of banks that had left their case.
UPDATE finance_consent k SET withdrawn_at = huimin_now(), end_reason = 'declined'
  FROM cases c WHERE c.id = k.case_id AND k.withdrawn_at IS NULL AND NOT k.organisation_id = ANY(c.joined);
GRANT UPDATE (end_reason) ON finance_consent TO huimin_app;

-- Whether a consent opens anything today: neither ended nor run out, its bank has a part in the case, and there is still
-- something to assess.
CREATE FUNCTION finance_consent_holds(given finance_consent) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    SELECT given.withdrawn_at IS NULL AND given.expires_on >= huimin_today() AND EXISTS (
        SELECT 1 FROM cases c WHERE c.id = given.case_id AND given.organisation_id = ANY(c.joined)
           AND c.state IN ('published', 'diligence', 'credit_review', 'credit_approved')) $$;
-- Whether a bank may read anything at all of a demand.
CREATE FUNCTION finance_consented(wanted uuid, bank uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT 1 FROM finance_consent k
                    WHERE k.case_id = wanted AND k.organisation_id = bank AND finance_consent_holds(k)) $$;
-- The same, of the actor's banks.
CREATE FUNCTION finance_consented_to_us(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT 1 FROM finance_consent k
                    WHERE k.case_id = wanted AND k.organisation_id = ANY(huimin_banks()) AND finance_consent_holds(k)) $$;

-- As before, for consents that hold.
CREATE OR REPLACE FUNCTION finance_read_consented(wanted uuid) RETURNS TABLE (category text, facts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    given public.finance_consent;
BEGIN
    FOR given IN SELECT * FROM public.finance_consent k
        WHERE k.case_id = wanted AND k.organisation_id = ANY(public.huimin_banks())
          AND public.finance_consent_holds(k) ORDER BY k.category FOR SHARE
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
CREATE OR REPLACE FUNCTION finance_open_demands(before uuid, most integer)
RETURNS TABLE (case_id uuid, number text, opened_at timestamptz, amount_fen bigint, months integer, purpose text, collateral text,
               district text, industry text, registered_on date, consented boolean, offered boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT c.id, CASE WHEN finance_consented_to_us(c.id) THEN c.number END, c.opened_at, d.amount_fen, d.months, d.purpose,
           d.collateral, d.district, d.industry, d.registered_on, finance_consented_to_us(c.id),
           EXISTS (SELECT 1 FROM offer o WHERE o.case_id = c.id AND o.organisation_id = ANY(huimin_banks()) AND o.outcome IS NULL)
      FROM cases c JOIN demand d ON d.case_id = c.id
     WHERE c.kind = 'demand' AND c.state = 'published' AND huimin_banks() <> '{}' AND (before IS NULL OR c.id < before)
     ORDER BY c.id DESC LIMIT most $$;

-- While offers are open, a bank sees a demand as long as a consent holds; later it stays by its accepted offer.
DROP POLICY cases_banks ON cases;
CREATE POLICY cases_banks ON cases USING (
    kind = 'demand' AND joined && (SELECT huimin_banks())::uuid[] AND (state <> 'published' OR finance_consented_to_us(id)));
-- The house finds what has run out, and marks it.
CREATE POLICY finance_consent_seen_by_house ON finance_consent FOR SELECT USING (huimin_task() IS NOT NULL);
CREATE POLICY finance_consent_ended_by_house ON finance_consent FOR UPDATE USING (huimin_task() IS NOT NULL);
CREATE INDEX finance_consent_expires ON finance_consent (expires_on) WHERE withdrawn_at IS NULL;

-- Four eyes, under the gate's: nobody who handed findings in, in whatever round, decides.
CREATE FUNCTION credit_four_eyes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM diligence d WHERE d.case_id = NEW.case_id AND d.submitted_by = NEW.decided_by) THEN
        RAISE EXCEPTION 'who handed findings in does not decide' USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_four_eyes BEFORE INSERT OR UPDATE ON credit_decision FOR EACH ROW EXECUTE FUNCTION credit_four_eyes();

-- Offers reserve and free of a product's quota, whoever makes and ends them; what else a product says, its own bank's
-- supervisors alone change.
CREATE FUNCTION bank_product_terms() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    moved CONSTANT jsonb := jsonb_build_object('reserved_fen', 0, 'used_fen', 0);
BEGIN
    IF current_user = 'huimin_app' AND to_jsonb(NEW) || moved <> to_jsonb(OLD) || moved
       AND NOT OLD.organisation_id = ANY(huimin_organisations(ARRAY['bank_supervisor'])) THEN
        RAISE EXCEPTION 'a product''s terms are its supervisors''' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_product_terms BEFORE UPDATE ON bank_product FOR EACH ROW EXECUTE FUNCTION bank_product_terms();

-- A family member's mandate reaches no demand: neither the case nor, through it, its record.
CREATE POLICY cases_demand_own ON cases AS RESTRICTIVE USING (
    kind <> 'demand' OR huimin_task() IS NOT NULL OR subject_id = (SELECT huimin_person())
    OR organisation_id = ANY((SELECT huimin_desks())::uuid[]) OR joined && (SELECT huimin_banks())::uuid[]
    OR (SELECT huimin_holds('auditor')));

REVOKE EXECUTE ON FUNCTION finance_consent_holds(finance_consent), finance_consented(uuid, uuid), finance_consented_to_us(uuid),
    credit_four_eyes(), bank_product_terms() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance_consent_holds(finance_consent), finance_consented(uuid, uuid), finance_consented_to_us(uuid)
    TO huimin_app;

-- What the serving role may do (grants), and which rows (row-level security). See docs/security.md for the table.

-- The persons the actor is or may act for today.
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

-- Whether the actor holds this role anywhere: for the city-wide roles.
CREATE FUNCTION huimin_holds(wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT 1 FROM membership m JOIN account a ON a.id = m.account_id
     WHERE m.account_id = huimin_actor() AND m.role = wanted AND m.ended_at IS NULL AND a.disabled_at IS NULL) $$;

-- How a member of staff is named to others; nothing else of an account is shown.
CREATE FUNCTION huimin_staff_name(account uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT a.staff_name FROM account a WHERE a.id = account $$;

-- Whether the actor may see the content of a case: its subject, their delegate, or who works on it.
CREATE FUNCTION huimin_sees_content(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND (
        c.subject_id = ANY((SELECT huimin_persons())::uuid[])
        OR c.organisation_id = ANY((SELECT huimin_organisations(ARRAY['caseworker', 'supervisor']))::uuid[]))) $$;

-- The accounts that are told what happens to a case: its subject's, and the delegate's who filed it.
CREATE FUNCTION huimin_told_of(wanted uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT a.id FROM cases c JOIN account a ON a.person_id = c.subject_id WHERE c.id = wanted AND a.disabled_at IS NULL
    UNION
    SELECT m.account_id FROM cases c JOIN mandate m ON m.person_id = c.subject_id AND m.account_id = c.applicant_id
     WHERE c.id = wanted AND m.confirmed_at IS NOT NULL AND m.revoked_at IS NULL AND m.ends_on >= huimin_today() $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO huimin_app;
REVOKE EXECUTE ON FUNCTION register_read_person(uuid, bytea, text, text, text[], uuid), register_is_parent(bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO huimin_app;

GRANT SELECT ON district, organisation, item TO huimin_app;
GRANT SELECT, INSERT, UPDATE ON account, person, person_key, membership, invitation, mandate,
    cases, case_clock, application, correction, decision, notice, delivery, upload, one_time_code TO huimin_app;
GRANT SELECT, INSERT ON event, application_revision, rating, idempotency TO huimin_app;
GRANT SELECT ON register_read TO huimin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, throttle, draft, absence, operator_warning TO huimin_app;
GRANT UPDATE (outcome) ON idempotency TO huimin_app;
GRANT DELETE ON one_time_code, idempotency TO huimin_app;

ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY account_self ON account USING (
    huimin_task() IS NOT NULL OR id = huimin_actor()
    OR (staff_name IS NOT NULL AND (SELECT huimin_holds('administrator'))));

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_seen ON person USING (
    huimin_task() IS NOT NULL OR id = ANY((SELECT huimin_persons())::uuid[])
    OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person.id
        AND c.organisation_id = ANY((SELECT huimin_organisations(ARRAY['caseworker', 'supervisor']))::uuid[])));

ALTER TABLE person_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_key_seen ON person_key USING (
    huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM person p WHERE p.id = person_key.person_id));

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY membership_seen ON membership FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR organisation_id = ANY((SELECT huimin_organisations(ARRAY['caseworker', 'supervisor']))::uuid[])
    OR (SELECT huimin_holds('administrator')) OR (SELECT huimin_holds('auditor')));
CREATE POLICY membership_given ON membership FOR INSERT WITH CHECK (huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));
CREATE POLICY membership_ended ON membership FOR UPDATE USING (huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));

ALTER TABLE absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY absence_seen ON absence USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR EXISTS (SELECT 1 FROM membership m WHERE m.account_id = absence.account_id AND m.ended_at IS NULL
        AND m.organisation_id = ANY((SELECT huimin_organisations(ARRAY['supervisor']))::uuid[])));

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY invitation_seen ON invitation USING (huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));

ALTER TABLE mandate ENABLE ROW LEVEL SECURITY;
CREATE POLICY mandate_seen ON mandate USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR person_id = (SELECT a.person_id FROM account a WHERE a.id = huimin_actor()));

ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
CREATE POLICY cases_seen ON cases USING (
    huimin_task() IS NOT NULL OR subject_id = ANY((SELECT huimin_persons())::uuid[])
    OR organisation_id = ANY((SELECT huimin_organisations(ARRAY['caseworker', 'supervisor']))::uuid[]));
-- An auditor reads what happened in every case, never its personal content.
CREATE POLICY cases_audited ON cases FOR SELECT USING ((SELECT huimin_holds('auditor')));

ALTER TABLE case_clock ENABLE ROW LEVEL SECURITY;
CREATE POLICY case_clock_seen ON case_clock USING (EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_seen ON event FOR SELECT USING (EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY event_written ON event FOR INSERT WITH CHECK (huimin_sees_content(case_id));

ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_own ON idempotency USING (huimin_task() IS NOT NULL OR actor = huimin_actor()::text);

ALTER TABLE register_read ENABLE ROW LEVEL SECURITY;
CREATE POLICY register_read_own ON register_read USING (
    huimin_task() IS NOT NULL OR (SELECT huimin_holds('auditor'))
    OR resident_id_index IN (SELECT p.resident_id_index FROM person p WHERE p.id = ANY((SELECT huimin_persons())::uuid[])));

ALTER TABLE draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY draft_own ON draft USING (
    huimin_task() IS NOT NULL OR (account_id = huimin_actor() AND person_id = ANY((SELECT huimin_persons())::uuid[])));

ALTER TABLE application ENABLE ROW LEVEL SECURITY;
CREATE POLICY application_seen ON application USING (EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));

ALTER TABLE application_revision ENABLE ROW LEVEL SECURITY;
CREATE POLICY application_revision_seen ON application_revision USING (huimin_sees_content(case_id));

ALTER TABLE correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY correction_seen ON correction USING (huimin_sees_content(case_id));

ALTER TABLE decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY decision_seen ON decision USING (huimin_sees_content(case_id));

ALTER TABLE rating ENABLE ROW LEVEL SECURITY;
CREATE POLICY rating_seen ON rating USING (huimin_sees_content(case_id));

ALTER TABLE upload ENABLE ROW LEVEL SECURITY;
CREATE POLICY upload_seen ON upload USING (
    huimin_task() IS NOT NULL
    OR person_id = ANY((SELECT huimin_persons())::uuid[])
    OR (case_id IS NOT NULL AND huimin_sees_content(case_id)));

ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY notice_own ON notice USING (huimin_task() IS NOT NULL OR account_id = huimin_actor()) WITH CHECK (true);

ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY delivery_own ON delivery USING (
    huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM notice n WHERE n.id = notice_id)) WITH CHECK (true);

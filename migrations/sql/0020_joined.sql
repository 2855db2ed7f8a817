-- A case can be shared: with other organisations (协办单位) and with people called to help. And it can be opened by
-- somebody without an account: a device, or whoever calls for help from a phone nobody knows.
ALTER TABLE cases ALTER COLUMN applicant_id DROP NOT NULL;
ALTER TABLE cases ADD COLUMN joined uuid[] NOT NULL DEFAULT '{}';  -- organisations beside its own
ALTER TABLE cases ADD COLUMN helpers uuid[] NOT NULL DEFAULT '{}'; -- accounts called to help
CREATE INDEX cases_joined ON cases USING gin (joined) WHERE closed_at IS NULL AND joined <> '{}';

ALTER TABLE organisation DROP CONSTRAINT organisation_kind_check;
ALTER TABLE organisation ADD CONSTRAINT organisation_kind_check CHECK (kind IN ('department', 'city', 'centre', 'bank'));

-- The organisations whose cases the actor works on, content and all.
CREATE FUNCTION huimin_desks() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT huimin_organisations(ARRAY['caseworker', 'supervisor', 'dispatcher', 'chief_dispatcher']) $$;
-- Those that see the content also of cases they were drawn into: an emergency is everybody's who answers for it. What
-- other organisations see of a shared case beside its record is for their pillar's own policies to say.
CREATE FUNCTION huimin_centres() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT huimin_organisations(ARRAY['dispatcher', 'chief_dispatcher']) $$;

CREATE OR REPLACE FUNCTION huimin_sees_content(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND (
        c.subject_id = ANY((SELECT huimin_persons())::uuid[])
        OR c.organisation_id = ANY((SELECT huimin_desks())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR huimin_actor() = ANY(c.helpers))) $$;

DROP POLICY cases_seen ON cases;
CREATE POLICY cases_seen ON cases USING (
    huimin_task() IS NOT NULL OR subject_id = ANY((SELECT huimin_persons())::uuid[])
    OR organisation_id = ANY((SELECT huimin_desks())::uuid[])
    OR joined && (SELECT huimin_centres())::uuid[]
    OR huimin_actor() = ANY(helpers));

DROP POLICY person_seen ON person;
CREATE POLICY person_seen ON person USING (
    huimin_task() IS NOT NULL OR id = ANY((SELECT huimin_persons())::uuid[])
    OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person.id AND (
        c.organisation_id = ANY((SELECT huimin_desks())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR (huimin_actor() = ANY(c.helpers) AND c.closed_at IS NULL))));

-- Colleagues at one desk, whatever kind of desk it is.
CREATE OR REPLACE FUNCTION huimin_colleagues(organisation uuid) RETURNS TABLE (account uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT DISTINCT a.id, a.staff_name FROM membership m JOIN account a ON a.id = m.account_id
     WHERE m.organisation_id = organisation
       AND (huimin_task() IS NOT NULL OR organisation = ANY(huimin_desks()))
       AND m.role = ANY(ARRAY['caseworker', 'supervisor', 'dispatcher', 'chief_dispatcher'])
       AND m.ended_at IS NULL AND a.disabled_at IS NULL AND a.staff_name IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = a.id AND b.days @> huimin_today()) $$;

DROP POLICY membership_seen ON membership;
CREATE POLICY membership_seen ON membership FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR organisation_id = ANY((SELECT huimin_desks())::uuid[])
    OR (SELECT huimin_holds('administrator')) OR (SELECT huimin_holds('auditor')));
GRANT EXECUTE ON FUNCTION huimin_desks(), huimin_centres() TO huimin_app;

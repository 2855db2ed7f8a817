-- Responders: why one cannot go, how they reach their centre, and whom a dispatcher may choose among.
ALTER TABLE care_offer ADD COLUMN decline_reason text;  -- shared::care::responder::Decline; also of whoever gave up later
ALTER TABLE care_centre ADD COLUMN phone text;          -- the centre's own line, nobody's personal number
CREATE INDEX care_offer_under_way ON care_offer (responder_id) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL AND done_at IS NULL;

-- Those who might go to a call, for whoever answers for it: the responders of its own centre and of those drawn in; of
-- all of them once the city's own desk has it. A definer's function, because whether somebody of another centre still
-- holds the role, has the key, or was there before is not for every dispatcher to read.
CREATE FUNCTION huimin_candidates(wanted uuid) RETURNS TABLE (
    account uuid, name text, responder boolean, on_duty boolean, skills text[], languages text[], mode text,
    latitude double precision, longitude double precision, accuracy_m double precision, located_at timestamptz,
    resting_until timestamptz, key_holder boolean, visits bigint, sent boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH call AS (
        SELECT c.id, c.subject_id, c.organisation_id || c.joined AS centres FROM cases c
         WHERE c.id = wanted AND c.kind = 'sos' AND (huimin_task() IS NOT NULL OR (c.organisation_id || c.joined) && huimin_centres())),
    whole_city AS (SELECT FROM call JOIN organisation o ON o.id = ANY(call.centres) WHERE o.kind = 'centre' AND o.district IS NULL),
    near AS (SELECT r.* FROM call, care_responder r WHERE r.organisation_id = ANY(call.centres) OR EXISTS (SELECT FROM whole_city)),
    keys AS (SELECT DISTINCT k.account_id FROM call JOIN care_contact k ON k.person_id = call.subject_id WHERE k.key_holder AND k.account_id IS NOT NULL),
    been AS (SELECT o.responder_id, count(*) AS times FROM call JOIN cases c ON c.subject_id = call.subject_id
               JOIN care_offer o ON o.case_id = c.id WHERE o.arrived_at IS NOT NULL GROUP BY o.responder_id),
    -- Asked to this one and not let go; or on the way to any other, or there.
    busy AS (SELECT o.responder_id FROM call JOIN care_offer o ON o.case_id = call.id
              WHERE (o.withdrawn_at IS NULL AND o.done_at IS NULL) OR o.decline_reason IS NOT NULL
             UNION
             SELECT o.responder_id FROM care_offer o WHERE o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL)
    SELECT n.account_id, a.staff_name,
           EXISTS (SELECT FROM membership m WHERE m.account_id = n.account_id AND m.organisation_id = n.organisation_id
                      AND m.role = 'responder' AND m.ended_at IS NULL),
           n.account_id IN (SELECT d FROM huimin_duty_of(ARRAY(SELECT account_id FROM near)) AS d), n.skills, n.languages, n.mode, n.latitude, n.longitude, n.accuracy_m, n.located_at, n.resting_until,
           n.account_id IN (SELECT account_id FROM keys), coalesce(b.times, 0), n.account_id IN (SELECT responder_id FROM busy)
      FROM near n JOIN account a ON a.id = n.account_id AND a.disabled_at IS NULL AND a.staff_name IS NOT NULL
      LEFT JOIN been b ON b.responder_id = n.account_id $$;
GRANT EXECUTE ON FUNCTION huimin_candidates(uuid) TO huimin_app;

-- Whether a call still concerns somebody who was called to help: it rang at them, or they were asked to go and neither said
-- no nor were let go. A definer's function, because the policies of the rows it reads ask it.
CREATE FUNCTION huimin_helps(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT FROM care_page p WHERE p.case_id = wanted AND p.account_id = huimin_actor())
        OR EXISTS (SELECT FROM care_offer o WHERE o.case_id = wanted AND o.responder_id = huimin_actor()
                      AND o.declined_at IS NULL AND o.withdrawn_at IS NULL) $$;
-- What was said, from where and by which number: for the person and who acts for them, for the centres that answer for it,
-- and for helpers as long as it is open and concerns them. Whoever was called to help keeps seeing that there is a call
-- (cases_seen), so that they can be told that somebody else goes; what is in it is no longer theirs.
CREATE FUNCTION huimin_sees_call(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND (
        c.subject_id = ANY((SELECT huimin_persons())::uuid[])
        OR c.organisation_id = ANY((SELECT huimin_desks())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR (huimin_actor() = ANY(c.helpers) AND c.closed_at IS NULL AND huimin_helps(c.id)))) $$;
GRANT EXECUTE ON FUNCTION huimin_helps(uuid), huimin_sees_call(uuid) TO huimin_app;
ALTER POLICY care_call_seen ON care_call USING (huimin_sees_call(case_id));
ALTER POLICY care_press_seen ON care_press USING (huimin_task() IS NOT NULL OR (case_id IS NOT NULL AND huimin_sees_call(case_id)));
ALTER POLICY care_page_seen ON care_page USING (huimin_sees_call(case_id));
ALTER POLICY care_offer_seen ON care_offer USING (responder_id = huimin_actor() OR huimin_sees_call(case_id));
ALTER POLICY person_seen ON person USING (
    huimin_task() IS NOT NULL OR id = ANY((SELECT huimin_persons())::uuid[])
    OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person.id AND (
        c.organisation_id = ANY((SELECT huimin_desks())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR (huimin_actor() = ANY(c.helpers) AND c.closed_at IS NULL AND huimin_helps(c.id)))));
CREATE OR REPLACE FUNCTION huimin_cares_for(person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT person = ANY((SELECT huimin_persons())::uuid[])
        OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person AND c.kind = 'sos' AND (
            c.organisation_id = ANY((SELECT huimin_centres())::uuid[])
            OR c.joined && (SELECT huimin_centres())::uuid[]
            OR (huimin_actor() = ANY(c.helpers) AND c.closed_at IS NULL AND huimin_helps(c.id)))) $$;

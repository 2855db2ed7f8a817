-- Whoever says that they go must set out, and arrive: until when, and why somebody was let go.
ALTER TABLE care_offer
    ADD COLUMN due_at        timestamptz,               -- accepted: until then they set out; on the way: until then they are there
    ADD COLUMN withdrawn_for text CHECK (withdrawn_for IN ('late', 'desk')); -- null: somebody else goes, or nobody has to
CREATE INDEX care_offer_going ON care_offer (case_id) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL AND done_at IS NULL;

-- Calls that somebody goes to waited for nothing so far: from now on they wait for them.
UPDATE care_offer SET due_at = huimin_now() + interval '10 minutes'
 WHERE accepted_at IS NOT NULL AND arrived_at IS NULL AND withdrawn_at IS NULL AND done_at IS NULL;
UPDATE care_call k SET next_step_at = huimin_now() + interval '10 minutes' FROM cases c
 WHERE c.id = k.case_id AND c.state = 'dispatched' AND k.next_step_at IS NULL;

-- A contact whom the person named is told when the call is answered, whether it rang at them or not, and may follow it
-- while it is open. Only who is told (a helper of the case) sees anything by this.
CREATE OR REPLACE FUNCTION huimin_helps(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT FROM care_page p WHERE p.case_id = wanted AND p.account_id = huimin_actor())
        OR EXISTS (SELECT FROM care_offer o WHERE o.case_id = wanted AND o.responder_id = huimin_actor()
                      AND o.declined_at IS NULL AND o.withdrawn_at IS NULL)
        OR EXISTS (SELECT FROM cases c JOIN care_call k ON k.case_id = c.id AND k.known JOIN care_contact f ON f.person_id = c.subject_id
                    WHERE c.id = wanted AND f.account_id = huimin_actor()) $$;

-- What a helper may see of a call, said once: while it is open and concerns them.
CREATE FUNCTION huimin_helps_now(wanted uuid, helpers uuid[], closed timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_actor() = ANY(helpers) AND closed IS NULL AND huimin_helps(wanted) $$;
GRANT EXECUTE ON FUNCTION huimin_helps_now(uuid, uuid[], timestamptz) TO huimin_app;
CREATE OR REPLACE FUNCTION huimin_sees_call(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = wanted AND (
        c.subject_id = ANY((SELECT huimin_persons())::uuid[])
        OR c.organisation_id = ANY((SELECT huimin_desks())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR huimin_helps_now(c.id, c.helpers, c.closed_at))) $$;
ALTER POLICY person_seen ON person USING (
    huimin_task() IS NOT NULL OR id = ANY((SELECT huimin_persons())::uuid[])
    OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person.id AND (
        c.organisation_id = ANY((SELECT huimin_desks())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR huimin_helps_now(c.id, c.helpers, c.closed_at))));

-- What helps whoever comes to help is for the centres of an open call, and for a day after it, for the report.
CREATE OR REPLACE FUNCTION huimin_cares_for(person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT person = ANY((SELECT huimin_persons())::uuid[])
        OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person AND c.kind = 'sos' AND (
            ((c.closed_at IS NULL OR c.closed_at > huimin_now() - interval '24 hours')
                AND (c.organisation_id = ANY((SELECT huimin_centres())::uuid[]) OR c.joined && (SELECT huimin_centres())::uuid[]))
            OR huimin_helps_now(c.id, c.helpers, c.closed_at))) $$;

-- Those who may read it may not write it: that is for the person, and who acts for them.
ALTER POLICY care_profile_seen ON care_profile USING (huimin_task() IS NOT NULL OR person_id = ANY((SELECT huimin_persons())::uuid[]));
CREATE POLICY care_profile_read ON care_profile FOR SELECT USING (huimin_task() IS NOT NULL OR huimin_cares_for(person_id));
ALTER POLICY care_contact_seen ON care_contact USING (huimin_task() IS NOT NULL OR person_id = ANY((SELECT huimin_persons())::uuid[]));
CREATE POLICY care_contact_read ON care_contact FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR huimin_cares_for(person_id));

-- Of the messages to a desk that wait, the last stands; when it is sent it tells of what rings then.
CREATE INDEX care_page_account ON care_page (account_id, at) WHERE account_id IS NOT NULL;

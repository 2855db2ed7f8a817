-- When 80 % of a clock's legal days are used up, so that warnings and queues find it without counting days.
ALTER TABLE case_clock ADD COLUMN warn_on date;
-- The year for want of whose calendar counted_days are not the whole yet; counted again from the events once it is there.
ALTER TABLE case_clock ADD COLUMN counted_pending integer;
-- When staff were told that it is overdue.
ALTER TABLE case_clock ADD COLUMN overdue_at timestamptz;
CREATE INDEX case_clock_warning ON case_clock (warn_on) WHERE running_since IS NOT NULL AND warned_at IS NULL;

-- The queue in the order of due dates; what has none comes last.
CREATE INDEX cases_due ON cases (organisation_id, (coalesce(due_on, 'infinity'::date)), id) WHERE closed_at IS NULL;

-- Signed roots read the events of a range of transactions in this order.
DROP INDEX event_xid;
CREATE INDEX event_order ON event (xid, case_id, seq);

-- Verification sees the events of a case that is gone, too.
DROP POLICY event_seen ON event;
CREATE POLICY event_seen ON event FOR SELECT USING (
    huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));

-- Who can be handed a case: colleagues of an organisation the actor works for who are here today. Whether somebody is
-- absent is for their supervisor to see; that a colleague cannot be chosen is all that others learn.
CREATE FUNCTION huimin_colleagues(organisation uuid) RETURNS TABLE (account uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT DISTINCT a.id, a.staff_name FROM membership m JOIN account a ON a.id = m.account_id
     WHERE m.organisation_id = organisation
       AND (huimin_task() IS NOT NULL OR organisation = ANY(huimin_organisations(ARRAY['caseworker', 'supervisor'])))
       AND m.role = ANY(ARRAY['caseworker', 'supervisor']) AND m.ended_at IS NULL AND a.disabled_at IS NULL
       AND a.staff_name IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = a.id AND b.days @> huimin_today()) $$;
REVOKE EXECUTE ON FUNCTION huimin_colleagues(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION huimin_colleagues(uuid) TO huimin_app;

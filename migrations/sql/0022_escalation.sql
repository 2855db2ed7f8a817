-- Escalation: what wakes it, who is on duty for many at once, and what keeps inboxes from filling.

-- Whoever of these accounts is on duty now: what they said last, else the rota. One rule for one and for many.
CREATE FUNCTION huimin_duty_of(accounts uuid[]) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH n AS (SELECT huimin_now() AS at, huimin_now() AT TIME ZONE 'Asia/Shanghai' AS local),
         m AS (SELECT n.at, n.local::date AS day, extract(isodow FROM n.local) AS weekday,
                      extract(hour FROM n.local) * 60 + extract(minute FROM n.local) AS minute FROM n)
    SELECT a.id FROM m, unnest(accounts) AS a (id) LEFT JOIN care_duty d ON d.account_id = a.id
     WHERE CASE WHEN d.absent_at IS NOT NULL THEN false
                WHEN d.on_duty IS NOT NULL AND (d.until IS NULL OR d.until > m.at) THEN d.on_duty
                ELSE EXISTS (SELECT 1 FROM care_rota r WHERE r.account_id = a.id AND r.weekday = m.weekday
                                AND m.minute >= r.from_minute AND m.minute < r.to_minute)
                     AND NOT EXISTS (SELECT 1 FROM absence b WHERE b.account_id = a.id AND b.days @> m.day) END $$;
CREATE OR REPLACE FUNCTION huimin_on_duty(account uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT 1 FROM huimin_duty_of(ARRAY[account])) $$;
GRANT EXECUTE ON FUNCTION huimin_duty_of(uuid[]) TO huimin_app;

-- A call whose step is due at once wakes the engines, whoever made it due. Polling keeps it true.
CREATE FUNCTION huimin_call_due() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('huimin_call', ''); RETURN NULL; END $$;
CREATE TRIGGER care_call_made_due AFTER INSERT OR UPDATE OF next_step_at ON care_call
    FOR EACH ROW WHEN (NEW.next_step_at <= huimin_now()) EXECUTE FUNCTION huimin_call_due();

-- Whoever is called again for a call they have not opened yet is called, but gets no second entry in their inbox.
CREATE INDEX notice_unread_of_case ON notice (case_id, account_id) WHERE read_at IS NULL AND case_id IS NOT NULL;

-- Open calls, the oldest first.
CREATE INDEX cases_calls_open ON cases (opened_at) WHERE kind = 'sos' AND closed_at IS NULL;

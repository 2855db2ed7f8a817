-- Who acts. Every transaction of the serving role states its actor with set_config(..., true), so that nothing
-- leaks over a pooled connection; the policies in 0007 rest on these functions. No actor, no personal rows.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION huimin_actor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('huimin.actor', true), '')::uuid $$;

-- A named task of the system itself (sign-in, delivery, deadlines ...), set by server::Store alone.
CREATE FUNCTION huimin_task() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('huimin.task', true), '') $$;

-- The clock of the city: the database's, plus an offset that tests alone set.
CREATE FUNCTION huimin_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT now() + coalesce(nullif(current_setting('huimin.clock_offset', true), '')::interval, interval '0') $$;

-- The working day of the city: a date in China Standard Time, whatever the server's time zone.
CREATE FUNCTION huimin_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (huimin_now() AT TIME ZONE 'Asia/Shanghai')::date $$;

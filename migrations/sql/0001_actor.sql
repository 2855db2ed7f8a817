-- Who acts, and what time it is: the acting account, the acting system task and the city's clock. Every transaction of the serving
-- role sets them with set_config(..., true), so that nothing survives on a pooled connection. The policies in 0010 are built on these
-- functions: without an actor no personal row is visible.

-- For the EXCLUDE constraints of absence (0002) and item (0005).
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION huimin_actor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('huimin.actor', true), '')::uuid $$;

-- A named task of the system itself (sign-in, delivery, deadlines ...); only server::Store sets it.
CREATE FUNCTION huimin_task() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('huimin.task', true), '') $$;

-- The city's clock: the database's clock plus an offset that only tests and the demo data set.
CREATE FUNCTION huimin_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT now() + coalesce(nullif(current_setting('huimin.clock_offset', true), '')::interval, interval '0') $$;

-- The city's current date: in China Standard Time, whatever the server's time zone is.
CREATE FUNCTION huimin_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (huimin_now() AT TIME ZONE 'Asia/Shanghai')::date $$;

-- Readiness asks whether every migration is applied.
GRANT SELECT ON seaql_migrations TO huimin_app;

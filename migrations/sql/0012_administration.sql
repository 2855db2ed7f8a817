-- What administrators did (管理记录): to whom, or to which organisation. It is only added to; auditors read it.
CREATE TABLE administration (
    id              uuid PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT huimin_now(),
    actor_id        uuid REFERENCES account (id),      -- null: whoever operates the machine
    action          text NOT NULL,
    account_id      uuid REFERENCES account (id),      -- whom it was about; null for an invitation, which nobody has accepted yet
    organisation_id uuid REFERENCES organisation (id),
    role            text
);
CREATE INDEX administration_order ON administration (at, id);

GRANT SELECT, INSERT ON administration TO huimin_app;
ALTER TABLE administration ENABLE ROW LEVEL SECURITY;
CREATE POLICY administration_seen ON administration FOR SELECT USING (
    (SELECT huimin_holds('auditor')) OR (SELECT huimin_holds('administrator')));
CREATE POLICY administration_written ON administration FOR INSERT WITH CHECK (
    huimin_task() IS NOT NULL OR ((SELECT huimin_holds('administrator')) AND actor_id = huimin_actor()));

-- Everybody reads organisations; administrators add and rename them. Codes stay: the catalogue routes by them.
GRANT INSERT, UPDATE (name_zh, name_en) ON organisation TO huimin_app;
ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation_seen ON organisation FOR SELECT USING (true);
CREATE POLICY organisation_added ON organisation FOR INSERT WITH CHECK (
    huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));
CREATE POLICY organisation_renamed ON organisation FOR UPDATE USING (
    huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));
-- A district of the program's list, when its first organisation is added.
GRANT INSERT ON district TO huimin_app;

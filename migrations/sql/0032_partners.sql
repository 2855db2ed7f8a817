-- Dispatch centres and banks are added by administrators. A centre takes calls as soon as its chief has published its first
-- escalation policy; until then they ring at the city's duty desk.
GRANT INSERT ON care_centre TO huimin_app;
ALTER TABLE care_centre ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_centre_public ON care_centre FOR SELECT USING (true);
CREATE POLICY care_centre_added ON care_centre FOR INSERT WITH CHECK ((SELECT huimin_holds('administrator')));

-- Row-level security: which rows the serving role may see and write. docs/security.md has the overview. Permissive policies
-- of a table are alternatives; a RESTRICTIVE policy must hold in addition.

-- Accounts and organisations. Seeing a row does not imply writing it: who a person is and who acts for whom is written only
-- by system tasks after checking the register, so restrictive policies narrow the writes.
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY account_self ON account USING (
    huimin_task() IS NOT NULL OR id = huimin_actor()
    OR (staff_name IS NOT NULL AND (SELECT huimin_holds('administrator'))));
CREATE POLICY account_made ON account AS RESTRICTIVE FOR INSERT WITH CHECK (huimin_task() IS NOT NULL);

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_seen ON person USING (
    huimin_task() IS NOT NULL OR id = ANY((SELECT huimin_persons())::uuid[])
    OR EXISTS (SELECT 1 FROM cases c WHERE c.subject_id = person.id AND (
        c.organisation_id = ANY((SELECT huimin_case_organisations())::uuid[])
        OR c.joined && (SELECT huimin_centres())::uuid[]
        OR huimin_helps_now(c.id, c.helpers, c.closed_at))));
CREATE POLICY person_changed ON person AS RESTRICTIVE FOR UPDATE USING (huimin_task() IS NOT NULL);

ALTER TABLE person_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_key_seen ON person_key USING (
    huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM person p WHERE p.id = person_key.person_id));
CREATE POLICY person_key_changed ON person_key AS RESTRICTIVE FOR UPDATE USING (huimin_task() IS NOT NULL);

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY membership_seen ON membership FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR organisation_id = ANY((SELECT huimin_case_organisations())::uuid[])
    OR (SELECT huimin_holds('administrator')) OR (SELECT huimin_holds('auditor')));
CREATE POLICY membership_given ON membership FOR INSERT WITH CHECK (huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));
CREATE POLICY membership_ended ON membership FOR UPDATE USING (huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));

ALTER TABLE absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY absence_seen ON absence USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR EXISTS (SELECT 1 FROM membership m WHERE m.account_id = absence.account_id AND m.ended_at IS NULL
        AND m.organisation_id = ANY((SELECT huimin_organisations(ARRAY['supervisor']))::uuid[])));

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY invitation_seen ON invitation USING (huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));

ALTER TABLE mandate ENABLE ROW LEVEL SECURITY;
CREATE POLICY mandate_seen ON mandate USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor()
    OR person_id = (SELECT a.person_id FROM account a WHERE a.id = huimin_actor()));
CREATE POLICY mandate_made ON mandate AS RESTRICTIVE FOR INSERT WITH CHECK (huimin_task() = 'register');
CREATE POLICY mandate_changed ON mandate AS RESTRICTIVE FOR UPDATE USING (huimin_task() = 'register');

ALTER TABLE administration ENABLE ROW LEVEL SECURITY;
CREATE POLICY administration_seen ON administration FOR SELECT USING (
    (SELECT huimin_holds('auditor')) OR (SELECT huimin_holds('administrator')));
CREATE POLICY administration_written ON administration FOR INSERT WITH CHECK (
    huimin_task() IS NOT NULL OR ((SELECT huimin_holds('administrator')) AND actor_id = huimin_actor()));

-- Organisations are public; administrators add and rename them.
ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation_seen ON organisation FOR SELECT USING (true);
CREATE POLICY organisation_added ON organisation FOR INSERT WITH CHECK (
    huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));
CREATE POLICY organisation_renamed ON organisation FOR UPDATE USING (
    huimin_task() IS NOT NULL OR (SELECT huimin_holds('administrator')));

-- Cases.
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
CREATE POLICY cases_seen ON cases USING (
    huimin_task() IS NOT NULL OR subject_id = ANY((SELECT huimin_persons())::uuid[])
    OR organisation_id = ANY((SELECT huimin_case_organisations())::uuid[])
    OR joined && (SELECT huimin_centres())::uuid[]
    OR huimin_actor() = ANY(helpers));
-- Auditors read the record of every case, but not its personal content.
CREATE POLICY cases_audited ON cases FOR SELECT USING ((SELECT huimin_holds('auditor')));
-- Banks see the demands they take part in: while offers are open as long as a consent is in force, later by their accepted
-- offer.
CREATE POLICY cases_banks ON cases USING (
    kind = 'demand' AND joined && (SELECT huimin_banks())::uuid[] AND (state <> 'published' OR finance_consented_to_actor_bank(id)));
-- A family member's mandate gives no access to demands, and so none to their record.
CREATE POLICY cases_demand_own ON cases AS RESTRICTIVE USING (
    kind <> 'demand' OR huimin_task() IS NOT NULL OR subject_id = (SELECT huimin_person())
    OR organisation_id = ANY((SELECT huimin_case_organisations())::uuid[]) OR joined && (SELECT huimin_banks())::uuid[]
    OR (SELECT huimin_holds('auditor')));

ALTER TABLE case_clock ENABLE ROW LEVEL SECURITY;
CREATE POLICY case_clock_seen ON case_clock USING (EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));

-- Tasks also see the events of a case that has been deleted: the verification of the chain needs them.
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_seen ON event FOR SELECT USING (
    huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY event_written ON event FOR INSERT WITH CHECK (huimin_sees_content(case_id));
CREATE POLICY event_written_by_banks ON event FOR INSERT WITH CHECK (
    EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.kind = 'demand' AND c.joined && (SELECT huimin_banks())::uuid[]));
-- Of a demand's record, a bank sees only what its own people did.
CREATE POLICY event_of_banks ON event AS RESTRICTIVE FOR SELECT USING (
    huimin_task() IS NOT NULL OR (SELECT huimin_banks()) = '{}'
    OR actor_id = ANY((SELECT huimin_bank_colleagues())::uuid[]) OR person_id = (SELECT huimin_person()));

ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_own ON idempotency USING (huimin_task() IS NOT NULL OR actor = huimin_actor()::text);

-- Registers.
ALTER TABLE register_read ENABLE ROW LEVEL SECURITY;
CREATE POLICY register_read_own ON register_read USING (
    huimin_task() IS NOT NULL OR (SELECT huimin_holds('auditor'))
    OR resident_id_index IN (SELECT p.resident_id_index FROM person p WHERE p.id = ANY((SELECT huimin_persons())::uuid[])));

-- Services.
ALTER TABLE draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY draft_own ON draft USING (
    huimin_task() IS NOT NULL OR (account_id = huimin_actor() AND person_id = ANY((SELECT huimin_persons())::uuid[])));

ALTER TABLE application ENABLE ROW LEVEL SECURITY;
CREATE POLICY application_seen ON application USING (EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));

ALTER TABLE application_revision ENABLE ROW LEVEL SECURITY;
CREATE POLICY application_revision_seen ON application_revision USING (huimin_sees_content(case_id));

ALTER TABLE correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY correction_seen ON correction USING (huimin_sees_content(case_id));

ALTER TABLE decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY decision_seen ON decision USING (huimin_sees_content(case_id));

ALTER TABLE rating ENABLE ROW LEVEL SECURITY;
CREATE POLICY rating_seen ON rating USING (huimin_sees_content(case_id));

ALTER TABLE upload ENABLE ROW LEVEL SECURITY;
CREATE POLICY upload_seen ON upload USING (
    huimin_task() IS NOT NULL
    OR person_id = ANY((SELECT huimin_persons())::uuid[])
    OR (case_id IS NOT NULL AND huimin_sees_content(case_id)));
-- Only a system task deletes uploads, and only those that neither a draft nor a case holds.
CREATE POLICY upload_swept ON upload AS RESTRICTIVE FOR DELETE USING (
    huimin_task() IS NOT NULL AND draft_id IS NULL AND case_id IS NULL);

-- Notices.
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY notice_own ON notice USING (huimin_task() IS NOT NULL OR account_id = huimin_actor()) WITH CHECK (true);

ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY delivery_own ON delivery USING (
    huimin_task() IS NOT NULL OR EXISTS (SELECT 1 FROM notice n WHERE n.id = notice_id)) WITH CHECK (true);

-- Care: centres, rotas and responders.
ALTER TABLE care_centre ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_centre_public ON care_centre FOR SELECT USING (true);
CREATE POLICY care_centre_added ON care_centre FOR INSERT WITH CHECK ((SELECT huimin_holds('administrator')));

ALTER TABLE care_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_policy_read ON care_policy FOR SELECT USING (true);
CREATE POLICY care_policy_published ON care_policy FOR INSERT WITH CHECK (
    huimin_task() IS NOT NULL OR organisation_id = ANY((SELECT huimin_organisations(ARRAY['chief_dispatcher']))::uuid[]));

ALTER TABLE care_rota ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_rota_read ON care_rota FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR organisation_id = ANY((SELECT huimin_centres())::uuid[]));
CREATE POLICY care_rota_made ON care_rota USING (
    huimin_task() IS NOT NULL OR organisation_id = ANY((SELECT huimin_organisations(ARRAY['chief_dispatcher']))::uuid[]));

-- Duty and the location of responders are visible to all centres of the city: they send each other's responders.
ALTER TABLE care_duty ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_duty_read ON care_duty FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR cardinality((SELECT huimin_centres())::uuid[]) > 0);
CREATE POLICY care_duty_own ON care_duty USING (huimin_task() IS NOT NULL OR account_id = huimin_actor());

ALTER TABLE care_responder ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_responder_read ON care_responder FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR cardinality((SELECT huimin_centres())::uuid[]) > 0);
CREATE POLICY care_responder_own ON care_responder USING (huimin_task() IS NOT NULL OR account_id = huimin_actor());

-- Care: profiles, contacts and devices. Dispatchers and helpers read; only the person and their delegates write.
ALTER TABLE care_profile ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_profile_seen ON care_profile USING (huimin_task() IS NOT NULL OR person_id = ANY((SELECT huimin_persons())::uuid[]));
CREATE POLICY care_profile_read ON care_profile FOR SELECT USING (huimin_task() IS NOT NULL OR huimin_reads_care_profile(person_id));

ALTER TABLE care_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_contact_seen ON care_contact USING (huimin_task() IS NOT NULL OR person_id = ANY((SELECT huimin_persons())::uuid[]));
CREATE POLICY care_contact_read ON care_contact FOR SELECT USING (
    huimin_task() IS NOT NULL OR account_id = huimin_actor() OR huimin_reads_care_profile(person_id));

ALTER TABLE care_device ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_device_seen ON care_device USING (
    huimin_task() IS NOT NULL OR person_id = ANY((SELECT huimin_persons())::uuid[]));

-- Care: calls.
ALTER TABLE care_call ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_call_seen ON care_call USING (huimin_sees_call(case_id));

ALTER TABLE care_press ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_press_seen ON care_press USING (huimin_task() IS NOT NULL OR (case_id IS NOT NULL AND huimin_sees_call(case_id)));

ALTER TABLE care_alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_alert_seen ON care_alert USING (huimin_sees_call(case_id));

ALTER TABLE care_offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY care_offer_seen ON care_offer USING (responder_id = huimin_actor() OR huimin_sees_call(case_id));

-- Finance.
ALTER TABLE enterprise ENABLE ROW LEVEL SECURITY;
CREATE POLICY enterprise_seen ON enterprise USING (huimin_task() IS NOT NULL OR representative_id = (SELECT huimin_person()));

ALTER TABLE bank_product ENABLE ROW LEVEL SECURITY;
CREATE POLICY bank_product_public ON bank_product FOR SELECT USING (true);
CREATE POLICY bank_product_added ON bank_product FOR INSERT WITH CHECK (
    organisation_id = ANY((SELECT huimin_organisations(ARRAY['bank_supervisor']))::uuid[]));
CREATE POLICY bank_product_reserved ON bank_product FOR UPDATE USING (
    huimin_task() IS NOT NULL OR organisation_id = ANY((SELECT huimin_banks())::uuid[]) OR EXISTS (SELECT 1 FROM offer o WHERE o.product_id = bank_product.id));

ALTER TABLE demand ENABLE ROW LEVEL SECURITY;
CREATE POLICY demand_seen ON demand USING (
    huimin_task() IS NOT NULL OR huimin_own_demand(case_id) OR (SELECT huimin_holds('auditor'))
    OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.joined && (SELECT huimin_banks())::uuid[]));

ALTER TABLE demand_detail ENABLE ROW LEVEL SECURITY;
CREATE POLICY demand_detail_own ON demand_detail USING (huimin_own_demand(case_id));

-- A system task finds expired consents and ends them.
ALTER TABLE finance_consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance_consent_own ON finance_consent USING (huimin_own_demand(case_id));
CREATE POLICY finance_consent_recipient ON finance_consent FOR SELECT USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));
CREATE POLICY finance_consent_seen_by_system ON finance_consent FOR SELECT USING (huimin_task() IS NOT NULL);
CREATE POLICY finance_consent_ended_by_system ON finance_consent FOR UPDATE USING (huimin_task() IS NOT NULL);

ALTER TABLE finance_read ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance_read_own ON finance_read FOR SELECT USING (huimin_own_demand(case_id) OR (SELECT huimin_holds('auditor')));

-- Only a bank makes an offer; the firm that receives it and system tasks end it.
ALTER TABLE offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY offer_received ON offer FOR SELECT USING (huimin_task() IS NOT NULL OR huimin_own_demand(case_id));
CREATE POLICY offer_ended ON offer FOR UPDATE USING (huimin_task() IS NOT NULL OR huimin_own_demand(case_id));
CREATE POLICY offer_made ON offer USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));

ALTER TABLE diligence ENABLE ROW LEVEL SECURITY;
CREATE POLICY diligence_done ON diligence USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));

ALTER TABLE credit_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY credit_decision_made ON credit_decision USING (organisation_id = ANY((SELECT huimin_banks())::uuid[]));
CREATE POLICY credit_decision_received ON credit_decision FOR SELECT USING (huimin_own_demand(case_id));

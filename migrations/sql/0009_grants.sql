-- What the serving role huimin_app may do. Which rows it may do it with is in 0010.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO huimin_app;

-- The readiness check asks whether every migration is applied.
GRANT SELECT ON seaql_migrations TO huimin_app;

-- Accounts and organisations. The codes of organisations cannot be changed: the catalogue routes by them.
GRANT SELECT, INSERT ON district, administration TO huimin_app;
GRANT SELECT, INSERT, UPDATE (name_zh, name_en) ON organisation TO huimin_app;
GRANT SELECT, INSERT, UPDATE ON account, person, person_key, membership, invitation, mandate TO huimin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON absence, session, throttle, one_time_code TO huimin_app;

-- Cases and registers. Events and access logs are append-only.
GRANT SELECT, INSERT, UPDATE ON cases, case_clock TO huimin_app;
GRANT SELECT, INSERT ON event TO huimin_app;
GRANT SELECT, INSERT, UPDATE (outcome), DELETE ON idempotency TO huimin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON operator_warning TO huimin_app;
GRANT SELECT ON register_read TO huimin_app;

-- Services and notices.
GRANT SELECT ON item TO huimin_app;
GRANT SELECT, INSERT, UPDATE ON application, correction, decision, notice, delivery TO huimin_app;
GRANT SELECT, INSERT ON application_revision, rating TO huimin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON draft, upload TO huimin_app;

-- Care. When a call is merged, its presses and alerts are moved to the other call; their other columns
-- never change.
GRANT SELECT, INSERT ON care_centre, care_policy TO huimin_app;
GRANT SELECT, INSERT, UPDATE ON care_duty, care_responder, care_profile, care_device, care_call, care_offer, care_heartbeat TO huimin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON care_contact, care_rota TO huimin_app;
GRANT SELECT, INSERT, UPDATE (case_id) ON care_press, care_alert TO huimin_app;

-- Finance.
GRANT SELECT ON finance_read TO huimin_app;
GRANT SELECT, INSERT, UPDATE (name_zh, name_en, min_fen, max_fen, min_months, max_months, methods, day_count, min_rate, max_rate,
    quota_fen, offered, reserved_fen, used_fen) ON bank_product TO huimin_app;
GRANT INSERT ON bank_product_change TO huimin_app;
GRANT SELECT, INSERT ON enterprise, credit_decision, demand_detail TO huimin_app;
GRANT SELECT, INSERT, UPDATE (disbursed_on) ON demand TO huimin_app;
GRANT SELECT, INSERT, UPDATE (ended_at, end_reason) ON finance_consent TO huimin_app;
GRANT SELECT, INSERT, UPDATE (outcome, ended_at) ON offer TO huimin_app;
GRANT SELECT, INSERT, UPDATE (sent_back) ON diligence TO huimin_app;

-- Functions. Postgres lets every role execute a new function. Of those listed first, the ones that read registers, read what a firm
-- consented to, or bypass row-level security are for the serving role only, and the trigger functions for nobody; other SECURITY DEFINER
-- functions are not listed, and every role with access to the schema may execute them.
REVOKE EXECUTE ON FUNCTION
    register_read_person(uuid, bytea, text, text, text[], uuid), register_is_parent(bytea, bytea),
    register_claim_entity(uuid, text, bytea, text, text), huimin_colleagues(uuid),
    huimin_person(), huimin_banks(), huimin_bank_colleagues(), huimin_own_demand(uuid),
    finance_consent_in_force(finance_consent), finance_consented(uuid, uuid), finance_consented_to_actor_bank(uuid),
    finance_read_consented(uuid), finance_open_demands(uuid, integer), credit_four_eyes(), bank_product_terms() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    huimin_actor(), huimin_task(), huimin_now(), huimin_today(),
    huimin_person(), huimin_persons(), huimin_organisations(text[]), huimin_case_organisations(), huimin_centres(), huimin_banks(),
    huimin_bank_colleagues(), huimin_holds(text), huimin_staff_name(uuid), huimin_colleagues(uuid),
    huimin_sees_content(uuid), huimin_notified_accounts(uuid),
    register_read_person(uuid, bytea, text, text, text[], uuid), register_is_parent(bytea, bytea),
    register_claim_entity(uuid, text, bytea, text, text),
    huimin_duty_of(uuid[]), huimin_on_duty(uuid), huimin_call_colleagues(uuid), huimin_candidates(uuid), huimin_helps(uuid),
    huimin_helps_now(uuid, uuid[], timestamptz), huimin_sees_call(uuid), huimin_reads_care_profile(uuid),
    huimin_own_demand(uuid), finance_consent_in_force(finance_consent), finance_consented(uuid, uuid),
    finance_consented_to_actor_bank(uuid), finance_read_consented(uuid), finance_open_demands(uuid, integer) TO huimin_app;

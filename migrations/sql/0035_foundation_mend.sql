-- Who a person is and who acts for them is written by the house's own check of the register alone (tasks, set by the code
-- that checked); seeing a row is no leave to write it. The policies that let rows be seen stay as they are: these narrow
-- writing under them.
CREATE POLICY account_made ON account AS RESTRICTIVE FOR INSERT WITH CHECK (huimin_task() IS NOT NULL);
CREATE POLICY person_changed ON person AS RESTRICTIVE FOR UPDATE USING (huimin_task() IS NOT NULL);
CREATE POLICY person_key_changed ON person_key AS RESTRICTIVE FOR UPDATE USING (huimin_task() IS NOT NULL);
CREATE POLICY mandate_made ON mandate AS RESTRICTIVE FOR INSERT WITH CHECK (huimin_task() = 'register');
CREATE POLICY mandate_changed ON mandate AS RESTRICTIVE FOR UPDATE USING (huimin_task() = 'register');

-- One's own account may be changed, but for what says who one is. A policy cannot compare old and new: a trigger does,
-- wherever the policies count.
CREATE FUNCTION account_keeps_who() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF row_security_active('public.account') AND (
        huimin_task() IS NULL OR (NEW.person_id IS DISTINCT FROM OLD.person_id AND huimin_task() <> 'register')) THEN
        RAISE EXCEPTION 'who an account is, is written by the check that found out' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_keeps_who BEFORE UPDATE ON account FOR EACH ROW
    WHEN (NEW.person_id IS DISTINCT FROM OLD.person_id OR NEW.staff_name IS DISTINCT FROM OLD.staff_name
        OR NEW.demo IS DISTINCT FROM OLD.demo OR NEW.disabled_at IS DISTINCT FROM OLD.disabled_at)
    EXECUTE FUNCTION account_keeps_who();

-- The sweep of stored files asks which of them a row names.
CREATE INDEX upload_storage_key ON upload (storage_key);

-- "Who looked" has one line for each reader, case, purpose and day, as the record of a case has for its views: a page that
-- stays open and refreshes itself is one look. Whoever asks for more on the same day is written down again.
CREATE OR REPLACE FUNCTION register_read_person(read_id uuid, subject bytea, why text, basis text, wanted text[], for_case uuid)
RETURNS SETOF register.person LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF public.huimin_actor() IS NULL AND public.huimin_task() IS NULL THEN
        RAISE EXCEPTION 'a register is read by a named actor only';
    END IF;
    IF for_case IS NOT NULL THEN
        -- One after the other; the statement below then sees what the one before wrote.
        PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'register_read', huimin_actor(), huimin_task(), for_case), 0));
    END IF;
    INSERT INTO public.register_read (id, resident_id_index, reader_id, reader_task, purpose, legal_basis, fields, case_id)
    SELECT read_id, subject, huimin_actor(), huimin_task(), why, basis, wanted, for_case
     WHERE for_case IS NULL OR NOT EXISTS (
        SELECT FROM register_read r
         WHERE r.resident_id_index = subject AND r.case_id = for_case AND r.purpose = why AND r.legal_basis = basis
           AND r.reader_id IS NOT DISTINCT FROM huimin_actor() AND r.reader_task IS NOT DISTINCT FROM huimin_task()
           AND r.fields @> wanted AND (r.at AT TIME ZONE 'Asia/Shanghai')::date = huimin_today());
    RETURN QUERY SELECT * FROM register.person p WHERE p.resident_id_index = subject;
END $$;

-- What the list shows of an item, beside its definition: a page of the list reads no form.
ALTER TABLE item ADD COLUMN card jsonb NOT NULL DEFAULT '{}'; -- shared::services::card::ItemCard

-- Uploads that no draft and no case holds any more are swept away by a task; nobody else deletes one.
GRANT DELETE ON upload TO huimin_app;
CREATE POLICY upload_swept ON upload AS RESTRICTIVE FOR DELETE USING (
    huimin_task() IS NOT NULL AND draft_id IS NULL AND case_id IS NULL);

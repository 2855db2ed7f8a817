-- Banks keep their products themselves: a supervisor adds one, changes what it allows and its quota, and stops offering it.
-- Offers that were made on it go on.
ALTER TABLE bank_product ADD COLUMN offered boolean NOT NULL DEFAULT true;

-- What a product was at each change, and who made it. Written with the change, never changed; nobody reads it through the
-- application.
CREATE TABLE bank_product_change (
    id         uuid PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES bank_product (id),
    actor_id   uuid NOT NULL REFERENCES account (id),
    at         timestamptz NOT NULL DEFAULT huimin_now(),
    content    jsonb NOT NULL
);
CREATE INDEX bank_product_change_product ON bank_product_change (product_id, at);

GRANT INSERT ON bank_product, bank_product_change TO huimin_app;
GRANT UPDATE (name_zh, name_en, min_fen, max_fen, min_months, max_months, methods, day_count, min_rate, max_rate, quota_fen, offered)
    ON bank_product TO huimin_app;
CREATE POLICY bank_product_added ON bank_product FOR INSERT WITH CHECK (
    organisation_id = ANY((SELECT huimin_organisations(ARRAY['bank_supervisor']))::uuid[]));

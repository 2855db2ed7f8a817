-- Notices (消息): the messages in accounts' inboxes, and their deliveries by e-mail and SMS.

-- A message in an account's inbox. Its text is made from kind and facts in the reader's language.
CREATE TABLE notice (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    case_id    uuid REFERENCES cases (id),
    kind       text NOT NULL,
    facts      jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT huimin_now(),
    read_at    timestamptz
);
CREATE INDEX notice_account ON notice (account_id, id DESC);
-- Finds an unread notice of a case: when an alert is repeated, no second unread notice is added.
CREATE INDEX notice_unread_of_case ON notice (case_id, account_id) WHERE read_at IS NULL AND case_id IS NOT NULL;

-- Delivery of a notice by e-mail or SMS. One row per notice and channel, so that a job that runs twice sends once.
CREATE TABLE delivery (
    notice_id uuid NOT NULL REFERENCES notice (id),
    channel   text NOT NULL CHECK (channel IN ('email', 'sms')),
    state     text NOT NULL CHECK (state IN ('sending', 'sent', 'failed')),
    tries     integer NOT NULL DEFAULT 0,
    sent_at   timestamptz,
    error     text,
    PRIMARY KEY (notice_id, channel)
);

-- Whoever says that they go must set out, and arrive: until when, and why somebody was let go.
ALTER TABLE care_offer
    ADD COLUMN due_at        timestamptz,               -- accepted: until then they set out; on the way: until then they are there
    ADD COLUMN withdrawn_for text CHECK (withdrawn_for IN ('late', 'desk')); -- null: somebody else goes, or nobody has to
CREATE INDEX care_offer_going ON care_offer (case_id) WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL AND done_at IS NULL;

-- Calls that somebody goes to waited for nothing so far: from now on they wait for them.
UPDATE care_offer SET due_at = huimin_now() + interval '10 minutes'
 WHERE accepted_at IS NOT NULL AND arrived_at IS NULL AND withdrawn_at IS NULL AND done_at IS NULL;
UPDATE care_call k SET next_step_at = huimin_now() + interval '10 minutes' FROM cases c
 WHERE c.id = k.case_id AND c.state = 'dispatched' AND k.next_step_at IS NULL;

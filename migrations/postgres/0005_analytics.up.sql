-- Carrying events on to Cassandra: what was tried and when to try again, and the place of those that will never go.

ALTER TABLE outbox
    ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- NULL: not tried yet.
    ADD COLUMN next_attempt_at timestamptz,
    ADD COLUMN last_error text;

-- Oldest first, and how old the oldest is.
CREATE INDEX outbox_created_at ON outbox (created_at, event_id);

-- The queue is filled and emptied all the time: by the defaults its dead rows would be cleared too late.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- Events that Cassandra refuses for what is in them, with its reason. Put back into the outbox by hand once mended.
CREATE TABLE outbox_dead (
    event_id uuid PRIMARY KEY,
    kind text NOT NULL,
    meeting_id uuid,
    user_id uuid,
    participant_id uuid,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    reason text NOT NULL,
    died_at timestamptz NOT NULL
);

ALTER TABLE outbox_dead ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_dead_system ON outbox_dead TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());
GRANT SELECT, INSERT, DELETE ON outbox_dead TO convoke_app;

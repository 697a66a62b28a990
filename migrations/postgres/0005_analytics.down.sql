-- Events that Cassandra refused go back into the queue rather than be lost.
INSERT INTO outbox (event_id, kind, meeting_id, user_id, participant_id, data, created_at)
SELECT event_id, kind, meeting_id, user_id, participant_id, data, created_at FROM outbox_dead;
DROP TABLE outbox_dead;

DROP INDEX outbox_created_at;
ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE outbox DROP COLUMN last_error, DROP COLUMN next_attempt_at, DROP COLUMN attempts;

-- The role stays: it belongs to the cluster and may have rights in other databases.
DROP TABLE audit_logs;
DROP TABLE outbox;
DROP TABLE sessions;
DROP TABLE users;
DROP FUNCTION users_guard();
DROP FUNCTION make_month_partitions(regclass, date, integer);
DROP FUNCTION lowest_uuid_at(timestamptz);
DROP FUNCTION app_is_system();
DROP FUNCTION app_is_admin();
DROP FUNCTION app_meeting_id();
DROP FUNCTION app_participant_id();
DROP FUNCTION app_user_id();
REVOKE USAGE ON SCHEMA public FROM convoke_app;

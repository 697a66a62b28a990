DROP INDEX meetings_recurring;
DROP INDEX notifications_done;
DROP INDEX notifications_unseen;
CREATE INDEX notifications_age ON notifications ((coalesce(read_at, created_at)));
DROP INDEX files_unused;
ALTER TABLE files DROP COLUMN is_avatar;
CREATE INDEX files_unattached ON files (created_at) WHERE message_id IS NULL;

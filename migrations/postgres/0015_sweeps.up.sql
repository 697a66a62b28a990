-- What the jobs of every minute look for, each by an index that holds nothing else: of what stays they may read
-- nothing, however much of it there is.

SELECT set_config('app.role', 'system', true);

-- Whether a file is somebody's picture now: those stay for as long as their people do, and belong to no message.
ALTER TABLE files ADD COLUMN is_avatar boolean NOT NULL DEFAULT false;
UPDATE files f SET is_avatar = true FROM users u WHERE u.avatar_file_id = f.file_id;
DROP INDEX files_unattached;
CREATE INDEX files_unused ON files (created_at) WHERE message_id IS NULL AND NOT is_avatar AND deleted_at IS NULL;

-- Read, or in no list: gone after a month. Unread in the list: kept for a year.
DROP INDEX notifications_age;
CREATE INDEX notifications_done ON notifications ((coalesce(read_at, created_at))) WHERE read_at IS NOT NULL OR NOT in_app;
CREATE INDEX notifications_unseen ON notifications (created_at) WHERE read_at IS NULL AND in_app;

-- Meetings that nobody came to stay scheduled; those that come again go on.
CREATE INDEX meetings_recurring ON meetings (scheduled_start_time) WHERE meeting_type = 'recurring' AND status = 'scheduled';

SELECT set_config('app.role', '', true);

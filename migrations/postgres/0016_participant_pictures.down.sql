ALTER TABLE meeting_participants DROP COLUMN avatar_url;

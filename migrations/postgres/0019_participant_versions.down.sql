DROP TRIGGER meeting_participants_version ON meeting_participants;
DROP FUNCTION meeting_participants_version();
ALTER TABLE meeting_participants DROP COLUMN version;

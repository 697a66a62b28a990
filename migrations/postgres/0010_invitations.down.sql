-- A recurring meeting becomes a scheduled one, at the times of its next occurrence.
DROP TABLE calendar_feeds, meeting_reminders, invitation_mails, invitation_uses, invitations, meeting_occurrences,
    meeting_recurrences;
UPDATE meetings SET meeting_type = 'scheduled' WHERE meeting_type = 'recurring';
DROP INDEX meetings_calendar_changed;
ALTER TABLE meetings
    DROP COLUMN occurrence_start, DROP COLUMN reminder_minutes, DROP COLUMN calendar_sequence,
    DROP COLUMN calendar_changed_at;

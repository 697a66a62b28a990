DROP TABLE call_events, call_participants, calls;
DROP FUNCTION app_in_call(uuid);
DELETE FROM meetings WHERE meeting_type = 'call';
ALTER TABLE meetings DROP CONSTRAINT meetings_meeting_type_check;
ALTER TABLE meetings ADD CONSTRAINT meetings_meeting_type_check
    CHECK (meeting_type IN ('instant', 'scheduled', 'recurring'));

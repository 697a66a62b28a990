DROP TABLE meeting_participants, meeting_slugs, meeting_codes, meetings;
DROP FUNCTION claim_seat(uuid, uuid, integer, timestamptz, interval);
DROP FUNCTION count_joined(uuid);
DROP FUNCTION find_meeting(text);
DROP FUNCTION app_leads_meeting(uuid);
DROP FUNCTION app_in_meeting(uuid);

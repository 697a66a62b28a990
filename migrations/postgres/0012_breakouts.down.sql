ALTER TABLE meeting_participants DROP COLUMN breakout_id;
DROP TABLE breakout_assignments;
DROP TABLE breakout_rooms;
DROP TABLE breakouts;

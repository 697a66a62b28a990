-- The picture of a participant with an account, as it was when they came, for those in the meeting with them.
ALTER TABLE meeting_participants ADD COLUMN avatar_url text CHECK (length(avatar_url) <= 2000);

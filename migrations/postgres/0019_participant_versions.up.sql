-- Functions that change somebody at the same time tell of it in any order: of two pictures the one with the higher
-- number is the later, whoever tells it first.
ALTER TABLE meeting_participants ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE FUNCTION meeting_participants_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER meeting_participants_version BEFORE UPDATE ON meeting_participants
    FOR EACH ROW EXECUTE FUNCTION meeting_participants_version();

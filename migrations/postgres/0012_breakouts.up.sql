-- Breakout rooms: the small rooms of a meeting, who is to be in which, and who is.

-- A meeting has one set of rooms at a time. `ends_at`: everybody is brought back then.
CREATE TABLE breakouts (
    meeting_id uuid PRIMARY KEY REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    status     text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'open', 'closing', 'closed')),
    by_choice  boolean NOT NULL DEFAULT false,
    ends_at    timestamptz,
    opened_at  timestamptz,
    closed_at  timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX breakouts_ends_at ON breakouts (ends_at) WHERE status IN ('open', 'closing');

CREATE TABLE breakout_rooms (
    room_id    uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES breakouts (meeting_id) ON DELETE CASCADE,
    position   smallint NOT NULL CHECK (position BETWEEN 1 AND 50),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    UNIQUE (meeting_id, position) DEFERRABLE INITIALLY IMMEDIATE,
    UNIQUE (meeting_id, room_id)
);

CREATE TABLE breakout_assignments (
    meeting_id     uuid NOT NULL,
    participant_id uuid NOT NULL REFERENCES meeting_participants (participant_id) ON DELETE CASCADE,
    room_id        uuid NOT NULL,
    PRIMARY KEY (meeting_id, participant_id),
    FOREIGN KEY (meeting_id, room_id) REFERENCES breakout_rooms (meeting_id, room_id) ON DELETE CASCADE
);
CREATE INDEX breakout_assignments_room ON breakout_assignments (room_id);
CREATE INDEX breakout_assignments_participant ON breakout_assignments (participant_id);

-- Where somebody is: NULL is the meeting's main room.
ALTER TABLE meeting_participants
    ADD COLUMN breakout_id uuid REFERENCES breakout_rooms (room_id) ON DELETE SET NULL;
CREATE INDEX meeting_participants_breakout ON meeting_participants (breakout_id) WHERE breakout_id IS NOT NULL;

ALTER TABLE breakouts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE breakout_rooms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE breakout_assignments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY breakouts_read ON breakouts FOR SELECT USING (app_is_system() OR app_in_meeting(meeting_id));
CREATE POLICY breakouts_lead ON breakouts USING (app_is_system() OR app_leads_meeting(meeting_id));
CREATE POLICY breakout_rooms_read ON breakout_rooms FOR SELECT
    USING (app_is_system() OR app_in_meeting(meeting_id));
CREATE POLICY breakout_rooms_lead ON breakout_rooms USING (app_is_system() OR app_leads_meeting(meeting_id));
CREATE POLICY breakout_assignments_read ON breakout_assignments FOR SELECT
    USING (app_is_system() OR app_in_meeting(meeting_id));
CREATE POLICY breakout_assignments_lead ON breakout_assignments
    USING (app_is_system() OR app_leads_meeting(meeting_id));

GRANT SELECT, INSERT, UPDATE, DELETE ON breakouts, breakout_rooms, breakout_assignments TO convoke_app;

-- Meetings and who is in them.
--
-- `meetings` is partitioned by month over its UUIDv7 key, so foreign keys stay one column. A unique constraint of
-- a partitioned table must include that key, so codes and slugs stand in tables of their own.

CREATE TABLE meetings (
    meeting_id             uuid PRIMARY KEY,
    host_user_id           uuid REFERENCES users (user_id) ON DELETE SET NULL,
    code                   text NOT NULL CHECK (code ~ '^[a-z]{3}-[a-z]{4}-[a-z]{3}$'),
    slug                   text CHECK (slug ~ '^[a-z0-9](-?[a-z0-9])*$' AND length(slug) BETWEEN 3 AND 64),
    title                  text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    description            text CHECK (length(description) <= 5000),
    meeting_type           text NOT NULL CHECK (meeting_type IN ('instant', 'scheduled', 'recurring')),
    status                 text NOT NULL DEFAULT 'scheduled'
                           CHECK (status IN ('scheduled', 'active', 'ended', 'cancelled')),
    tags                   text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
    scheduled_start_time   timestamptz,
    scheduled_end_time     timestamptz,
    actual_start_time      timestamptz,
    actual_end_time        timestamptz,
    duration_seconds       integer CHECK (duration_seconds >= 0),
    total_participants     integer CHECK (total_participants >= 0),
    end_reason             text,
    max_participants       integer NOT NULL DEFAULT 100 CHECK (max_participants BETWEEN 2 AND 500),
    password_hash          text,
    require_auth           boolean NOT NULL DEFAULT false,
    allow_guests           boolean NOT NULL DEFAULT true,
    waiting_room_enabled   boolean NOT NULL DEFAULT false,
    mute_on_entry          boolean NOT NULL DEFAULT false,
    allow_screen_share     boolean NOT NULL DEFAULT true,
    allow_chat             boolean NOT NULL DEFAULT true,
    allow_reactions        boolean NOT NULL DEFAULT true,
    allow_recording        boolean NOT NULL DEFAULT false,
    auto_record            boolean NOT NULL DEFAULT false,
    enable_e2e_encryption  boolean NOT NULL DEFAULT false,
    locked                 boolean NOT NULL DEFAULT false,
    -- A guest was removed or denied: they would come back under a new name, so every new guest waits.
    guests_wait            boolean NOT NULL DEFAULT false,
    assigned_controller_id text,
    assigned_region        text,
    version                integer NOT NULL DEFAULT 1,
    metadata               jsonb NOT NULL DEFAULT '{}',
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    CHECK (scheduled_end_time > scheduled_start_time),
    CHECK (actual_end_time >= actual_start_time)
) PARTITION BY RANGE (meeting_id);

CREATE INDEX meetings_host ON meetings (host_user_id, meeting_id DESC);
CREATE INDEX meetings_active ON meetings (meeting_id) WHERE status = 'active';
CREATE INDEX meetings_scheduled_start ON meetings (scheduled_start_time) WHERE status = 'scheduled';
CREATE INDEX meetings_tags ON meetings USING gin (tags);

-- Last month for ids made a moment before midnight; then the months that the daily job keeps ahead. Whatever fits
-- none of them is taken all the same: a job that has failed for months must be an alarm, not a refused meeting.
CREATE TABLE meetings_default PARTITION OF meetings DEFAULT;
ALTER TABLE meetings_default ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
REVOKE ALL ON meetings_default FROM PUBLIC, convoke_app;
SELECT make_month_partitions('meetings', ((now() AT TIME ZONE 'UTC') - interval '1 month')::date, 5);

CREATE TABLE meeting_codes (
    code       text PRIMARY KEY,
    meeting_id uuid NOT NULL UNIQUE REFERENCES meetings (meeting_id) ON DELETE CASCADE
);

CREATE TABLE meeting_slugs (
    slug       text PRIMARY KEY,
    meeting_id uuid NOT NULL UNIQUE REFERENCES meetings (meeting_id) ON DELETE CASCADE
);

-- One row a person and meeting: who comes back keeps it, and its seconds add up.
CREATE TABLE meeting_participants (
    participant_id         uuid PRIMARY KEY,
    meeting_id             uuid NOT NULL REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    user_id                uuid REFERENCES users (user_id) ON DELETE SET NULL,
    display_name           text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    role                   text NOT NULL DEFAULT 'participant'
                           CHECK (role IN ('host', 'co-host', 'participant', 'viewer')),
    status                 text NOT NULL
                           CHECK (status IN ('invited', 'waiting', 'joined', 'left', 'removed')),
    -- From being sent to the waiting room, removed or denied until a host admits: leaving and coming back, or losing
    -- the connection, is no way past the host.
    must_wait              boolean NOT NULL DEFAULT false,
    admitted_at            timestamptz,
    waiting_since          timestamptz,
    first_joined_at        timestamptz,
    joined_at              timestamptz,
    left_at                timestamptz,
    leave_reason           text CHECK (leave_reason IN
                           ('voluntary', 'kicked', 'connection_lost', 'meeting_ended', 'denied')),
    total_duration_seconds integer NOT NULL DEFAULT 0 CHECK (total_duration_seconds >= 0),
    muted                  boolean NOT NULL DEFAULT true,
    video_on               boolean NOT NULL DEFAULT false,
    screen_sharing         boolean NOT NULL DEFAULT false,
    hand_raised            boolean NOT NULL DEFAULT false,
    connection_id          text,
    connection_state       text NOT NULL DEFAULT 'connected'
                           CHECK (connection_state IN ('connected', 'reconnecting')),
    -- Set by the sweep at the first sight of a participant without a connection.
    missing_since          timestamptz,
    ip_address             inet,
    user_agent             text,
    client_version         text,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL
);

CREATE UNIQUE INDEX meeting_participants_user ON meeting_participants (meeting_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX meeting_participants_status ON meeting_participants (meeting_id, status);
CREATE INDEX meeting_participants_of_user ON meeting_participants (user_id, meeting_id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX meeting_participants_connection ON meeting_participants (connection_id) WHERE connection_id IS NOT NULL;
CREATE INDEX meeting_participants_live ON meeting_participants (participant_id)
    WHERE status IN ('joined', 'waiting', 'invited');

-- Who may see or lead a meeting is asked by the policies of the tables that know it. These read as the system
-- for the length of one query, because a policy that reads its own table under that same policy never ends. They
-- answer yes or no about the caller, nothing else. SECURITY DEFINER would not do: row security is forced on the
-- owner too, and `SET app.role` in a function's header needs a superuser, which no owner in Aurora is.
CREATE FUNCTION app_in_meeting(meeting uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT EXISTS (
        SELECT 1 FROM meeting_participants p
        WHERE p.meeting_id = meeting
          AND (p.user_id = app_user_id() OR p.participant_id = app_participant_id())
          AND NOT p.must_wait
          AND (p.status = 'joined'
               OR (p.status = 'invited' AND p.admitted_at IS NOT NULL)
               OR (p.status = 'left' AND p.first_joined_at IS NOT NULL))
    ) OR EXISTS (
        SELECT 1 FROM meetings m WHERE m.meeting_id = meeting AND m.host_user_id = app_user_id()
    ) INTO answer;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

CREATE FUNCTION app_leads_meeting(meeting uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT EXISTS (
        SELECT 1 FROM meeting_participants p
        WHERE p.meeting_id = meeting
          AND (p.user_id = app_user_id() OR p.participant_id = app_participant_id())
          AND p.status IN ('joined', 'left') AND p.role IN ('host', 'co-host') AND NOT p.must_wait
    ) OR EXISTS (
        SELECT 1 FROM meetings m WHERE m.meeting_id = meeting AND m.host_user_id = app_user_id()
    ) INTO answer;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- What anybody who holds a meeting's id, code or slug may know of it: the reduced form, and no more.
CREATE FUNCTION find_meeting(reference text) RETURNS TABLE (
    meeting_id uuid, code text, title text, status text, meeting_type text,
    scheduled_start_time timestamptz, scheduled_end_time timestamptz,
    has_password boolean, require_auth boolean, allow_guests boolean, waiting_room_enabled boolean
) LANGUAGE plpgsql STABLE ROWS 1 AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    wanted uuid;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    IF reference ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        wanted := reference::uuid;
    ELSE
        SELECT c.meeting_id INTO wanted FROM meeting_codes c WHERE c.code = reference;
        IF wanted IS NULL THEN
            SELECT s.meeting_id INTO wanted FROM meeting_slugs s WHERE s.slug = reference;
        END IF;
    END IF;
    RETURN QUERY
        SELECT m.meeting_id, m.code, m.title, m.status, m.meeting_type,
               m.scheduled_start_time, m.scheduled_end_time,
               m.password_hash IS NOT NULL, m.require_auth, m.allow_guests, m.waiting_room_enabled
        FROM meetings m WHERE m.meeting_id = wanted;
    PERFORM set_config('app.role', caller_role, true);
END $$;

-- How many are in a meeting. Under the participants' policy, which asks for every row whether the caller is in, a
-- meeting of 500 would take 15 ms to count; it is shown only beside a meeting that the caller may see.
CREATE FUNCTION count_joined(meeting uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer bigint;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT count(*) INTO answer FROM meeting_participants p WHERE p.meeting_id = meeting AND p.status = 'joined';
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- Raises unless the meeting is open, unchanged since `seen_version` (when given), and has a seat for this
-- participant. It holds the meeting's row until commit, so that two who claim the last seat come one after
-- the other; each statement of a volatile function has its own snapshot, so the second one counts the first.
-- A seat is taken by who has joined and, for `hold`, by who was admitted and has not entered yet.
CREATE FUNCTION claim_seat(meeting uuid, participant uuid, seen_version integer, at timestamptz, hold interval)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found_meeting record;
    taken integer;
BEGIN
    SELECT m.status, m.version, m.max_participants INTO found_meeting
    FROM meetings m WHERE m.meeting_id = meeting FOR NO KEY UPDATE;
    IF found_meeting.status IS NULL OR found_meeting.status IN ('ended', 'cancelled') THEN
        RAISE EXCEPTION 'the meeting is over' USING ERRCODE = 'CV410';
    END IF;
    IF seen_version IS NOT NULL AND found_meeting.version <> seen_version THEN
        RAISE EXCEPTION 'the meeting has changed' USING ERRCODE = 'CV412';
    END IF;
    SELECT count(*) INTO taken FROM meeting_participants p
    WHERE p.meeting_id = meeting AND p.participant_id <> participant
      AND (p.status = 'joined' OR (p.status = 'invited' AND p.admitted_at > at - hold));
    IF taken >= found_meeting.max_participants THEN
        RAISE EXCEPTION 'the meeting is full' USING ERRCODE = 'CV409';
    END IF;
END $$;

ALTER TABLE meetings ENABLE ROW LEVEL SECURITY;
ALTER TABLE meetings FORCE ROW LEVEL SECURITY;
ALTER TABLE meeting_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting_codes FORCE ROW LEVEL SECURITY;
ALTER TABLE meeting_slugs ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting_slugs FORCE ROW LEVEL SECURITY;
ALTER TABLE meeting_participants ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting_participants FORCE ROW LEVEL SECURITY;

CREATE POLICY meetings_read ON meetings FOR SELECT
    USING (app_is_system() OR host_user_id = app_user_id() OR app_in_meeting(meeting_id));
CREATE POLICY meetings_create ON meetings FOR INSERT
    WITH CHECK (app_is_system() OR host_user_id = app_user_id());
CREATE POLICY meetings_change ON meetings FOR UPDATE
    USING (app_is_system() OR host_user_id = app_user_id() OR app_leads_meeting(meeting_id));
CREATE POLICY meetings_delete ON meetings FOR DELETE USING (app_is_system());

CREATE POLICY codes_read ON meeting_codes FOR SELECT USING (app_is_system() OR app_in_meeting(meeting_id));
CREATE POLICY codes_create ON meeting_codes FOR INSERT
    WITH CHECK (app_is_system() OR app_leads_meeting(meeting_id));
CREATE POLICY slugs_own ON meeting_slugs
    USING (app_is_system() OR app_leads_meeting(meeting_id));

CREATE POLICY participants_read ON meeting_participants FOR SELECT
    USING (app_is_system() OR user_id = app_user_id() OR participant_id = app_participant_id()
           OR app_in_meeting(meeting_id));
-- Joining is done by the system after the action has checked code, password and lobby: the joiner is nobody yet.
CREATE POLICY participants_create ON meeting_participants FOR INSERT WITH CHECK (app_is_system());
CREATE POLICY participants_change ON meeting_participants FOR UPDATE
    USING (app_is_system() OR user_id = app_user_id() OR participant_id = app_participant_id()
           OR app_leads_meeting(meeting_id));
CREATE POLICY participants_delete ON meeting_participants FOR DELETE USING (app_is_system());

GRANT SELECT, INSERT, UPDATE, DELETE ON meetings, meeting_codes, meeting_slugs, meeting_participants
    TO convoke_app;
GRANT EXECUTE ON FUNCTION app_in_meeting(uuid), app_leads_meeting(uuid), find_meeting(text), count_joined(uuid),
    claim_seat(uuid, uuid, integer, timestamptz, interval) TO convoke_app;

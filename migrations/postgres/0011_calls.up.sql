-- Calls: who rang whom, what came of it, and what happened on the way.
--
-- A call is a meeting of type `call` with the same id (docs/decisions/0011). Its room stands in `meetings`; here
-- stand the ringing and the history. No foreign key between the two: history is kept for longer than rooms.

ALTER TABLE meetings DROP CONSTRAINT meetings_meeting_type_check;
ALTER TABLE meetings ADD CONSTRAINT meetings_meeting_type_check
    CHECK (meeting_type IN ('instant', 'scheduled', 'recurring', 'call'));

CREATE TABLE calls (
    call_id           uuid PRIMARY KEY,
    chat_id           uuid NOT NULL REFERENCES chats (chat_id) ON DELETE CASCADE,
    kind              text NOT NULL CHECK (kind IN ('one_to_one', 'group')),
    media_type        text NOT NULL CHECK (media_type IN ('audio', 'video')),
    status            text NOT NULL
                      CHECK (status IN ('ringing', 'answered', 'declined', 'missed', 'ended', 'cancelled', 'busy')),
    initiator_user_id uuid REFERENCES users (user_id) ON DELETE SET NULL,
    -- The message by which the call stands in its chat.
    message_id        uuid,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    answered_at       timestamptz,
    ended_at          timestamptz,
    end_reason        text CHECK (end_reason IN
                      ('hangup', 'cancelled', 'declined', 'no_answer', 'busy', 'connection_lost')),
    ended_by          uuid REFERENCES users (user_id) ON DELETE SET NULL,
    CHECK ((ended_at IS NULL) = (status IN ('ringing', 'answered'))),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

-- Two who call each other at the same moment are in one call: the second finds the first's.
CREATE UNIQUE INDEX calls_open ON calls (chat_id) WHERE ended_at IS NULL;
CREATE INDEX calls_chat ON calls (chat_id, call_id DESC);

CREATE TABLE call_participants (
    call_id     uuid NOT NULL REFERENCES calls (call_id) ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    -- `initiator` and `answered` are in the call, `ended` were in it.
    state       text NOT NULL
                CHECK (state IN ('initiator', 'ringing', 'answered', 'declined', 'missed', 'busy', 'ended')),
    rings_until timestamptz,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (call_id, user_id),
    CHECK (state <> 'ringing' OR rings_until IS NOT NULL)
);

-- Nobody is in two calls, whatever comes at the same moment.
CREATE UNIQUE INDEX call_participants_in_call ON call_participants (user_id) WHERE state IN ('initiator', 'answered');
CREATE INDEX call_participants_user ON call_participants (user_id, call_id DESC);
CREATE INDEX call_participants_state ON call_participants (user_id, state, call_id DESC);

CREATE TABLE call_events (
    event_id   uuid PRIMARY KEY,
    call_id    uuid NOT NULL REFERENCES calls (call_id) ON DELETE CASCADE,
    type       text NOT NULL CHECK (type IN ('started', 'ringing', 'answered', 'joined', 'declined', 'cancelled',
                                             'missed', 'busy', 'left', 'ended')),
    user_id    uuid REFERENCES users (user_id) ON DELETE SET NULL,
    reason     text,
    payload    jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
CREATE INDEX call_events_call ON call_events (call_id, event_id);

-- Whether the caller was ever rung for a call or in it. Reads as the system for one query, as app_in_meeting does.
CREATE FUNCTION app_in_call(call uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT EXISTS (SELECT 1 FROM call_participants p WHERE p.call_id = call AND p.user_id = app_user_id()) INTO answer;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

ALTER TABLE calls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE call_participants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE call_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- A call's people see it, and so do the present members of its chat, who may still come. All changes are made by
-- the system after the action has checked: what one person does changes the others' rows too.
CREATE POLICY calls_read ON calls FOR SELECT TO convoke_app
    USING (app_is_system() OR app_in_call(call_id) OR app_chat_until(chat_id) = 'infinity');
CREATE POLICY calls_write ON calls TO convoke_app USING (app_is_system()) WITH CHECK (app_is_system());
CREATE POLICY call_participants_read ON call_participants FOR SELECT TO convoke_app
    USING (app_is_system() OR user_id = app_user_id()
           OR EXISTS (SELECT 1 FROM calls c WHERE c.call_id = call_participants.call_id));
CREATE POLICY call_participants_write ON call_participants TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());
CREATE POLICY call_events_read ON call_events FOR SELECT TO convoke_app
    USING (app_is_system() OR EXISTS (SELECT 1 FROM calls c WHERE c.call_id = call_events.call_id));
CREATE POLICY call_events_write ON call_events TO convoke_app USING (app_is_system()) WITH CHECK (app_is_system());

GRANT SELECT, INSERT, UPDATE ON calls, call_participants TO convoke_app;
GRANT SELECT, INSERT ON call_events TO convoke_app;
GRANT EXECUTE ON FUNCTION app_in_call(uuid) TO convoke_app;

-- Recurring meetings, invitations with their mail, reminders and calendar feeds.

-- A recurring meeting is one row with one code, chat and roster; its scheduled times are those of the occurrence
-- that is going on or comes next, and `occurrence_start` says which one that is (its start by the rule).
ALTER TABLE meetings
    ADD COLUMN occurrence_start    timestamptz,
    ADD COLUMN reminder_minutes    integer NOT NULL DEFAULT 10 CHECK (reminder_minutes BETWEEN 0 AND 1440),
    -- RFC 5545's SEQUENCE: rises with every change that calendars show, and with nothing else.
    ADD COLUMN calendar_sequence   integer NOT NULL DEFAULT 0 CHECK (calendar_sequence >= 0),
    ADD COLUMN calendar_changed_at timestamptz;
CREATE INDEX meetings_calendar_changed ON meetings (calendar_changed_at) WHERE calendar_changed_at IS NOT NULL;

-- Rules one after the other: "this and all following" ends one and begins the next.
CREATE TABLE meeting_recurrences (
    meeting_id       uuid NOT NULL REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    -- The first start by this rule, and the last moment at which one may be (NULL: it never ends).
    valid_from       timestamptz NOT NULL,
    valid_until      timestamptz,
    rule             text NOT NULL CHECK (length(rule) BETWEEN 1 AND 400),
    timezone         text NOT NULL CHECK (length(timezone) BETWEEN 1 AND 64),
    -- What the clock on the wall says, which stays when summer time comes and goes.
    local_start      timestamp NOT NULL,
    duration_seconds integer NOT NULL CHECK (duration_seconds BETWEEN 60 AND 86400),
    exceptions       timestamptz[] NOT NULL DEFAULT '{}' CHECK (cardinality(exceptions) <= 500),
    title            text CHECK (length(title) BETWEEN 1 AND 500),
    description      text CHECK (length(description) <= 5000),
    PRIMARY KEY (meeting_id, valid_from),
    CHECK (valid_until >= valid_from)
);

-- Occurrences of which there is more to say than the rule does: moved, renamed, cancelled, going on, held.
CREATE TABLE meeting_occurrences (
    meeting_id         uuid NOT NULL REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    original_start     timestamptz NOT NULL,
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz NOT NULL,
    status             text NOT NULL CHECK (status IN ('scheduled', 'cancelled', 'active', 'ended')),
    title              text CHECK (length(title) BETWEEN 1 AND 500),
    description        text CHECK (length(description) <= 5000),
    started_at         timestamptz,
    ended_at           timestamptz,
    duration_seconds   integer CHECK (duration_seconds >= 0),
    total_participants integer CHECK (total_participants >= 0),
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (meeting_id, original_start),
    CHECK (ends_at > starts_at),
    CHECK (ended_at >= started_at)
);
CREATE INDEX meeting_occurrences_starts_at ON meeting_occurrences (meeting_id, starts_at);

CREATE TABLE invitations (
    invitation_id   uuid PRIMARY KEY,
    meeting_id      uuid NOT NULL REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    inviter_user_id uuid REFERENCES users (user_id) ON DELETE SET NULL,
    kind            text NOT NULL CHECK (kind IN ('user', 'email', 'link')),
    -- Who is invited by account; of one by e-mail, the account that has answered.
    user_id         uuid REFERENCES users (user_id) ON DELETE CASCADE,
    email           text CHECK (length(email) BETWEEN 3 AND 254),
    -- SHA-256 of the token. It is made from the invitation's id and the signing key, so it is kept nowhere.
    token_hash      bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    message         text CHECK (length(message) <= 1000),
    -- The language and the time zone that mail to an address is written in.
    language        text NOT NULL DEFAULT 'en',
    timezone        text NOT NULL DEFAULT 'UTC',
    -- How many people may come in by it; NULL: as many as the meeting takes. A personal one stands for one place.
    max_uses        integer CHECK (max_uses >= 1),
    uses            integer NOT NULL DEFAULT 0 CHECK (uses >= 0 AND uses <= coalesce(max_uses, uses)),
    status          text NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
    expires_at      timestamptz NOT NULL,
    answered_at     timestamptz,
    sent_at         timestamptz,
    resent          integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CHECK ((kind = 'user') <= (user_id IS NOT NULL)),
    CHECK ((kind = 'email') = (email IS NOT NULL))
);
CREATE INDEX invitations_of_meeting ON invitations (meeting_id, invitation_id DESC);
CREATE INDEX invitations_of_user ON invitations (user_id, invitation_id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX invitations_expiring ON invitations (expires_at) WHERE status = 'pending';
-- Asking somebody twice is asking once.
CREATE UNIQUE INDEX invitations_user_once ON invitations (meeting_id, user_id)
    WHERE kind = 'user' AND status IN ('pending', 'accepted', 'declined');
CREATE UNIQUE INDEX invitations_email_once ON invitations (meeting_id, email)
    WHERE kind = 'email' AND status IN ('pending', 'accepted', 'declined');

-- Who has come in by which: they come back without being counted again.
CREATE TABLE invitation_uses (
    invitation_id  uuid NOT NULL REFERENCES invitations (invitation_id) ON DELETE CASCADE,
    participant_id uuid NOT NULL REFERENCES meeting_participants (participant_id) ON DELETE CASCADE,
    used_at        timestamptz NOT NULL,
    PRIMARY KEY (invitation_id, participant_id)
);
CREATE INDEX invitation_uses_participant ON invitation_uses (participant_id);

-- Letters to be sent, written down with what they tell of. `key` makes each of them one of its kind.
CREATE TABLE invitation_mails (
    mail_id       uuid PRIMARY KEY,
    invitation_id uuid NOT NULL REFERENCES invitations (invitation_id) ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('invitation', 'update', 'cancellation', 'reminder')),
    key           text NOT NULL,
    created_at    timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    attempts      integer NOT NULL DEFAULT 0,
    sent_at       timestamptz,
    failed_at     timestamptz,
    failure       text,
    UNIQUE (invitation_id, kind, key)
);
CREATE INDEX invitation_mails_due ON invitation_mails (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX invitation_mails_done ON invitation_mails (created_at) WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL;

-- Which starts people have been reminded of.
CREATE TABLE meeting_reminders (
    meeting_id  uuid NOT NULL REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    starts_at   timestamptz NOT NULL,
    reminded_at timestamptz NOT NULL,
    PRIMARY KEY (meeting_id, starts_at)
);
CREATE INDEX meeting_reminders_old ON meeting_reminders (starts_at);

-- What a calendar program reads without signing in.
CREATE TABLE calendar_feeds (
    user_id    uuid PRIMARY KEY REFERENCES users (user_id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL
);

ALTER TABLE meeting_recurrences ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE meeting_occurrences ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE invitation_uses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE invitation_mails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE meeting_reminders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY recurrences_read ON meeting_recurrences FOR SELECT TO convoke_app
    USING (app_is_system() OR app_in_meeting(meeting_id));
CREATE POLICY recurrences_write ON meeting_recurrences TO convoke_app
    USING (app_is_system() OR app_leads_meeting(meeting_id))
    WITH CHECK (app_is_system() OR app_leads_meeting(meeting_id));
CREATE POLICY occurrences_read ON meeting_occurrences FOR SELECT TO convoke_app
    USING (app_is_system() OR app_in_meeting(meeting_id));
CREATE POLICY occurrences_write ON meeting_occurrences TO convoke_app
    USING (app_is_system() OR app_leads_meeting(meeting_id))
    WITH CHECK (app_is_system() OR app_leads_meeting(meeting_id));
-- An invitee sees and answers the own ones; who holds a token asks the system, which knows it by its hash.
CREATE POLICY invitations_read ON invitations FOR SELECT TO convoke_app
    USING (app_is_system() OR user_id = app_user_id() OR app_leads_meeting(meeting_id));
CREATE POLICY invitations_create ON invitations FOR INSERT TO convoke_app
    WITH CHECK (app_is_system() OR (inviter_user_id = app_user_id() AND app_leads_meeting(meeting_id)));
CREATE POLICY invitations_change ON invitations FOR UPDATE TO convoke_app
    USING (app_is_system() OR user_id = app_user_id() OR app_leads_meeting(meeting_id))
    WITH CHECK (app_is_system() OR user_id = app_user_id() OR app_leads_meeting(meeting_id));
CREATE POLICY invitation_uses_system ON invitation_uses TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());
CREATE POLICY invitation_mails_system ON invitation_mails TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());
CREATE POLICY invitation_mails_write ON invitation_mails FOR INSERT TO convoke_app
    WITH CHECK (EXISTS (SELECT 1 FROM invitations i WHERE i.invitation_id = invitation_mails.invitation_id
                        AND app_leads_meeting(i.meeting_id)));
CREATE POLICY meeting_reminders_system ON meeting_reminders TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());
CREATE POLICY calendar_feeds_own ON calendar_feeds TO convoke_app
    USING (app_is_system() OR user_id = app_user_id())
    WITH CHECK (app_is_system() OR user_id = app_user_id());

GRANT SELECT, INSERT, UPDATE, DELETE ON meeting_recurrences, meeting_occurrences, invitation_mails,
    meeting_reminders, calendar_feeds TO convoke_app;
GRANT SELECT, INSERT, UPDATE ON invitations TO convoke_app;
GRANT SELECT, INSERT ON invitation_uses TO convoke_app;

-- What people are told, by which ways it went or still goes, and the devices that take pushes.

CREATE TABLE notifications (
    notification_id uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    -- Names the event for ever: who tells of it again, tells nobody twice.
    event_key       text NOT NULL CHECK (length(event_key) BETWEEN 1 AND 200),
    type            text NOT NULL CHECK (type IN (
                        'invitation', 'meeting_reminder', 'meeting_changed', 'meeting_cancelled', 'incoming_call',
                        'missed_call', 'message', 'mention', 'contact', 'system')),
    -- What it is about (`call:…`, `chat:…`): a later one takes its place on a device, and dealing with it settles all.
    subject         text CHECK (length(subject) BETWEEN 1 AND 100),
    title           text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    message         text NOT NULL DEFAULT '' CHECK (length(message) <= 1000),
    data            jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object'),
    -- A path of the one origin.
    action_url      text CHECK (length(action_url) <= 500 AND action_url ~ '^/([^/\\]|$)'),
    -- Rises when the same notification has more to say (messages of one chat); 0 where there is one thing to tell.
    revision        bigint NOT NULL DEFAULT 0,
    -- Whether it is in the list; otherwise it is here for its deliveries, and so that it is told once.
    in_app          boolean NOT NULL,
    -- After this it is not worth a mail or a push any more.
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    read_at         timestamptz,
    UNIQUE (user_id, event_key)
);

CREATE INDEX notifications_list ON notifications (user_id, created_at DESC, notification_id DESC) WHERE in_app;
CREATE INDEX notifications_unread ON notifications (user_id, created_at DESC, notification_id DESC)
    WHERE in_app AND read_at IS NULL;
CREATE INDEX notifications_subject ON notifications (user_id, subject) WHERE read_at IS NULL AND subject IS NOT NULL;
CREATE INDEX notifications_age ON notifications ((coalesce(read_at, created_at)));

-- A browser that takes pushes. It belongs to one person at a time, and to the session that asked for it.
CREATE TABLE push_subscriptions (
    subscription_id uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    session_id      uuid,
    endpoint        text NOT NULL UNIQUE CHECK (length(endpoint) <= 2000),
    -- The device's public key and secret of RFC 8291: what is sent there can be read there alone.
    p256dh          text NOT NULL CHECK (length(p256dh) <= 100),
    auth            text NOT NULL CHECK (length(auth) <= 30),
    device_name     text CHECK (length(device_name) BETWEEN 1 AND 100),
    -- Pushes in a row that the service did not take.
    failures        integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    created_at      timestamptz NOT NULL,
    renewed_at      timestamptz NOT NULL,
    last_used_at    timestamptz
);

CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id, created_at);
CREATE INDEX push_subscriptions_session ON push_subscriptions (session_id);
CREATE INDEX push_subscriptions_renewed ON push_subscriptions (renewed_at);

-- One mail, or one push to one device. Whoever sends takes the row to `sending` and commits first: a row that is found
-- there later was perhaps sent, and is never sent again.
CREATE TABLE notification_deliveries (
    delivery_id     uuid PRIMARY KEY,
    notification_id uuid NOT NULL REFERENCES notifications (notification_id) ON DELETE CASCADE,
    channel         text NOT NULL CHECK (channel IN ('email', 'push')),
    subscription_id uuid REFERENCES push_subscriptions (subscription_id) ON DELETE CASCADE,
    revision        bigint NOT NULL,
    status          text NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'suppressed')),
    reason          text CHECK (length(reason) <= 200),
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    CHECK ((channel = 'push') = (subscription_id IS NOT NULL)),
    UNIQUE NULLS NOT DISTINCT (notification_id, channel, subscription_id, revision)
);

CREATE INDEX notification_deliveries_due ON notification_deliveries (next_attempt_at) WHERE status = 'pending';
CREATE INDEX notification_deliveries_sending ON notification_deliveries (changed_at) WHERE status = 'sending';
CREATE INDEX notification_deliveries_device ON notification_deliveries (subscription_id)
    WHERE subscription_id IS NOT NULL;

-- Every delivery is updated two or three times: by the defaults its dead rows would be cleared too late.
ALTER TABLE notification_deliveries SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE push_subscriptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE notification_deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Only the product itself tells anybody something; people read and mark what is theirs.
CREATE POLICY notifications_system ON notifications TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());
CREATE POLICY notifications_read ON notifications FOR SELECT TO convoke_app USING (user_id = app_user_id());
CREATE POLICY notifications_mark ON notifications FOR UPDATE TO convoke_app
    USING (user_id = app_user_id()) WITH CHECK (user_id = app_user_id());
CREATE POLICY push_subscriptions_own ON push_subscriptions TO convoke_app
    USING (user_id = app_user_id() OR app_is_system())
    WITH CHECK (user_id = app_user_id() OR app_is_system());
CREATE POLICY notification_deliveries_system ON notification_deliveries TO convoke_app
    USING (app_is_system()) WITH CHECK (app_is_system());

GRANT SELECT, INSERT, UPDATE, DELETE ON notifications, push_subscriptions, notification_deliveries TO convoke_app;

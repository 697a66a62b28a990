-- Who is asking: the application's role, its context, users and sessions; the outbox; the audit log.
-- Every later migration leans on the functions and the rules of this one (docs/decisions/0004).

-- Roles belong to the cluster, not to the database: it may be there already, or be made at this moment
-- for another database. The caller gives it a password, or rds_iam.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'convoke_app') THEN
        CREATE ROLE convoke_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

-- Set on the role, since RDS Proxy takes no start-up options: nothing a function asks may hang.
DO $$
BEGIN
    ALTER ROLE convoke_app SET statement_timeout = '10s';
    ALTER ROLE convoke_app SET lock_timeout = '5s';
    ALTER ROLE convoke_app SET idle_in_transaction_session_timeout = '15s';
EXCEPTION WHEN OTHERS THEN
    -- "tuple concurrently updated": another database's migration has just set the same.
    IF SQLERRM NOT LIKE 'tuple concurrently%' THEN
        RAISE;
    END IF;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO convoke_app;

-- The context of a transaction, set by convoke/backends/postgres.py with set_config(…, true).
CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.user_id', true), '')::uuid;
CREATE FUNCTION app_participant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.participant_id', true), '')::uuid;
CREATE FUNCTION app_meeting_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.meeting_id', true), '')::uuid;
CREATE FUNCTION app_is_admin() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('app.role', true), '') = 'admin';
CREATE FUNCTION app_is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('app.role', true), '') = 'system';

-- The lowest UUIDv7 of an instant: the bound of a month's partition over an id.
CREATE FUNCTION lowest_uuid_at(instant timestamptz) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0')
            || '70008000000000000000')::uuid;

-- Makes the monthly partitions of a table that are missing, `months` of them from `starting` on, and says
-- how many it made. The table is partitioned by range over one column: a UUIDv7, or a timestamptz.
--
-- SECURITY DEFINER: the daily job runs as convoke_app, which owns no table. It can do no more than this
-- with it: add empty partitions to tables of this schema that are partitioned by range.
--
-- Built beside the parent and attached: ATTACH takes SHARE UPDATE EXCLUSIVE on the parent, where CREATE TABLE …
-- PARTITION OF would stop all readers and writers. The default partition, which is empty, is locked for the moment
-- of looking whether it is; who cannot have that within 2 s gives up and comes again tomorrow.
CREATE FUNCTION make_month_partitions(parent regclass, starting date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' SET timezone = 'UTC'
AS $$
DECLARE
    parent_name text;
    key_type regtype;
    first_day date;
    next_day date;
    partition_name text;
    made integer := 0;
BEGIN
    SELECT c.relname, a.atttypid INTO parent_name, key_type
    FROM pg_class c
    JOIN pg_partitioned_table p ON p.partrelid = c.oid AND p.partstrat = 'r' AND p.partnatts = 1
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
    WHERE c.oid = parent AND c.relnamespace = 'public'::regnamespace;
    IF key_type IS NULL OR key_type NOT IN ('uuid'::regtype, 'timestamptz'::regtype) THEN
        RAISE EXCEPTION '% is not partitioned by range over a UUIDv7 or a time', parent;
    END IF;
    IF months NOT BETWEEN 1 AND 120 THEN
        RAISE EXCEPTION 'months must be 1 to 120';
    END IF;
    -- Two runs at once: the second waits, and then finds everything made.
    PERFORM pg_advisory_xact_lock(parent::oid::bigint);
    FOR i IN 0..months - 1 LOOP
        first_day := date_trunc('month', starting)::date + make_interval(months => i);
        next_day := first_day + interval '1 month';
        partition_name := parent_name || to_char(first_day, '"_y"YYYY"m"MM');
        CONTINUE WHEN to_regclass('public.' || quote_ident(partition_name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE %s INCLUDING ALL)', partition_name, parent);
        -- Row-level security of the parent does not guard its partitions: no grant, and no policy either.
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition_name);
        EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, convoke_app', partition_name);
        IF key_type = 'uuid'::regtype THEN
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                parent, partition_name, public.lowest_uuid_at(first_day), public.lowest_uuid_at(next_day));
        ELSE
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                parent, partition_name, first_day::timestamptz, next_day::timestamptz);
        END IF;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION make_month_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_month_partitions TO convoke_app;

CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    email_verified_at timestamptz,
    username text CHECK (length(username) BETWEEN 3 AND 50),
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    -- Argon2id in PHC form; NULL for an account that signs in elsewhere.
    password_hash text,
    avatar_url text,
    bio text CHECK (length(bio) <= 2000),
    timezone text NOT NULL DEFAULT 'UTC',
    language text NOT NULL DEFAULT 'en',
    account_type text NOT NULL DEFAULT 'basic' CHECK (account_type IN ('basic', 'pro', 'enterprise')),
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
    metadata jsonb NOT NULL DEFAULT '{}',
    notification_preferences jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_login_at timestamptz,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE INDEX users_created_at_idx ON users (created_at);

-- A person may change the own row, but not what it is allowed to do.
CREATE FUNCTION users_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'convoke_app' AND NOT public.app_is_system()
       AND (NEW.role, NEW.account_type, NEW.status) IS DISTINCT FROM (OLD.role, OLD.account_type, OLD.status) THEN
        RAISE insufficient_privilege USING MESSAGE = 'role, account type and status are not the user''s own to change';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER users_guard BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_guard();

-- One row for each refresh token; a family of them is the session that people see in their list.
CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    family_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    -- SHA-256 of the token, which itself is kept nowhere.
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    device_info jsonb NOT NULL DEFAULT '{}',
    ip_address inet,
    user_agent text,
    opened_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz,
    revoked_at timestamptz,
    revoke_reason text,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX sessions_family_id_idx ON sessions (family_id);
CREATE INDEX sessions_user_id_idx ON sessions (user_id, created_at DESC) WHERE rotated_at IS NULL AND revoked_at IS NULL;
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- Events that committed with the change they tell of and still have to be carried to Cassandra.
CREATE TABLE outbox (
    event_id uuid PRIMARY KEY,
    kind text NOT NULL,
    meeting_id uuid,
    user_id uuid,
    participant_id uuid,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);

-- No foreign keys: what was done stays on record when who did it, or what it was done to, is gone.
CREATE TABLE audit_logs (
    audit_id uuid NOT NULL,
    event_type text NOT NULL,
    action text NOT NULL,
    actor_type text NOT NULL CHECK (actor_type IN ('user', 'admin', 'guest', 'system')),
    actor_user_id uuid,
    actor_participant_id uuid,
    target_type text NOT NULL,
    target_id text,
    result text NOT NULL CHECK (result IN ('success', 'failure')),
    ip_address inet,
    user_agent text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (created_at, audit_id)
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_logs_actor_idx ON audit_logs (actor_user_id, created_at);
CREATE INDEX audit_logs_target_idx ON audit_logs (target_type, target_id, created_at);
CREATE INDEX audit_logs_event_type_idx ON audit_logs (event_type, created_at);
-- What fits no month is taken all the same: a job that has failed for months must be an alarm, not an outage.
CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;
ALTER TABLE audit_logs_default ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT make_month_partitions('audit_logs', (now() AT TIME ZONE 'UTC')::date, 4);

ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY users_own ON users TO convoke_app
    USING (user_id = app_user_id() OR app_is_system())
    WITH CHECK (user_id = app_user_id() OR app_is_system());
CREATE POLICY sessions_own ON sessions TO convoke_app
    USING (user_id = app_user_id() OR app_is_system())
    WITH CHECK (user_id = app_user_id() OR app_is_system());
-- Anyone's change may leave an event; only the job that carries them on reads them.
CREATE POLICY outbox_insert ON outbox FOR INSERT TO convoke_app WITH CHECK (true);
CREATE POLICY outbox_carry ON outbox TO convoke_app USING (app_is_system());
-- Written by whoever acts, in the own name; never changed. Read by the one who acted.
CREATE POLICY audit_logs_insert ON audit_logs FOR INSERT TO convoke_app WITH CHECK (
    app_is_system()
    OR (actor_user_id IS NOT DISTINCT FROM app_user_id()
        AND (actor_participant_id IS NULL OR actor_participant_id = app_participant_id())));
CREATE POLICY audit_logs_own ON audit_logs FOR SELECT TO convoke_app
    USING (actor_user_id = app_user_id() OR app_is_system());

GRANT SELECT, INSERT, UPDATE ON users TO convoke_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO convoke_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO convoke_app;
GRANT SELECT, INSERT ON audit_logs TO convoke_app;

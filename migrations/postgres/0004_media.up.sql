-- What is known of media nodes and of regional deployments. Live state is in Redis; these rows are for operators,
-- and tell after a flush which nodes have yet to report.

CREATE TABLE media_nodes (
    node_id              text PRIMARY KEY CHECK (length(node_id) BETWEEN 1 AND 255),
    region               text NOT NULL,
    control_url          text NOT NULL,
    media_address        text NOT NULL,
    media_port           integer NOT NULL CHECK (media_port BETWEEN 1 AND 65535),
    version              text NOT NULL,
    codecs               text[] NOT NULL,
    status               text NOT NULL CHECK (status IN ('serving', 'draining', 'gone')),
    health               text NOT NULL CHECK (health IN ('healthy', 'degraded', 'unhealthy')),
    max_streams          integer NOT NULL CHECK (max_streams > 0),
    current_streams      integer NOT NULL CHECK (current_streams >= 0),
    max_bitrate_mbps     integer NOT NULL CHECK (max_bitrate_mbps > 0),
    current_bitrate_mbps numeric(12, 3) NOT NULL CHECK (current_bitrate_mbps >= 0),
    last_heartbeat_at    timestamptz NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL
);

CREATE INDEX media_nodes_heartbeat ON media_nodes (last_heartbeat_at) WHERE status <> 'gone';

CREATE TABLE meeting_controllers (
    controller_id        text PRIMARY KEY CHECK (length(controller_id) BETWEEN 1 AND 255),
    region               text NOT NULL,
    endpoint             text NOT NULL,
    max_meetings         integer NOT NULL CHECK (max_meetings > 0),
    current_meetings     integer NOT NULL DEFAULT 0 CHECK (current_meetings >= 0),
    max_participants     integer NOT NULL CHECK (max_participants > 0),
    current_participants integer NOT NULL DEFAULT 0 CHECK (current_participants >= 0),
    health               text NOT NULL CHECK (health IN ('healthy', 'degraded', 'unhealthy')),
    version              text NOT NULL,
    last_heartbeat_at    timestamptz NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL
);

CREATE INDEX meeting_controllers_region ON meeting_controllers (region, last_heartbeat_at DESC);

-- No personal data, but where the nodes are is nobody's business either.
ALTER TABLE media_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE media_nodes FORCE ROW LEVEL SECURITY;
ALTER TABLE meeting_controllers ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting_controllers FORCE ROW LEVEL SECURITY;
CREATE POLICY media_nodes_system ON media_nodes USING (app_is_system());
CREATE POLICY meeting_controllers_system ON meeting_controllers USING (app_is_system());

GRANT SELECT, INSERT, UPDATE ON media_nodes, meeting_controllers TO convoke_app;

"""The tables of analytics in Keyspaces. migrations/cassandra/ says the same in CQL: a test compares them."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cassandra as cassandra
from constructs import Construct

KEYSPACE = "convoke"
_DATA = "frozen<map<text, text>>"
_WHAT = {
    "event_type": "text",
    "user_id": "uuid",
    "participant_id": "uuid",
    "user_name": "text",
    "event_data": _DATA,
}
_YEAR, _MONTH, _DAY = 31_536_000, 2_592_000, 86_400


@dataclass(frozen=True)
class Table:
    """`key`: the partition; `order`: the clustering, each column with ASC or DESC; the rest are plain."""

    key: dict[str, str]
    order: dict[str, tuple[str, str]]
    columns: dict[str, str]
    seconds_to_live: int


_LATEST_FIRST = {"event_time": ("timestamp", "DESC"), "event_id": ("uuid", "DESC")}
TABLES = {
    "meeting_events": Table({"meeting_id": "uuid"}, _LATEST_FIRST, _WHAT, _YEAR),
    "meeting_events_hourly": Table(
        {"meeting_id": "uuid", "hour_bucket": "timestamp"}, _LATEST_FIRST, _WHAT, _YEAR
    ),
    "events_by_day": Table(
        {"day": "date", "shard": "tinyint"},
        {"event_time": ("timestamp", "ASC"), "event_id": ("uuid", "ASC")},
        {
            "event_type": "text",
            "meeting_id": "uuid",
            "user_id": "uuid",
            "participant_id": "uuid",
            "region": "text",
            "device_type": "text",
            "account_type": "text",
            "event_data": _DATA,
        },
        40 * _DAY,
    ),
    "call_quality_metrics": Table(
        {"meeting_id": "uuid", "participant_id": "uuid"},
        {"metric_time": ("timestamp", "DESC"), "source": ("text", "ASC")},
        {
            "audio_bitrate": "int",
            "audio_packet_loss": "float",
            "audio_jitter": "float",
            "audio_rtt": "int",
            "video_bitrate": "int",
            "video_packet_loss": "float",
            "video_frame_rate": "float",
            "video_resolution": "text",
            "video_rtt": "int",
            "uplink_bitrate": "int",
            "uplink_packet_loss": "float",
            "uplink_jitter": "float",
            "downlink_bitrate": "int",
            "downlink_packet_loss": "float",
            "downlink_jitter": "float",
            "network_type": "text",
            "bandwidth_available": "int",
            "cpu_usage": "float",
            "memory_usage": "int",
        },
        _MONTH,
    ),
    "daily_usage_stats": Table(
        {"date": "date", "metric_name": "text"},
        {"dimension_key": ("text", "ASC"), "dimension_value": ("text", "ASC")},
        {"metric_value": "bigint"},
        0,
    ),
}


def make_tables(scope: Construct) -> list[cassandra.CfnTable]:
    """The keyspace and its tables, kept when the stack goes."""
    keyspace = cassandra.CfnKeyspace(scope, "Keyspace", keyspace_name=KEYSPACE)
    keyspace.apply_removal_policy(RemovalPolicy.RETAIN)
    return [_table(scope, keyspace, name, table) for name, table in TABLES.items()]


def _table(scope: Construct, keyspace: cassandra.CfnKeyspace, name: str, table: Table) -> cassandra.CfnTable:
    made = cassandra.CfnTable(
        scope,
        "".join(word.capitalize() for word in name.split("_")),
        keyspace_name=KEYSPACE,
        table_name=name,
        partition_key_columns=[_column(*column) for column in table.key.items()],
        clustering_key_columns=[
            cassandra.CfnTable.ClusteringKeyColumnProperty(column=_column(column, kind), order_by=order)
            for column, (kind, order) in table.order.items()
        ],
        regular_columns=[_column(*column) for column in table.columns.items()],
        default_time_to_live=table.seconds_to_live,
        billing_mode=cassandra.CfnTable.BillingModeProperty(mode="ON_DEMAND"),
        point_in_time_recovery_enabled=True,
        encryption_specification=cassandra.CfnTable.EncryptionSpecificationProperty(
            encryption_type="AWS_OWNED_KMS_KEY"
        ),
    )
    made.add_dependency(keyspace)
    made.apply_removal_policy(RemovalPolicy.RETAIN)
    return made


def _column(name: str, kind: str) -> cassandra.CfnTable.ColumnProperty:
    return cassandra.CfnTable.ColumnProperty(column_name=name, column_type=kind)

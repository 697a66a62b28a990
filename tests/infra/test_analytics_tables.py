"""Keyspaces gets the tables that the CQL migrations make on a real Cassandra."""

from typing import Any

from local.cassandra import Cassandra
from tests.cassandra import connected
from tests.infra.assembly import Assembly

Columns = dict[str, tuple[str, str, str]]
"""Name → type, kind with place in the key, order."""


def _in_cassandra(store: Cassandra) -> dict[str, tuple[int, Columns]]:
    with connected(store.port, "system_schema") as session:
        found: dict[str, tuple[int, Columns]] = {}
        for table in session.execute(
            "SELECT table_name, default_time_to_live FROM tables WHERE keyspace_name = 'convoke'"
        ):
            columns = session.execute(
                "SELECT * FROM columns WHERE keyspace_name = 'convoke' AND table_name = %s",
                (table.table_name,),
            )
            found[table.table_name] = (
                table.default_time_to_live,
                {
                    column.column_name: (
                        column.type,
                        f"{column.kind} {max(column.position, 0)}",
                        column.clustering_order.upper(),
                    )
                    for column in columns
                },
            )
        return found


def _in_template(properties: dict[str, Any]) -> tuple[int, Columns]:
    columns: Columns = {}
    for place, column in enumerate(properties["PartitionKeyColumns"]):
        columns[column["ColumnName"]] = (column["ColumnType"], f"partition_key {place}", "NONE")
    for place, clustering in enumerate(properties["ClusteringKeyColumns"]):
        column = clustering["Column"]
        columns[column["ColumnName"]] = (column["ColumnType"], f"clustering {place}", clustering["OrderBy"])
    for column in properties["RegularColumns"]:
        columns[column["ColumnName"]] = (column["ColumnType"], "regular 0", "NONE")
    return properties["DefaultTimeToLive"], columns


def test_the_template_and_the_migrations_make_the_same_tables(
    assembly: Assembly, cassandra: Cassandra
) -> None:
    migrated = _in_cassandra(cassandra)
    migrated.pop("schema_migrations")  # in the cloud CloudFormation keeps the history
    declared = {
        table.properties["TableName"]: _in_template(table.properties)
        for table in assembly.all("AWS::Cassandra::Table")
    }
    assert declared == migrated


def test_the_tables_outlive_their_stack_and_can_be_restored(assembly: Assembly) -> None:
    resources = assembly.templates["ConvokeStores"]["Resources"].values()
    kept = [each for each in resources if each["Type"].startswith("AWS::Cassandra::")]
    assert len(kept) == 6
    assert {each["DeletionPolicy"] for each in kept} == {"Retain"}
    tables = [each for each in kept if each["Type"] == "AWS::Cassandra::Table"]
    assert all(each["Properties"]["PointInTimeRecoveryEnabled"] for each in tables)


def test_the_drain_runs_every_minute_and_is_heard_when_it_lags(assembly: Assembly) -> None:
    (alarm,) = [
        each.properties
        for each in assembly.all("AWS::CloudWatch::Alarm")
        if each.properties.get("MetricName") == "OutboxLagSeconds"
    ]
    function = assembly.functions()["functions.jobs.drain_outbox.handler"].properties
    service = function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": service}]
    assert alarm["Threshold"] == 60
    assert alarm["TreatMissingData"] == "breaching"

"""What every Lambda function of the product has, and how the ones that nobody waits for are started."""

import json

import pytest

from functions.routes import REST_ROUTES
from tests.infra.assembly import ROOT, Assembly, strings

JOBS = (
    *("make_partitions", "sweep_participants", "drain_outbox", "roll_up_usage"),
    *("expire_departures", "expire_calls", "sweep_presence", "migrate"),
    *("deliver_notifications", "sweep_notifications"),
    *("check_file", "sweep_files"),
    *("advance_meetings", "send_invitations", "expire_invitations"),
)
SERVING = {*(f"functions.rest.{noun}.handler" for noun in REST_ROUTES), "functions.socket.handler"}
EVERY = SERVING | {f"functions.jobs.{job}.handler" for job in JOBS}
OF_THE_CONTRACT = {
    *("DATABASE_URL", "DATABASE_AUTH", "REDIS_URL", "REDIS_AUTH_SECRET_ID", "TOKEN_SECRET_ID"),
    *("PUBLIC_URL", "SOCKET_URL", "SOCKET_CALLBACK_URL", "CONTROLLER_ID", "DEPARTURES_QUEUE_URL"),
    *("CALLS_QUEUE_URL", "NOTIFICATIONS_QUEUE_URL", "UPLOADS_QUEUE_URL", "SCAN_URL", "MAIL_FROM"),
    *("FILES_BUCKET", "RECORDINGS_BUCKET", "CASSANDRA_HOSTS", "CASSANDRA_AUTH"),
    *("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE"),
}


def test_there_is_one_function_for_each_noun_the_socket_and_each_job(assembly: Assembly) -> None:
    assert set(assembly.functions()) == EVERY


def test_all_run_on_python_3_13_and_arm64_with_the_core_and_the_vendor_layer(assembly: Assembly) -> None:
    for handler, found in assembly.functions().items():
        assert found.properties["Runtime"] == "python3.13"
        assert found.properties["Architectures"] == ["arm64"]
        names = {layer["Ref"].rstrip("0123456789ABCDEF") for layer in found.properties["Layers"]}
        # What reads pictures, where pictures are read and nowhere else.
        imaging = {"ImagingLayer"} if handler == "functions.jobs.check_file.handler" else set()
        assert names == {"CoreLayer", "VendorLayer"} | imaging


def test_all_run_inside_the_vpc_are_traced_and_keep_their_logs_for_a_while(assembly: Assembly) -> None:
    logs = {found.key: found for found in assembly.all("AWS::Logs::LogGroup")}
    for found in assembly.functions().values():
        assert all(
            "private" in subnet["Fn::ImportValue"] for subnet in found.properties["VpcConfig"]["SubnetIds"]
        )
        assert found.properties["TracingConfig"] == {"Mode": "Active"}
        log = logs[found.properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert log.properties["RetentionInDays"] <= 90


def test_functions_that_serve_answer_before_the_gateways_give_up(assembly: Assembly) -> None:
    for handler in SERVING:
        assert assembly.functions()[handler].properties["Timeout"] < 29


def test_functions_that_serve_are_published_and_start_from_a_snapshot(assembly: Assembly) -> None:
    published = {
        assembly.handler_behind(found.stack, found.key) for found in assembly.all("AWS::Lambda::Alias")
    }
    assert published == SERVING
    for handler in SERVING:
        assert assembly.functions()[handler].properties["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_the_environment_is_what_the_handlers_read(assembly: Assembly) -> None:
    for handler, found in assembly.functions().items():
        if handler != "functions.jobs.migrate.handler":
            assert set(found.properties["Environment"]["Variables"]) == OF_THE_CONTRACT


def test_functions_come_to_the_database_as_convoke_app_by_the_proxy_over_tls(assembly: Assembly) -> None:
    for handler in EVERY - {"functions.jobs.migrate.handler"}:
        variables = assembly.functions()[handler].properties["Environment"]["Variables"]
        url = "".join(strings(variables["DATABASE_URL"]))
        assert "postgresql://convoke_app@" in url
        assert "DatabaseProxy" in url
        assert "sslmode=verify-full" in url
        assert variables["DATABASE_AUTH"] == "iam"
        assert "".join(strings(variables["REDIS_URL"])).startswith("rediss://")


def test_only_the_migration_comes_as_the_owner_and_it_is_run_before_the_api_changes(
    assembly: Assembly,
) -> None:
    variables = assembly.functions()["functions.jobs.migrate.handler"].properties["Environment"]["Variables"]
    assert "postgresql://convoke@" in "".join(strings(variables["DATABASE_URL"]))
    trigger = assembly.one("Custom::Trigger")
    version = trigger.properties["HandlerArn"]["Ref"]
    assert assembly.handler_behind(trigger.stack, version) == "functions.jobs.migrate.handler"
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    assert trigger.stack in manifest["ConvokeApi"]["dependencies"]
    assert trigger.stack in manifest["ConvokeMedia"]["dependencies"]


def test_schedules_start_their_functions(assembly: Assembly) -> None:
    found = set()
    for rule in assembly.all("AWS::Events::Rule"):
        (target,) = rule.properties["Targets"]
        handler = assembly.handler_behind(rule.stack, target["Arn"]["Fn::GetAtt"][0])
        found.add((handler, rule.properties["ScheduleExpression"], target.get("Input")))
        assert rule.properties["State"] == "ENABLED"
    assert found == {
        ("functions.jobs.make_partitions.handler", "rate(1 day)", None),
        ("functions.jobs.sweep_participants.handler", "rate(1 minute)", None),
        ("functions.jobs.drain_outbox.handler", "rate(1 minute)", None),
        ("functions.jobs.sweep_presence.handler", "rate(1 minute)", None),
        ("functions.jobs.sweep_notifications.handler", "rate(1 minute)", None),
        ("functions.jobs.sweep_files.handler", "rate(5 minutes)", None),
        ("functions.jobs.advance_meetings.handler", "rate(1 minute)", None),
        ("functions.jobs.send_invitations.handler", "rate(1 minute)", None),
        ("functions.jobs.expire_invitations.handler", "rate(1 day)", None),
        ("functions.jobs.roll_up_usage.handler", "cron(5 * * * ? *)", '{"days":2}'),
        ("functions.jobs.roll_up_usage.handler", "cron(35 1 * * ? *)", '{"days":4}'),
    }


def test_what_a_schedule_could_not_do_is_kept_and_no_two_runs_meet(assembly: Assembly) -> None:
    for job in (
        *("make_partitions", "sweep_participants", "drain_outbox", "roll_up_usage", "sweep_notifications"),
        "sweep_files",
        *("advance_meetings", "send_invitations", "expire_invitations"),
    ):
        properties = assembly.functions()[f"functions.jobs.{job}.handler"].properties
        assert properties["DeadLetterConfig"]["TargetArn"]["Fn::GetAtt"][0].startswith("DeadLetters")
        assert properties["ReservedConcurrentExecutions"] == 1


@pytest.mark.parametrize(
    ("job", "queue"),
    [
        ("expire_departures", "Departures"),
        ("expire_calls", "Calls"),
        ("deliver_notifications", "Notifications"),
        ("check_file", "Uploads"),
    ],
)
def test_a_batch_fails_only_by_the_messages_that_failed(assembly: Assembly, job: str, queue: str) -> None:
    [mapping] = [
        found
        for found in assembly.all("AWS::Lambda::EventSourceMapping")
        if assembly.handler_behind(found.stack, found.key) == f"functions.jobs.{job}.handler"
    ]
    assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue in mapping.properties["EventSourceArn"]["Fn::ImportValue"]


def test_the_code_of_a_function_is_the_functions_package_and_nothing_else(assembly: Assembly) -> None:
    for handler, found in assembly.functions().items():
        folder = assembly.asset(found)
        expected = (
            {"functions", "migrations"} if handler == "functions.jobs.migrate.handler" else {"functions"}
        )
        assert {child.name for child in folder.iterdir()} == expected
        assert not [*folder.rglob("__pycache__"), *folder.rglob("*.pyc")]


def test_the_migration_has_every_sql_file_with_it(assembly: Assembly) -> None:
    folder = assembly.asset(assembly.functions()["functions.jobs.migrate.handler"])
    wanted = {path.relative_to(ROOT) for path in (ROOT / "migrations").rglob("*.sql")}
    assert wanted == {path.relative_to(folder) for path in (folder / "migrations").rglob("*.sql")}
    assert wanted


def test_the_core_layer_puts_the_product_on_the_path(assembly: Assembly) -> None:
    layers = assembly.all("AWS::Lambda::LayerVersion")
    core = [found for found in layers if found.key.startswith("CoreLayer")]
    assert len(core) == 2
    for found in core:
        assert {child.name for child in (assembly.asset(found) / "python").iterdir()} == {"convoke"}


def test_every_handler_exists(assembly: Assembly) -> None:
    for handler, found in assembly.functions().items():
        module = handler.removesuffix(".handler").replace(".", "/")
        source = (assembly.asset(found) / f"{module}.py").read_text()
        assert "handler" in source

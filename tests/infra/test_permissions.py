"""Each role may do what it needs and nothing more."""

import pytest

from functions.routes import REST_ROUTES
from tests.infra.assembly import Assembly, listed, strings

EVERYBODY = frozenset(
    {*(f"rest.{noun}" for noun in REST_ROUTES), "socket"}
    | {
        f"jobs.{job}"
        for job in (
            "make_partitions",
            "sweep_participants",
            "expire_departures",
            "expire_calls",
            "sweep_presence",
            "drain_outbox",
            "roll_up_usage",
            "migrate",
            "deliver_notifications",
            "sweep_notifications",
            "check_file",
            "sweep_files",
            "advance_meetings",
            "send_invitations",
            "expire_invitations",
        )
    }
)
SCHEDULED = {
    *("jobs.make_partitions", "jobs.sweep_participants", "jobs.drain_outbox", "jobs.roll_up_usage"),
    *("jobs.sweep_notifications", "jobs.sweep_files", "jobs.sweep_presence"),
    *("jobs.advance_meetings", "jobs.send_invitations", "jobs.expire_invitations"),
}
CONSUMING = {
    *("jobs.expire_departures", "jobs.expire_calls", "jobs.deliver_notifications", "jobs.check_file"),
}
# Actions without a resource to name: AWS documents `*` for each of them.
NAMELESS = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:GetAuthorizationToken",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# CDK's own functions at deploy: clear the default security group, upload the site, start the migration.
OF_CDK = ("CustomVpcRestrictDefaultSG", "CustomCDKBucketDeployment", "AWSCDKTrigger")


def _ours(assembly: Assembly) -> list[str]:
    return [role.key for role in assembly.all("AWS::IAM::Role") if not role.key.startswith(OF_CDK)]


def test_no_role_may_do_everything_of_anything(assembly: Assembly) -> None:
    roles = [role.key for role in assembly.all("AWS::IAM::Role")]
    actions = [
        action
        for role in roles
        for statement in assembly.statements(role)
        for action in listed(statement["Action"])
    ]
    assert actions
    assert not [action for action in actions if action in ("*", "*:*") or action.endswith(":*")]


def test_only_nameless_actions_are_allowed_on_every_resource(assembly: Assembly) -> None:
    for role in _ours(assembly):
        for statement in assembly.statements(role):
            if "*" in listed(statement["Resource"]):
                assert set(listed(statement["Action"])) <= NAMELESS, role


def test_every_policy_statement_is_of_a_role_looked_at_here(assembly: Assembly) -> None:
    attached = {
        reference["Ref"]
        for policy in assembly.all("AWS::IAM::Policy")
        for reference in policy.properties["Roles"]
    }
    assert attached <= {role.key for role in assembly.all("AWS::IAM::Role")}
    assert not assembly.all("AWS::IAM::ManagedPolicy")


def test_functions_have_no_managed_policies(assembly: Assembly) -> None:
    for role in assembly.all("AWS::IAM::Role"):
        if role.key.startswith(("Rest", "Socket", "MakePart", "Sweep", "Expire", "Migrate", "TaskRole")):
            assert "ManagedPolicyArns" not in role.properties


def test_every_function_has_a_role_of_its_own(assembly: Assembly) -> None:
    roles = [found.properties["Role"]["Fn::GetAtt"][0] for found in assembly.functions().values()]
    assert len(roles) == len(set(roles))


@pytest.mark.parametrize(
    ("action", "who"),
    [
        (
            "execute-api:ManageConnections",
            {
                "socket",
                "rest.identity",  # closes the sockets of a session that ends
                "rest.meetings",
                "rest.chat",
                "jobs.sweep_participants",
                "jobs.expire_departures",
                "rest.contacts",
                "rest.calls",
                "jobs.expire_calls",
                "jobs.sweep_presence",
                "rest.notifications",
                "jobs.deliver_notifications",
                "rest.invitations",
                "jobs.advance_meetings",
                "jobs.send_invitations",
                "jobs.check_file",
            },
        ),
        ("rds-db:connect", EVERYBODY - {"jobs.migrate"}),
        ("secretsmanager:GetSecretValue", EVERYBODY),
        ("sqs:ReceiveMessage", CONSUMING),
        ("sqs:DeleteMessage", CONSUMING),
        # The scheduled ones into their dead-letter queue, and those that tell people something.
        (
            "sqs:SendMessage",
            {
                *("socket", "rest.meetings", "rest.chat", "rest.calls", "rest.contacts", "rest.invitations"),
                *("jobs.deliver_notifications", "jobs.expire_departures", "jobs.expire_calls"),
                *SCHEDULED,
            },
        ),
        ("cassandra:Modify", {"rest.analytics", "jobs.drain_outbox", "jobs.roll_up_usage"}),
        ("s3:GetObject", {"rest.files", "jobs.check_file"}),
        ("s3:PutObject", {"rest.files", "jobs.check_file"}),
        ("s3:DeleteObject", {"jobs.check_file", "jobs.sweep_files"}),
        ("lambda:InvokeFunction", set()),
        ("execute-api:Invoke", set()),
    ],
)
def test_who_may(assembly: Assembly, action: str, who: frozenset[str]) -> None:
    found = {
        handler.removeprefix("functions.").removesuffix(".handler")
        for handler, function in assembly.functions().items()
        if action in assembly.actions(function)
    }
    assert found == who


def test_departures_are_sent_by_the_socket_alone(assembly: Assembly) -> None:
    senders = {
        role
        for role in _ours(assembly)
        for statement in assembly.statements(role)
        if "sqs:SendMessage" in listed(statement["Action"])
        and any("Departures" in text for text in strings(statement["Resource"]))
    }
    assert len(senders) == 1
    assert senders.pop().startswith("SocketRole")


def test_links_can_be_signed_to_write_uploads_and_nothing_else(assembly: Assembly) -> None:
    signer = assembly.functions()["functions.rest.files.handler"]
    written = {
        text
        for statement in assembly.statements(signer.properties["Role"]["Fn::GetAtt"][0])
        if "s3:PutObject" in listed(statement["Action"])
        for text in strings(statement["Resource"])
        if "*" in text
    }
    assert written == {"/uploads/*"}


def test_the_owner_of_the_database_is_known_to_the_migration_alone(assembly: Assembly) -> None:
    knowing = {
        role
        for role in _ours(assembly)
        for statement in assembly.statements(role)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
        and any("MasterUserSecret" in text for text in strings(statement["Resource"]))
    }
    assert len(knowing) == 1
    assert knowing.pop().startswith("MigrateRole")


def test_the_migration_knows_nothing_else(assembly: Assembly) -> None:
    migrate = assembly.functions()["functions.jobs.migrate.handler"]
    (resource,) = [
        statement["Resource"]
        for statement in assembly.statements(migrate.properties["Role"]["Fn::GetAtt"][0])
        if statement["Action"] == "secretsmanager:GetSecretValue"
    ]
    assert "MasterUserSecret" in resource["Fn::ImportValue"]


def test_everybody_comes_to_the_database_as_convoke_app_and_as_nobody_else(assembly: Assembly) -> None:
    users = [
        "".join(strings(statement["Resource"])).rsplit("/", 1)[1]
        for role in _ours(assembly)
        for statement in assembly.statements(role)
        if statement["Action"] == "rds-db:connect"
    ]
    assert set(users) == {"convoke_app"}
    assert len(users) == len(EVERYBODY - {"jobs.migrate"}) + 2  # and the nodes, and the proxy itself


def test_a_media_node_may_reach_its_stores_and_learn_its_own_address(assembly: Assembly) -> None:
    (role,) = [role.key for role in assembly.all("AWS::IAM::Role") if role.key.startswith("TaskRole")]
    actions = {action for statement in assembly.statements(role) for action in listed(statement["Action"])}
    assert actions == {
        "rds-db:connect",
        "secretsmanager:GetSecretValue",
        "ec2:DescribeNetworkInterfaces",
        "cassandra:Select",
        "cassandra:Modify",
    }


def test_apis_may_call_functions_only_for_their_own_routes(assembly: Assembly) -> None:
    for permission in assembly.all("AWS::Lambda::Permission"):
        assert permission.properties["Action"] == "lambda:InvokeFunction"
        assert permission.properties["Principal"] in ("apigateway.amazonaws.com", "events.amazonaws.com")
        assert permission.properties["SourceArn"] != "*"

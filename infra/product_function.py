"""A Lambda function of the product: what all have in common, and no right that `needs.py` does not name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Annotations, ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.accepted import accept
from infra.analytics_tables import KEYSPACE
from infra.assets import ARCHITECTURE, RUNTIME
from infra.needs import Need
from infra.settings import Deployment
from infra.stacks.network import NetworkStack
from infra.stacks.stores import APP_ROLE, DATABASE_NAME, OWNER_ROLE, StoresStack
from infra.stacks.web import WebStack

# A whole vCPU comes at 1,769 MB: fanning an event out to hundreds of sockets is processor time.
PUSHING_MEMORY = 1769
MEMORY = 1024
POWERTOOLS = {"POWERTOOLS_LOG_LEVEL": "INFO", "POWERTOOLS_METRICS_NAMESPACE": "Convoke"}
# Amazon Linux's own roots, which the proxy's public certificate chains to.
ROOTS = "/etc/pki/tls/certs/ca-bundle.crt"


@dataclass(frozen=True, kw_only=True)
class House:
    """What a function stands on: the stacks below it, and its stack's code and layers."""

    deployment: Deployment
    network: NetworkStack
    stores: StoresStack
    web: WebStack
    code: lambda_.Code
    layers: Sequence[lambda_.ILayerVersion]


def camel(name: str) -> str:
    """`make_partitions` → `MakePartitions`: a function's logical id starts with its name."""
    return "".join(word.capitalize() for word in name.split("_"))


class ProductFunction(lambda_.Function):
    """Python 3.13 on arm64 in the private subnets, with both layers, its own role and its own log."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        house: House,
        handler: str,
        needs: frozenset[Need],
        timeout: Duration,
        code: lambda_.Code | None = None,
        dead_letters: sqs.IQueue | None = None,
        snap_start: bool = False,
        reserved_concurrency: int | None = None,
    ) -> None:
        slug = handler.removesuffix(".handler").removeprefix("functions.").replace(".", "-")
        log = _log(scope, f"{name}Log", f"/convoke/{house.deployment.environment}/functions/{slug}")
        owner = Need.OWNER in needs
        super().__init__(
            scope,
            name,
            description=f"Convoke {slug}",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=code or house.code,
            handler=handler,
            layers=list(house.layers),
            environment={
                **(owner_environment(house.stores) if owner else app_environment(house)),
                **POWERTOOLS,
                "POWERTOOLS_SERVICE_NAME": slug,
            },
            memory_size=PUSHING_MEMORY if Need.PUSH in needs else MEMORY,
            timeout=timeout,
            role=_role(scope, f"{name}Role", log, house, needs),
            log_group=log,
            vpc=house.network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[house.network.migration if owner else house.network.functions],
            tracing=lambda_.Tracing.ACTIVE,
            dead_letter_queue=dead_letters,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            reserved_concurrent_executions=reserved_concurrency,
        )
        accept(self, "The locked wheels and their bytecode are 3.13's; it moves on purpose.", "L1")
        # It is published: `api.py` puts an alias on the version.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-lambda:snapStartRequirePublish")


def _log(scope: Construct, construct_id: str, name: str) -> logs.LogGroup:
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=logs.RetentionDays.THREE_MONTHS,
        removal_policy=RemovalPolicy.DESTROY,
    )


def app_environment(house: House) -> Mapping[str, str]:
    """The same for every function that serves: where the stores, the sockets and the origin are."""
    stores, web = house.stores, house.web
    region = Stack.of(stores).region
    return {
        "DATABASE_URL": database_url(stores, ROOTS),
        "DATABASE_AUTH": "iam",
        "REDIS_URL": redis_url(stores),
        "REDIS_AUTH_SECRET_ID": stores.valkey_auth.secret_arn,
        "TOKEN_SECRET_ID": stores.tokens.secret_arn,
        "PUBLIC_URL": web.public_url,
        "SOCKET_URL": web.socket_url,
        "SOCKET_CALLBACK_URL": web.socket_callback_url,
        "CONTROLLER_ID": f"mc-{region}-1",
        "DEPARTURES_QUEUE_URL": stores.departures.queue_url,
        "CALLS_QUEUE_URL": stores.calls.queue_url,
        "NOTIFICATIONS_QUEUE_URL": stores.notifications.queue_url,
        "UPLOADS_QUEUE_URL": stores.uploads.queue_url,
        "SCAN_URL": house.deployment.scan_url or "",
        "FILES_BUCKET": stores.files.bucket_name,
        "RECORDINGS_BUCKET": stores.recordings.bucket_name,
        "MAIL_FROM": house.deployment.sender or "",
        **keyspaces_environment(region),
    }


def owner_environment(stores: StoresStack) -> Mapping[str, str]:
    """For the migration alone: the writer itself, as the owner.

    `require` and not `verify-full`: the writer's certificate chains to RDS's own root, which Lambda lacks.
    """
    endpoint = stores.cluster.cluster_endpoint.hostname
    return {
        "DATABASE_URL": f"postgresql://{OWNER_ROLE}@{endpoint}:5432/{DATABASE_NAME}?sslmode=require",
        "DATABASE_AUTH": "password",
        "OWNER_SECRET_ID": owner_secret_arn(stores),
    }


def owner_secret_arn(stores: StoresStack) -> str:
    secret = stores.cluster.secret
    if secret is None:
        raise ValueError("RDS manages the owner's password, so the cluster has its secret")
    return secret.secret_arn


def database_url(stores: StoresStack, roots: str) -> str:
    """By the proxy, whose certificate is a public one; `roots` is where the caller's system keeps its own."""
    return (
        f"postgresql://{APP_ROLE}@{stores.proxy.endpoint}:5432/{DATABASE_NAME}"
        f"?sslmode=verify-full&sslrootcert={roots}"
    )


def redis_url(stores: StoresStack) -> str:
    return f"rediss://{stores.valkey.attr_primary_end_point_address}:6379"


def app_statements(stores: StoresStack) -> list[iam.PolicyStatement]:
    """To PostgreSQL as `convoke_app`, and Valkey's AUTH token."""
    stack = Stack.of(stores)
    proxy_id = stack.split_arn(stores.proxy.db_proxy_arn, ArnFormat.COLON_RESOURCE_NAME).resource_name
    user = stack.format_arn(
        service="rds-db",
        resource="dbuser",
        resource_name=f"{proxy_id}/{APP_ROLE}",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return [
        iam.PolicyStatement(actions=["rds-db:connect"], resources=[user]),
        _read(stores.valkey_auth.secret_arn),
    ]


def mail_statements(stores: StoresStack) -> list[iam.PolicyStatement]:
    """Letters from the deployment's own domain alone. SES asks for the second right where a letter is raw."""
    if stores.mail is None:
        return []
    actions = ["ses:SendEmail", "ses:SendRawEmail"]
    return [iam.PolicyStatement(actions=actions, resources=[stores.mail.email_identity_arn])]


def keyspaces_environment(region: str) -> dict[str, str]:
    return {"CASSANDRA_HOSTS": f"cassandra.{region}.amazonaws.com:9142", "CASSANDRA_AUTH": "sigv4"}


def analytics_statements(stores: StoresStack) -> list[iam.PolicyStatement]:
    """The product's tables, and what every driver reads of the system's at log-in."""
    stack = Stack.of(stores)
    own, system = (
        stack.format_arn(service="cassandra", resource="/keyspace", resource_name=f"{name}/table/*")
        for name in (KEYSPACE, "system*")
    )
    return [
        iam.PolicyStatement(actions=["cassandra:Select", "cassandra:Modify"], resources=[own]),
        iam.PolicyStatement(actions=["cassandra:Select"], resources=[system]),
    ]


def accept_keyspaces(role: iam.Role) -> None:
    arn = "arn:<AWS::Partition>:cassandra:<AWS::Region>:<AWS::AccountId>:/keyspace"
    accept(
        role,
        "All tables of the product's own keyspace, and reading of the system's, which drivers do at log-in.",
        *(f"IAM5[Resource::{arn}/{name}/table/*]" for name in (KEYSPACE, "system*")),
    )


def _role(
    scope: Construct, construct_id: str, log: logs.LogGroup, house: House, needs: frozenset[Need]
) -> iam.Role:
    statements = [
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]
        ),
        # Lambda makes the function's network interfaces with this role; none of them has a resource to name.
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=["*"],
        ),
        *(statement for need in sorted(needs) for statement in _statements(need, house)),
    ]
    role = iam.Role(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        # Inline and not attached afterwards: a function in a VPC is refused while its role lacks these.
        inline_policies={"Needs": iam.PolicyDocument(statements=statements)},
    )
    accept(
        role,
        "A function's network interfaces and X-Ray's segments have no resource that could be named; "
        "each socket has an id of its own, so the right to post covers all of this one API.",
        "IAM5[Resource::*]",
        *([house.web.connections_finding] if Need.PUSH in needs else []),
    )
    if Need.ANALYTICS in needs:
        accept_keyspaces(role)
    if needs & {Need.LINKS, Need.CHECK, Need.CLEAN}:
        house.stores.file_keys.accept_wildcards(role)
    return role


def _statements(need: Need, house: House) -> list[iam.PolicyStatement]:
    stores, web = house.stores, house.web
    made: dict[Need, Callable[[], list[iam.PolicyStatement]]] = {
        Need.STORES: lambda: app_statements(stores),
        Need.TOKENS: lambda: [_read(stores.tokens.secret_arn)],
        Need.PUSH: lambda: [_allow("execute-api:ManageConnections", web.connections_arn)],
        Need.DEPARTURES: lambda: [_allow("sqs:SendMessage", stores.departures.queue_arn)],
        Need.CALLS: lambda: [_allow("sqs:SendMessage", stores.calls.queue_arn)],
        Need.NOTIFY: lambda: [_allow("sqs:SendMessage", stores.notifications.queue_arn)],
        Need.LINKS: stores.file_keys.links,
        Need.CHECK: stores.file_keys.check,
        Need.CLEAN: lambda: stores.file_keys.clean(stores.uploads),
        Need.MAIL: lambda: mail_statements(stores),
        Need.ANALYTICS: lambda: analytics_statements(stores),
        Need.OWNER: lambda: [_read(owner_secret_arn(stores))],
    }
    return made[need]()


def _allow(action: str, resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[action], resources=[resource])


def _read(secret_arn: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret_arn])

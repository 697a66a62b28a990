"""The media nodes: containers with an address of their own, since browsers send UDP to them directly."""

from typing import Any

from aws_cdk import Duration, IgnoreMode, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.accepted import accept
from infra.bundling import ROOT
from infra.product_function import (
    accept_keyspaces,
    analytics_statements,
    app_statements,
    database_url,
    keyspaces_environment,
    redis_url,
)
from infra.settings import Deployment
from infra.stacks.network import CONTROL_PORT, MEDIA_PORT, NetworkStack
from infra.stacks.stores import StoresStack

# Debian's roots, which the proxy's public certificate chains to.
ROOTS = "/etc/ssl/certs/ca-certificates.crt"
MAX_STREAMS = 400
MAX_BITRATE_MBPS = 600
# Fargate kills a task 120 s after SIGTERM at the latest; the rest of the time is for saying goodbye.
STOP_SECONDS = 120
DRAIN_SECONDS = 110
IMAGE_SOURCES = ("layers/core/python/convoke", "media_node")


class MediaStack(Stack):
    """One Fargate task is one node: one process, one core, one UDP port, one public address."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        network: NetworkStack,
        stores: StoresStack,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.cluster = ecs.Cluster(
            self, "Cluster", vpc=network.vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED
        )
        self.log = logs.LogGroup(
            self,
            "NodeLog",
            log_group_name=f"/convoke/{deployment.environment}/media-node",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        task = self._task(stores)
        self.service = ecs.FargateService(
            self,
            "Nodes",
            cluster=self.cluster,
            task_definition=task,
            desired_count=deployment.media_nodes_least,
            assign_public_ip=True,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            security_groups=[network.nodes],
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            # New nodes stand before old ones drain: rooms move once, and to somewhere that stays.
            min_healthy_percent=100,
            max_healthy_percent=200,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            enable_ecs_managed_tags=True,
        )
        self.streams = self._streams_metric()
        self._scale(deployment)

    def _task(self, stores: StoresStack) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=1024,
            memory_limit_mib=2048,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            task_role=self._task_role(stores),
        )
        task.add_container(
            "Node",
            image=_image(),
            essential=True,
            readonly_root_filesystem=True,
            stop_timeout=Duration.seconds(STOP_SECONDS),
            logging=ecs.LogDrivers.aws_logs(log_group=self.log, stream_prefix="node"),
            port_mappings=[
                ecs.PortMapping(container_port=MEDIA_PORT, protocol=ecs.Protocol.UDP),
                ecs.PortMapping(container_port=CONTROL_PORT, protocol=ecs.Protocol.TCP),
            ],
            health_check=ecs.HealthCheck(
                command=["CMD", "python", "-c", _IS_HEALTHY],
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                retries=3,
                start_period=Duration.seconds(20),
            ),
            environment=self._environment(stores),
        )
        _accept_of_task(task)
        return task

    def _environment(self, stores: StoresStack) -> dict[str, str]:
        """The node finds its id, its private and its public address by the task's metadata."""
        return {
            "AWS_REGION": self.region,
            "REGION": self.region,
            "CONTROL_HOST": "0.0.0.0",  # noqa: S104 (the security group lets functions in and nobody else)
            "CONTROL_PORT": str(CONTROL_PORT),
            "MEDIA_BIND": "0.0.0.0",  # noqa: S104
            "MEDIA_PORT": str(MEDIA_PORT),
            "MAX_STREAMS": str(MAX_STREAMS),
            "MAX_BITRATE_MBPS": str(MAX_BITRATE_MBPS),
            "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "DATABASE_URL": database_url(stores, ROOTS),
            "DATABASE_AUTH": "iam",
            "REDIS_URL": redis_url(stores),
            "REDIS_AUTH_SECRET_ID": stores.valkey_auth.secret_arn,
            "TOKEN_SECRET_ID": stores.tokens.secret_arn,
            **keyspaces_environment(self.region),
        }

    def _task_role(self, stores: StoresStack) -> iam.Role:
        role = iam.Role(
            self,
            "TaskRole",
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
            inline_policies={
                "Needs": iam.PolicyDocument(
                    statements=[
                        *app_statements(stores),
                        *analytics_statements(stores),
                        iam.PolicyStatement(
                            actions=["secretsmanager:GetSecretValue"], resources=[stores.tokens.secret_arn]
                        ),
                        # A task's public address is only told by its network interface.
                        iam.PolicyStatement(actions=["ec2:DescribeNetworkInterfaces"], resources=["*"]),
                    ]
                )
            },
        )
        accept_keyspaces(role)
        accept(role, "EC2's Describe calls know no resources.", "IAM5[Resource::*]")
        return role

    def _streams_metric(self) -> cloudwatch.Metric:
        """From the node's own log line of each heartbeat, so that a node needs no right to put metrics."""
        return self.log.add_metric_filter(
            "Streams",
            filter_pattern=logs.FilterPattern.string_value("$.event", "=", "load"),
            metric_namespace="Convoke",
            metric_name="NodeStreams",
            metric_value="$.streams",
        ).metric(statistic="avg", period=Duration.minutes(1))

    def _scale(self, deployment: Deployment) -> None:
        """On whichever runs out first; slowly down, since every node that goes moves its rooms."""
        count = self.service.auto_scale_task_count(
            min_capacity=deployment.media_nodes_least, max_capacity=deployment.media_nodes_most
        )
        slowly = Duration.minutes(15)
        count.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=50,
            scale_in_cooldown=slowly,
            scale_out_cooldown=Duration.minutes(1),
        )
        count.scale_to_track_custom_metric(
            "StreamsTarget",
            metric=self.streams,
            target_value=MAX_STREAMS * 0.6,
            scale_in_cooldown=slowly,
            scale_out_cooldown=Duration.minutes(1),
        )


def _accept_of_task(task: ecs.FargateTaskDefinition) -> None:
    accept(task, "Addresses and limits only; secrets are named by id and read by the task's role.", "ECS2")
    if task.execution_role is not None:
        reason = "Fetching a registry token has no resource that could be named."
        accept(task.execution_role, reason, "IAM5[Resource::*]")


def _image() -> ecs.ContainerImage:
    """Built by `cdk deploy`; a synth only hashes the context, which is these sources and nothing else."""
    kept = [line for path in IMAGE_SOURCES for line in (f"!{path}", f"!{path}/**")]
    return ecs.ContainerImage.from_asset(
        str(ROOT),
        file="media_node/Dockerfile",
        platform=ecr_assets.Platform.LINUX_ARM64,
        exclude=["*", *kept, "**/__pycache__", "**/*.so"],
        ignore_mode=IgnoreMode.DOCKER,
    )


_IS_HEALTHY = (
    f"import urllib.request as r; r.urlopen('http://127.0.0.1:{CONTROL_PORT}/healthz', timeout=4).read()"
)

"""What wakes somebody up, and the one page they look at first."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.settings import Deployment
from infra.stacks.api import ApiStack
from infra.stacks.jobs import JobsStack
from infra.stacks.media import MediaStack
from infra.stacks.stores import StoresStack
from infra.stacks.web import WebStack

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)


class ObservabilityStack(Stack):
    """Alarms to one topic, a dashboard of the same metrics."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        stores: StoresStack,
        web: WebStack,
        api: ApiStack,
        jobs: JobsStack,
        media: MediaStack,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self._topic = sns.Topic(self, "Alarms", display_name="Convoke", enforce_ssl=True)
        if deployment.alarm_email:
            self._topic.add_subscription(subscriptions.EmailSubscription(deployment.alarm_email))
        CfnOutput(self, "AlarmTopic", value=self._topic.topic_arn)
        self._dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"convoke-{deployment.environment}"
        )
        self._watch_apis(web)
        self._watch_functions({**api.functions, **jobs.functions})
        self._watch_queues(
            {
                "Departures": stores.departures_dead,
                "Calls": stores.calls_dead,
                "Notifications": stores.notifications_dead,
                "Uploads": stores.uploads_dead,
                "Jobs": jobs.dead_letters,
            }
        )
        self._watch_database(stores)
        self._watch_outbox()
        self._watch_nodes(media, deployment)

    def _watch_apis(self, web: WebStack) -> None:
        errors = web.http_api.metric_server_error(period=FIVE_MINUTES, statistic="sum")
        latency = web.http_api.metric_latency(period=FIVE_MINUTES, statistic="p95")
        socket_errors = web.socket_stage.metric("IntegrationError", period=FIVE_MINUTES, statistic="sum")
        connects = web.socket_stage.metric("ConnectCount", period=FIVE_MINUTES, statistic="sum")
        self._alarm("HttpErrors", errors, 5, "The HTTP API answers 5xx")
        self._alarm("SocketRouteErrors", socket_errors, 5, "The socket's function fails")
        self._alarm("SlowAnswers", latency, 2000, "The HTTP API's 95th percentile is above 2 s", periods=3)
        self._graph("HTTP: errors and latency", [errors], [latency])
        self._graph("Sockets: connects and errors", [connects], [socket_errors])

    def _watch_functions(self, functions: Mapping[str, lambda_.Function]) -> None:
        for name, function in functions.items():
            errors = function.metric_errors(period=FIVE_MINUTES, statistic="sum")
            throttles = function.metric_throttles(period=FIVE_MINUTES, statistic="sum")
            self._alarm(f"{name}Errors", errors, 3, f"{name} fails")
            self._alarm(f"{name}Throttles", throttles, 1, f"{name} is throttled")
        self._graph(
            "Functions: errors, duration",
            [function.metric_errors(period=FIVE_MINUTES) for function in functions.values()],
            [
                function.metric_duration(period=FIVE_MINUTES, statistic="p95")
                for function in functions.values()
            ],
        )

    def _watch_queues(self, dead: Mapping[str, sqs.IQueue]) -> None:
        depths = []
        for name, queue in dead.items():
            depth = queue.metric_approximate_number_of_messages_visible(
                period=MINUTE, statistic="max", label=f"{name}: dead letters"
            )
            self._alarm(f"{name}Dead", depth, 1, f"{name} gave up on a message: read it, then redrive it")
            depths.append(depth)
        self._graph("Dead letters", depths, [])

    def _watch_database(self, stores: StoresStack) -> None:
        cpu = stores.cluster.metric_cpu_utilization(period=FIVE_MINUTES)
        connections = stores.cluster.metric_database_connections(period=FIVE_MINUTES, statistic="max")
        self._alarm("DatabaseCpu", cpu, 80, "Aurora is above 80 % CPU", periods=3)
        self._alarm(
            "DatabaseConnections", connections, 800, "Aurora has many connections: is the proxy pinning?"
        )
        memory = cloudwatch.Metric(
            namespace="AWS/ElastiCache",
            metric_name="DatabaseMemoryUsagePercentage",
            dimensions_map={"ReplicationGroupId": stores.valkey.ref},
            period=FIVE_MINUTES,
            statistic="max",
        )
        self._alarm("ValkeyMemory", memory, 75, "Valkey is filling up")
        self._graph("Stores: CPU and memory, connections", [cpu, memory], [connections])

    def _watch_outbox(self) -> None:
        """What the drain says of itself each minute (functions/jobs/drain_outbox.py)."""
        lag, dead, carried = (
            cloudwatch.Metric(
                namespace="Convoke",
                metric_name=name,
                dimensions_map={"service": "jobs-drain_outbox"},
                period=MINUTE,
                statistic=statistic,
            )
            for name, statistic in (
                ("OutboxLagSeconds", "max"),
                ("OutboxDead", "sum"),
                ("OutboxCarried", "sum"),
            )
        )
        self._alarm(
            "OutboxLag",
            lag,
            60,
            "Events wait for Keyspaces for more than a minute, or the drain says nothing",
            missing=cloudwatch.TreatMissingData.BREACHING,
            periods=3,
        )
        self._alarm("OutboxDead", dead, 1, "Keyspaces refuses events: read outbox_dead, mend, put them back")
        self._graph("Events: lag, carried and refused", [lag], [carried, dead])

    def _watch_nodes(self, media: MediaStack, deployment: Deployment) -> None:
        nodes = cloudwatch.Metric(
            namespace="ECS/ContainerInsights",
            metric_name="RunningTaskCount",
            dimensions_map={
                "ClusterName": media.cluster.cluster_name,
                "ServiceName": media.service.service_name,
            },
            period=MINUTE,
            statistic="min",
        )
        cpu = media.service.metric_cpu_utilization(period=MINUTE)
        self._alarm(
            "FewNodes",
            nodes,
            deployment.media_nodes_least,
            "Fewer media nodes run than there should be at least",
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=cloudwatch.TreatMissingData.BREACHING,
            periods=5,
        )
        self._alarm(
            "BusyNodes", cpu, 80, "Media nodes are above 80 % CPU: scaling does not keep up", periods=5
        )
        self._graph("Media nodes: number, CPU", [nodes, media.streams], [cpu])

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        *,
        comparison: cloudwatch.ComparisonOperator = (
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        ),
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
        periods: int = 1,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            f"{name}Alarm",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            alarm_description=description,
            comparison_operator=comparison,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))

    def _graph(
        self, title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric]
    ) -> None:
        self._dashboard.add_widgets(
            cloudwatch.GraphWidget(title=title, width=12, left=[*left], right=[*right])
        )

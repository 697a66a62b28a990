"""What runs without anybody asking: the migration at deploy, schedules and queues."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_cdk import Duration, Stack, triggers
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.accepted import accept
from infra.assets import function_code, imaging_layer, layers
from infra.needs import JOB_NEEDS
from infra.product_function import House, ProductFunction, camel
from infra.settings import Deployment
from infra.stacks.network import NetworkStack
from infra.stacks.stores import StoresStack
from infra.stacks.web import WebStack

# Job → its schedules by name, each with the event that it sends (none: EventBridge's own).
Due = tuple[events.Schedule, dict[str, Any] | None]
SCHEDULES: dict[str, dict[str, Due]] = {
    "make_partitions": {"": (events.Schedule.rate(Duration.days(1)), None)},
    "sweep_participants": {"": (events.Schedule.rate(Duration.minutes(1)), None)},
    "sweep_presence": {"": (events.Schedule.rate(Duration.minutes(1)), None)},
    "sweep_notifications": {"": (events.Schedule.rate(Duration.minutes(1)), None)},
    "sweep_files": {"": (events.Schedule.rate(Duration.minutes(5)), None)},
    "advance_meetings": {"": (events.Schedule.rate(Duration.minutes(1)), None)},
    "send_invitations": {"": (events.Schedule.rate(Duration.minutes(1)), None)},
    "expire_invitations": {"": (events.Schedule.rate(Duration.days(1)), None)},
    "drain_outbox": {"": (events.Schedule.rate(Duration.minutes(1)), None)},
    # Today and yesterday every hour; at night three days back, for events that come late.
    "roll_up_usage": {
        "Hourly": (events.Schedule.cron(minute="5"), {"days": 2}),
        "Daily": (events.Schedule.cron(minute="35", hour="1"), {"days": 4}),
    },
}
JOB_TIMEOUT = Duration.seconds(30)
# A drain goes on until the outbox is empty or its time is up: up to the next one, where there is so much.
TIMEOUTS = {
    # Copying and scanning 2 GB takes minutes.
    "check_file": Duration.seconds(300),
    "sweep_files": Duration.seconds(60),
    "deliver_notifications": Duration.seconds(60),
    "send_invitations": Duration.seconds(60),
    "drain_outbox": Duration.seconds(60),
    "roll_up_usage": Duration.minutes(14),
}


class JobsStack(Stack):
    """`migrate` runs before any function is replaced, so migrations keep what the old code still reads."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        network: NetworkStack,
        stores: StoresStack,
        web: WebStack,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self._house = House(
            deployment=deployment,
            network=network,
            stores=stores,
            web=web,
            code=function_code(self, "functions"),
            layers=layers(self),
        )
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        accept(self.dead_letters, "It is the dead-letter queue of the scheduled functions.", "SQS3")
        self.functions: dict[str, ProductFunction] = {}
        for job, schedules in SCHEDULES.items():
            self._schedule(job, schedules)
        self._consume("expire_departures", stores.departures, batch_size=10)
        self._consume("expire_calls", stores.calls, batch_size=10)
        self._consume("deliver_notifications", stores.notifications, batch_size=5)
        self._consume("check_file", stores.uploads, batch_size=1)
        self._migrate(stores)

    def _schedule(self, job: str, schedules: Mapping[str, Due]) -> None:
        function = self._function(job, dead_letters=self.dead_letters)
        for name, (schedule, event) in schedules.items():
            target = targets.LambdaFunction(
                function,
                retry_attempts=2,
                max_event_age=Duration.minutes(5),
                event=None if event is None else events.RuleTargetInput.from_object(event),
            )
            events.Rule(self, f"{camel(job)}{name}Schedule", schedule=schedule, targets=[target])

    def _consume(self, job: str, queue: sqs.IQueue, *, batch_size: int) -> None:
        function = self._function(job, dead_letters=None)
        function.add_event_source(
            event_sources.SqsEventSource(
                queue,
                batch_size=batch_size,
                max_concurrency=10,
                report_batch_item_failures=True,
            )
        )

    def _migrate(self, stores: StoresStack) -> None:
        migrate = ProductFunction(
            self,
            "Migrate",
            house=self._house,
            handler="functions.jobs.migrate.handler",
            needs=JOB_NEEDS["migrate"],
            # The migrations are in its code: a new one makes a new version, and a new version is run.
            code=function_code(self, "functions", "migrations"),
            timeout=Duration.minutes(14),
        )
        triggers.Trigger(
            self,
            "MigrateOnDeploy",
            handler=migrate,
            timeout=Duration.minutes(14),
            execute_after=[stores.cluster],
            execute_before=[*self.functions.values()],
        )
        self.functions["Migrate"] = migrate

    def _function(self, job: str, *, dead_letters: sqs.IQueue | None) -> ProductFunction:
        imaging = [imaging_layer(self)] if job == "check_file" else []
        function = ProductFunction(
            self,
            camel(job),
            house=replace(self._house, layers=[*self._house.layers, *imaging]),
            handler=f"functions.jobs.{job}.handler",
            needs=JOB_NEEDS[job],
            timeout=TIMEOUTS.get(job, JOB_TIMEOUT),
            dead_letters=dead_letters,
            # A run that is still going when the next is due would only fight it for the same rows.
            reserved_concurrency=1 if job in SCHEDULES else None,
        )
        self.functions[camel(job)] = function
        return function

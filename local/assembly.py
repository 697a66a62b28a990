"""What CDK synthesized, as plain data: functions, routes, schedules and queues read from a cloud assembly.

The local stack serves exactly these, so a route or a variable is written down once, in infra/.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from local.template import Stack, Templates, regional_domain


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function. `layers` are folders for sys.path; times in seconds, memory in MB."""

    name: str
    handler: str
    code: Path
    layers: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    timeout: float = 3.0
    memory: int = 128
    reserved_concurrency: int | None = None
    arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:local"


@dataclass(frozen=True)
class SocketRoute:
    """A WebSocket route; `responds`: what the function returns goes back to the sender."""

    function: str
    responds: bool


@dataclass(frozen=True)
class SocketApi:
    """A WebSocket API: its stage, its selection expression and its routes by key."""

    stage: str
    selection: str
    routes: dict[str, SocketRoute]


@dataclass(frozen=True)
class Schedule:
    """rate(…) or cron(…), the function it fires and the event it sends (None: EventBridge's own)."""

    name: str
    expression: str
    function: str
    event: Any = None


@dataclass(frozen=True)
class Queue:
    """An SQS queue; after `max_receives` a message goes to `dead_letters`. Seconds."""

    name: str
    visibility: int = 30
    delay: int = 0
    retention: int = 345600
    dead_letters: str | None = None
    max_receives: int = 0


@dataclass(frozen=True)
class QueueMapping:
    """Messages of `queue` go to `function`; `partial`: it names the ones that failed."""

    queue: str
    function: str
    batch_size: int
    window: float
    partial: bool


@dataclass(frozen=True)
class Notification:
    """A bucket tells a queue of its objects: of these events, of keys that begin and end so."""

    bucket: str
    queue: str
    event: str
    prefix: str = ""
    suffix: str = ""

    def asks_for(self, event: str, key: str) -> bool:
        return fnmatchcase(event, self.event) and key.startswith(self.prefix) and key.endswith(self.suffix)


@dataclass(frozen=True)
class Assembly:
    functions: dict[str, FunctionSpec]
    http: dict[str, str]  # "GET /v1/me" -> function name
    socket: SocketApi | None
    schedules: tuple[Schedule, ...]
    queues: dict[str, Queue]
    mappings: tuple[QueueMapping, ...]
    buckets: tuple[str, ...]
    headers: dict[str, str]  # response headers of the web distribution
    notifications: tuple[Notification, ...] = ()

    def headers_here(self, s3_url: str) -> dict[str, str]:
        """The headers, with the buckets' addresses here in the place of those in the cloud."""
        clouds = {f"https://{regional_domain(bucket)}" for bucket in self.buckets}
        return {
            name: re.sub(
                r"https://\S+?\.amazonaws\.com", lambda it: s3_url if it[0] in clouds else it[0], value
            )
            for name, value in self.headers.items()
        }


def read(folder: Path) -> Assembly:
    """Reads a synthesized cloud assembly (the `cdk.out` folder)."""
    templates = Templates(folder)
    functions = [
        _function(stack, key, spec) for stack, key, spec in templates.of_type("AWS::Lambda::Function")
    ]
    return Assembly(
        functions={function.name: function for function in functions if function is not None},
        http=_http_routes(templates),
        socket=_socket_api(templates),
        schedules=tuple(_schedules(templates)),
        queues={queue.name: queue for queue in _queues(templates)},
        mappings=tuple(_mappings(templates)),
        buckets=tuple(stack.physical_name(key) for stack, key, _ in templates.of_type("AWS::S3::Bucket")),
        notifications=tuple(_notifications(templates)),
        headers=_headers(templates),
    )


def _function(stack: Stack, key: str, spec: dict[str, Any]) -> FunctionSpec | None:
    code = stack.asset(spec["Code"])
    if code is None or not str(spec.get("Runtime", "")).startswith("python"):
        return None  # CDK's own inline or Node helpers run only during a deployment
    variables = spec.get("Environment", {}).get("Variables", {})
    return FunctionSpec(
        name=stack.physical_name(key),
        handler=spec["Handler"],
        code=code,
        layers=tuple(path for layer in spec.get("Layers", []) if (path := _layer(stack, layer))),
        environment={name: str(stack.resolve(value)) for name, value in variables.items()},
        timeout=float(spec.get("Timeout", 3)),
        memory=int(spec.get("MemorySize", 128)),
        reserved_concurrency=spec.get("ReservedConcurrentExecutions"),
        arn=stack.attribute(key, "Arn"),
    )


def _layer(stack: Stack, reference: Any) -> Path | None:
    """The layer's `python` folder. Wheels for Lambda's processor are left out."""
    found = stack.find(stack.resolve(reference))
    folder = found[0].asset(found[1]["Content"]) if found else None
    if folder is None or not (folder / "python").is_dir() or any((folder / "python").glob("*.dist-info")):
        return None
    return folder / "python"


def _apis(templates: Templates, protocol: str) -> list[tuple[Stack, str, dict[str, Any]]]:
    apis = templates.of_type("AWS::ApiGatewayV2::Api")
    return [(stack, key, spec) for stack, key, spec in apis if spec["ProtocolType"] == protocol]


def _routes(templates: Templates, api: str) -> list[tuple[str, str, bool]]:
    """(route key, function name, whether it responds) of the API with this id."""
    integrations = {
        stack.attribute(key, "Ref"): _called(stack, spec["IntegrationUri"])
        for stack, key, spec in templates.of_type("AWS::ApiGatewayV2::Integration")
        if "IntegrationUri" in spec
    }
    answering = {
        stack.resolve(spec["RouteId"])
        for stack, _, spec in templates.of_type("AWS::ApiGatewayV2::RouteResponse")
        if spec["RouteResponseKey"] == "$default"
    }
    return [
        (spec["RouteKey"], integrations[target], stack.attribute(key, "Ref") in answering)
        for stack, key, spec in templates.of_type("AWS::ApiGatewayV2::Route")
        if stack.resolve(spec["ApiId"]) == api
        and (target := str(stack.resolve(spec.get("Target", ""))).removeprefix("integrations/"))
        in integrations
    ]


def _called(stack: Stack, reference: Any) -> str:
    """The function's name in an ARN, an alias' or version's ARN, an invocation path, or the name itself."""
    _, found, rest = str(stack.resolve(reference)).rpartition(":function:")
    return rest.split("/")[0].split(":")[0] if found else rest


def _http_routes(templates: Templates) -> dict[str, str]:
    return {
        route: function
        for stack, key, _ in _apis(templates, "HTTP")
        for route, function, _ in _routes(templates, stack.attribute(key, "Ref"))
    }


def _socket_api(templates: Templates) -> SocketApi | None:
    for stack, key, spec in _apis(templates, "WEBSOCKET"):
        api = stack.attribute(key, "Ref")
        stages = [
            str(other.resolve(stage["StageName"]))
            for other, _, stage in templates.of_type("AWS::ApiGatewayV2::Stage")
            if other.resolve(stage["ApiId"]) == api
        ]
        routes = {
            route: SocketRoute(function, responds) for route, function, responds in _routes(templates, api)
        }
        return SocketApi(stages[0] if stages else "socket", spec["RouteSelectionExpression"], routes)
    return None


def _schedules(templates: Templates) -> list[Schedule]:
    found = []
    for stack, key, spec in templates.of_type("AWS::Events::Rule", "AWS::Scheduler::Schedule"):
        if "ScheduleExpression" not in spec or spec.get("State", "ENABLED") != "ENABLED":
            continue
        for target in spec.get("Targets") or [spec["Target"]]:
            function = _called(stack, target["Arn"])
            expression = str(stack.resolve(spec["ScheduleExpression"]))
            event = stack.json(target["Input"]) if "Input" in target else None
            found.append(Schedule(stack.physical_name(key), expression, function, event))
    return found


def _queues(templates: Templates) -> list[Queue]:
    found = []
    for stack, key, spec in templates.of_type("AWS::SQS::Queue"):
        redrive = spec.get("RedrivePolicy") or {}
        dead_letters = str(stack.resolve(redrive["deadLetterTargetArn"])).split(":")[-1] if redrive else None
        found.append(
            Queue(
                name=stack.physical_name(key),
                visibility=int(spec.get("VisibilityTimeout", 30)),
                delay=int(spec.get("DelaySeconds", 0)),
                retention=int(spec.get("MessageRetentionPeriod", 345600)),
                dead_letters=dead_letters,
                max_receives=int(redrive.get("maxReceiveCount", 0)),
            )
        )
    return found


def _mappings(templates: Templates) -> list[QueueMapping]:
    return [
        QueueMapping(
            queue=str(stack.resolve(spec["EventSourceArn"])).split(":")[-1],
            function=_called(stack, spec["FunctionName"]),
            batch_size=int(spec.get("BatchSize", 10)),
            window=float(spec.get("MaximumBatchingWindowInSeconds", 0)),
            partial="ReportBatchItemFailures" in spec.get("FunctionResponseTypes", []),
        )
        for stack, _, spec in templates.of_type("AWS::Lambda::EventSourceMapping")
        if spec.get("Enabled", True) and ":sqs:" in str(stack.resolve(spec["EventSourceArn"]))
    ]


def _notifications(templates: Templates) -> list[Notification]:
    found = []
    for stack, key, spec in templates.of_type("AWS::S3::Bucket"):
        for rule in (spec.get("NotificationConfiguration") or {}).get("QueueConfigurations", []):
            filters = (rule.get("Filter") or {}).get("S3Key", {}).get("Rules", [])
            found.append(
                Notification(
                    bucket=stack.physical_name(key),
                    queue=str(stack.resolve(rule["Queue"])).split(":")[-1],
                    event=rule["Event"],
                    **{item["Name"]: item["Value"] for item in filters},
                )
            )
    return found


_FIXED_HEADERS: dict[str, Callable[[dict[str, Any]], tuple[str, Any]]] = {
    "ContentTypeOptions": lambda _: ("X-Content-Type-Options", "nosniff"),
    "ContentSecurityPolicy": lambda it: ("Content-Security-Policy", it["ContentSecurityPolicy"]),
    "FrameOptions": lambda it: ("X-Frame-Options", it["FrameOption"]),
    "ReferrerPolicy": lambda it: ("Referrer-Policy", it["ReferrerPolicy"]),
}


def _headers(templates: Templates) -> dict[str, str]:
    """Security headers of the web distribution, but HSTS: plain HTTP on 127.0.0.1 must stay usable."""
    headers: dict[str, str] = {}
    for stack, _, spec in templates.of_type("AWS::CloudFront::ResponseHeadersPolicy"):
        settings = stack.resolve(spec["ResponseHeadersPolicyConfig"])
        for name, value in settings.get("SecurityHeadersConfig", {}).items():
            if name in _FIXED_HEADERS:
                header, text = _FIXED_HEADERS[name](value)
                headers[header] = str(text)
        for item in settings.get("CustomHeadersConfig", {}).get("Items", []):
            headers[item["Header"]] = str(item["Value"])
    return headers

"""A small cloud for test_assembly.py, synthesized by `python tests/local/cloud.py OUT SOURCES`."""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs


def synthesize(out: Path, sources: Path) -> None:
    app = cdk.App(outdir=str(out), context={"@aws-cdk/core:defaultCrossStackReferences": "strong"})
    stores, api = cdk.Stack(app, "Stores"), cdk.Stack(app, "Api")
    dead = sqs.Queue(stores, "Dead", queue_name="dead")
    queue = sqs.Queue(
        stores,
        "Work",
        visibility_timeout=cdk.Duration.seconds(90),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3),
    )
    bucket = s3.Bucket(stores, "Files")
    layers = [
        lambda_.LayerVersion(api, name, code=lambda_.Code.from_asset(str(sources / name)))
        for name in ("layer", "wheels")
    ]
    function = lambda_.Function(
        api,
        "Rest",
        function_name="rest",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="app.handler",
        code=lambda_.Code.from_asset(str(sources / "code")),
        layers=layers,
        timeout=cdk.Duration.seconds(9),
        memory_size=512,
        environment={"QUEUE": queue.queue_url, "BUCKET": bucket.bucket_name, "HOST": f"x.{api.region}.y"},
    )
    add_triggers(api, function, queue)
    app.synth()


def add_triggers(stack, function, queue) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    http = gateway.HttpApi(stack, "Http")
    calls = integrations.HttpLambdaIntegration("Calls", alias, scope_permission_to_route=False)
    http.add_routes(path="/v1/things/{id}", methods=[gateway.HttpMethod.GET], integration=calls)
    http.add_routes(path="/v1/things", methods=[gateway.HttpMethod.POST], integration=calls)
    connect = integrations.WebSocketLambdaIntegration("Connect", function)
    socket = gateway.WebSocketApi(
        stack, "Socket", connect_route_options=gateway.WebSocketRouteOptions(integration=connect)
    )
    socket.add_route("ping", integration=connect, return_response=True)
    gateway.WebSocketStage(stack, "Stage", web_socket_api=socket, stage_name="socket", auto_deploy=True)
    function.add_event_source(
        event_sources.SqsEventSource(queue, batch_size=5, report_batch_item_failures=True)
    )
    rule = targets.LambdaFunction(function)
    given = targets.LambdaFunction(function, event=events.RuleTargetInput.from_object({"all": True}))
    events.Rule(stack, "Nightly", schedule=events.Schedule.cron(hour="3", minute="5"), targets=[rule, given])
    events.Rule(
        stack, "Off", schedule=events.Schedule.rate(cdk.Duration.days(1)), enabled=False, targets=[rule]
    )
    cloudfront.ResponseHeadersPolicy(
        stack,
        "Headers",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy="default-src 'self'", override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=cdk.Duration.days(365), override=True
            ),
        ),
    )


if __name__ == "__main__":
    synthesize(Path(sys.argv[1]), Path(sys.argv[2]))

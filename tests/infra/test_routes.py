"""What the templates route is what `functions/routes.py` says, and the one origin reaches all of it."""

import importlib
import json
from fnmatch import fnmatchcase
from typing import Any

from functions import documents
from functions.routes import REST_ROUTES, SOCKET_ACTIONS, SOCKET_LIFECYCLE
from tests.infra.assembly import Assembly, Found, strings


def _routes(assembly: Assembly, *, http: bool) -> list[Found]:
    return [
        found
        for found in assembly.all("AWS::ApiGatewayV2::Route")
        if found.properties["RouteKey"].count(" ") == http
    ]


def test_every_rest_route_leads_to_the_function_of_its_noun(assembly: Assembly) -> None:
    found: dict[str, set[str]] = {}
    for route in _routes(assembly, http=True):
        handler = assembly.handler_behind(route.stack, route.key)
        found.setdefault(handler, set()).add(route.properties["RouteKey"])
    assert found == {f"functions.rest.{noun}.handler": {*routes} for noun, routes in REST_ROUTES.items()}


def test_the_template_the_openapi_document_and_the_handlers_have_the_same_routes(assembly: Assembly) -> None:
    template = {route.properties["RouteKey"] for route in _routes(assembly, http=True)}
    document = {
        f"{method.upper()} {path}"
        for path, operations in json.loads(documents.openapi())["paths"].items()
        for method in operations
    }
    handlers = {
        f"{route.method.upper()} {route.openapi_path}"
        for noun in REST_ROUTES
        for app in [importlib.import_module(f"functions.rest.{noun}").app]
        for route in (*app._static_routes, *app._dynamic_routes)
    }
    assert template == document == handlers


def test_no_rest_route_is_declared_twice(assembly: Assembly) -> None:
    keys = [route.properties["RouteKey"] for route in _routes(assembly, http=True)]
    assert sorted(keys) == sorted(set(keys))


def test_every_socket_action_leads_to_the_socket_function(assembly: Assembly) -> None:
    found = {
        route.properties["RouteKey"]: assembly.handler_behind(route.stack, route.key)
        for route in _routes(assembly, http=False)
    }
    assert found == dict.fromkeys((*SOCKET_LIFECYCLE, *SOCKET_ACTIONS), "functions.socket.handler")


def test_every_action_and_default_answer_on_the_same_socket(assembly: Assembly) -> None:
    answered = {
        response.properties["RouteId"]["Ref"]
        for response in assembly.all("AWS::ApiGatewayV2::RouteResponse")
        if response.properties["RouteResponseKey"] == "$default"
    }
    routes = {route.properties["RouteKey"]: route for route in _routes(assembly, http=False)}
    for key in ("$default", *SOCKET_ACTIONS):
        assert routes[key].key in answered
        assert routes[key].properties["RouteResponseSelectionExpression"] == "$default"
    assert {routes["$connect"].key, routes["$disconnect"].key}.isdisjoint(answered)


def test_actions_are_chosen_by_the_message_and_the_stage_is_named_socket(assembly: Assembly) -> None:
    (api,) = [
        found
        for found in assembly.all("AWS::ApiGatewayV2::Api")
        if found.properties["ProtocolType"] == "WEBSOCKET"
    ]
    assert api.properties["RouteSelectionExpression"] == "$request.body.action"
    assert assembly.one("AWS::ApiGatewayV2::Stage", "SocketStage").properties["StageName"] == "socket"


def test_stages_are_throttled_and_log_requests_without_the_secrets_of_addresses(assembly: Assembly) -> None:
    stages = assembly.all("AWS::ApiGatewayV2::Stage")
    assert len(stages) == 2
    for stage in stages:
        settings = stage.properties["DefaultRouteSettings"]
        assert settings["ThrottlingRateLimit"] > 0
        assert settings["ThrottlingBurstLimit"] > 0
        line = stage.properties["AccessLogSettings"]["Format"]
        assert "$context.requestId" in line
        assert "query" not in line.lower()
        assert "path" not in line.lower()


def test_the_origin_sends_every_api_path_to_the_http_api_and_the_socket_to_the_socket_api(
    assembly: Assembly,
) -> None:
    config = assembly.one("AWS::CloudFront::Distribution").properties["DistributionConfig"]
    origins = {origin["Id"]: origin for origin in config["Origins"]}
    behind = {
        behaviour["PathPattern"]: _api_of(origins[behaviour["TargetOriginId"]])
        for behaviour in config["CacheBehaviors"]
    }
    paths = [route.split(" ")[1] for routes in REST_ROUTES.values() for route in routes]
    for path in paths:
        assert {api for pattern, api in behind.items() if fnmatchcase(path, pattern)} == {"HttpApi"}, path
    assert behind["/socket"].startswith("SocketApi")
    assert not any(fnmatchcase(page, pattern) for page in ("/", "/abc-defg-hij") for pattern in behind)


def _api_of(origin: dict[str, Any]) -> str:
    parts = origin["DomainName"]["Fn::Join"][1]
    (reference,) = [part["Ref"] for part in parts if isinstance(part, dict) and "Api" in part.get("Ref", "")]
    return "HttpApi" if reference.startswith("HttpApi") else str(reference)


def test_api_answers_are_never_cached_or_replaced_by_the_page(assembly: Assembly) -> None:
    config = assembly.one("AWS::CloudFront::Distribution").properties["DistributionConfig"]
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert {behaviour["CachePolicyId"] for behaviour in config["CacheBehaviors"]} == {caching_disabled}
    assert "CustomErrorResponses" not in config
    page = assembly.one("AWS::CloudFront::Function", "SinglePage").key
    assert page in set(strings(config["DefaultCacheBehavior"]))
    assert page not in set(strings(config["CacheBehaviors"]))

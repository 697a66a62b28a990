"""The functions people wait for, and the routes by which both APIs reach them."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.routes import REST_ROUTES, SOCKET_ACTIONS, SOCKET_LIFECYCLE
from infra.accepted import accept
from infra.assets import function_code, layers
from infra.needs import REST_NEEDS, SOCKET_NEEDS, Need
from infra.product_function import House, ProductFunction, camel
from infra.settings import Deployment
from infra.stacks.network import NetworkStack
from infra.stacks.stores import StoresStack
from infra.stacks.web import WebStack

# Both APIs give up after 29 or 30 s; a function that goes on after that works for nobody.
API_TIMEOUT = Duration.seconds(28)


class ApiStack(Stack):
    """One function for each noun of `REST_ROUTES`, one for the socket; each behind its `live` alias."""

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
        self._web = web
        self._house = House(
            deployment=deployment,
            network=network,
            stores=stores,
            web=web,
            code=function_code(self, "functions"),
            layers=layers(self),
        )
        self.functions: dict[str, ProductFunction] = {}
        for noun, routes in REST_ROUTES.items():
            name = f"Rest{camel(noun)}"
            self._serve_http(self._function(name, f"functions.rest.{noun}.handler", REST_NEEDS[noun]), routes)
        self._serve_socket(self._function("Socket", "functions.socket.handler", SOCKET_NEEDS))
        accept(
            self,
            "Functions authenticate: a bearer or a one-time ticket says who asks, row-level security what "
            "they see, and some routes are for everybody.",
            "APIG4",
        )

    def _function(self, name: str, handler: str, needs: frozenset[Need]) -> lambda_.Alias:
        """A published version behind an alias, which is what SnapStart restores.

        SnapStart and not provisioned concurrency: a meeting that begins brings hundreds of sockets in a
        second, each to a new environment; provisioned ones help as many as were paid for all night, a
        snapshot helps every one. Nothing is connected or drawn at random at import, so a restored
        environment is as good as a fresh one.
        """
        function = ProductFunction(
            self,
            name,
            house=self._house,
            handler=handler,
            needs=needs,
            timeout=API_TIMEOUT,
            snap_start=True,
        )
        self.functions[name] = function
        return lambda_.Alias(self, f"{name}Live", alias_name="live", version=function.current_version)

    def _serve_http(self, alias: lambda_.Alias, routes: tuple[str, ...]) -> None:
        # One permission a function, not one a route: a function's policy may hold 20 KB.
        integration = integrations.HttpLambdaIntegration(
            f"{alias.node.id}Integration", alias, scope_permission_to_route=False
        )
        for route in routes:
            method, path = route.split(" ", 1)
            apigateway.HttpRoute(
                self,
                route_id(route),
                http_api=self._web.http_api,
                route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod[method]),
                integration=integration,
            )

    def _serve_socket(self, alias: lambda_.Alias) -> None:
        integration = _SocketIntegration(alias, self._web.socket_api)
        for key in (*SOCKET_LIFECYCLE, *SOCKET_ACTIONS):
            apigateway.WebSocketRoute(
                self,
                route_id(key),
                web_socket_api=self._web.socket_api,
                route_key=key,
                integration=integration,
                # What the function returns goes back to the sender.
                return_response=key not in ("$connect", "$disconnect"),
            )


class _SocketIntegration(apigateway.WebSocketRouteIntegration):
    """CDK's own adds a permission a route; one for the whole API keeps the function's policy below 20 KB."""

    def __init__(self, alias: lambda_.Alias, api: apigateway.WebSocketApi) -> None:
        super().__init__("SocketIntegration")
        stack = Stack.of(alias)
        self._uri = stack.format_arn(
            service="apigateway",
            account="lambda",
            resource="path/2015-03-31/functions",
            resource_name=f"{alias.function_arn}/invocations",
        )
        alias.add_permission(
            "SocketApi",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=stack.format_arn(service="execute-api", resource=api.api_id, resource_name="*/*"),
        )

    def bind(
        self,
        *,
        route: apigateway.IWebSocketRoute,
        scope: Construct,
    ) -> apigateway.WebSocketRouteIntegrationConfig:
        return apigateway.WebSocketRouteIntegrationConfig(
            type=apigateway.WebSocketIntegrationType.AWS_PROXY, uri=self._uri
        )


def route_id(key: str) -> str:
    """`GET /v1/meetings/{meeting}` → `GetV1MeetingsMeeting`, `chat.send` → `OnChatSend`."""
    words = "".join(character if character.isalnum() else " " for character in key).split()
    name = "".join(word[0].upper() + (word[1:].lower() if word.isupper() else word[1:]) for word in words)
    return name if "/" in key else f"On{name}"

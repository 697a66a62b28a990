"""What the APIs write down of each request: enough to follow it, but no secret of an address.

Neither the query (a socket's ticket) nor the path (an invitation's token): the route says what was asked.
"""

import json

import jsii
from aws_cdk import aws_apigateway as formats
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_logs as logs

_BOTH = {
    "request_id": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "error": "$context.integrationErrorMessage",
}
HTTP = _BOTH | {
    "length": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
}
SOCKET = _BOTH | {"event": "$context.eventType", "connection_id": "$context.connectionId"}


@jsii.implements(apigateway.IAccessLogSettings)
class AccessLog:
    """One JSON line a request into `log`."""

    def __init__(self, log: logs.ILogGroup, fields: dict[str, str]) -> None:
        self._log, self._fields = log, fields

    @property
    def destination(self) -> apigateway.IAccessLogDestination:
        return apigateway.LogGroupLogDestination(self._log)

    @property
    def format(self) -> formats.AccessLogFormat:
        return formats.AccessLogFormat.custom(json.dumps(self._fields))

"""The socket's document, AsyncAPI 3.0, from the models that validate its messages."""

import importlib
import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

Model = type[BaseModel]
Use = tuple[Model, JsonSchemaMode]
# What a client sends is described as it is read, what it gets as it is written.
READ: JsonSchemaMode = "validation"
WRITTEN: JsonSchemaMode = "serialization"
REFERENCE = "#/components/schemas/{model}"


@cache
def asyncapi() -> str:
    """Each action with its reply, and the events, as JSON."""
    # Not imported at the top: the whole product stands behind it.
    table = importlib.import_module("functions.actions")
    return json.dumps(describe(table.ACTIONS, table.EVENTS, table.PASSING))


def describe(
    actions: Mapping[str, Any], events: Mapping[str, type[BaseModel]], passing: Collection[str]
) -> dict[str, Any]:
    """`passing` are the events that come without a number: they are shown to open sockets and not kept."""
    asked = [(action.request, READ) for action in actions.values()]
    told = [(model, WRITTEN) for model in (*(action.reply for action in actions.values()), *events.values())]
    references, schemas = _schemas([*asked, *told])
    document = _socket_frame()
    messages: dict[str, Any] = document["components"]["messages"]
    for name, action in actions.items():
        messages[name] = _message(name, _request_schema(name, references[action.request, READ]))
        answer = _reply_schema(references[action.reply, WRITTEN])
        messages[f"{name}.reply"] = _message(f"{name} reply", answer)
        document["operations"][name] = {
            "action": "receive",
            "channel": {"$ref": "#/channels/socket"},
            "messages": [{"$ref": f"#/channels/socket/messages/{name}"}],
            "reply": {
                "channel": {"$ref": "#/channels/socket"},
                "messages": [
                    {"$ref": f"#/channels/socket/messages/{name}.reply"},
                    {"$ref": "#/channels/socket/messages/error"},
                ],
            },
        }
    for name, model in events.items():
        payload = _event_schema(name, references[model, WRITTEN], numbered=name not in passing)
        messages[f"event.{name}"] = _message(name, payload)
    told_of = [f"event.{name}" for name in events]
    document["operations"]["events"] = {
        "action": "send",
        "channel": {"$ref": "#/channels/socket"},
        # An error that no request has asked for: the place was taken by another window.
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"} for name in (*told_of, "error")],
    }
    document["components"]["schemas"] |= schemas
    document["channels"]["socket"]["messages"] = {
        name: {"$ref": f"#/components/messages/{name}"} for name in messages
    }
    return document


def _schemas(uses: Iterable[Use]) -> tuple[dict[Use, Any], dict[str, Any]]:
    """Each model's reference, and the schemas that the references lead to."""
    unique = list(dict.fromkeys(uses))
    found, definitions = models_json_schema(unique, ref_template=REFERENCE)
    return {use: found[use] for use in unique}, definitions.get("$defs", {})


def _socket_frame() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Convoke socket",
            "version": "1",
            "description": "One socket per device. A request `{action, id, data}` gets one reply with its "
            "id; events carry a `seq` per scope, from which `resume` gives what was missed. Messages are "
            "JSON text of at most 128 KB.",
        },
        "servers": {
            "origin": {"host": "{host}", "protocol": "wss", "variables": {"host": {"default": "localhost"}}}
        },
        "channels": {
            "socket": {
                "address": "/socket",
                "description": "Opened with the one-time ticket of POST /v1/socket-tickets, or of a join.",
                "bindings": {
                    "ws": {
                        "bindingVersion": "0.1.0",
                        "query": {
                            "type": "object",
                            "properties": {"ticket": {"type": "string"}},
                            "required": ["ticket"],
                        },
                    }
                },
            }
        },
        "operations": {},
        "components": {
            "messages": {"error": _message("error", _error_schema())},
            "schemas": {"Problem": _problem_schema()},
        },
    }


def _message(title: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "contentType": "application/json", "payload": payload}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _request_schema(action: str, data: Any) -> dict[str, Any]:
    return _object(
        ["action", "id"], action={"const": action}, id={"type": "string", "maxLength": 64}, data=data
    )


def _reply_schema(data: Any) -> dict[str, Any]:
    return _object(["reply_to", "ok", "data"], reply_to={"type": "string"}, ok={"const": True}, data=data)


def _error_schema() -> dict[str, Any]:
    problem = {"$ref": REFERENCE.format(model="Problem")}
    reply_to = {"type": ["string", "null"]}
    return _object(["reply_to", "ok", "error"], reply_to=reply_to, ok={"const": False}, error=problem)


def _event_schema(name: str, data: Any, *, numbered: bool) -> dict[str, Any]:
    scope = {"type": "string", "pattern": "^(user|(meeting|chat|presence):[0-9a-f-]{36})$"}
    event = {"const": name}
    if not numbered:
        return _object(["scope", "event", "data"], scope=scope, event=event, data=data)
    return _object(
        ["scope", "seq", "event", "data"], scope=scope, seq={"type": "integer"}, event=event, data=data
    )


def _problem_schema() -> dict[str, Any]:
    from functions.http import ProblemDocument  # noqa: PLC0415

    return ProblemDocument.model_json_schema(ref_template=REFERENCE)

"""People in a meeting as the product's functions see them: REST calls, sockets by API Gateway's events."""

import importlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests import gateway
from tests.conftest import Person
from tests.sockets import Sockets

ORIGIN = "https://convoke.test"
PUBLISH = {
    "sdp": "v=0\r\n",
    "streams": [
        {"mid": "0", "type": "microphone"},
        {"mid": "1", "type": "camera"},
        {"mid": "2", "type": "screen", "active": False},
        {"mid": "3", "type": "screen_audio", "active": False},
    ],
}
_connections = itertools.count(1)


def socket_event(kind: str, connection_id: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    """An event of a WebSocket API; `kind` is CONNECT, MESSAGE or DISCONNECT."""
    return {
        "requestContext": {
            "connectionId": connection_id,
            "eventType": kind,
            "routeKey": {"CONNECT": "$connect", "DISCONNECT": "$disconnect"}.get(kind, "$default"),
            "requestId": "request-1",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """What the socket function answers."""
    answer: dict[str, Any] = importlib.import_module("functions.socket").handler(event, gateway.CONTEXT)
    return answer


@dataclass
class Device:
    """One socket."""

    sockets: Sockets
    connection_id: str = field(default_factory=lambda: f"connection-{next(_connections)}=")

    def connect(self, ticket: str | None, origin: str | None = ORIGIN) -> int:
        headers = {"Origin": origin} if origin else {}
        query = {"ticket": ticket} if ticket is not None else None
        answer = handle(
            socket_event("CONNECT", self.connection_id, headers=headers, queryStringParameters=query)
        )
        return int(answer["statusCode"])

    def disconnect(self) -> None:
        assert handle(socket_event("DISCONNECT", self.connection_id))["statusCode"] == 200

    def raw(self, body: str) -> dict[str, Any]:
        answer = handle(socket_event("MESSAGE", self.connection_id, body))
        assert answer["statusCode"] == 200
        reply: dict[str, Any] = json.loads(answer["body"])
        return reply

    def send(self, action: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.raw(json.dumps({"action": action, "id": "1", "data": data or {}}))

    def ask(self, action: str, data: dict[str, Any] | None = None) -> Any:
        """The data of an answer that must be good."""
        reply = self.send(action, data)
        assert reply["ok"], reply
        assert reply["reply_to"] == "1"
        return reply["data"]

    def refused(self, action: str, data: dict[str, Any] | None = None) -> str:
        """The slug of an answer that must be a problem."""
        return slug(self.send(action, data))

    def events(self, name: str | None = None) -> list[Any]:
        """The data of what was pushed to this socket."""
        frames = self.sockets.frames[self.connection_id]
        return [frame["data"] for frame in frames if "event" in frame and name in (None, frame["event"])]


def slug(reply: dict[str, Any]) -> str:
    assert reply["ok"] is False, reply
    assert reply["error"]["type"].startswith("/problems/"), reply
    return str(reply["error"]["type"]).removeprefix("/problems/")


@dataclass
class Guest:
    """Somebody in (or at the door of) a meeting, with one device."""

    id: str
    device: Device
    joined: dict[str, Any]
    entered: dict[str, Any] | None = None

    def enter(self) -> dict[str, Any]:
        self.entered = self.device.ask("join", {"publish": PUBLISH})
        return self.entered


@dataclass
class Room:
    """A meeting with its host's account; `come` brings people in."""

    sockets: Sockets
    sign_up: Callable[..., Person]
    host: Person
    meeting: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.meeting["id"])

    @property
    def path(self) -> str:
        return f"/v1/meetings/{self.id}"

    def join(self, name: str = "Gus", person: Person | None = None, **more: Any) -> gateway.Answer:
        token = more.pop("token", person.access_token if person else None)
        ip = more.pop("ip", "192.0.2.1")
        body = {"display_name": name, **more}
        return gateway.call("POST", f"{self.path}/join", body, token=token, ip=ip)

    def arrive(self, name: str = "Gus", person: Person | None = None, **more: Any) -> Guest:
        """Join, and open a socket with the ticket."""
        answer = self.join(name, person, **more)
        assert answer.status == 200, answer
        device = Device(self.sockets)
        assert device.connect(answer.body["ticket"]) == 200
        return Guest(answer.body["participant_id"], device, answer.body)

    def come(self, name: str = "Gus", person: Person | None = None, **more: Any) -> Guest:
        guest = self.arrive(name, person, **more)
        guest.enter()
        return guest

    def come_host(self) -> Guest:
        return self.come("Ada", self.host)

    def get(self, person: Person | None = None) -> dict[str, Any]:
        answer = gateway.call("GET", self.path, token=(person or self.host).access_token)
        assert answer.status == 200, answer
        body: dict[str, Any] = answer.body
        return body


def open_room(sockets: Sockets, sign_up: Callable[..., Person], **settings: Any) -> Room:
    host = sign_up("Ada")
    answer = gateway.call("POST", "/v1/meetings", {"settings": settings}, token=host.access_token)
    assert answer.status == 201, answer
    return Room(sockets, sign_up, host, answer.body)

"""People who call each other, each with devices on which it rings, driven through the real handlers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests import gateway
from tests.conftest import Person
from tests.room import PUBLISH, Device
from tests.sockets import Sockets


@dataclass
class Phone:
    """A person with one open device; `more()` opens another."""

    sockets: Sockets
    person: Person
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.device = self.more()

    @property
    def id(self) -> str:
        return self.person.id

    def more(self) -> Device:
        answer = gateway.call("POST", "/v1/socket-tickets", token=self.person.access_token)
        assert answer.status in (200, 201), answer
        device = Device(self.sockets)
        assert device.connect(answer.body["ticket"]) == 200
        return device

    def rest(self, method: str, path: str, body: dict[str, Any] | None = None, **more: Any) -> gateway.Answer:
        return gateway.call(method, path, body, token=self.person.access_token, **more)

    def get(self, path: str) -> Any:
        answer = self.rest("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def befriend(self, *others: "Phone") -> None:
        for other in others:
            assert self.rest("POST", "/v1/contacts", {"user_id": other.id}).status in (200, 201)

    def direct(self, other: "Phone") -> str:
        answer = self.rest("POST", "/v1/chats", {"kind": "direct", "user_id": other.id})
        assert answer.status in (200, 201), answer
        return str(answer.body["id"])

    def group(self, *others: "Phone") -> str:
        body = {"kind": "group", "title": "Team", "user_ids": [other.id for other in others]}
        answer = self.rest("POST", "/v1/chats", body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def dial(self, chat_id: str, media_type: str = "audio") -> dict[str, Any]:
        """Start a call and come into its room."""
        started: dict[str, Any] = self.device.ask(
            "call.start", {"chat_id": chat_id, "media_type": media_type}
        )
        if started["join"]:
            self.enter(started["join"])
        return started

    def answer(self, call_id: str, device: Device | None = None) -> dict[str, Any]:
        """Answer and come into the room."""
        taken: dict[str, Any] = (device or self.device).ask("call.answer", {"call_id": call_id})
        self.enter(taken["join"], device)
        return taken

    def enter(self, join: dict[str, Any], device: Device | None = None) -> dict[str, Any]:
        data = {"ticket": join["ticket"], "publish": PUBLISH}
        entered: dict[str, Any] = (device or self.device).ask("join", data)
        return entered

    def call(self, call_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1/calls/{call_id}")
        return found

    def last(self, event: str, device: Device | None = None) -> dict[str, Any]:
        """The call of the last event of this name."""
        call: dict[str, Any] = (device or self.device).events(event)[-1]["call"]
        return call


Phones = Callable[[str], Phone]


def states(call: dict[str, Any]) -> dict[str, str]:
    """State by name."""
    return {person["display_name"]: person["state"] for person in call["participants"]}

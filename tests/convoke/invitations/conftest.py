"""A host with a meeting, and the minute's job."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.jobs import send_invitations
from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.mailbox import Letters

Call = Callable[..., Answer]


class Host:
    """A host's requests about one meeting, which begins at `start`."""

    def __init__(self, call: Call, person: Person, product: Product) -> None:
        self.call, self.person, self.product = call, person, product
        self.start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)

    def meet(self, **changes: Any) -> dict[str, Any]:
        wanted = {
            "type": "scheduled",
            "title": "Planning",
            "scheduled_start_time": self.start.isoformat(),
            "scheduled_end_time": (self.start + timedelta(hours=1)).isoformat(),
            **changes,
        }
        answer = self.call("POST", "/v1/meetings", wanted, token=self.person.access_token)
        assert answer.status == 201, answer.body
        self.meeting: dict[str, Any] = dict(answer.body)
        self.path = f"/v1/meetings/{self.meeting['id']}"
        return self.meeting

    def ask(self, method: str, path: str = "", body: Any = None, **query: str) -> Answer:
        token = self.person.access_token
        return self.call(method, self.path + path, body, token=token, query=query or None)

    def invite(self, **body: Any) -> list[dict[str, Any]]:
        answer = self.ask("POST", "/invitations", body)
        assert answer.status == 201, answer.body
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    def ask_invitations(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ask("GET", "/invitations").body["items"]
        return items

    def settle(self) -> None:
        """As if what was changed until now was changed a minute ago."""
        self.product.owner.execute(
            "UPDATE meetings SET calendar_changed_at = calendar_changed_at - interval '1 minute'"
        )
        self.product.owner.execute("UPDATE invitations SET sent_at = sent_at - interval '1 minute'")


@pytest.fixture
def host(call: Call, sign_up: Callable[..., Person], product: Product, mailbox: Letters) -> Host:
    product.owner.execute("DELETE FROM meeting_reminders")
    product.owner.execute("DELETE FROM meetings")
    return Host(call, sign_up("Ada"), product)


def run_job() -> dict[str, int]:
    """The minute's job, with its minute."""
    return send_invitations.handler({}, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))

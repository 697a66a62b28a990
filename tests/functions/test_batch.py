"""What a queue is told of its messages, and what the log says of those that fail."""

import io
import json
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from functions import batch


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> io.StringIO:
    written = io.StringIO()
    # Loggers of one service share the stream of the first.
    monkeypatch.setattr(batch, "logger", Logger(service=request.node.name, stream=written))
    return written


def _work(body: Any) -> None:
    if body == "later":
        raise batch.TryLater
    if body == "bad":
        raise ValueError("the store is away")


def _handled(*bodies: str) -> dict[str, Any]:
    records = [{"messageId": f"m-{number}", "body": body} for number, body in enumerate(bodies)]
    return batch.each_message({"Records": records}, _work)


def test_only_what_is_not_done_comes_again(log: io.StringIO) -> None:
    answer = _handled('"good"', '"bad"', "no JSON", '"later"', '"good"')
    assert answer == {"batchItemFailures": [{"itemIdentifier": name} for name in ("m-1", "m-2", "m-3")]}
    assert _handled('"good"') == {"batchItemFailures": []}


def test_a_failure_is_told_with_its_message_and_what_is_only_late_is_not(log: io.StringIO) -> None:
    _handled('"later"', '"bad"', '"good"')
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["level"], line["message_id"]) == ("ERROR", "m-1")
    assert "the store is away" in line["exception"]

"""Functions run as Lambda runs them: real awslambdaric processes on small handlers."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.assembly import FunctionSpec
from local.runtime import Function, Runtime, TooManyRequests, Worker

HANDLER = """
import os, time
calls = 0

def handler(event, context):
    global calls
    calls += 1
    match event.get("do"):
        case "sleep":
            time.sleep(event["seconds"])
        case "kill":
            os.kill(os.getpid(), 9)
        case "exit":
            os._exit(3)
        case "raise":
            raise ValueError("no good")
        case "large":
            return "x" * event["size"]
        case "unserializable":
            return object()
    return {
        "pid": os.getpid(),
        "calls": calls,
        "event": event,
        "remaining": context.get_remaining_time_in_millis(),
        "name": context.function_name,
        "request_id": context.aws_request_id,
        "colour": os.environ.get("COLOUR"),
        "home": os.environ.get("HOME"),
        "shape": __import__("shape").SIDES,
    }
"""


@pytest.fixture
async def function(tmp_path: Path) -> AsyncIterator[Function]:
    code, layer = tmp_path / "code", tmp_path / "layer" / "python"
    code.mkdir()
    layer.mkdir(parents=True)
    (code / "app.py").write_text(HANDLER)
    (code / "broken.py").write_text("import nothing_of_that_name")
    (layer / "shape.py").write_text("SIDES = 6")
    spec = FunctionSpec("greeter", "app.handler", code, layers=(layer,), timeout=60)
    made = Function(spec, {"COLOUR": "green"}, tmp_path / "logs" / "greeter.log", concurrency=2)
    runtime = Runtime([made])
    runtime.start()
    yield made
    await runtime.stop()
    assert not made.workers


async def call(function: Function, **event: Any) -> Any:
    outcome = await function.invoke(event)
    assert outcome.error is None, outcome
    return outcome.value()


async def test_handler_sees_event_context_environment_and_layers(function: Function) -> None:
    answer = await call(function, hello="wörld")
    assert answer["event"] == {"hello": "wörld"}
    assert answer["name"] == "greeter"
    assert answer["colour"] == "green"
    assert answer["shape"] == 6
    assert answer["home"] is None, "nothing of the caller's environment leaks in"
    assert 0 < answer["remaining"] <= 60_000
    assert len(answer["request_id"]) == 36


async def test_process_is_reused_and_serves_one_request_at_a_time(function: Function) -> None:
    first = await call(function)
    second = await call(function)
    assert (second["pid"], second["calls"]) == (first["pid"], 2)
    both = await asyncio.gather(
        call(function, do="sleep", seconds=0.3), call(function, do="sleep", seconds=0.3)
    )
    assert both[0]["pid"] != both[1]["pid"]
    assert len(function.workers) == 2


async def test_many_at_once_start_few_processes_at_a_time_and_each_gets_its_own_answer(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.runtime.STARTS_AT_ONCE", 1)
    starting: list[int] = []
    start = Worker.start

    async def counted(worker: Worker) -> None:
        starting.append(sum(not other.api.ready.is_set() for other in function.workers))
        await start(worker)

    monkeypatch.setattr(Worker, "start", counted)
    answers = await asyncio.gather(*(call(function, number=number) for number in range(12)))
    assert [answer["event"]["number"] for answer in answers] == list(range(12))
    assert max(starting) == 1


async def test_more_than_the_limit_wait_and_are_throttled_when_the_wait_is_over(function: Function) -> None:
    busy = [asyncio.create_task(call(function, do="sleep", seconds=1)) for _ in range(2)]
    await asyncio.sleep(0)
    waiting = asyncio.create_task(call(function))
    with pytest.raises(TooManyRequests):
        await function.invoke({}, wait_seconds=0.05)
    pids = {answer["pid"] for answer in await asyncio.gather(*busy)}
    assert (await waiting)["pid"] in pids


async def test_exception_is_an_error_and_the_process_lives_on(function: Function) -> None:
    before = await call(function)
    outcome = await function.invoke({"do": "raise"})
    assert outcome.error == "ValueError"
    assert outcome.value()["errorMessage"] == "no good"
    assert (await call(function))["pid"] == before["pid"]
    assert "no good" in function.log.read_text()


async def test_process_that_dies_mid_request_fails_it_and_the_next_gets_a_new_one(function: Function) -> None:
    before = await call(function)
    assert (await function.invoke({"do": "exit"})).error == "Runtime.ExitError"
    after = await call(function)
    assert after["pid"] != before["pid"]
    assert after["calls"] == 1


async def test_killed_while_working_fails_at_once(function: Function) -> None:
    outcome = await function.invoke({"do": "kill"})
    assert outcome.error == "Runtime.ExitError"
    assert "status -9" in outcome.value()["errorMessage"]


async def test_killed_while_idle_is_replaced(function: Function) -> None:
    before = await call(function)
    worker = next(iter(function.workers))
    assert worker.child is not None
    os.kill(before["pid"], signal.SIGKILL)
    await worker.child.ended()
    assert (await call(function))["pid"] != before["pid"]


async def test_killed_at_the_functions_time_out(function: Function) -> None:
    before = await call(function)
    patient, function.spec = function.spec, replace(function.spec, timeout=0.5)
    outcome = await function.invoke({"do": "sleep", "seconds": 60})
    assert outcome.error == "Sandbox.Timedout"
    function.spec = patient
    assert (await call(function))["pid"] != before["pid"]
    await function.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(before["pid"], 0)


async def test_import_error_is_reported_and_tried_again(function: Function) -> None:
    broken = Function(FunctionSpec("broken", "broken.handler", function.spec.code), {}, function.log)
    for _ in range(2):
        outcome = await broken.invoke({})
        assert outcome.error == "Runtime.ImportModuleError"
        assert "nothing_of_that_name" in outcome.value()["errorMessage"]
    await Runtime([broken]).stop()


async def test_answer_over_six_megabytes_is_refused(function: Function) -> None:
    assert len((await function.invoke({"do": "large", "size": 5_000_000})).value()) == 5_000_000
    assert (
        await function.invoke({"do": "large", "size": 7_000_000})
    ).error == "Function.ResponseSizeTooLarge"
    await call(function)


async def test_answer_that_is_no_json_is_an_error(function: Function) -> None:
    assert (await function.invoke({"do": "unserializable"})).error == "Runtime.MarshalError"


async def test_large_event_arrives_whole(function: Function) -> None:
    text = "ü" * 1_000_000
    assert (await call(function, text=text))["event"]["text"] == text
    assert (await function.invoke({"text": "x" * 7_000_000})).error == "RequestTooLargeException"


async def test_idle_processes_are_reaped(function: Function) -> None:
    await call(function)
    worker = next(iter(function.workers))
    function.reap(3600)
    assert function.workers == {worker}
    function.reap(0)
    assert not function.workers
    assert worker.child is not None
    assert await worker.child.ended() == -signal.SIGKILL

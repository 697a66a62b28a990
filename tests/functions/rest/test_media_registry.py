"""GET /v1/media-nodes, POST /v1/media-nodes/{node_id}/drain and GET /v1/controllers."""

from collections.abc import Callable

import pytest

from convoke.identity.actions import participant_token
from convoke.ids import new_id
from convoke.media import actions
from convoke.media.model import NodeHealth, NodeReport
from functions.http import now_utc
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]

REPORT = NodeReport(
    node_id="node-1",
    region="eu-central-1",
    control_url="http://127.0.0.1:9",
    media_address="192.0.2.10",
    media_port=40000,
    version="0.1.0",
    codecs=["opus", "VP8"],
    status="serving",
    health=NodeHealth.HEALTHY,
    max_streams=400,
    current_streams=12,
    max_bitrate_mbps=1000,
    current_bitrate_mbps=3.5,
    rooms={"m": 3},
)


@pytest.fixture
def admin(call: Call, sign_up: SignUp, product: Product) -> str:
    """An administrator's access token."""
    person = sign_up("Root")
    product.owner.execute("UPDATE users SET role = 'admin' WHERE user_id = %s", (person.id,))
    answer = call("POST", "/v1/auth/login", {"email": person.email, "password": person.password})
    token: str = answer.body["access_token"]
    return token


@pytest.fixture
def node(product: Product) -> str:
    actions.report_node(REPORT, now=now_utc())
    actions.settle()
    return REPORT.node_id


def test_an_admin_sees_the_nodes(call: Call, admin: str, node: str) -> None:
    answer = call("GET", "/v1/media-nodes", token=admin)
    assert answer.status == 200, answer
    (found,) = answer.body["items"]
    assert (found["node_id"], found["health"], found["status"]) == ("node-1", "healthy", "serving")
    assert (found["current_streams"], found["max_streams"], found["participants"]) == (12, 400, 3)


def test_nobody_else_sees_or_drains_them(call: Call, sign_up: SignUp, node: str) -> None:
    user = sign_up("Ada").access_token
    guest = participant_token(new_id(), new_id(), now_utc())
    for method, path in (("GET", "/v1/media-nodes"), ("POST", f"/v1/media-nodes/{node}/drain")):
        assert call(method, path).status == 401
        assert call(method, path, token=guest).status == 401
        assert call(method, path, token=user).problem == "admin_only"


def test_draining_a_node_that_does_not_answer_says_so_and_stops_placement(
    call: Call, admin: str, node: str
) -> None:
    answer = call("POST", f"/v1/media-nodes/{node}/drain", token=admin)
    assert (answer.status, answer.problem) == (503, "media_unavailable")
    assert call("GET", "/v1/media-nodes", token=admin).body["items"][0]["status"] == "draining"


def test_draining_a_node_that_is_not_there_is_not_found(call: Call, admin: str) -> None:
    assert call("POST", "/v1/media-nodes/nobody/drain", token=admin).problem == "not_found"


def test_a_user_sees_the_deployments(call: Call, sign_up: SignUp, node: str) -> None:
    assert call("GET", "/v1/controllers").status == 401
    answer = call("GET", "/v1/controllers", token=sign_up("Ada").access_token)
    assert answer.status == 200, answer
    (found,) = answer.body["items"]
    assert (found["id"], found["region"], found["endpoint"]) == (
        "mc-test-1",
        "eu-central-1",
        "wss://convoke.test/socket",
    )
    assert (found["health"], found["current_meetings"], found["current_participants"]) == ("healthy", 1, 3)

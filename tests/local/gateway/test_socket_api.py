"""The WebSocket API over real sockets: refusals, routes, limits, and a $disconnect after every end."""

import asyncio
import json
import socket
import struct
from typing import Any

import aiohttp
import pytest

from local.gateway import Limits

from .conftest import Serve, Served


async def say(client: aiohttp.ClientWebSocketResponse, **message: Any) -> Any:
    await client.send_json(message)
    return await client.receive_json()


async def answer_to(client: aiohttp.ClientWebSocketResponse, **message: Any) -> aiohttp.WSMessage:
    await client.send_json(message)
    return await client.receive()


async def event(served: Served, route: str) -> dict[str, Any]:
    """The first event of this route, once it is there."""
    while True:
        if found := served.events(route):
            return found[0]
        await asyncio.sleep(0.01)


async def test_connect_event_has_headers_query_and_identity(served: Served) -> None:
    headers = {"Origin": "http://here", "User-Agent": "test/1"}
    address = f"{served.socket_url}?ticket=abc&x=1&x=2"
    async with served.http.ws_connect(address, headers=headers):
        connect = await event(served, "$connect")
    context = connect["requestContext"]
    assert connect["queryStringParameters"]["ticket"] == "abc"
    assert connect["multiValueQueryStringParameters"] == {"ticket": ["abc"], "x": ["1", "2"]}
    assert connect["headers"]["Origin"] == "http://here"
    assert connect["headers"]["Host"] == context["domainName"]
    assert (context["eventType"], context["stage"]) == ("CONNECT", "socket")
    assert context["identity"] == {"userAgent": "test/1", "sourceIp": "127.0.0.1"}
    assert context["connectionId"].endswith("=")


@pytest.mark.parametrize("status", [401, 403])
async def test_connect_may_refuse_and_nothing_is_left_open(served: Served, status: int) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await served.http.ws_connect(f"{served.socket_url}?status={status}")
    assert refused.value.status == status
    assert len(served.gateway.sockets) == 0
    assert served.events("$disconnect") == []


async def test_plain_request_to_the_socket_is_refused(served: Served) -> None:
    async with served.http.get(f"{served.url}/socket") as answer:
        assert answer.status == 403


async def test_message_finds_its_function_by_its_action(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        assert (await say(client, action="say"))["route"] == "say"
        for stranger in ({"action": "unknown"}, {"action": 7}, {"action": "$connect"}, {"no": "action"}, {}):
            assert (await say(client, **stranger))["route"] == "$default"
        for text in ("no json", "[1]", '"text"', "null"):
            await client.send_str(text)
            assert (await client.receive_json())["route"] == "$default"
    message = served.events("say")[0]
    assert json.loads(message["body"]) == {"action": "say"}
    assert message["requestContext"]["eventType"] == "MESSAGE"
    assert message["requestContext"]["messageId"]


async def test_only_routes_with_a_response_answer(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        await client.send_json({"action": "note"})
        await event(served, "note")
        assert (await say(client, action="say"))["route"] == "say"


async def test_failing_function_is_told_to_the_sender_who_stays(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        trouble = await say(client, action="say", text="raise")
        assert trouble["message"] == "Internal server error"
        assert trouble["connectionId"] == served.gateway.sockets.ids()[0]
        assert trouble["requestId"]
        assert (await say(client, action="say"))["route"] == "say"


async def test_slow_message_does_not_hold_up_the_next(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        await client.send_json({"action": "say", "text": "slow"})
        quick = await say(client, action="say", text="quick")
        assert "quick" in quick["got"]
        served.go_on()
        assert "slow" in (await client.receive_json())["got"]


async def test_close_is_followed_by_disconnect_with_its_code(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        await client.close(code=4001)
    context = (await event(served, "$disconnect"))["requestContext"]
    assert (context["eventType"], context["disconnectStatusCode"]) == ("DISCONNECT", 4001)
    assert context["connectionId"] == served.events("$connect")[0]["requestContext"]["connectionId"]


async def test_reset_of_the_connection_is_followed_by_disconnect(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        transport = client._conn.transport if client._conn else None
        assert transport is not None
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        assert (await event(served, "$disconnect"))["requestContext"]["disconnectStatusCode"] == 1006
    assert len(served.gateway.sockets) == 0


async def test_dropped_by_a_test_the_client_gets_no_close_frame(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        served.gateway.sockets.drop(served.gateway.sockets.ids()[0])
        assert (await client.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert client.close_code == 1006
        await event(served, "$disconnect")


async def test_peer_that_answers_no_ping_is_disconnected(serve: Serve) -> None:
    served = await serve(Limits(ping=0.2))
    async with served.http.ws_connect(served.socket_url, autoping=False):
        context = (await event(served, "$disconnect"))["requestContext"]
    assert context["disconnectStatusCode"] == 1006


async def test_message_over_128_kilobytes_closes_with_1009(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        frame = {"action": "say", "text": ""}
        frame["text"] = "x" * (128 * 1024 - len(json.dumps(frame)))
        assert (await say(client, **frame))["route"] == "say"
        frame["text"] += "x"
        await client.send_json(frame)
        assert (await client.receive()).type is aiohttp.WSMsgType.CLOSE
        assert client.close_code == 1009
    await event(served, "$disconnect")


async def test_binary_message_closes_with_1003(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        await client.send_bytes(b"\x00")
        await client.receive()
        assert client.close_code == 1003
    assert (await event(served, "$disconnect"))["requestContext"]["disconnectStatusCode"] == 1003


async def test_idle_connection_is_sent_away(serve: Serve) -> None:
    served = await serve(Limits(idle=0.3))
    async with served.http.ws_connect(served.socket_url) as client:
        await client.receive()
        assert client.close_code == 1001
    await event(served, "$disconnect")


async def test_connection_that_speaks_is_not_idle(serve: Serve) -> None:
    idle, clock = 0.5, asyncio.get_running_loop().time
    served = await serve(Limits(idle=idle))
    async with served.http.ws_connect(served.socket_url) as client:
        longest, last, ends = 0.0, clock(), clock() + 3 * idle
        is_open = True
        while is_open and last < ends:
            is_open = (await answer_to(client, action="say")).type is aiohttp.WSMsgType.TEXT
            longest, last = max(longest, clock() - last), clock()
        # Where the machine itself stood still for so long, the connection was idle indeed.
        assert is_open or longest > idle / 2


async def test_connection_ends_at_its_lifetime_even_when_busy(serve: Serve) -> None:
    served = await serve(Limits(lifetime=0.5))
    async with served.http.ws_connect(served.socket_url) as client:
        while (await answer_to(client, action="say")).type is aiohttp.WSMsgType.TEXT:
            pass
        assert client.close_code == 1001


async def test_gateway_that_stops_says_goodbye_and_lets_disconnects_through(served: Served) -> None:
    async with served.http.ws_connect(served.socket_url) as client:
        await asyncio.gather(served.gateway.stop(), client.receive())
        assert client.close_code == 1001
    assert len(served.events("$disconnect")) == 1

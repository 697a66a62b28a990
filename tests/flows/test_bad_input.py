"""What must not get through, sent to the running stack as an attacker or a careless program would."""

import asyncio
import json
import socket
from typing import Any

import aiohttp
import pytest
import redis

from local.stack import Stack
from tests.flows.conftest import Api, Arrive, email
from tests.flows.people import eventually


async def joined(api: Api, code: str, *, name: str = "Guest", token: str | None = None) -> dict[str, Any]:
    status, answer = await api.ask("POST", f"/v1/meetings/{code}/join", {"display_name": name}, token=token)
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


class Socket:
    """A socket used by hand: raw text in, replies and events out."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self.connection = connection

    async def exchange(self, text: str) -> dict[str, Any]:
        await self.connection.send_str(text)
        while True:
            message = json.loads(await self.connection.receive_str(timeout=20))
            if "reply_to" in message:
                found: dict[str, Any] = message
                return found


async def connect(stack: Stack, api: Api, ticket: str) -> Socket:
    url = f"{stack.url.replace('http', 'ws')}/socket?ticket={ticket}"
    return Socket(await api.http.ws_connect(url))


async def refused(stack: Stack, api: Api, ticket: str, **options: Any) -> int:
    """The status with which a socket is refused; it must not open."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await api.http.ws_connect(f"{stack.url.replace('http', 'ws')}/socket?ticket={ticket}", **options)
    return refusal.value.status


async def test_a_full_meeting_holds_its_limit_under_fifty_joins_at_once(api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token, max_participants=10)
    answers = await asyncio.gather(
        *(
            api.ask("POST", f"/v1/meetings/{meeting['code']}/join", {"display_name": f"Guest {n}"})
            for n in range(50)
        )
    )
    statuses = [status for status, _ in answers]
    assert statuses.count(200) == 10, statuses
    assert set(statuses) == {200, 409}
    assert {answer["type"] for status, answer in answers if status == 409} == {"/problems/meeting_full"}


async def test_bad_messages_are_answered_and_the_socket_goes_on(stack: Stack, api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    entry = await joined(api, meeting["code"])
    link = await connect(stack, api, entry["ticket"])
    for text, problem in (
        ("{not json", "malformed_message"),
        ('["a list"]', "malformed_message"),
        ('{"action": "rm -rf", "id": "1", "data": {}}', "unknown_action"),
        ('{"action": "participant.update", "id": "2", "data": {"muted": "perhaps"}}', "validation"),
        ('{"action": "join", "id": "3", "data": {"publish": {"sdp": "v=0 nonsense"}}}', "malformed_sdp"),
        ('{"action": "lobby.admit", "id": "4", "data": {"all": true}}', None),
    ):
        reply = await link.exchange(text)
        assert reply["ok"] is False, text
        assert problem is None or reply["error"]["type"] == f"/problems/{problem}", reply
    assert (await link.exchange('{"action": "ping", "id": "5", "data": {}}'))["ok"] is True
    await link.connection.close()


async def test_a_ticket_opens_one_socket_once(stack: Stack, api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    entry = await joined(api, meeting["code"])
    link = await connect(stack, api, entry["ticket"])
    for ticket in (entry["ticket"], "made-up", ""):
        assert await refused(stack, api, ticket) == 401
    await link.connection.close()


async def test_a_foreign_page_cannot_open_a_socket(stack: Stack, api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    entry = await joined(api, meeting["code"])
    assert await refused(stack, api, entry["ticket"], origin="https://evil.example") == 403


async def test_an_expired_ticket_is_refused(stack: Stack, api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    entry = await joined(api, meeting["code"])
    with redis.Redis.from_url(stack.redis_url) as client:
        kept = f"wt:token:{entry['ticket']}"
        assert 0 < client.ttl(kept) <= 300
        client.pexpire(kept, 1)
        await eventually(lambda: asyncio.to_thread(client.exists, kept), lambda count: count == 0)
    assert await refused(stack, api, entry["ticket"]) == 401


async def test_rest_answers_bad_requests_with_problem_documents(stack: Stack, api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    stranger = await api.register("Eve")
    for method, path, body, bearer, status in (
        ("POST", "/v1/meetings", {"type": "instant", "settings": {"max_participants": 1}}, token, 422),
        ("POST", "/v1/meetings", {"type": "weekly"}, token, 422),
        ("POST", "/v1/meetings", {"type": "instant"}, None, 401),
        ("POST", "/v1/meetings", {"type": "instant"}, "forged.token.here", 401),
        ("PATCH", f"/v1/meetings/{meeting['id']}", {"title": "Mine now"}, stranger, 404),
        ("POST", f"/v1/meetings/{meeting['id']}/end", {}, stranger, 404),
        ("DELETE", f"/v1/meetings/{meeting['id']}", None, stranger, 404),
        ("GET", "/v1/meetings/abc-defg-hij", None, stranger, 404),
        ("POST", "/v1/meetings/abc-defg-hij/join", {"display_name": "Eve"}, None, 404),
        ("GET", f"/v1/chats/{meeting['id']}/messages", None, stranger, 404),
    ):
        found, answer = await api.ask(method, path, body, token=bearer)
        assert found in {status, 403} if status == 404 else found == status, (method, path, answer)
        assert answer["type"].startswith("/problems/")
        assert answer["status"] == found
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    for data, status in ((b'{"type": "instant"', 400), (b'{"title": "' + b"x" * 300_000 + b'"}', 413)):
        async with api.http.post(f"{stack.url}/v1/meetings", data=data, headers=headers) as reply:
            assert reply.status == status
            assert reply.content_type == "application/problem+json"


async def test_joining_after_the_end_says_so(api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    status, _ = await api.ask("POST", f"/v1/meetings/{meeting['id']}/end", {}, token=token)
    assert status == 200
    status, answer = await api.ask("POST", f"/v1/meetings/{meeting['code']}/join", {"display_name": "Late"})
    assert (status, answer["type"]) == (410, "/problems/meeting_ended")


async def test_two_hosts_changing_at_once_lose_nothing(stack: Stack, api: Api) -> None:
    token = await api.register("Dora")
    meeting = await api.meeting(token)
    url = f"{stack.url}/v1/meetings/{meeting['id']}"
    headers = {"authorization": f"Bearer {token}", "if-match": f'"{meeting["version"]}"'}

    async def change(body: dict[str, Any]) -> int:
        async with api.http.patch(url, json=body, headers=headers) as answer:
            return answer.status

    statuses = await asyncio.gather(change({"title": "One"}), change({"description": "Two"}))
    assert sorted(statuses) == [200, 412]


async def test_garbage_on_the_media_port_disturbs_nobody(arrive: Arrive, stack: Stack, api: Api) -> None:
    ada, bela = await arrive("Ada"), await arrive("Bela")
    await ada.register(email())
    await bela.join(await ada.start_meeting())
    await ada.sees(bela)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for node in stack.nodes:
            for number in range(2_000):
                first = (0, 1, 22, 128, 200)[number % 5]
                sender.sendto(bytes([first]) + number.to_bytes(4, "big") * 20, ("127.0.0.1", node.media_port))
    await ada.sees(bela)
    await bela.hears(ada)

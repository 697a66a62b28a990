"""What strangers and broken or hostile clients can do to a meeting: nothing."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from tests.media_node.node_process import NodeProcess
from tests.media_node.people import Person
from tests.media_node.wire_client import WireClient, attribute, binding_request

pytestmark = pytest.mark.asyncio(loop_scope="module")
MakePerson = Callable[[str], Person]
CLIENT_HELLO = bytes.fromhex("16feff0000000000000000") + b"\x00\x40" + b"\x01" + bytes(63)


@pytest.fixture
def stranger(node: NodeProcess) -> Iterator[socket.socket]:
    """A socket that nobody knows, connected to the media port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as each:
        each.bind(("127.0.0.1", 0))
        each.connect(("127.0.0.1", node.media_port))
        each.setblocking(False)
        yield each


@pytest_asyncio.fixture(loop_scope="module")
async def guest(node: NodeProcess) -> AsyncIterator[WireClient]:
    """A connected participant without a browser."""
    client = WireClient()
    answer = await asyncio.to_thread(node.call, "PUT", "/rooms/hostile/participants/guest", client.request())
    assert answer.status == 200, answer
    await client.connect(answer.body)
    yield client
    await client.close()
    node.call("DELETE", "/rooms/hostile")


def unanswered(stranger: socket.socket) -> bool:
    try:
        stranger.recv(2048)
    except BlockingIOError:
        return True
    return False


async def test_garbage_from_strangers_is_dropped_counted_and_unanswered(
    node: NodeProcess, person: MakePerson, stranger: socket.socket
) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    before = node.statistics()["port"]
    for number in range(200):
        if number % 25 == 0:
            node.statistics()  # it has taken what was sent before: a full buffer would lose some
        for first in (0x00, 0x16, 0x80, 0xC8, 0xFF):
            stranger.send(bytes([first]) + secrets.token_bytes(secrets.randbelow(1200)))
        stranger.send(CLIENT_HELLO)
        stranger.send(b"")
    await bob.sees(ada)
    after = node.statistics()["port"]
    assert after["unbound"] - before["unbound"] == 600  # DTLS twice, SRTP twice less the one that is no class
    assert after["malformed"] > before["malformed"]
    assert after["stun_limited"] > before["stun_limited"]
    assert unanswered(stranger)


async def test_a_forged_check_with_the_right_ufrag_takes_nothing_over(
    node: NodeProcess, person: MakePerson, stranger: socket.socket
) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    ufrag = await bob.page.evaluate(
        "() => client('bob').subscribe.remoteDescription.sdp.match(/ice-ufrag:(.*)/)[1].trim()"
    )
    before = node.statistics()["port"]
    stranger.send(bytes(binding_request(ufrag, "not-the-password-at-all!")))
    bare = binding_request(ufrag, "not-the-password-at-all!")
    del bare.attributes["FINGERPRINT"], bare.attributes["MESSAGE-INTEGRITY"]
    stranger.send(bytes(bare))
    stranger.send(bytes(binding_request("nobody12", "not-the-password-at-all!")))
    await bob.sees(ada)
    statistics = node.statistics()
    after = statistics["port"]
    assert after["stun_forged"] - before["stun_forged"] == 2
    assert after["stun_unknown"] - before["stun_unknown"] == 1
    people = statistics["rooms"][bob.room]["participants"].values()
    bound = [
        address for each in people for side in ("publish", "subscribe") for address in each[side]["addresses"]
    ]
    assert bound
    assert f"127.0.0.1:{stranger.getsockname()[1]}" not in bound
    assert unanswered(stranger)


async def test_dtls_and_srtp_from_another_address_do_not_reach_a_peer(
    node: NodeProcess, guest: WireClient, stranger: socket.socket
) -> None:
    before = node.statistics()
    stranger.send(CLIENT_HELLO)
    stranger.send(b"\x80\x6f" + bytes(40))
    guest.subscribe.send({"op": "ping", "t": 1})
    assert (await guest.subscribe.told("pong"))["t"] == 1
    after = node.statistics()
    assert after["port"]["unbound"] - before["port"]["unbound"] == 2
    assert after["rooms"]["hostile"]["participants"]["guest"]["publish"]["srtp_errors"] == 0


async def test_unprotected_media_from_a_validated_address_is_not_forwarded(
    node: NodeProcess, guest: WireClient
) -> None:
    guest.publish.transport.sendto(b"\x80\x6f" + bytes(60), guest.publish.node)
    await guest.publish.check()
    publish = node.statistics()["rooms"]["hostile"]["participants"]["guest"]["publish"]
    assert (publish["srtp_errors"], publish["packets_in"]) == (1, 0)


async def test_replayed_media_is_dropped(node: NodeProcess, guest: WireClient) -> None:
    protect = guest.publish.dtls._tx_srtp.protect
    packet = protect(b"\x80\x6f\x00\x07" + bytes(4) + b"\x00\x00\x30\x39" + bytes(40))
    for _ in range(3):
        guest.publish.transport.sendto(packet, guest.publish.node)
    await guest.publish.check()
    publish = node.statistics()["rooms"]["hostile"]["participants"]["guest"]["publish"]
    assert (publish["packets_in"], publish["srtp_errors"]) == (1, 2)


async def test_a_certificate_other_than_the_offers_is_refused(node: NodeProcess, person: MakePerson) -> None:
    ada = person("ada")
    offer = await ada.offer()
    algorithm, value = attribute(offer["sdp"], "fingerprint").split()
    other = ("00" if value[:2] != "00" else "11") + value[2:]
    offer["sdp"] = offer["sdp"].replace(f"{algorithm} {value}", f"{algorithm} {other}")
    answer = await ada.control("PUT", body={"publish": offer})
    await ada.page.evaluate(
        "([name, session]) => { client(name).accept(session).catch(() => 0) }", [ada.name, answer.body]
    )
    ended = await asyncio.to_thread(node.event, "session ended", room=ada.room)
    assert "certificate" in ended["reason"]
    assert ada.room not in node.statistics()["rooms"]


@pytest.mark.parametrize(
    ("message", "slug"),
    [
        ("no json", "malformed_message"),
        ({"op": "sing"}, "malformed_message"),
        ({"op": "ping", "t": 1, "more": 2}, "malformed_message"),
        ({"op": "stream", "mid": "9", "active": True}, "unknown_stream"),
        ({"op": "subscribe", "stream_id": "nobody's"}, "unknown_stream"),
        ({"op": "layer", "stream_id": "nobody's", "rid": "q"}, "unknown_stream"),
        ({"op": "restart", "sdp": "v=0\r\n"}, "malformed_sdp"),
        ({"op": "answer", "sdp": "m=audio"}, "malformed_sdp"),
    ],
)
async def test_a_bad_message_is_answered_with_a_problem(
    guest: WireClient, message: object, slug: str
) -> None:
    guest.subscribe.send(message)
    error = (await guest.subscribe.told("error"))["error"]
    assert error["type"] == f"/problems/{slug}"
    guest.subscribe.send({"op": "ping", "t": 2})
    assert (await guest.subscribe.told("pong"))["t"] == 2


async def test_a_flood_of_messages_is_told_once_and_dropped(guest: WireClient) -> None:
    for number in range(300):
        guest.subscribe.send({"op": "ping", "t": number})
    error = (await guest.subscribe.told("error"))["error"]
    assert error["type"] == "/problems/rate_limited"


async def test_a_message_over_the_limit_ends_the_session(node: NodeProcess, guest: WireClient) -> None:
    session = node.statistics()["rooms"]["hostile"]["participants"]["guest"]["session_id"]
    guest.subscribe.send("x" * 200_000)
    ended = await asyncio.to_thread(node.event, "session ended", session=session)
    assert ended["reason"] == "it sent a message over the size limit"


async def test_other_channels_are_neither_opened_nor_answered(guest: WireClient) -> None:
    from aiortc import RTCDataChannel, RTCDataChannelParameters  # noqa: PLC0415

    other = RTCDataChannel(guest.subscribe.sctp, RTCDataChannelParameters(label="files"))
    guest.subscribe.send({"op": "ping", "t": 3})
    assert (await guest.subscribe.told("pong"))["t"] == 3
    assert other.readyState == "connecting"


async def test_a_restart_with_another_certificate_is_refused(guest: WireClient) -> None:
    sdp = WireClient().request()["publish"]["sdp"]
    guest.subscribe.send({"op": "restart", "sdp": sdp})
    error = (await guest.subscribe.told("error"))["error"]
    assert "another certificate" in error["detail"]

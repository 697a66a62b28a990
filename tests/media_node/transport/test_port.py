"""One UDP port in a real event loop: who is bound, who is dropped, what a flood costs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from random import Random

import pytest

from media_node.forwarding.plane import Plane
from media_node.transport.dtls import Certificate, Fingerprint
from media_node.transport.forwarder import Forwarder
from media_node.transport.peer import Events, Peer, Place
from media_node.transport.port import STUN_FAILURES_PER_SECOND, Port
from tests.media_node.wire_client import Connection, binding_request

LOOPBACK = "127.0.0.1"


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    forwarder = Forwarder(Port(LOOPBACK, 0), Plane(Random(1)))
    forwarder.open()
    yield Place(forwarder, Certificate(), LOOPBACK)
    forwarder.close()


@pytest.fixture
async def peer(place: Place) -> AsyncIterator[Peer]:
    made = Peer(place, (Fingerprint("sha-256", ":".join(["00"] * 32)),), Events(lambda: None, lambda _: None))
    yield made
    goodbye = made.close()
    if goodbye:
        await goodbye


async def ask(place: Place, client: socket.socket, datagram: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendto(client, datagram, (LOOPBACK, place.forwarder.port.number))
    async with asyncio.timeout(60):
        return await loop.sock_recv(client, 2048)


def client() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((LOOPBACK, 0))
    made.settimeout(0)
    return made


async def test_an_address_is_bound_by_an_authentic_check_alone(place: Place, peer: Peer) -> None:
    credentials = peer.endpoint.credentials
    port = place.forwarder.port
    with client() as first, client() as second:
        forged = bytes(binding_request(credentials.ufrag, "x" * 24))
        second.sendto(forged, (LOOPBACK, port.number))
        await ask(place, first, bytes(binding_request(credentials.ufrag, credentials.password)))
        assert peer.address == first.getsockname()
        assert port.statistics()["addresses"] == 1
        # A client that moved is followed by its next nomination.
        await ask(place, second, bytes(binding_request(credentials.ufrag, credentials.password)))
        assert peer.address == second.getsockname()
        assert port.statistics()["addresses"] == 2


async def test_a_source_that_guesses_is_limited_and_others_are_not(place: Place, peer: Peer) -> None:
    credentials = peer.endpoint.credentials
    port = place.forwarder.port
    with client() as guesser, client() as honest:
        guess = bytes(binding_request(credentials.ufrag, "x" * 24))
        for _ in range(STUN_FAILURES_PER_SECOND * 5):
            guesser.sendto(guess, (LOOPBACK, port.number))
        # Loopback keeps the order: once this one is answered, all guesses were received.
        await ask(place, honest, bytes(binding_request(credentials.ufrag, credentials.password)))
        assert peer.address == honest.getsockname()
        # The count begins anew with a second that may have turned meanwhile.
        assert port.counters.stun_forged <= 2 * STUN_FAILURES_PER_SECOND
        assert port.counters.stun_limited >= 3 * STUN_FAILURES_PER_SECOND


async def test_a_peer_that_is_gone_leaves_nothing_behind(place: Place, peer: Peer) -> None:
    credentials = peer.endpoint.credentials
    with client() as first:
        await ask(place, first, bytes(binding_request(credentials.ufrag, credentials.password)))
        peer.restart_ice()
        peer.close()
        assert place.forwarder.port.statistics()["addresses"] == 0
        assert place.forwarder.port.statistics()["ufrags"] == 0


async def test_a_handshake_with_another_certificate_ends_the_peer(place: Place) -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()
    certificate = Certificate()
    wrong = Fingerprint("sha-256", ":".join(["00"] * 32))
    peer = Peer(place, (wrong,), Events(lambda: None, ended.put_nowait))
    endpoint = peer.endpoint
    sdp = "\r\n".join([*endpoint.lines("passive"), *endpoint.candidate()])
    connection = Connection(sdp, certificate.rtc)
    await connection.connect()
    async with asyncio.timeout(60):
        assert "certificate" in await ended.get()
    assert not peer.connected
    goodbye = peer.close()
    assert goodbye
    await asyncio.gather(goodbye, connection.close())

"""The private names of aiortc that the transport stands on are still there."""

import asyncio
import subprocess
import sys

import pytest

from media_node.transport import private
from media_node.transport.dtls import Certificate, Dtls


@pytest.mark.parametrize(("owner", "name"), private.PRIVATE_NAMES)
def test_a_private_method_is_there(owner: type, name: str) -> None:
    assert callable(getattr(owner, name))


async def test_private_attributes_are_there() -> None:
    dtls = Dtls(Certificate(), lambda _: None, lambda _: None)
    for name in private.PRIVATE_DTLS_ATTRIBUTES:
        assert hasattr(dtls.transport, name), name
    association = private.SignalAssociation(dtls.transport, port=5000, max_message=100)
    for name in private.PRIVATE_SCTP_ATTRIBUTES:
        assert hasattr(association, name), name
    association.drop()
    await dtls.close()
    await asyncio.sleep(0)


def test_gcm_comes_first() -> None:
    assert [profile.openssl_profile for profile in private.SRTP_PROFILES] == [
        b"SRTP_AEAD_AES_128_GCM",
        b"SRTP_AEAD_AES_256_GCM",
        b"SRTP_AES128_CM_SHA1_80",
    ]


def test_a_node_starts_no_thread_for_media() -> None:
    code = (
        "import threading, media_node.transport.peer, media_node.control.rooms;"
        "print([thread.name for thread in threading.enumerate()])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "['MainThread']"

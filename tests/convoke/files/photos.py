"""Pictures as cameras and programs write them, telling where, when, by what and by whom they were made.

Whatever they tell has the word SECRET in it, or is a position.
"""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

SECRET = b"SECRET"
ORIENTATION, GPS = 0x0112, 0x8825
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>SECRET creator tool</rdf:RDF></x:xmpmeta>"


def scene(size: tuple[int, int] = (48, 32), mode: str = "RGB", seed: int = 1) -> Image.Image:
    """Noise on a slope: every pixel another, so that none can change unseen."""
    noise = random.Random(seed).randbytes(size[0] * size[1] * 4)
    return Image.frombytes("RGBA", size, noise).convert("RGB").convert(mode)


def exif(orientation: int = 6) -> Image.Exif:
    """A phone's: position, camera, time, and a note of the maker's own."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0132] = "SECRET maker", "SECRET model", "2026:05:04 10:11:12"
    made[ORIENTATION] = orientation
    made[0x8769] = {0x927C: b"SECRET note", 0xA431: "SECRET serial number"}
    position = {1: "N", 2: (52.0, 31.0, 12.3), 3: "E", 4: (13.0, 24.0, 18.0), 29: "2026:05:04"}
    made[GPS] = position
    return made


def jpeg(mode: str = "RGB", orientation: int = 6, **options: Any) -> bytes:
    """With EXIF, XMP, IPTC and a comment, and what phones put into and behind such a picture."""
    out = io.BytesIO()
    given: dict[str, Any] = {"exif": exif(orientation), "icc_profile": ICC, "comment": b"SECRET comment"}
    scene(mode=mode).save(out, "JPEG", xmp=XMP, **(given | options))
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0d\x1c\x02\x5a\0\x06SECRET\0"
    more = [(0xED, iptc), (0xE5, b"SECRET maker's own"), (0xE0, b"JFXX\0\x10SECRET small picture")]
    added = b"".join(struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data for kind, data in more)
    return b"\xff\xd8" + added + out.getvalue()[2:] + b"\0\0\0\x18ftypmp42 SECRET film"


def two_in_one() -> bytes:
    """A picture and its second one, behind its end (MPF: burst, depth, HDR)."""
    out = io.BytesIO()
    scene().save(out, "MPO", save_all=True, append_images=[scene(seed=2)], exif=exif())
    return out.getvalue()


def png(mode: str = "RGB", orientation: int = 6, **options: Any) -> bytes:
    told = PngInfo()
    told.add_text("Author", "SECRET author")
    told.add_text("Comment", "SECRET comment", zip=True)
    told.add_itxt("XML:com.adobe.xmp", XMP.decode())
    out = io.BytesIO()
    given: dict[str, Any] = {"exif": exif(orientation), "icc_profile": ICC, "dpi": (300, 300)}
    scene(mode=mode).save(out, "PNG", pnginfo=told, **(given | options))
    body = out.getvalue()
    own = b"prVwSECRET preview"
    chunk = struct.pack(">I", len(own) - 4) + own + struct.pack(">I", zlib.crc32(own))
    return body[:33] + chunk + body[33:] + b"SECRET rest of a larger picture that was cut"


def webp(mode: str = "RGB", orientation: int = 6, **options: Any) -> bytes:
    out = io.BytesIO()
    given: dict[str, Any] = {"exif": exif(orientation), "icc_profile": ICC, "xmp": XMP}
    scene(mode=mode).save(out, "WEBP", **(given | options))
    body = out.getvalue()
    whole = body + b"PRVW" + struct.pack("<I", 11) + b"SECRET view" + b"\0"
    return b"RIFF" + struct.pack("<I", len(whole) - 8) + whole[8:] + b"SECRET behind the end"


def gif(**options: Any) -> bytes:
    out = io.BytesIO()
    scene(mode="P").save(out, "GIF", comment=b"SECRET comment", **options)
    body = out.getvalue()
    # Adobe's way: the text itself instead of blocks, and a trailer by which readers of blocks find its end.
    magic = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    told = b"!\xff\x0bXMP DataXMP" + XMP + magic
    return body[:-1] + told + b";SECRET behind the end"


def frames(body: bytes) -> list[tuple[Any, ...]]:
    """What is seen: each frame's pixels and time, the profile, and how it is to be turned."""
    with Image.open(io.BytesIO(body)) as image:
        found = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            times = (image.info.get("duration"), image.info.get("loop"))
            found.append((image.mode, image.size, image.tobytes(), times, image.info.get("transparency")))
        return [*found, (image.info.get("icc_profile"), image.info.get("dpi"), orientation_of(body))]


def orientation_of(body: bytes) -> int:
    with Image.open(io.BytesIO(body)) as image:
        return int(image.getexif().get(ORIENTATION, 1))


def tells(body: bytes) -> set[str]:
    """What Pillow finds in it that is no picture, besides the orientation."""
    with Image.open(io.BytesIO(body)) as image:
        image.load()
        found = {f"EXIF {tag:#x}" for tag in image.getexif() if tag != ORIENTATION}
        names = {"comment", "xmp", "photoshop", "mp", "XML:com.adobe.xmp", "Author", "Comment"}
        return found | (names & {str(name) for name in image.info})

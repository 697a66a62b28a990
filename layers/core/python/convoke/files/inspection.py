"""What a file is by its bytes; of one that is an image the picture without metadata, and a small one of it.

Imported by the check alone: puremagic and Pillow are in a layer of its own (docs/decisions/0010).
"""

import codecs
import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import IO, Final

import puremagic
from PIL import Image, ImageOps

from convoke.files.metadata import without_metadata
from convoke.files.model import ENDINGS, IMAGES, TEXTS, Reason

# Decoded, a picture takes 4 bytes a pixel, twice for a moment: 800 MB of the function's 1,769.
PIXELS_MOST: Final = 100_000_000
SIDE_MOST: Final = 30_000
THUMBNAIL_SIDE: Final = 512
AVATAR_SIDE: Final = 256
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
_HEAD: Final = 8192
# An office document is an archive: its list is read, within bounds, and nothing is unpacked.
_TAIL: Final = 65_557
_ENTRIES_MOST: Final = 20_000
_LIST_MOST: Final = 4 * 1024 * 1024
_END_OF_LIST: Final = b"PK\x05\x06"
_OFFICE_PART: Final = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
_OASIS: Final = {"odt", "ods", "odp"}
# What runs when it is opened, or in a browser. Not .jar: any archive begins like one.
_DANGEROUS: Final = frozenset(
    {".exe", ".dll", ".class", ".dex", ".lnk", ".chm", ".swf", ".html", ".htm", ".svg"}
)
_MARKUP: Final = re.compile(
    rb"\s*(<!doctype|<html|<head|<body|<script|<svg|<\?xml|<iframe|#!)", re.IGNORECASE
)
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")


class Refused(Exception):  # noqa: N818 (what happened to the file)
    """The file is not kept, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Findings:
    """Of an image what is kept of it, its size as it is seen, and a small WebP of nothing but pixels."""

    picture: bytes | None = None
    width: int | None = None
    height: int | None = None
    thumbnail: bytes | None = None


def inspect(file: IO[bytes], content_type: str, *, square: bool = False) -> Findings:
    """Raises Refused unless the bytes are what they were said to be. `square`: the small picture is one."""
    head = file.read(_HEAD)
    file.seek(0)
    if content_type in TEXTS:
        _require_text(file, head)
        return Findings()
    _require_type(head, content_type)
    if content_type in IMAGES:
        return _picture(file, content_type, square=square)
    ending = ENDINGS[content_type][0]
    if ending in _OFFICE_PART or ending in _OASIS:
        _require_document(file, ending, content_type)
    return Findings()


def _require_type(head: bytes, content_type: str) -> None:
    """Among all that the first bytes may be must be this, and nothing that runs."""
    found = {match.extension.lower() for match in _matches(head)}
    if found & _DANGEROUS or head.startswith(_PROGRAMS) or _MARKUP.match(head):
        raise Refused("type_forbidden")
    if not found & {f".{ending}" for ending in ENDINGS[content_type]}:
        raise Refused("type_mismatch")


def _matches(head: bytes) -> "list[puremagic.main.PureMagicWithConfidence]":
    try:
        return puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []


def _require_text(file: IO[bytes], head: bytes) -> None:
    """UTF-8 to the end, and no page or script, whatever its name says."""
    if head.startswith(_PROGRAMS) or _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise Refused("type_forbidden")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while part := file.read(1024 * 1024):
            if "\0" in decoder.decode(part):
                raise Refused("type_mismatch")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Refused("type_mismatch") from error


def _require_document(file: IO[bytes], ending: str, content_type: str) -> None:
    """The archive's list names the parts of such a document, and none with macros."""
    _require_short_list(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            told = archive.open("mimetype").read(100).decode() if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Refused("broken") from error
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for name in names):
        raise Refused("type_forbidden")
    if ending in _OASIS and told.strip() != content_type:
        raise Refused("type_mismatch")
    if ending in _OFFICE_PART and not {"[Content_Types].xml", _OFFICE_PART[ending]} <= names:
        raise Refused("type_mismatch")


def _require_short_list(file: IO[bytes]) -> None:
    """Before zipfile reads it whole: how long the list says that it is (APPNOTE.TXT 4.3.16)."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    at = tail.rfind(_END_OF_LIST)
    record = tail[at : at + 22]
    if at < 0 or len(record) < 22:
        raise Refused("broken")
    entries, length = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    if entries > _ENTRIES_MOST or length > _LIST_MOST:
        raise Refused("broken")


def _picture(file: IO[bytes], content_type: str, *, square: bool) -> Findings:
    """Only the one format's decoder is tried, and nothing is decoded before its size is known.

    Metadata go first: what is decoded here is byte for byte what others get.
    """
    try:
        picture = without_metadata(file.read(), content_type)
        with warnings.catch_warnings():
            # Pillow's own bound on pixels comes as a warning at half of it; ours is stricter and an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(picture), formats=[_FORMATS[content_type]]) as image:
                width, height = image.size
                if width * height > PIXELS_MOST or max(width, height) > SIDE_MOST:
                    raise Refused("image_too_large")
                turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                thumbnail = _thumbnail(image, square=square)
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused("image_too_large") from error
    except Exception as error:
        # Decoders raise what they like at bytes that are no picture, and these had nothing but the bytes.
        raise Refused("broken") from error
    return Findings(picture, height if turned else width, width if turned else height, thumbnail)


def _thumbnail(image: Image.Image, *, square: bool) -> bytes:
    """Small, upright, and rid of everything else that the file may tell of place, time and device."""
    side = AVATAR_SIDE if square else THUMBNAIL_SIDE
    # JPEG decodes at a half, a quarter or an eighth, as long as enough is left.
    image.draft(None, (2 * side, 2 * side))
    image.load()
    small: Image.Image = image
    if small.mode not in ("RGB", "RGBA"):
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    if square:
        small = ImageOps.exif_transpose(ImageOps.fit(small, (side, side), Image.Resampling.LANCZOS))
    else:
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        small = ImageOps.exif_transpose(small)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()

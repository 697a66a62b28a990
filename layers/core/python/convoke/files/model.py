"""What may be uploaded, by whom and how much; files as their owners and as readers of a message see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from convoke.text import line

MB = 1024 * 1024
NAME_MOST = 255
FILES_A_MESSAGE = 10
# A picture is decoded whole, so its file is bounded on its own, whatever the account.
IMAGE_MOST = 50 * MB
# Signed links are checked when the transfer begins, so a slow one may take longer.
UPLOAD_SECONDS = 15 * 60
DOWNLOAD_SECONDS = 5 * 60
# Never attached or never uploaded: gone after a day.
ORPHAN_HOURS = 24

Kind = Literal["image", "video", "audio", "file"]
Purpose = Literal["message", "avatar"]
Status = Literal["pending", "checking", "ready", "refused"]
Reason = Literal[
    "size", "type_mismatch", "type_forbidden", "broken", "image_too_large", "infected", "changed"
]
Variant = Literal["original", "thumbnail"]

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["01991b6e-5c00-7a10-8000-000000000000"],
    ),
]
FileIds = Annotated[list[Id], Field(max_length=FILES_A_MESSAGE)]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Bytes one file may have, and all files of a day together."""

    size: int
    daily: int


ALLOWANCES: dict[str, Allowance] = {
    "basic": Allowance(25 * MB, 500 * MB),
    "pro": Allowance(250 * MB, 10 * 1024 * MB),
    "enterprise": Allowance(2 * 1024 * MB, 100 * 1024 * MB),
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OASIS = "application/vnd.oasis.opendocument"
# Type → the endings that its names may have; the first is added to a name with another one. Not here: HTML,
# SVG and other documents that run scripts, and programs.
ENDINGS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "video/mp4": ("mp4", "m4v"),
    "video/webm": ("webm",),
    "video/quicktime": ("mov", "qt"),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/mp4": ("m4a", "f4a", "mp4"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "audio/flac": ("flac",),
    "audio/webm": ("webm", "weba"),
    "application/pdf": ("pdf",),
    "application/zip": ("zip",),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    f"{_OASIS}.text": ("odt",),
    f"{_OASIS}.spreadsheet": ("ods",),
    f"{_OASIS}.presentation": ("odp",),
    "text/plain": ("txt", "log", "md", "csv", "ics", "srt", "vtt"),
    "text/csv": ("csv",),
    "text/markdown": ("md", "markdown"),
}
# What browsers and systems also call them.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/aac": "audio/mp4",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/opus": "audio/ogg",
    "application/x-zip-compressed": "application/zip",
    "text/x-markdown": "text/markdown",
}
_KINDS: dict[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
IMAGES = frozenset(name for name in ENDINGS if name.startswith("image/"))
TEXTS = frozenset(name for name in ENDINGS if name.startswith("text/"))


def content_type_of(value: str) -> str:
    """The name by which a type is kept here: without parameters, and one for all of its aliases."""
    name = value.partition(";")[0].strip().lower()
    return _ALIASES.get(name, name)


def kind_of(content_type: str) -> Kind:
    return _KINDS.get(content_type.partition("/")[0], "file")


def message_type(files: Sequence["FileRef"]) -> Kind:
    """A message's type by what is attached to it: that of its files where they are all of one kind."""
    kinds = {file.kind for file in files}
    return kinds.pop() if len(kinds) == 1 else "file"


def size_allowed(account_type: str, content_type: str) -> int:
    allowed = ALLOWANCES.get(account_type, ALLOWANCES["basic"]).size
    return min(allowed, IMAGE_MOST) if content_type in IMAGES else allowed


def daily_allowed(account_type: str) -> int:
    return ALLOWANCES.get(account_type, ALLOWANCES["basic"]).daily


def fitting_name(name: str, content_type: str) -> str:
    """The name with an ending of its type: what is saved under it must not be opened as something else."""
    endings = ENDINGS[content_type]
    stem, dot, ending = name.rpartition(".")
    if dot and stem and ending.lower() in endings:
        return name
    return f"{name[: NAME_MOST - 1 - len(endings[0])]}.{endings[0]}"


def disposition(name: str) -> str:
    """Content-Disposition of a download (RFC 6266 section 4.1): never shown in place, named as sent."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def served_type(content_type: str) -> str:
    """What a browser may be told: types that it shows without running anything; all others are only bytes."""
    return content_type if kind_of(content_type) != "file" else "application/octet-stream"


def upload_key(file_id: str) -> str:
    """Where a client writes."""
    return f"uploads/{file_id}"


def file_key(file_id: str) -> str:
    """Where only the check writes."""
    return f"files/{file_id}"


def thumbnail_key(file_id: str) -> str:
    return f"thumbnails/{file_id}"


def every_key(file_id: str) -> list[str]:
    return [upload_key(file_id), file_key(file_id), thumbnail_key(file_id)]


def _file_name(value: str) -> str:
    # Whatever a system takes for a folder is none here.
    return line(value.replace("/", "_").replace("\\", "_"), NAME_MOST)


class FileRequest(BaseModel):
    """Body of `POST /v1/files`. `chat_id`, where known, refuses before the upload what would fail after."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=NAME_MOST), AfterValidator(_file_name)]
    size: Annotated[int, Field(ge=1, le=5 * 1024 * MB)]
    content_type: Annotated[str, Field(min_length=3, max_length=127), AfterValidator(content_type_of)]
    chat_id: Id | None = None
    purpose: Purpose = "message"


class FileRef(BaseModel):
    """A file as everybody sees it who may read its message."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    size: int
    content_type: str
    kind: Kind
    status: Status
    width: int | None = None
    height: int | None = None
    thumbnail_url: str | None = None


class File(FileRef):
    """As its owner sees it."""

    reason: Reason | None = None
    purpose: Purpose = "message"
    owner_id: str | None
    chat_id: str | None = None
    message_id: str | None = None
    created_at: datetime

    def ref(self) -> FileRef:
        return FileRef.model_validate(self.model_dump(include=set(FileRef.model_fields)))


class Upload(BaseModel):
    """How to bring the bytes: `method` to `url` with exactly these headers and the size told before."""

    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: datetime


class StartedUpload(BaseModel):
    file: File
    upload: Upload


class Link(BaseModel):
    """Where a file's bytes are for the next minutes, for whoever has the link."""

    url: str
    expires_at: datetime


class Limits(BaseModel):
    """What the caller may upload, to be told before something is chosen."""

    max_size: int
    max_image_size: int
    daily_bytes: int
    daily_left: int
    files_a_message: int = FILES_A_MESSAGE
    content_types: dict[str, list[str]]


class FileUpdated(BaseModel):
    """Event `file.updated`, to the owner: the check has begun or ended."""

    file: File


EVENTS: dict[str, type[BaseModel]] = {"file.updated": FileUpdated}

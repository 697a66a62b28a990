"""What functions and media nodes say to each other, and what a node says of itself.

Functions speak to a node over HTTP inside the VPC (`NodeSession*`); clients speak to it over a data
channel (`docs/protocol/media.md`); the node reports itself to the registry (`NodeReport`).
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_SDP_BYTES = 64 * 1024


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StreamType(StrEnum):
    """What a stream shows (the seeds' `stream_type`); one m-line of the publish connection each."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_AUDIO = "screen_audio"


Mid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
Sdp = Annotated[str, Field(min_length=1, max_length=MAX_SDP_BYTES)]


class PublishedStream(_Message):
    """Which m-line of the publish offer carries which stream, and whether it sends from the start."""

    mid: Mid
    type: StreamType
    active: bool = True


class PublishOffer(_Message):
    """A client's publish connection. Its certificate fingerprint is also that of the subscribe connection."""

    sdp: Sdp
    streams: list[PublishedStream] = Field(default_factory=list, max_length=8)


class SdpAnswer(_Message):
    sdp: Sdp


class SubscribeSlot(_Message):
    """Which m-line of the subscribe connection carries whose stream."""

    mid: Mid
    stream_id: str
    participant_id: str
    type: StreamType


class SubscribeOffer(_Message):
    sdp: Sdp
    slots: list[SubscribeSlot] = Field(default_factory=list)


class NodeSessionRequest(_Message):
    """Body of `PUT /rooms/{room_id}/participants/{participant_id}` and of `POST .../restart` on a node."""

    publish: PublishOffer
    may_publish: list[StreamType] = Field(default_factory=lambda: list(StreamType))
    meeting_id: str | None = Field(
        default=None, description="The meeting that quality is recorded for, where the room's id is not one."
    )


class NodeSession(_Message):
    """Its answer: both descriptions, so that one round trip through a function connects a client."""

    session_id: str
    node_id: str
    publish: SdpAnswer
    subscribe: SubscribeOffer


class NodePause(_Message):
    """Body of `POST /rooms/{room_id}/participants/{participant_id}/pause`: a host muted this stream.

    Its owner may lift that, unless the right to send was taken too: a new session or a restart asks anew.
    """

    type: StreamType
    revoked: bool = False


class NodeHealth(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class StreamReport(_Message):
    """One published stream as its node sees it (Redis `stream:{id}`)."""

    stream_id: str
    participant_id: str
    meeting_id: str
    type: StreamType
    codec: str
    max_bitrate: int = Field(ge=0, description="bit/s")
    subscribers: int = Field(ge=0)


class NodeReport(_Message):
    """A heartbeat. A node that has sent none for `HEARTBEAT_TTL_SECONDS` is unhealthy and gets no room."""

    node_id: str
    region: str
    control_url: str
    media_address: str
    media_port: int = Field(ge=1, le=65535)
    version: str
    codecs: list[str]
    status: Literal["serving", "draining"]
    health: NodeHealth
    max_streams: int = Field(gt=0)
    current_streams: int = Field(ge=0)
    max_bitrate_mbps: int = Field(gt=0)
    current_bitrate_mbps: float = Field(ge=0)
    rooms: dict[str, int] = Field(default_factory=dict, description="participants by meeting id")
    streams: list[StreamReport] = Field(default_factory=list)


HEARTBEAT_SECONDS = 2
HEARTBEAT_TTL_SECONDS = 8


class MediaNode(_Message):
    """A media node as operators see it: its row, or what its last heartbeat said."""

    node_id: str
    region: str
    control_url: str
    media_address: str
    media_port: int
    version: str
    codecs: list[str]
    status: Literal["serving", "draining"]
    health: NodeHealth
    max_streams: int
    current_streams: int
    max_bitrate_mbps: int
    current_bitrate_mbps: float
    meetings: int = 0
    participants: int = 0
    last_heartbeat_at: datetime


class ControllerAddress(_Message):
    """Where a client opens its socket: the regional deployment that has the meeting."""

    id: str
    endpoint: str
    region: str


class Controller(ControllerAddress):
    """A regional deployment with its capacity and health."""

    max_meetings: int
    current_meetings: int
    max_participants: int
    current_participants: int
    health: NodeHealth
    version: str
    last_heartbeat_at: datetime


class MediaNodeList(_Message):
    items: list[MediaNode]
    next_cursor: None = None


class ControllerList(_Message):
    items: list[Controller]
    next_cursor: None = None

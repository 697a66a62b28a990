"""The messages of the data channel, both ways, and the limit on how many a client may send."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from convoke.errors import Problem
from convoke.media.model import Mid, Sdp, SubscribeSlot

BURST = 60
PER_SECOND = 20.0

StreamId = Annotated[str, Field(min_length=1, max_length=64)]


class _ClientMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_ClientMessage):
    """The client's answer to the oldest unanswered offer of its subscribe connection."""

    op: Literal["answer"]
    sdp: Sdp


class SetStream(_ClientMessage):
    """The client starts or stops sending on an m-line of its publish connection."""

    op: Literal["stream"]
    mid: Mid
    active: bool


class Subscribe(_ClientMessage):
    op: Literal["subscribe"]
    stream_id: StreamId


class Unsubscribe(_ClientMessage):
    op: Literal["unsubscribe"]
    stream_id: StreamId


class SelectLayer(_ClientMessage):
    """The simulcast layer the client wants of a stream; null leaves the choice to the node."""

    op: Literal["layer"]
    stream_id: StreamId
    rid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")] | None


class Restart(_ClientMessage):
    """An ICE restart: a new offer of the publish connection."""

    op: Literal["restart"]
    sdp: Sdp


class Ping(_ClientMessage):
    op: Literal["ping"]
    t: float


class Report(BaseModel):
    """What the client measured in the last 10 s; `clean` of `convoke.analytics.report` drops what cannot be.

    Anything else in it is ignored, a participant's name too: a report is about whoever sends it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)
    op: Literal["report"]
    measures: dict[str, Any]


ClientMessage = Annotated[
    Answer | SetStream | Subscribe | Unsubscribe | SelectLayer | Restart | Ping | Report,
    Field(discriminator="op"),
]
_CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


def parse(text: str) -> ClientMessage:
    """A client's message. Raises Problem 400 for what is not one."""
    try:
        return _CLIENT_MESSAGE.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"{where}: {first['msg']}" if where else first["msg"]
        raise Problem("malformed_message", 400, "The message cannot be understood", detail) from None


class FloodLimit:
    """A token bucket: 60 messages at once, 20 a second in the long run."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._at = now
        self._told = now - 1.0

    def allows(self, now: float) -> bool:
        earned = (now - self._at) * PER_SECOND
        self._tokens = max(self._tokens, min(float(BURST), self._tokens + earned))
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def grant(self) -> None:
        """One message more: the node made an offer and wants its answer."""
        self._tokens += 1.0

    def worth_telling(self, now: float) -> bool:
        """At most once a second: a flood must not be answered by a flood."""
        if now - self._told < 1.0:
            return False
        self._told = now
        return True


def _text(op: str, **members: Any) -> str:
    return json.dumps({"op": op, **members}, separators=(",", ":"))


def offer(sdp: str, slots: Iterable[SubscribeSlot]) -> str:
    return _text("offer", sdp=sdp, slots=[slot.model_dump(mode="json") for slot in slots])


def restarted(publish_sdp: str, subscribe_sdp: str, slots: Iterable[SubscribeSlot]) -> str:
    subscribe = {"sdp": subscribe_sdp, "slots": [slot.model_dump(mode="json") for slot in slots]}
    return _text("restarted", publish={"sdp": publish_sdp}, subscribe=subscribe)


def pong(t: float) -> str:
    return _text("pong", t=t)


def speakers(levels: Iterable[tuple[str, int]], active: str | None) -> str:
    heard = [{"participant_id": participant, "level": level} for participant, level in levels]
    return _text("speakers", speakers=heard, active=active)


def streams(described: Iterable[dict[str, object]]) -> str:
    return _text("streams", streams=list(described))


def drain() -> str:
    return _text("drain")


def error(problem: Problem) -> str:
    return _text("error", error=problem.document())

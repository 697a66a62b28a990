"""One published stream: what its m-line of the publish connection carries, and whether it is sent now."""

from dataclasses import dataclass, replace

from convoke.ids import new_id
from convoke.media.model import PublishedStream, StreamType
from media_node.forwarding.contract import Codec, PublishedMedia
from media_node.transport.codecs import choose_codec
from media_node.transport.describe import AnsweredMedia
from media_node.transport.sdp import MalformedSdp, Offer, OfferedMedia

AUDIO_TYPES = frozenset({StreamType.MICROPHONE, StreamType.SCREEN_AUDIO})
# They take a slot only while they are sent; a microphone or camera keeps its slot through a pause.
ON_DEMAND_TYPES = frozenset({StreamType.SCREEN, StreamType.SCREEN_AUDIO})


@dataclass(slots=True)
class Stream:
    stream_id: str
    participant_id: str
    type: StreamType
    media: PublishedMedia
    paused: bool

    @property
    def wants_slot(self) -> bool:
        return not (self.paused and self.type in ON_DEMAND_TYPES)

    def described(self) -> dict[str, object]:
        """As the `streams` message of the data channel shows it."""
        return {
            "stream_id": self.stream_id,
            "participant_id": self.participant_id,
            "type": self.type.value,
            "active": not self.paused,
            "codec": self.media.codec.name,
        }


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """What the node does with a publish offer: the answer's m-lines, and the streams by mid."""

    answered: list[AnsweredMedia]
    streams: dict[str, Stream]

    @property
    def media(self) -> list[PublishedMedia]:
        return [replace(stream.media, paused=stream.paused) for stream in self.streams.values()]


def plan_publish(
    offer: Offer,
    named: list[PublishedStream],
    *,
    participant_id: str,
    may_publish: frozenset[StreamType],
    existing: dict[str, Stream],
) -> PublishPlan:
    """Which m-lines become streams. A type the participant may not publish is answered inactive.

    `existing` streams (of before an ICE restart) keep their ids. Raises MalformedSdp when `named`
    does not fit the offer.
    """
    types = _types_by_mid(offer, named)
    active = {stream.mid: stream.active for stream in named}
    answered: list[AnsweredMedia] = []
    streams: dict[str, Stream] = {}
    for media in offer.media:
        codec = None if media.rejected else choose_codec(media)
        stream_type = types.get(media.mid)
        sends = media.direction in ("sendonly", "sendrecv")
        receive = stream_type in may_publish and sends
        answer = AnsweredMedia(media, codec, receive)
        answered.append(answer)
        if codec is None or stream_type is None or not receive:
            continue
        stream_id = _stream_id(codec, existing.get(media.mid))
        streams[media.mid] = Stream(
            stream_id=stream_id,
            participant_id=participant_id,
            type=stream_type,
            media=_media(answer, codec, stream_type, stream_id),
            paused=not active[media.mid],
        )
    return PublishPlan(answered, streams)


def _stream_id(codec: Codec, existing: Stream | None) -> str:
    # Another codec is another stream to its subscribers: their m-lines describe the old one.
    return existing.stream_id if existing and existing.media.codec.name == codec.name else new_id()


def _media(answer: AnsweredMedia, codec: Codec, stream_type: StreamType, stream_id: str) -> PublishedMedia:
    return PublishedMedia(
        mid=answer.offered.mid,
        kind="audio" if stream_type in AUDIO_TYPES else "video",
        stream_id=stream_id,
        codec=codec,
        extensions=answer.extensions,
        rids=answer.offered.rids,
        voice=stream_type is StreamType.MICROPHONE,
    )


def _types_by_mid(offer: Offer, named: list[PublishedStream]) -> dict[str, StreamType]:
    lines: dict[str, OfferedMedia] = {media.mid: media for media in offer.media if not media.rejected}
    types: dict[str, StreamType] = {}
    for stream in named:
        media = lines.get(stream.mid)
        if media is None:
            raise MalformedSdp(f"stream {stream.type.value} names mid {stream.mid}, which the offer has not")
        if media.kind != ("audio" if stream.type in AUDIO_TYPES else "video"):
            raise MalformedSdp(f"mid {stream.mid} is {media.kind}, which cannot carry {stream.type.value}")
        if stream.mid in types or stream.type in types.values():
            raise MalformedSdp("two streams have the same mid or the same type")
        types[stream.mid] = stream.type
    return types

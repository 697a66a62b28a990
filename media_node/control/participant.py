"""One participant's session on this node: a publish and a subscribe connection, and its messages."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from convoke.errors import Problem
from convoke.ids import new_id
from convoke.media.model import (
    NodeSession,
    NodeSessionRequest,
    PublishedStream,
    SdpAnswer,
    StreamType,
    SubscribeOffer,
)
from media_node.control import signalling
from media_node.control.stream import PublishPlan, Stream, plan_publish
from media_node.control.subscription import Subscription
from media_node.transport.describe import publish_answer
from media_node.transport.peer import Events, Peer, Place
from media_node.transport.sdp import MalformedSdp, Offer, parse_offer

if TYPE_CHECKING:
    from media_node.control.rooms import Room

logger = logging.getLogger(__name__)


def malformed_sdp(error: MalformedSdp) -> Problem:
    return Problem("malformed_sdp", 400, "The session description cannot be used", str(error))


class Participant:
    """Made from a publish offer; `ended` is called once when the media is gone for good.

    Raises MalformedSdp before it has taken anything when the offer is not usable.
    """

    def __init__(
        self,
        place: Place,
        room: "Room",
        participant_id: str,
        request: NodeSessionRequest,
        ended: Callable[[str], None],
    ) -> None:
        now = time.monotonic()
        offer = parse_offer(request.publish.sdp)
        self.room = room
        self.participant_id = participant_id
        self.session_id = new_id()
        self.meeting_id = request.meeting_id or room.room_id
        self.may_publish = frozenset(request.may_publish)
        self._named = {stream.mid: stream.type for stream in request.publish.streams}
        self._fingerprints = offer.fingerprints
        self._plane = place.forwarder.plane
        self._ended = ended
        self._flood = signalling.FloodLimit(now)
        self._sent_streams = ""
        self._answer_version = 0
        self.reported: Mapping[str, Any] | None = None
        """What the client last said of its media and nobody has taken yet."""
        plan = plan_publish(
            offer,
            request.publish.streams,
            participant_id=participant_id,
            may_publish=self.may_publish,
            existing={},
        )
        self.streams = plan.streams
        self.publish = Peer(
            place, offer.fingerprints, Events(connected=self._publish_connected, ended=self._end)
        )
        self.subscription = Subscription(
            Peer(place, offer.fingerprints, self._subscribe_events()), self._plane
        )
        self._plane.add_publisher(self.publish, room.room_id, plan.media)
        self._answer = self._answer_to(plan)

    def session(self, node_id: str) -> NodeSession:
        """Both descriptions for the client, with a slot for each stream of the others."""
        now = time.monotonic()
        self.subscription.sync(self.room.streams_for(self), now)
        sdp, slots = self.subscription.offer(now if self._open else None)
        return NodeSession(
            session_id=self.session_id,
            node_id=node_id,
            publish=SdpAnswer(sdp=self._answer),
            subscribe=SubscribeOffer(sdp=sdp, slots=slots),
        )

    def restart(self, request: NodeSessionRequest) -> None:
        """An ICE restart that came over the control API: the old path, and what is on it, may be dead."""
        offer = self._check_restart(request.publish.sdp)
        self.may_publish = frozenset(request.may_publish)
        self._restart(offer, request.publish.streams)
        self.subscription.forget_outstanding()

    def pause(self, stream_type: StreamType, *, revoked: bool = False) -> None:
        """A host muted this stream; the client's own `active: true` lifts it, unless the right is gone."""
        if revoked:
            self.may_publish -= {stream_type}
        for stream in self.streams.values():
            if stream.type is stream_type:
                self._set_paused(stream, paused=True)

    def changed(self) -> None:
        """The room's streams changed: tells the client and, unless an answer is awaited, offers lines."""
        now = time.monotonic()
        others = self.room.streams_for(self)
        self.subscription.keep_only({stream.stream_id for stream in others})
        self.subscription.sync(others, now)
        if not self._open:
            return
        text = signalling.streams([stream.described() for stream in others])
        if text != self._sent_streams and self.subscription.peer.send(text):
            self._sent_streams = text
        self._offer(now)

    def check(self, now: float) -> None:
        """Ends the session when consent ran out or the client does not answer offers."""
        if self.publish.expired(now) or self.subscription.peer.expired(now):
            self._end("no valid connectivity check for 30 s")
        elif not self.subscription.check_answer(now):
            self._end("three offers went unanswered")
        elif self._open:
            self._offer(now)

    def send(self, text: str) -> None:
        self.subscription.peer.send(text)

    def close(self) -> list["asyncio.Task[None]"]:
        """Stops the media at once; the tasks say goodbye to the client."""
        tasks = (self.publish.close(), self.subscription.peer.close())
        return [task for task in tasks if task]

    def statistics(self, now: float) -> dict[str, object]:
        return {
            "session_id": self.session_id,
            "publish": self.publish.statistics(now),
            "subscribe": self.subscription.peer.statistics(now),
            "lines": [
                {
                    "mid": line.mid,
                    "stream_id": line.slot.stream_id,
                    "active": line.active,
                    "rejected": line.rejected,
                }
                for line in self.subscription.lines
            ],
            "streams": [stream.described() for stream in self.streams.values()],
        }

    @property
    def _open(self) -> bool:
        channel = self.subscription.peer.channel
        return channel is not None and channel.is_open

    def _subscribe_events(self) -> Events:
        return Events(
            connected=self._subscribe_connected,
            ended=self._end,
            message=self._receive,
            opened=self._opened,
            oversized=lambda: self._end("it sent a message over the size limit"),
        )

    def _answer_to(self, plan: PublishPlan) -> str:
        self._answer_version += 1
        return publish_answer(self.publish.endpoint, plan.answered, session=1, version=self._answer_version)

    def _publish_connected(self) -> None:
        logger.info("publish connected", extra=self._labels())

    def _subscribe_connected(self) -> None:
        self._plane.open_subscriber(self.subscription.peer, time.monotonic())
        logger.info("subscribe connected", extra=self._labels())

    def _opened(self) -> None:
        self.subscription.opened(time.monotonic())
        self.changed()
        self.room.greet(self)

    def _end(self, reason: str) -> None:
        logger.info("session ended", extra={**self._labels(), "reason": reason})
        self._ended(reason)

    def _labels(self) -> dict[str, str]:
        return {"room": self.room.room_id, "participant": self.participant_id, "session": self.session_id}

    def _offer(self, now: float) -> None:
        due = self.subscription.due_offer(now)
        if due:
            self._flood.grant()
            self.subscription.peer.send(signalling.offer(*due))

    def _receive(self, text: object) -> None:
        now = time.monotonic()
        if not self._flood.allows(now):
            if self._flood.worth_telling(now):
                self.send(signalling.error(Problem("rate_limited", 429, "Too many messages")))
            return
        try:
            self._handle(signalling.parse(text if isinstance(text, str) else ""), now)
        except MalformedSdp as error:
            self.send(signalling.error(malformed_sdp(error)))
        except Problem as problem:
            self.send(signalling.error(problem))

    def _handle(self, message: signalling.ClientMessage, now: float) -> None:
        match message:
            case signalling.Ping(t=t):
                self.send(signalling.pong(t))
            case signalling.Answer(sdp=sdp):
                if self.subscription.answered(sdp, now):
                    self._offer(now)
            case signalling.SetStream(mid=mid, active=active):
                self._set_active(self._own_stream(mid), active=active)
            case signalling.Subscribe(stream_id=stream_id):
                self.subscription.subscribe(self._other_stream(stream_id).stream_id)
                self.changed()
            case signalling.Unsubscribe(stream_id=stream_id):
                self.subscription.unsubscribe(self._other_stream(stream_id).stream_id)
                self.changed()
            case signalling.SelectLayer(stream_id=stream_id, rid=rid):
                self._select_layer(stream_id, rid, now)
            case signalling.Restart(sdp=sdp):
                self._restart_over_channel(sdp, now)
            case signalling.Report(measures=measures):
                self.reported = measures

    def _own_stream(self, mid: str) -> Stream:
        stream = self.streams.get(mid)
        if stream is None:
            raise Problem("unknown_stream", 404, "No such stream", f"mid {mid} is not published")
        return stream

    def _other_stream(self, stream_id: str) -> Stream:
        for stream in self.room.streams_for(self):
            if stream.stream_id == stream_id:
                return stream
        raise Problem("unknown_stream", 404, "No such stream", "it is not in this room")

    def _select_layer(self, stream_id: str, rid: str | None, now: float) -> None:
        stream = self._other_stream(stream_id)
        if not self.subscription.has(stream_id):
            raise Problem("not_subscribed", 409, "Not subscribed", "this stream has no slot")
        if rid is not None and rid not in stream.media.rids:
            raise Problem("unknown_layer", 404, "No such layer", f"it has {json.dumps(stream.media.rids)}")
        self._plane.select_layer(self.subscription.peer, stream_id, rid, now)

    def _set_active(self, stream: Stream, *, active: bool) -> None:
        if active and stream.type not in self.may_publish:
            raise Problem(
                "not_allowed", 403, "You may not send this", f"{stream.type.value} was switched off"
            )
        self._set_paused(stream, paused=not active)

    def _set_paused(self, stream: Stream, *, paused: bool) -> None:
        if stream.paused != paused:
            stream.paused = paused
            self._plane.pause(stream.stream_id, time.monotonic(), paused=paused)
            self.room.changed()

    def _check_restart(self, sdp: str) -> Offer:
        offer = parse_offer(sdp)
        if offer.fingerprints != self._fingerprints:
            raise MalformedSdp("it has another certificate than the session began with")
        return offer

    def _restart(self, offer: Offer, named: list[PublishedStream]) -> None:
        plan = plan_publish(
            offer,
            named,
            participant_id=self.participant_id,
            may_publish=self.may_publish,
            existing=self.streams,
        )
        self._named = {stream.mid: stream.type for stream in named}
        before, self.streams = self.streams, plan.streams
        self.publish.restart_ice()
        self.subscription.restart_ice()
        self._plane.update_media(self.publish, plan.media)
        self._answer = self._answer_to(plan)
        if {s.stream_id: s.paused for s in before.values()} != {
            s.stream_id: s.paused for s in plan.streams.values()
        }:
            self.room.changed()

    def _restart_over_channel(self, sdp: str, now: float) -> None:
        named = [
            PublishedStream(mid=mid, type=kind, active=mid in self.streams and not self.streams[mid].paused)
            for mid, kind in self._named.items()
        ]
        self._restart(self._check_restart(sdp), named)
        subscribe_sdp, slots = self.subscription.offer(now)
        self.send(signalling.restarted(self._answer, subscribe_sdp, slots))

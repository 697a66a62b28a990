"""The rooms of this node: who is in them, what they publish, who hears of a change."""

import asyncio
import logging
import time
from collections.abc import Iterable

from convoke.errors import Problem
from convoke.media.model import NodePause, NodeSession, NodeSessionRequest
from media_node.control import signalling
from media_node.control.participant import Participant, malformed_sdp
from media_node.control.speakers import SpeakerBoard
from media_node.control.stream import Stream
from media_node.transport.peer import Place
from media_node.transport.sdp import MalformedSdp

CHECK_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Room:
    """Participants of one meeting on this node."""

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self.participants: dict[str, Participant] = {}
        self.speakers = SpeakerBoard()
        self._untold: dict[str, None] = {}
        self._telling: asyncio.Handle | None = None

    def streams_for(self, participant: Participant) -> list[Stream]:
        """The streams of everyone else, in the order of arrival."""
        return [
            stream
            for other in self.participants.values()
            if other is not participant
            for stream in other.streams.values()
        ]

    def streams(self) -> Iterable[Stream]:
        return (stream for p in self.participants.values() for stream in p.streams.values())

    def changed(self) -> None:
        """Tells everyone soon, one a turn of the loop: media does not wait for a large room's renegotiation.

        Who has not been told of an earlier change yet is told of both at once.
        """
        self._untold.update(dict.fromkeys(self.participants))
        self._tell_soon()

    def broadcast(self, text: str) -> None:
        for participant in self.participants.values():
            participant.send(text)

    def greet(self, participant: Participant) -> None:
        """What a client whose channel has just opened has missed."""
        if self.speakers.text:
            participant.send(self.speakers.text)

    def close(self) -> None:
        if self._telling:
            self._telling.cancel()

    def _tell_soon(self) -> None:
        if self._telling is None and self._untold:
            self._telling = asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = None
        participant_id = next(iter(self._untold))
        del self._untold[participant_id]
        self._tell_soon()
        participant = self.participants.get(participant_id)
        if participant:
            participant.changed()


class Rooms:
    """All rooms of the process; the control API's verbs are its methods."""

    def __init__(self, place: Place, node_id: str) -> None:
        self._place = place
        self._node_id = node_id
        self._timer: asyncio.TimerHandle | None = None
        self._goodbyes: set[asyncio.Task[None]] = set()
        self.rooms: dict[str, Room] = {}
        self.draining = False
        self.emptied = asyncio.Event()
        self.emptied.set()

    def start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)

    async def stop(self) -> None:
        """Closes every session at once and lets the goodbyes leave."""
        if self._timer:
            self._timer.cancel()
        for room_id in list(self.rooms):
            self.close_room(room_id)
        await asyncio.gather(*self._goodbyes, return_exceptions=True)

    def connect(self, room_id: str, participant_id: str, request: NodeSessionRequest) -> NodeSession:
        """A new session, in place of one the participant may have had."""
        if self.draining:
            raise Problem("draining", 503, "The node is draining", "It takes no new sessions.")
        room = self.rooms.get(room_id) or Room(room_id)
        try:
            participant = Participant(
                self._place,
                room,
                participant_id,
                request,
                ended=lambda reason: self._forget(room, participant),
            )
        except MalformedSdp as error:
            raise malformed_sdp(error) from None
        before = room.participants.pop(participant_id, None)
        if before:
            self._close(before)
        self.rooms[room_id] = room
        room.participants[participant_id] = participant
        self.emptied.clear()
        session = participant.session(self._node_id)
        room.changed()
        return session

    def restart(self, room_id: str, participant_id: str, request: NodeSessionRequest) -> NodeSession:
        participant = self._participant(room_id, participant_id)
        try:
            participant.restart(request)
        except MalformedSdp as error:
            raise malformed_sdp(error) from None
        return participant.session(self._node_id)

    def pause(self, room_id: str, participant_id: str, pause: NodePause) -> None:
        self._participant(room_id, participant_id).pause(pause.type, revoked=pause.revoked)

    def disconnect(self, room_id: str, participant_id: str) -> None:
        """Ends a session; one that is not there is ended already."""
        room = self.rooms.get(room_id)
        if room and participant_id in room.participants:
            self._forget(room, room.participants[participant_id])

    def close_room(self, room_id: str) -> None:
        room = self.rooms.get(room_id)
        if room:
            for participant in list(room.participants.values()):
                self._forget(room, participant)

    def drain(self) -> None:
        """Takes no new sessions from now on and tells every client to move."""
        if not self.draining:
            self.draining = True
            for room in self.rooms.values():
                room.broadcast(signalling.drain())

    def send_away(self, room_ids: Iterable[str]) -> None:
        """Tells the clients of rooms that are placed on another node to move there."""
        for room_id in room_ids:
            room = self.rooms.get(room_id)
            if room:
                room.broadcast(signalling.drain())

    def speak(self, now: float) -> None:
        """Tells each room who speaks, where that changed."""
        plane = self._place.forwarder.plane
        for room in self.rooms.values():
            if not room.speakers.due(now, len(room.participants)):
                continue
            owners = {stream.stream_id: stream.participant_id for stream in room.streams()}
            text = room.speakers.update(plane.speakers(room.room_id, now), owners)
            if text:
                room.broadcast(text)

    def _participant(self, room_id: str, participant_id: str) -> Participant:
        room = self.rooms.get(room_id)
        participant = room.participants.get(participant_id) if room else None
        if participant is None:
            raise Problem("unknown_session", 404, "No such session", "The participant is not on this node.")
        return participant

    def _close(self, participant: Participant) -> None:
        for task in participant.close():
            self._goodbyes.add(task)
            task.add_done_callback(self._goodbyes.discard)

    def _forget(self, room: Room, participant: Participant) -> None:
        self._close(participant)
        if room.participants.get(participant.participant_id) is not participant:
            return  # replaced by a newer session meanwhile
        del room.participants[participant.participant_id]
        if room.participants:
            room.changed()
            return
        room.close()
        self.rooms.pop(room.room_id, None)
        if not self.rooms:
            self.emptied.set()

    def _check(self) -> None:
        now = time.monotonic()
        for room in list(self.rooms.values()):
            for participant in list(room.participants.values()):
                participant.check(now)
        self.start()

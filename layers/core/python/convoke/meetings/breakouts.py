"""Breakout rooms: the shapes that people see and ask for, and who goes where. Pure; chance is passed in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from convoke.errors import Problem, conflict, forbidden
from convoke.meetings.model import Asked, Told
from convoke.meetings.rules import LEADERS
from convoke.text import line, prose

MAX_ROOMS = 50
MAX_NAME = 60
MAX_BROADCAST = 500
MAX_MINUTES = 240
MAX_CLOSING_SECONDS = 300

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
RoomName = Annotated[
    str, Field(min_length=1, max_length=4 * MAX_NAME), AfterValidator(lambda t: line(t, MAX_NAME))
]
Status = Literal["draft", "open", "closing", "closed"]
OPEN = ("open", "closing")


def _some(text: str) -> str:
    cleaned = prose(text, MAX_BROADCAST)
    if not cleaned:
        raise ValueError("the message is empty")
    return cleaned


class CreateBreakouts(Asked):
    """So many rooms, or rooms of these names; `assign` spreads everybody but the leaders over them."""

    count: Annotated[int, Field(ge=1, le=MAX_ROOMS)] | None = None
    names: Annotated[list[RoomName], Field(min_length=1, max_length=MAX_ROOMS)] | None = None
    assign: Literal["random", "none"] = "none"
    by_choice: bool = Field(default=False, description="Everybody may go into the room that they choose.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.count is None) == (self.names is None):
            raise ValueError("give a count, or names")
        return self

    def room_names(self) -> list[str]:
        return self.names or [f"Room {number}" for number in range(1, (self.count or 0) + 1)]


class AssignRequest(Asked):
    """Plan these people for a room; null takes them out of the plan. In open rooms they move at once."""

    participant_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    room_id: Id | None


class OpenBreakouts(Asked):
    minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES)] | None = None


class EnterBreakout(Asked):
    """Go into a room oneself; null is the main room."""

    room_id: Id | None


class BroadcastRequest(Asked):
    text: Annotated[str, Field(min_length=1, max_length=4 * MAX_BROADCAST), AfterValidator(_some)]


class CloseBreakouts(Asked):
    seconds: Annotated[int, Field(ge=0, le=MAX_CLOSING_SECONDS)] = Field(
        default=30, description="So long people may say goodbye; then everybody is brought back."
    )


class BreakoutRoom(Told):
    id: str
    name: str


class Breakouts(Told):
    """The rooms of a meeting. Where somebody is stands in their `breakout_id`; null is the main room."""

    status: Status
    by_choice: bool
    ends_at: datetime | None
    rooms: list[BreakoutRoom]
    assignments: dict[str, str] = Field(description="Room by participant, as planned.")


class BreakoutsReply(Told):
    breakouts: Breakouts | None


class BreakoutsChanged(Told):
    """Also who has moved with it: room by participant, null for the main room."""

    breakouts: Breakouts
    moved: dict[str, str | None] = Field(default_factory=dict)
    versions: dict[str, int] = Field(
        default_factory=dict, description="Version by participant, of those who have moved, at their move."
    )


class BreakoutMessage(Told):
    """What a leader says to all rooms."""

    participant_id: str
    display_name: str
    text: str


# In the meeting's scope.
EVENTS: dict[str, type[Told]] = {
    "breakouts.updated": BreakoutsChanged,
    "breakouts.message": BreakoutMessage,
}


def spread(
    people: Sequence[str], rooms: Sequence[str], shuffle: Callable[[list[str]], None]
) -> dict[str, str]:
    """Everybody in a room, rooms of sizes that differ by one at most. `shuffle` is `Random.shuffle`."""
    order = list(people)
    shuffle(order)
    return {person: rooms[place % len(rooms)] for place, person in enumerate(order)}


def room_on_entry(breakouts: Mapping[str, Any] | None, participant: Mapping[str, Any]) -> BreakoutRoom | None:
    """Who is in the meeting already stays in their room; who comes while rooms are open goes into the one
    planned for them."""
    if breakouts is None:
        return None
    wanted = participant["breakout_id"] if participant["status"] == "joined" else None
    if participant["status"] != "joined" and breakouts["status"] == "open":
        wanted = breakouts["assignments"].get(participant["id"])
    return next((BreakoutRoom(**room) for room in breakouts["rooms"] if room["id"] == wanted), None)


def require_draft(status: str | None) -> None:
    if status in OPEN:
        raise conflict("breakouts_open", "Close the breakout rooms first.", title="Breakout rooms are open")


def require_open(status: str | None) -> None:
    if status not in OPEN:
        raise conflict("breakouts_closed", "The breakout rooms are not open.", title="Not open")


def require_way(role: str, *, room_id: str | None, assigned: str | None, by_choice: bool) -> None:
    """Leaders go anywhere, everybody may come back to the main room and go where they are planned."""
    if role in LEADERS or room_id is None or by_choice or room_id == assigned:
        return
    raise forbidden("not_your_room", "Ask the host to move you into this room.", title="Another room")


def unknown_room() -> Problem:
    return Problem("not_found", 404, "There is no such breakout room")

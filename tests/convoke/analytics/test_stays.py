"""Who stays over midnight, once or often, is in the numbers of every day that they see."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest

from convoke.analytics.actions.drain_outbox import drain_outbox
from convoke.analytics.actions.roll_up_usage import roll_up_day
from convoke.analytics.model.events import KEPT_DAYS, STAYED
from convoke.analytics.model.usage import Dimension, Metric
from convoke.analytics.store import days as day_store
from convoke.analytics.store import usage
from convoke.backends.postgres import System, transaction
from convoke.events import emit
from convoke.meetings.actions.departures import depart
from convoke.meetings.actions.end_meeting import finish
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
_starts = (date(2036, 1, 1) + timedelta(days=60 * number) for number in count())


@dataclass(frozen=True)
class Room:
    """A meeting whose people come and go at the times that a test says; day 0 is a day of its own."""

    product: Product
    call: Call
    host: Person
    id: str
    start: date

    def day(self, number: int) -> date:
        return self.start + timedelta(days=number)

    def at(self, number: int, hour: int) -> datetime:
        return datetime.combine(self.day(number), time(hour), UTC)

    def somebody(self) -> str:
        joined = self.call("POST", f"/v1/meetings/{self.id}/join", {"display_name": "Gil"})
        assert joined.status == 200, joined
        return str(joined.body["participant_id"])

    def enter(self, when: datetime, who: str | None = None) -> str:
        """By now and by the events of `when`; somebody new, or `who` again."""
        who = who or self.somebody()
        self.product.owner.execute(
            "UPDATE meeting_participants SET status = 'joined', joined_at = %s WHERE participant_id = %s",
            (when, who),
        )
        with transaction(System()) as conn:
            emit(conn, kind="participant.joined", meeting_id=self.id, participant_id=who, now=when)
        return who

    def end(self, when: datetime) -> None:
        with transaction(System()) as conn:
            finish(conn, self.id, status="ended", reason="ended_by_host", now=when)

    def ring(self, kind: str, when: datetime) -> None:
        """An event of the call that this is the room of."""
        with transaction(System()) as conn:
            emit(conn, kind=kind, meeting_id=self.id, user_id=self.host.id, now=when)

    def leave(self, who: str, when: datetime) -> None:
        assert depart(who, self.id, reason="voluntary", from_status=["joined"], now=when)

    def drain(self) -> None:
        drained = drain_outbox(self.at(59, 0), seconds=20)
        assert (drained.trouble, drained.dead, drained.postponed) == (None, 0, 0)

    def roll(self, numbers: range, now: datetime) -> list[int]:
        """→ by day, how many rows were written."""
        return [roll_up_day(self.day(number), now).changes for number in numbers]

    def told(self, numbers: range, metric: Metric = Metric.PARTICIPANT_MINUTES) -> list[int]:
        """The stored total of each day."""
        found = [dict(usage.of_dimension(self.day(n), metric, Dimension.TOTAL, None)) for n in numbers]
        return [day.get("all", 0) for day in found]


@pytest.fixture
def room(analytics: Product, call: Call, sign_up: SignUp) -> Room:
    analytics.owner.execute("TRUNCATE outbox, meeting_participants CASCADE")
    host = sign_up("Ada")
    created = call("POST", "/v1/meetings", {"title": "Night watch"}, token=host.access_token)
    assert created.status == 201, created
    return Room(analytics, call, host, str(created.body["id"]), next(_starts))


def minutes(midnights: int) -> list[int]:
    """From eight in the evening to four in the morning after so many midnights."""
    return [240, *[1440] * (midnights - 1), 240]


spanning = pytest.mark.parametrize("midnights", [1, 2, 5])


@spanning
def test_a_stay_that_is_over_counts_in_each_of_its_days(room: Room, midnights: int) -> None:
    days = range(midnights + 1)
    room.enter(room.at(0, 20))
    room.enter(room.at(0, 20))
    room.end(room.at(midnights, 4))
    room.drain()
    room.roll(range(-1, midnights + 2), room.at(40, 0))
    assert room.told(days) == [2 * each for each in minutes(midnights)]
    assert room.told(days, Metric.MEETING_MINUTES) == minutes(midnights)
    assert sum(room.told(days, Metric.MEETING_MINUTES)) == (midnights * 24 - 16) * 60
    for metric, number in ((Metric.PARTICIPANTS, 2), (Metric.MEETINGS, 1), (Metric.PEAK, 2)):
        assert room.told(days, metric) == [number] * (midnights + 1)
    for metric in Metric:
        assert (
            room.told(range(-1, 0), metric) == room.told(range(midnights + 1, midnights + 2), metric) == [0]
        )


@spanning
def test_a_stay_that_goes_on_counts_until_now(room: Room, midnights: int) -> None:
    days = range(midnights + 1)
    room.enter(room.at(0, 20))
    room.drain()
    room.roll(days, room.at(midnights, 4))
    assert room.told(days) == room.told(days, Metric.MEETING_MINUTES) == minutes(midnights)
    for metric in (Metric.PARTICIPANTS, Metric.MEETINGS, Metric.PEAK):
        assert room.told(days, metric) == [1] * (midnights + 1)


@spanning
def test_its_end_changes_nothing_of_the_days_before(room: Room, midnights: int) -> None:
    days = range(midnights + 1)
    room.enter(room.at(0, 20))
    room.drain()
    room.roll(days, room.at(midnights, 4))
    room.end(room.at(midnights, 4))
    # The leave is on its way, and no rollup in between forgets the stay.
    assert room.roll(days[:-1], room.at(midnights, 5)) == [0] * midnights
    room.drain()
    assert room.roll(days, room.at(midnights, 5)) == [0] * (midnights + 1)
    assert room.roll(days, room.at(35, 5)) == [0] * (midnights + 1)
    assert room.told(days) == minutes(midnights)


@pytest.fixture
def people(room: Room) -> list[str]:
    """Three whose meeting is the room of a call that began on the evening of day 0."""
    found = [room.somebody() for _ in range(3)]
    room.product.owner.execute("UPDATE meetings SET meeting_type = 'call' WHERE meeting_id = %s", (room.id,))
    room.product.owner.execute(
        """
        WITH chat AS (
            INSERT INTO chats (chat_id, kind, created_at, updated_at, last_activity_at)
            VALUES (gen_random_uuid(), 'group', now(), now(), now()) RETURNING chat_id)
        INSERT INTO calls (call_id, chat_id, kind, media_type, status, created_at, updated_at)
        SELECT %s, chat_id, 'group', 'audio', 'answered', now(), now() FROM chat
        """,
        (room.id,),
    )
    room.ring("call.started", room.at(0, 20))
    return found


@spanning
def test_a_call_is_a_call_on_its_first_day_and_a_meeting_on_none(
    room: Room, people: list[str], midnights: int
) -> None:
    """While it goes on, when its end is on its way, and after it."""
    days = range(midnights + 1)

    def counts() -> dict[Metric, list[int]]:
        room.roll(days, room.at(midnights, 5))
        return {metric: told for metric in Metric if any(told := room.told(days, metric))}

    expected = {Metric.CALLS: [1] + [0] * midnights}
    room.enter(room.at(0, 20), people[0])
    room.enter(room.at(0, 21), people[1])
    room.drain()
    assert counts() == expected
    room.end(room.at(midnights, 4))
    room.ring("call.ended", room.at(midnights, 4))
    assert counts() == expected
    room.drain()
    assert counts() == expected


def test_who_comes_and_goes_on_a_day_between_makes_no_meeting_of_a_call(
    room: Room, people: list[str]
) -> None:
    """One stays to the end, one comes on day 0, one on day 1, and both of these leave on day 2 of five."""
    stays, first, second = people
    for who, when in ((stays, room.at(0, 20)), (first, room.at(0, 20)), (second, room.at(1, 8))):
        room.enter(when, who)
    room.drain()
    room.leave(first, room.at(2, 9))
    room.leave(second, room.at(2, 10))
    room.drain()
    room.roll(range(5), room.at(4, 5))
    assert room.told(range(5), Metric.MEETINGS) == [0] * 5
    assert room.told(range(5)) == room.told(range(5), Metric.PEAK) == [0] * 5
    room.leave(stays, room.at(4, 4))
    room.drain()
    room.roll(range(5), room.at(20, 0))
    assert room.told(range(5), Metric.MEETINGS) == room.told(range(5)) == [0] * 5
    assert room.told(range(5), Metric.CALLS) == [1, 0, 0, 0, 0]


def test_a_meeting_beside_a_call_keeps_its_numbers(room: Room, people: list[str], call: Call) -> None:
    created = call("POST", "/v1/meetings", {"title": "Night watch"}, token=room.host.access_token)
    meeting = replace(room, id=str(created.body["id"]))
    for where, who in ((room, people[0]), (meeting, None)):
        where.enter(room.at(0, 20), who)
        where.end(room.at(2, 4))
    meeting.drain()
    meeting.roll(range(3), meeting.at(20, 0))
    assert meeting.told(range(3)) == minutes(2)
    assert meeting.told(range(3), Metric.MEETINGS) == [1, 1, 1]


def test_a_leave_that_cassandra_has_while_postgresql_has_it_not_counts_once(room: Room) -> None:
    """Who leaves while the day is rolled up: in at the look into PostgreSQL, out at that into Cassandra."""
    who = room.enter(room.at(0, 20))
    room.drain()
    room.leave(who, room.at(3, 4))
    room.drain()
    room.product.owner.execute(
        "UPDATE meeting_participants SET status = 'joined' WHERE participant_id = %s", (who,)
    )
    room.roll(range(4), room.at(20, 0))
    assert room.told(range(4)) == minutes(3)
    assert room.told(range(4), Metric.PEAK) == [1, 1, 1, 1]


def test_two_stays_of_one_person_are_told_apart(room: Room) -> None:
    """Out on day 2 from eight to ten, and the second stay's beginning says nothing about the first."""
    who = room.enter(room.at(0, 20))
    stays = room.enter(room.at(0, 20))
    room.leave(who, room.at(2, 8))
    room.enter(room.at(2, 10), who)
    room.leave(who, room.at(4, 4))
    room.leave(stays, room.at(2, 9))
    room.drain()
    room.roll(range(5), room.at(20, 0))
    assert room.told(range(5)) == [480, 2880, 480 + 540 + 840, 1440, 240]
    assert room.told(range(5), Metric.PARTICIPANTS) == [2, 2, 2, 1, 1]
    assert room.told(range(5), Metric.PEAK) == [2, 2, 2, 1, 1]


def test_who_only_waited_is_in_no_day(room: Room) -> None:
    joined = room.call("POST", f"/v1/meetings/{room.id}/join", {"display_name": "Gil"})
    room.product.owner.execute(
        "UPDATE meeting_participants SET status = 'waiting', joined_at = NULL WHERE participant_id = %s",
        (joined.body["participant_id"],),
    )
    room.end(room.at(3, 4))
    room.roll(range(4), room.at(3, 5))
    room.drain()
    room.roll(range(4), room.at(3, 5))
    assert room.told(range(4), Metric.PARTICIPANTS) == [0] * 4


def test_a_user_of_a_night_has_the_numbers_of_each_day(room: Room, call: Call) -> None:
    joined = call("POST", f"/v1/meetings/{room.id}/join", {}, token=room.host.access_token)
    room.enter(room.at(0, 20), joined.body["participant_id"])
    room.drain()

    def told(metric: Metric) -> list[Any]:
        room.roll(range(3), room.at(2, 4))
        user = Dimension.USER
        return [usage.of_dimension(room.day(n), metric, user, room.host.id) for n in range(3)]

    expected = [[(room.host.id, number)] for number in minutes(2)]
    assert told(Metric.PARTICIPANT_MINUTES) == expected
    room.end(room.at(2, 4))
    room.drain()
    assert told(Metric.PARTICIPANT_MINUTES) == expected
    assert told(Metric.MEETINGS) == [[(room.host.id, 1)]] * 3


def test_a_stay_of_months_is_told_to_the_days_that_can_be_rolled_up(room: Room) -> None:
    room.enter(room.at(-100, 20))
    room.end(room.at(0, 4))
    room.drain()

    def stays(number: int) -> int:
        shards = (day_store.events(room.day(number), shard) for shard in range(64))
        return sum(event.kind == STAYED for events in shards for event in events)

    assert [stays(-1), stays(-KEPT_DAYS), stays(-KEPT_DAYS - 1)] == [1, 1, 0]

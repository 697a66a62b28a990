"""A day of known events adds up to known numbers."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from convoke.analytics.model.rollup import MAX_VALUES, DayCount, days_to_roll, in_minutes
from convoke.analytics.model.usage import DayEvent, Dimension, Metric

DAY = date(2026, 11, 19)
MIDNIGHT = datetime(2026, 11, 19, tzinfo=UTC)
LATER = MIDNIGHT + timedelta(days=3)
ADA, BOB = UUID(int=1), UUID(int=2)


def at(clock: str) -> datetime:
    hours, minutes, *seconds = (float(part) for part in clock.split(":"))
    return MIDNIGHT + timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def event(
    clock: str,
    kind: str,
    *,
    meeting: int | None = 100,
    who: int | None = None,
    user: UUID | None = None,
    device: str = "desktop",
    region: str = "eu",
    account: str = "basic",
    **data: str,
) -> DayEvent:
    return DayEvent(
        at=at(clock),
        kind=kind,
        meeting_id=UUID(int=meeting) if meeting else None,
        user_id=user,
        participant_id=UUID(int=who) if who else None,
        region=region,
        device_type=device,
        account_type=account,
        data={key.removesuffix("_"): value for key, value in data.items()},
    )


class Counted:
    """What a day adds up to; `by_user` in the units in which it is told."""

    def __init__(self, *shards: list[DayEvent], until: datetime = LATER) -> None:
        sums: Counter[tuple[UUID, Metric]] = Counter()
        self.count = DayCount(DAY, until, lambda user, metric, more: sums.update({(user, metric): more}))
        self.events = sum(self.count.add_shard(sorted(shard, key=lambda e: e.at)) for shard in shards)
        self.sums = self.count.sums()
        self.by_user = {key: in_minutes(key[1], value) for key, value in sums.items()}

    def total(self, metric: Metric) -> int:
        return self.sums.get((metric, Dimension.TOTAL, "all"), 0)


# Two meetings: Ada on a desktop for an hour, a guest on a phone for half of it; Bob alone for ten minutes.
FIRST = [
    event("10:00", "meeting.started"),
    event("10:00", "participant.joined", who=1, user=ADA),
    event("10:10", "participant.joined", who=2, device="mobile", account="guest"),
    event("10:20", "message.sent", who=1, user=ADA),
    event("10:21", "message.sent", who=2, device="mobile", account="guest"),
    event("10:40", "participant.left", who=2, device="mobile", account="guest", from_="joined"),
    event("11:00", "participant.left", who=1, user=ADA, from_="joined"),
    event("11:00", "media.forwarded", who=1, user=ADA, bytes="1000"),
    event("11:00", "meeting.ended"),
]
SECOND = [
    event("10:30", "meeting.started", meeting=200, region="us"),
    event("10:30", "participant.joined", meeting=200, who=3, user=BOB, region="us", account="pro"),
    event("10:40", "participant.left", meeting=200, who=3, user=BOB, region="us", account="pro"),
    event("10:40", "meeting.ended", meeting=200, region="us"),
]


def test_a_constructed_day_has_these_numbers_and_no_others() -> None:
    counted = Counted(FIRST, SECOND)
    m, d = Metric, Dimension
    assert counted.events == 13
    assert {key: value for key, value in counted.sums.items() if key[1] is d.TOTAL} == {
        (m.MEETINGS, d.TOTAL, "all"): 2,
        (m.PARTICIPANTS, d.TOTAL, "all"): 3,
        (m.MEETING_MINUTES, d.TOTAL, "all"): 70,
        (m.PARTICIPANT_MINUTES, d.TOTAL, "all"): 100,
        (m.MESSAGES, d.TOTAL, "all"): 2,
        (m.PEAK, d.TOTAL, "all"): 3,
        (m.BYTES, d.TOTAL, "all"): 1000,
    }
    by_device = {key[::2]: value for key, value in counted.sums.items() if key[1] is d.DEVICE}
    assert by_device[m.PARTICIPANTS, "mobile"] == 1
    assert by_device[m.PARTICIPANT_MINUTES, "mobile"] == 30
    assert by_device[m.PARTICIPANT_MINUTES, "desktop"] == 70
    assert by_device[m.PEAK, "desktop"] == 2
    by_region = {key[::2]: value for key, value in counted.sums.items() if key[1] is d.REGION}
    assert (by_region[m.MEETINGS, "eu"], by_region[m.MEETINGS, "us"]) == (1, 1)
    by_account = {key[::2]: value for key, value in counted.sums.items() if key[1] is d.ACCOUNT}
    assert (by_account[m.MESSAGES, "guest"], by_account[m.PARTICIPANT_MINUTES, "pro"]) == (1, 10)
    assert counted.by_user == {
        (ADA, m.MEETINGS): 1,
        (ADA, m.MEETING_MINUTES): 60,
        (ADA, m.PARTICIPANTS): 1,
        (ADA, m.PARTICIPANT_MINUTES): 60,
        (ADA, m.MESSAGES): 1,
        (ADA, m.BYTES): 1000,
        (BOB, m.MEETINGS): 1,
        (BOB, m.MEETING_MINUTES): 10,
        (BOB, m.PARTICIPANTS): 1,
        (BOB, m.PARTICIPANT_MINUTES): 10,
    }


def test_it_does_not_matter_which_shard_comes_first() -> None:
    assert Counted(SECOND, FIRST).sums == Counted(FIRST, SECOND).sums


def test_who_comes_back_is_one_participant_and_counts_the_time_inside() -> None:
    counted = Counted(
        [
            event("10:00", "participant.joined", who=1, user=ADA),
            event("10:10", "participant.left", who=1, user=ADA),
            event("10:30", "participant.joined", who=1, user=ADA),
            event("10:35", "participant.removed", who=1, user=ADA),
        ]
    )
    assert counted.total(Metric.PARTICIPANTS) == 1
    assert counted.total(Metric.PARTICIPANT_MINUTES) == 15
    assert counted.total(Metric.PEAK) == 1
    assert counted.total(Metric.MEETING_MINUTES) == 35


def test_who_never_got_in_counts_for_nothing() -> None:
    counted = Counted(
        [
            event("10:00", "participant.waiting", who=1),
            event("10:10", "participant.left", who=1, from_="waiting"),
            event("10:11", "meeting.cancelled"),
        ]
    )
    assert counted.sums == {}


def test_the_end_of_the_meeting_ends_every_stay() -> None:
    counted = Counted(
        [event("10:00", "participant.joined", who=1), event("10:45", "meeting.ended", reason="ended_by_host")]
    )
    assert counted.total(Metric.PARTICIPANT_MINUTES) == 45


def test_over_midnight_each_day_counts_its_own_part() -> None:
    evening = Counted([event("23:30", "participant.joined", who=1, user=ADA)])
    assert evening.total(Metric.PARTICIPANT_MINUTES) == 30
    morning = Counted(
        [
            event("0:20", "participant.left", who=1, user=ADA, joined_at="2026-11-18T23:30:00+00:00"),
            event("0:20", "meeting.ended"),
        ]
    )
    assert morning.total(Metric.PARTICIPANT_MINUTES) == 20
    assert morning.total(Metric.MEETING_MINUTES) == 20
    assert morning.total(Metric.MEETINGS) == 1


def test_who_stays_through_a_day_is_in_all_of_it() -> None:
    through = event("0:00", "participant.stayed", who=1, user=ADA, device="tablet")
    counted = Counted([through, event("12:00", "participant.joined", who=2)])
    assert counted.total(Metric.PARTICIPANT_MINUTES) == 1440 + 720
    assert counted.total(Metric.MEETING_MINUTES) == 1440
    assert counted.total(Metric.PEAK) == 2
    assert counted.by_user[ADA, Metric.PARTICIPANT_MINUTES] == 1440
    assert counted.sums[Metric.PEAK, Dimension.DEVICE, "tablet"] == 1
    assert Counted([through], until=at("9:30")).total(Metric.PARTICIPANT_MINUTES) == 570


def test_who_stays_and_leaves_or_is_told_of_twice_is_one() -> None:
    stays = event("0:00", "participant.stayed", who=1)
    leaves = event("9:00", "participant.left", who=1, joined_at="2026-11-15T10:00:00+00:00")
    counted = Counted([stays, stays, leaves])
    assert counted.total(Metric.PARTICIPANTS) == 1
    assert counted.total(Metric.PARTICIPANT_MINUTES) == 540
    assert counted.total(Metric.PEAK) == 1


def test_today_counts_who_is_in_until_now() -> None:
    counted = Counted([event("10:00", "participant.joined", who=1)], until=at("10:12"))
    assert counted.total(Metric.PARTICIPANT_MINUTES) == 12
    assert counted.total(Metric.PEAK) == 1


def test_a_leave_whose_join_is_still_on_its_way_counts_nothing_yet() -> None:
    leave = event("10:30", "participant.left", who=1, joined_at="2026-11-19T10:00:00+00:00")
    assert Counted([leave]).sums == {}
    late = event("10:00", "participant.joined", who=1)
    assert Counted([leave, late]).total(Metric.PARTICIPANT_MINUTES) == 30


def test_who_replaces_another_in_the_same_second_makes_no_peak() -> None:
    counted = Counted(
        [
            event("10:00", "participant.joined", who=1),
            event("10:10:05.2", "participant.left", who=1),
            event("10:10:05.9", "participant.joined", who=2),
            event("10:20", "participant.left", who=2),
        ]
    )
    assert counted.total(Metric.PEAK) == 1


def test_minutes_are_rounded_once_a_day_and_not_once_a_stay() -> None:
    shards = [
        [
            event("10:00:00", "participant.joined", meeting=number, who=number),
            event("10:00:20", "participant.left", meeting=number, who=number),
        ]
        for number in range(1, 31)
    ]
    assert Counted(*shards).total(Metric.PARTICIPANT_MINUTES) == 10


@pytest.mark.parametrize("octets", ["-5", "NaN", "1e9", "", "9" * 30])
def test_bytes_that_are_no_number_count_nothing(octets: str) -> None:
    counted = Counted([event("10:00", "media.forwarded", who=1, bytes=octets)])
    assert counted.total(Metric.BYTES) == 0


def test_values_without_end_do_not_take_memory_without_end() -> None:
    flood = [
        event("10:00", "participant.joined", who=number, device=f"device {number}")
        for number in range(1, 5 * MAX_VALUES)
    ]
    sums = Counted(flood).sums
    values = {key[2] for key in sums if key[1] is Dimension.DEVICE}
    assert len(values) <= MAX_VALUES + 1
    assert sums[Metric.PARTICIPANTS, Dimension.TOTAL, "all"] == len(flood)


def test_messages_outside_meetings_count_too() -> None:
    counted = Counted([event("10:00", "message.sent", meeting=None, user=ADA)])
    assert counted.total(Metric.MESSAGES) == 1
    assert counted.by_user == {(ADA, Metric.MESSAGES): 1}


def test_days_to_roll_are_utc_days_with_the_latest_last() -> None:
    now = datetime.fromisoformat("2026-11-20T01:00:00+02:00")
    assert days_to_roll(now, days=2) == [date(2026, 11, 18), date(2026, 11, 19)]


@pytest.mark.parametrize("mark", ["call.started", "call.ended"])
def test_the_room_of_a_call_is_no_meeting_on_any_of_its_days(mark: str) -> None:
    call = [
        event("09:00", "participant.joined", meeting=300, who=9, user=BOB),
        event("09:30", "participant.left", meeting=300, who=9, user=BOB, from_="joined"),
        event("09:30", "meeting.ended", meeting=300),
        event("08:59" if mark == "call.started" else "09:31", mark, meeting=300, user=BOB),
    ]
    counted = Counted(FIRST + call)
    assert {metric: counted.total(metric) for metric in Metric if metric is not Metric.CALLS} == {
        metric: Counted(FIRST).total(metric) for metric in Metric if metric is not Metric.CALLS
    }
    assert counted.total(Metric.CALLS) == (mark == "call.started")


@pytest.mark.parametrize(
    "in_room",
    [
        [event("00:00", "participant.stayed", meeting=300, who=9, user=BOB, meeting_type="call")],
        [event("09:00", "participant.joined", meeting=300, who=9, user=BOB, meeting_type="call")],
        [
            event("09:00", "participant.joined", meeting=300, who=9, user=BOB),
            event("09:30", "hand.raised", meeting=300, who=9, user=BOB, meeting_type="call"),
        ],
    ],
)
def test_a_day_between_the_ends_of_a_call_has_no_meeting_of_it(in_room: list[DayEvent]) -> None:
    assert Counted(FIRST + in_room).sums == Counted(FIRST).sums
    assert Counted(in_room).by_user == {}

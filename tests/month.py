"""A month that could have been: events of thirty days, and one meeting in which two connections went bad."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import sin
from random import Random
from uuid import UUID

from convoke.analytics.actions.record_quality import record_quality
from convoke.analytics.actions.roll_up_usage import roll_up_day
from convoke.analytics.model.events import Event
from convoke.analytics.model.measures import Measures, QualitySample
from convoke.analytics.store import events

DAYS = 30
REGIONS = ("eu-central-1", "eu-central-1", "us-east-1", "ap-southeast-2")
DEVICES = ("desktop", "desktop", "desktop", "mobile", "mobile", "tablet")


def fill_month(users: list[UUID], now: datetime, random: Random) -> None:
    """Thirty days up to today: busier in the middle of the week, growing; rolled up as the schedule would."""
    today = now.astimezone(UTC).date()
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        busy = 4 if day.weekday() >= 5 else 12 + random.randrange(6) + (DAYS - back) // 4
        happened = [event for _ in range(busy) for event in _meeting(day, users, random)]
        write(happened)
        roll_up_day(day, now)


def write(happened: list[Event]) -> None:
    failed = [outcome for outcome in events.write(happened, seconds=60) if outcome is not None]
    assert not failed, failed[0]


def event(kind: str, at: datetime, random: Random, **more: object) -> Event:
    base = Event(
        id=UUID(int=random.getrandbits(128)),
        kind=kind,
        at=at,
        meeting_id=None,
        user_id=None,
        participant_id=None,
        user_name=None,
        region="eu-central-1",
        device_type="desktop",
        account_type="basic",
        data={},
    )
    return replace(base, **more)  # type: ignore[arg-type] # the names of its fields


def _meeting(day: date, users: list[UUID], random: Random) -> Iterator[Event]:
    meeting, region = UUID(int=random.getrandbits(128)), random.choice(REGIONS)
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC) + timedelta(minutes=random.randrange(600))
    length = random.choice((15, 25, 30, 45, 60, 90))
    for _ in range(random.randrange(2, 9)):
        user = random.choice([*users, None])
        told = {
            "meeting_id": meeting,
            "participant_id": UUID(int=random.getrandbits(128)),
            "user_id": user,
            "region": region,
            "device_type": random.choice(DEVICES),
            "account_type": "guest" if user is None else ("basic", "pro")[user.int % 2],
        }
        joined = start + timedelta(seconds=random.randrange(200))
        left = start + timedelta(minutes=length, seconds=random.randrange(60))
        yield event("participant.joined", joined, random, **told)
        for _ in range(random.randrange(6)):
            said = joined + (left - joined) * random.random()
            yield event("message.sent", said, random, **told)
        octets = {"bytes": str(length * random.randrange(4_000_000, 14_000_000))}
        yield event("media.forwarded", left, random, data=octets, **told)
        yield event("participant.left", left, random, data={"from": "joined"}, **told)


def fill_quality(meeting: UUID, people: list[UUID], start: datetime, random: Random) -> None:
    """Forty minutes: the first has a good line, the second loses packets, the third has a slow one."""
    record_quality(
        [
            QualitySample(meeting, person, start + timedelta(seconds=10 * number), "client", measures)
            for place, person in enumerate(people)
            for number in range(240)
            for measures in (_measures(place, number, random),)
            if not (place == 2 and 150 < number < 160)
        ]
    )


def _measures(place: int, number: int, random: Random) -> Measures:
    bad = place == 1 and 72 <= number < 84
    awful = place == 1 and 180 <= number < 186
    slow = place == 2 and number > 100
    loss = 5 + random.random() if bad else 14 + 4 * random.random() if awful else 0.3 * random.random()
    wave = 1 + 0.1 * sin(number / 9)
    return Measures(
        audio_rtt=round(520 + 40 * random.random()) if slow else round(38 * wave + 6 * random.random()),
        video_frame_rate=30.0,
        video_resolution="1280x720",
        uplink_bitrate=round(1_250_000 * wave * (0.5 if bad or awful else 1)),
        uplink_packet_loss=round(loss, 2),
        uplink_jitter=round(4 + 3 * random.random() + (40 if awful else 0), 2),
        downlink_bitrate=round(2_300_000 * wave),
        downlink_packet_loss=round(0.2 * random.random(), 2),
        downlink_jitter=round(3 + 2 * random.random(), 2),
        network_type="wifi" if place else "ethernet",
        bandwidth_available=3_000_000,
    )


def fill_story(meeting: UUID, people: list[tuple[UUID, str]], start: datetime, random: Random) -> None:
    """What such a meeting leaves in its timeline."""
    happened = [event("meeting.started", start, random, meeting_id=meeting)]
    kinds = ("participant.unmuted", "participant.video_started", "message.sent", "participant.hand_raised")
    for place, (person, name) in enumerate(people):
        told = {"meeting_id": meeting, "participant_id": person, "user_name": name}
        joined = start + timedelta(seconds=20 * place + 3)
        happened.append(event("participant.joined", joined, random, **told))
        for number in range(10):
            at = joined + timedelta(seconds=60 + 200 * number + random.randrange(100))
            happened.append(event(random.choice(kinds), at, random, **told))
        left = {"reason": "connection_lost" if place == 2 else "voluntary", "from": "joined"}
        gone = start + timedelta(minutes=40, seconds=place)
        happened.append(event("participant.left", gone, random, data=left, **told))
    happened.append(
        event(
            "meeting.ended",
            start + timedelta(minutes=41),
            random,
            meeting_id=meeting,
            data={"reason": "empty"},
        )
    )
    write(happened)

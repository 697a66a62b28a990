"""Numbers become the sentence that a host reads, and become none where all was well."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from convoke.analytics.model.findings import findings, merged, rating, thinned
from convoke.analytics.model.looks import QualityPoint

START = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def series(minutes: float = 20, **everywhere: float) -> list[QualityPoint]:
    count = round(minutes * 6)
    good: dict[str, object] = {
        "uplink_packet_loss": 0.1,
        "downlink_packet_loss": 0.1,
        "round_trip": 40,
        "video_frame_rate": 30.0,
        **everywhere,
    }
    return [
        QualityPoint.model_validate({"at": START + timedelta(seconds=10 * number), **good})
        for number in range(count)
    ]


def spoiled(
    points: list[QualityPoint], first: datetime, last: datetime, **values: float
) -> list[QualityPoint]:
    return [point.model_copy(update=values) if first <= point.at < last else point for point in points]


def at(hour: int, minute: int) -> datetime:
    return START.replace(hour=hour, minute=minute)


def test_a_good_connection_is_no_news() -> None:
    assert findings(series()) == []
    assert rating(series(), []) == "good"


def test_high_loss_is_told_with_its_minutes_and_direction() -> None:
    points = spoiled(series(), at(10, 42), at(10, 44), uplink_packet_loss=5.5)
    (found,) = findings(points)
    assert found.words == "High loss from 10:42 to 10:44 on uplink (up to 6 %)"
    assert (found.kind, found.direction, found.severity) == ("loss", "uplink", "fair")
    assert (found.first, found.last, found.worst) == (at(10, 42), at(10, 44), 5.5)
    assert rating(points, [found]) == "fair"


def test_words_go_by_the_readers_clock() -> None:
    points = spoiled(series(), at(10, 42), at(10, 44), downlink_packet_loss=12.0)
    (found,) = findings(points, ZoneInfo("Asia/Kolkata"))
    assert found.words == "Very high loss from 16:12 to 16:14 on downlink (up to 12 %)"


def test_one_bad_report_is_told_only_when_it_was_very_bad() -> None:
    fair = spoiled(series(), at(10, 40), at(10, 40) + timedelta(seconds=10), uplink_packet_loss=4.0)
    assert findings(fair) == []
    poor = spoiled(series(), at(10, 40), at(10, 40) + timedelta(seconds=10), uplink_packet_loss=40.0)
    assert [found.words for found in findings(poor)] == ["Very high loss at 10:40 on uplink (up to 40 %)"]


def test_two_spells_close_together_are_one() -> None:
    points = spoiled(series(), at(10, 40), at(10, 41), uplink_packet_loss=5.0)
    points = spoiled(points, at(10, 41) + timedelta(seconds=30), at(10, 43), uplink_packet_loss=9.0)
    (found,) = findings(points)
    assert found.words == "Very high loss from 10:40 to 10:43 on uplink (up to 9 %)"


def test_low_frame_rate_and_processor_load_are_told() -> None:
    points = spoiled(series(), at(10, 35), at(10, 37), video_frame_rate=3.0, cpu_usage=90.0)
    assert [found.words for found in findings(points)] == [
        "Very low frame rate from 10:35 to 10:37 (down to 3 frames/s)",
        "High processor load from 10:35 to 10:37 (up to 90 %)",
    ]


def test_a_gap_is_told_and_not_held_against_the_connection() -> None:
    points = [point for point in series() if not at(10, 36) < point.at < at(10, 39)]
    found = findings(points)
    assert [finding.words for finding in found] == ["Disconnected or away from 10:36 to 10:39"]
    assert rating(points, found) == "good"


def test_nothing_measured_is_unknown_and_not_good() -> None:
    assert (findings([]), rating([], [])) == ([], "unknown")


def test_a_poor_tenth_makes_the_whole_poor() -> None:
    points = spoiled(series(), at(10, 32), at(10, 36), uplink_packet_loss=30.0)
    assert rating(points, findings(points)) == "poor"


def test_a_whole_day_is_thinned_without_losing_its_worst_moment() -> None:
    points = series(24 * 60)
    moment = points[4321].at
    points = spoiled(points, moment, moment + timedelta(seconds=10), uplink_packet_loss=55.0)
    shown, step = thinned(points, at_most=360)
    assert len(shown) <= 361
    assert step == 240
    assert max(point.uplink_packet_loss or 0 for point in shown) == 55.0


def test_merging_keeps_means_worsts_and_the_last_word() -> None:
    one = QualityPoint(at=START, uplink_bitrate=100, downlink_jitter=1.0, video_resolution="1280x720")
    two = QualityPoint(at=at(10, 31), uplink_bitrate=201, downlink_jitter=9.0, video_resolution="640x360")
    assert merged([one, two]) == QualityPoint(
        at=START, uplink_bitrate=150, downlink_jitter=9.0, video_resolution="640x360"
    )

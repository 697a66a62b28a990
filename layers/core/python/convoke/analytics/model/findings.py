"""What went wrong in a participant's media, in words: "high loss from 10:42 to 10:44 on uplink". Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from statistics import fmean
from typing import Literal

from convoke.analytics.model.looks import Finding, QualityPoint
from convoke.analytics.model.measures import REPORT_SECONDS

Direction = Literal["uplink", "downlink"] | None
Kind = Literal["loss", "jitter", "round_trip", "frame_rate", "bandwidth", "cpu", "silence"]
# Two spells closer than this are one to whoever lived through them.
JOIN_GAP = timedelta(seconds=45)
# Reports every 10 s: three missing in a row are an interruption, one is a lost message.
SILENCE = timedelta(seconds=3.5 * REPORT_SECONDS)
MAX_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class _Rule:
    """From `fair` on it is worth telling; `poor` is what nobody can work with. `below`: small is bad."""

    kind: Kind
    direction: Direction
    name: str
    fair: float
    poor: float
    words: str
    unit: str
    below: bool = False

    def badness(self, value: float) -> Literal["good", "fair", "poor"]:
        if self.below:
            return "poor" if value <= self.poor else "fair" if value <= self.fair else "good"
        return "poor" if value >= self.poor else "fair" if value >= self.fair else "good"


# Limits as in web/src/media/quality.ts: Opus with FEC hides about 2 % loss, above 8 % speech breaks up; ITU-T
# G.114 on delay. Jitter above 60 ms outgrows a browser's usual play-out buffer.
RULES = (
    _Rule("loss", "uplink", "uplink_packet_loss", 2, 8, "loss", " %"),
    _Rule("loss", "downlink", "downlink_packet_loss", 2, 8, "loss", " %"),
    _Rule("jitter", "uplink", "uplink_jitter", 60, 150, "jitter", " ms"),
    _Rule("jitter", "downlink", "downlink_jitter", 60, 150, "jitter", " ms"),
    _Rule("round_trip", None, "round_trip", 400, 800, "delay", " ms"),
    _Rule("frame_rate", None, "video_frame_rate", 10, 4, "frame rate", " frames/s", below=True),
    _Rule("bandwidth", "uplink", "bandwidth_available", 150_000, 60_000, "bandwidth", " kbit/s", below=True),
    _Rule("cpu", None, "cpu_usage", 85, 97, "processor load", " %"),
)


@dataclass(slots=True)
class _Spell:
    first: datetime
    last: datetime
    worst: float
    severity: Literal["fair", "poor"]


def findings(points: Sequence[QualityPoint], zone: tzinfo = UTC) -> list[Finding]:
    """In order of their beginning; when there are many, the poor ones stay.

    `points` are in time order, a report's seconds apart; the words tell times as clocks in `zone` did.
    """

    def shown(at: datetime) -> str:
        return at.astimezone(zone).strftime("%H:%M")

    found = [_told(rule, spell, shown) for rule in RULES for spell in _spells(rule, points)]
    found += [_silence(before, after, shown) for before, after in _silences(points)]
    found.sort(key=lambda finding: (finding.severity != "poor", finding.first))
    return sorted(found[:MAX_FINDINGS], key=lambda finding: finding.first)


def rating(
    points: Sequence[QualityPoint], found: Iterable[Finding]
) -> Literal["good", "fair", "poor", "unknown"]:
    """Poor when more than a tenth of the time was poor; fair when anything lasted half a minute.

    Silence does not count: whoever left and came back had no bad connection.
    """
    if not points:
        return "unknown"
    whole = max((points[-1].at - points[0].at).total_seconds(), REPORT_SECONDS)
    bad = fair = 0.0
    for finding in found:
        if finding.kind == "silence":
            continue
        lasted = (finding.last - finding.first).total_seconds() + REPORT_SECONDS
        fair = max(fair, lasted)
        bad += lasted if finding.severity == "poor" else 0
    if bad > 0.1 * whole:
        return "poor"
    return "fair" if fair >= 3 * REPORT_SECONDS else "good"


def thinned(points: Sequence[QualityPoint], *, at_most: int) -> tuple[list[QualityPoint], int]:
    """No more than about `at_most` points, and their distance in seconds: peaks of loss and jitter stay."""
    if not points:
        return [], REPORT_SECONDS
    span = (points[-1].at - points[0].at).total_seconds()
    step = REPORT_SECONDS * max(1, -(-int(span) // (REPORT_SECONDS * at_most)))
    groups: dict[int, list[QualityPoint]] = {}
    for point in points:
        groups.setdefault(int((point.at - points[0].at).total_seconds() // step), []).append(point)
    return [merged(group) for _, group in sorted(groups.items())], step


def merged(group: Sequence[QualityPoint]) -> QualityPoint:
    """Several reports as one: the mean, but the worst loss, jitter and frame rate."""
    values: dict[str, object] = {"at": group[0].at}
    for name in QualityPoint.model_fields:
        if name == "at":
            continue
        seen = [value for point in group if (value := getattr(point, name)) is not None]
        if not seen:
            continue
        if isinstance(seen[0], str):
            values[name] = seen[-1]
        elif name.endswith(("_loss", "_jitter")):
            values[name] = max(seen)
        elif name == "video_frame_rate":
            values[name] = min(seen)
        else:
            mean = fmean(seen)
            values[name] = round(mean) if isinstance(seen[0], int) else round(mean, 2)
    return QualityPoint.model_validate(values)


def _spells(rule: _Rule, points: Iterable[QualityPoint]) -> list[_Spell]:
    """Runs of reports beyond the rule's limit; a single one says little unless it is poor."""
    spells: list[_Spell] = []
    for point in points:
        value = getattr(point, rule.name)
        badness = "good" if value is None else rule.badness(value)
        if badness == "good":
            continue
        if spells and point.at - spells[-1].last <= JOIN_GAP:
            spell = spells[-1]
            spell.last = point.at
            spell.worst = min(spell.worst, value) if rule.below else max(spell.worst, value)
            spell.severity = "poor" if badness == "poor" else spell.severity
        else:
            spells.append(_Spell(point.at, point.at, value, badness))
    return [spell for spell in spells if spell.severity == "poor" or spell.last > spell.first]


def _told(rule: _Rule, spell: _Spell, shown: Callable[[datetime], str]) -> Finding:
    how = "low" if rule.below else "high"
    if spell.severity == "poor":
        how = f"very {how}"
    end = spell.last + timedelta(seconds=REPORT_SECONDS)
    where = f" on {rule.direction}" if rule.direction else ""
    worst = spell.worst / 1000 if rule.kind == "bandwidth" else spell.worst
    words = f"{how} {rule.words} {_period(spell.first, end, shown)}{where}".capitalize()
    limit = f"{'down' if rule.below else 'up'} to {worst:.0f}{rule.unit}"
    return Finding(
        kind=rule.kind,
        severity=spell.severity,
        direction=rule.direction,
        first=spell.first,
        last=end,
        worst=round(spell.worst, 1),
        words=f"{words} ({limit})",
    )


def _silences(points: Sequence[QualityPoint]) -> list[tuple[datetime, datetime]]:
    return [(before.at, after.at) for before, after in pairwise(points) if after.at - before.at > SILENCE]


def _silence(before: datetime, after: datetime, shown: Callable[[datetime], str]) -> Finding:
    return Finding(
        kind="silence",
        severity="fair",
        direction=None,
        first=before,
        last=after,
        worst=None,
        words=f"Disconnected or away {_period(before, after, shown)}",
    )


def _period(first: datetime, last: datetime, shown: Callable[[datetime], str]) -> str:
    start, end = shown(first), shown(last)
    return f"at {start}" if start == end else f"from {start} to {end}"

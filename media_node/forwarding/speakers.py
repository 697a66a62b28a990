"""Who speaks: smoothed audio levels (RFC 6464), an active speaker who does not change at every cough."""

from collections.abc import Iterable

from media_node.forwarding.contract import Speakers

RISE, FALL = (
    0.3,
    0.08,
)  # weight of a 20 ms packet: a word is loud within 60 ms, a pause between words is bridged
SILENT_AFTER = 0.5  # s without a packet: discontinuous transmission, mute, or gone
AUDIBLE = 40  # of 127: below it is a room's noise (RFC 6464 gives -dBov: this is -87 dBov)
MARGIN = 6  # dB that a challenger must be louder than the active speaker
PATIENCE = 0.6  # s the challenger must keep it up
HOLD = 1.5  # s a speaker stays active at least, if somebody speaks


class Meter:
    """One stream's level: 0 (silence) to 127 (loudest)."""

    __slots__ = ("heard_at", "level")

    def __init__(self) -> None:
        self.level = 0.0
        self.heard_at = float("-inf")

    def hear(self, byte: int, now: float) -> None:
        """`byte` of the extension: bit 7 voice activity, the rest the level in -dBov."""
        loudness = 127 - (byte & 0x7F)
        self.level += (loudness - self.level) * (RISE if loudness > self.level else FALL)
        self.heard_at = now

    def loudness(self, now: float) -> float:
        return self.level if now - self.heard_at < SILENT_AFTER else 0.0


class Floor:
    """Who has the floor in one room."""

    __slots__ = ("_active", "_challenged_at", "_challenger", "_since")

    def __init__(self) -> None:
        self._active: str | None = None
        self._challenger: str | None = None
        self._challenged_at = self._since = float("-inf")

    def hear(self, meters: Iterable[tuple[str, Meter]], now: float) -> Speakers:
        """The room's levels now. The active speaker stays active in silence, until another one speaks."""
        levels = {stream_id: meter.loudness(now) for stream_id, meter in meters}
        if self._active not in levels:
            self._active = None
        heard = sorted(((v, s) for s, v in levels.items() if v >= AUDIBLE), reverse=True)
        if heard:
            self._challenge(heard[0][1], levels, now)
        return Speakers(tuple((s, round(v)) for v, s in heard), self._active)

    def _challenge(self, loudest: str, levels: dict[str, float], now: float) -> None:
        current = levels.get(self._active, 0.0) if self._active is not None else 0.0
        if loudest == self._active or levels[loudest] < current + MARGIN:
            self._challenger = None
            return
        if loudest != self._challenger:
            self._challenger, self._challenged_at = loudest, now
        waited = now - self._challenged_at >= PATIENCE and now - self._since >= HOLD
        if self._active is None or waited:
            self._active, self._since, self._challenger = loudest, now, None

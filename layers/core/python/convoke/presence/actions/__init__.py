"""What can be asked of presence; one module per subject, and their functions by name here."""

from convoke.presence.actions.announce import recheck
from convoke.presence.actions.devices import beat, came, engage, release, update, went
from convoke.presence.actions.sweep import SweptPresence, sweep
from convoke.presence.actions.typing import typing
from convoke.presence.actions.watch import introduce, unwatch, watch

__all__ = [
    "SweptPresence",
    "beat",
    "came",
    "engage",
    "introduce",
    "recheck",
    "release",
    "sweep",
    "typing",
    "unwatch",
    "update",
    "watch",
    "went",
]

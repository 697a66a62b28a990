"""Ring, answer, decline, end: a call's state machine; its media is a meeting."""

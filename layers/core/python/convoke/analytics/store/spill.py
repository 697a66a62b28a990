"""Sums by user on disk, so that a day with any number of users takes no more memory than a part of them.

A record is appended to one of 64 files by the user's id; a file at a time is read back and added up.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from uuid import UUID

from convoke.analytics.model.usage import Metric

PARTS = 64
_RECORD = struct.Struct("<16sBBq")
_METRICS = tuple(Metric)
_NUMBERS = {metric: number for number, metric in enumerate(_METRICS)}


class Spill:
    """`add` what was counted and `note` what stands in the store already; then `parts` compares the two."""

    def __init__(self, folder: Path) -> None:
        self._paths = [folder / f"{number:02}" for number in range(PARTS)]
        self._files: list[BinaryIO] = []

    def __enter__(self) -> "Spill":
        self._files = [path.open("w+b", buffering=1 << 15) for path in self._paths]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def add(self, user_id: UUID, metric: Metric, amount: int) -> None:
        self._put(user_id.bytes, metric, 0, amount)

    def note(self, user_id: UUID, metric: Metric, stored: int) -> None:
        self._put(user_id.bytes, metric, 1, stored)

    def parts(self) -> Iterator[dict[tuple[UUID, Metric], tuple[int, int | None]]]:
        """By user and metric: the sum now, and what is stored. One part of the users at a time."""
        for file in self._files:
            file.seek(0)
            sums: dict[tuple[bytes, int], int] = {}
            stored: dict[tuple[bytes, int], int] = {}
            for user, metric, old, amount in _RECORD.iter_unpack(file.read()):
                if old:
                    stored[user, metric] = amount
                else:
                    sums[user, metric] = sums.get((user, metric), 0) + amount
            yield {
                (UUID(bytes=user), _METRICS[metric]): (
                    sums.get((user, metric), 0),
                    stored.get((user, metric)),
                )
                for user, metric in sums.keys() | stored.keys()
            }

    def _put(self, user: bytes, metric: Metric, old: int, amount: int) -> None:
        # The last bytes of a UUIDv7 are random, the first ones are time.
        self._files[user[-1] % PARTS].write(_RECORD.pack(user, _NUMBERS[metric], old, amount))

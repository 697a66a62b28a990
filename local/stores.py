"""The embedded stores in one place: Postgres, Valkey, S3 and Aws, started side by side.

Each has `data_dir`, `port` (0 takes a free one), `url`, `start()`, `stop()`, and is a context manager.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from local.aws import Aws
from local.postgres import Postgres
from local.process import CannotStart
from local.s3 import S3
from local.valkey import Valkey

__all__ = ["S3", "Aws", "CannotStart", "Postgres", "Store", "Valkey", "start_all", "stop_all"]


class Store(Protocol):
    def launch(self) -> None: ...
    def wait(self) -> None: ...
    def stop(self) -> None: ...


def start_all(stores: Iterable[Store]) -> None:
    """Starts all side by side; when one cannot start, stops the others and raises its CannotStart."""
    wanted = list(stores)
    try:
        with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
            list(pool.map(_start, wanted))
    except BaseException:
        stop_all(wanted)
        raise


def stop_all(stores: Iterable[Store]) -> None:
    wanted = list(stores)
    with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
        list(pool.map(lambda store: store.stop(), wanted))


def _start(store: Store) -> None:
    store.launch()
    store.wait()

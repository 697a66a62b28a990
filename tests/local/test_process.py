"""Nothing that the local stack starts outlives it."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.process import CannotStart, Child

STARTS_STORES = """
import sys, time
from pathlib import Path
from local.stores import Aws, Postgres, Valkey, start_all
folder = Path(sys.argv[1])
stores = [Postgres(folder / "postgres", durable=False), Valkey(folder / "valkey"), Aws(folder / "aws")]
start_all(stores)
print(*(store._child.pid for store in stores), flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def survivors(pids: list[int]) -> list[int]:
    """Who of them is still there after the minute that a signal may take on a busy machine."""
    deadline = time.monotonic() + 60
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [pid for pid in pids if alive(pid)]


def test_stores_end_when_their_starter_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_STORES, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        assert len(pids) == 3
        assert all(alive(pid) for pid in pids)
        starter.kill()
    assert survivors(pids) == []


def test_descendants_end_with_their_child(tmp_path: Path) -> None:
    command = "sleep 60 & echo $!; wait"
    child = Child(["sh", "-c", command], log=tmp_path / "log")
    child.wait_until(lambda: bool((tmp_path / "log").read_text()), what="the shell", seconds=60)
    grandchild = int((tmp_path / "log").read_text())
    assert child.stop() == -signal.SIGTERM
    assert survivors([grandchild]) == []


def test_child_that_ignores_the_first_signal_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    child = Child([sys.executable, "-c", stubborn], log=tmp_path / "log")
    child.wait_until(lambda: "up" in (tmp_path / "log").read_text(), what="it", seconds=60)
    assert child.stop(grace=0.1) == -signal.SIGKILL


def test_child_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", "raise SystemExit('no room')"], log=tmp_path / "log")
    with pytest.raises(CannotStart, match=r"(?s)the thing ended with status 1 .*no room"):
        child.wait_until(lambda: False, what="the thing", seconds=60)


def test_child_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    child = Child(["sleep", "60"], log=tmp_path / "log")
    with pytest.raises(CannotStart, match="was not ready after 0 s"):
        child.wait_until(lambda: False, what="the thing", seconds=0.1)
    assert not child.running


async def test_end_is_awaited_without_polling(tmp_path: Path) -> None:
    child = Child(["sleep", "60"], log=tmp_path / "log")
    waiting = asyncio.create_task(child.ended())
    await asyncio.sleep(0)
    child.kill()
    assert await waiting == -signal.SIGKILL
    assert await child.ended() == -signal.SIGKILL

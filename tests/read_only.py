"""A disk that becomes read-only under a running server, and under nobody else.

The server lives in a mount namespace of its own, made by root or, for others, in a user namespace. Its folder
is covered by itself, read-only: what it opens from then on cannot be written. All of it ends with the server.
"""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from local import java

_USER = () if os.geteuid() == 0 else ("--user",)
_UNSHARE = ("unshare", "--mount", *(("--user", "--map-root-user") if _USER else ()))
# Aside, and over the folder once it refuses: a mount with a file open for writing cannot become read-only.
_BIND = 'mount --bind "$0" "$1" && mount -o remount,bind,ro "$1" && mount --bind "$1" "$0"'


@cache
def trouble() -> str | None:
    """Why no folder can be made read-only for one process here; None: it can."""
    try:
        with TemporaryDirectory() as folder, TemporaryDirectory() as aside:
            command = [*_UNSHARE, "sh", "-c", _BIND, folder, aside]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip() or "unshare fails" if done.returncode else None


@contextmanager
def own_mounts(folder: Path) -> Iterator[None]:
    """Whatever starts a Java meanwhile starts it in a mount namespace of its own, by the same process id."""
    real = java.java()
    wrapped = folder / "bin/java"
    wrapped.parent.mkdir(parents=True)
    wrapped.write_text(f'#!/bin/sh\nexec {shlex.join(_UNSHARE)} {shlex.quote(str(real))} "$@"\n')
    wrapped.chmod(0o755)
    with patch.object(java, "java", lambda: wrapped):
        yield


def make_read_only(folder: Path, pid: int) -> None:
    """For what lives in the namespace of `pid`. What it has open already it may go on writing to."""
    with TemporaryDirectory(dir=folder.parent) as aside:
        done = _inside(pid, "sh", "-c", f'{_BIND} && umount "$1"', str(folder), aside)
    assert done.returncode == 0, done
    refused = _inside(pid, "touch", str(folder / "new"))
    assert "Read-only file system" in refused.stderr, refused


def make_writable(folder: Path, pid: int) -> None:
    _inside(pid, "umount", str(folder)).check_returncode()


def _inside(pid: int, *command: str) -> subprocess.CompletedProcess[str]:
    into = [
        "nsenter",
        "--target",
        str(pid),
        "--mount",
        *_USER,
        *(("--preserve-credentials",) if _USER else ()),
    ]
    return subprocess.run(
        [*into, *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )

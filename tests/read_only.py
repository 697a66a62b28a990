"""A disk that becomes read-only under a running server, and under nobody else.

The server lives in a mount namespace of its own, made by root or, for others, in a user namespace. Its folder
is bound over itself, read-only: what it opens from then on cannot be written. All of it ends with the server.
"""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

from local import java

_USER = () if os.geteuid() == 0 else ("--user",)
_UNSHARE = ("unshare", "--mount", *(("--user", "--map-root-user") if _USER else ()))
_BIND = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'


@cache
def trouble() -> str | None:
    """Why no folder can be made read-only for one process here; None: it can."""
    command = [*_UNSHARE, "sh", "-c", _BIND, "/tmp"]  # noqa: S108 (in a namespace that ends at once)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
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
    _inside(pid, "sh", "-c", _BIND, str(folder)).check_returncode()
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
        timeout=20,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )

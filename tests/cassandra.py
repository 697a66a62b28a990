"""The Cassandra that tests run against: `python -m tests.cassandra` fetches what is missing of it.

Its jars come by Maven, which is installed where that may be done; Java is the system's or a wheel's.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cassandra.cluster import Cluster

from local import java
from local.process import CannotStart


@contextmanager
def connected(port: int, keyspace: str | None = None) -> Iterator[Any]:
    """A session as patient as a busy machine needs it: the driver's own limits are 2, 5 and 10 seconds."""
    cluster = Cluster(
        ["127.0.0.1"],
        port=port,
        protocol_version=4,
        schema_metadata_enabled=False,
        connect_timeout=60,
        control_connection_timeout=60,
    )
    try:
        session = cluster.connect(keyspace)
        session.default_timeout = 120
        yield session
    finally:
        cluster.shutdown()


def install_maven() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit("The tests need Cassandra, whose jars come by Maven: `sudo apt-get install maven`")
    print("installing Maven from Debian's packages", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "maven"],
        check=True,
        env=quiet,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    if not java.present() and not shutil.which("mvn"):
        install_maven()
    try:
        print(f"cassandra: {java.version()} in {java.jars()} on {java.java()}", file=sys.stderr)
    except CannotStart as trouble:
        sys.exit(str(trouble))

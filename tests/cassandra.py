"""The Cassandra that tests run against: `python -m tests.cassandra` fetches what is missing of it.

Its jars come by Maven, which is installed where that may be done; Java is the system's or a wheel's.
"""

import os
import shutil
import subprocess
import sys

from local import java
from local.process import CannotStart


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

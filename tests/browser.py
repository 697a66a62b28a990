"""The browser that tests drive: Debian's Chromium with a fake camera and microphone.

`python -m tests.browser` finds it, installs it where it may, and otherwise says how to get it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Loopback candidates are not gathered without the third flag; the rest keeps Chromium from looking outside.
ARGUMENTS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--auto-select-desktop-capture-source=Entire screen",
    "--autoplay-policy=no-user-gesture-required",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> Path | None:
    """The executable: $CHROMIUM or the first known name on the path."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def executable() -> Path:
    """As `find`, but a missing browser is an error that says what to do."""
    found = find()
    if found is None:
        raise FileNotFoundError("Chromium is missing: install Debian's `chromium`, or name one by CHROMIUM=")
    return found


def install() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(
            "The tests need Chromium: `sudo apt-get install chromium`, or name one by CHROMIUM=/path"
        )
    print("installing Chromium from Debian's packages", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "chromium"], check=True, env=quiet, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    if find() is None:
        install()
    print(f"browser: {executable()}", file=sys.stderr)

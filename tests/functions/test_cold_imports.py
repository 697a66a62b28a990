"""What a handler loads before its first request: a cold start pays for it."""

import subprocess
import sys

import pytest

from functions.routes import REST_ROUTES

# Powertools imports the bare package `botocore` for its user agent, which costs nothing.
HEAVY = (
    "boto3",
    "botocore.session",
    "botocore.client",
    "cassandra",
    "jwt",
    "argon2",
    "cryptography",
    "aiohttp",
    "PIL",
    "puremagic",
    "redis",
    "urllib3",
)
PROGRAM = """
import sys, {module}
print(*sorted(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize(
    "module", [*(f"functions.rest.{name}" for name in sorted(REST_ROUTES)), "functions.socket"]
)
def test_a_function_loads_nothing_that_it_may_not_need(module: str) -> None:
    program = PROGRAM.format(module=module, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []

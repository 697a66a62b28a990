"""What makes a run count: the same examples, the same time where it matters, and in CI nothing skipped."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Self

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")


@pytest.fixture
def stop_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`stop_clock(moment, "roll_up_usage")`: it is that time for requests, messages and the jobs named."""

    def stop(moment: datetime, *jobs: str) -> None:
        class Stopped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return cls.fromtimestamp(moment.timestamp(), tz)

        for module in ("http", "socket", *(f"jobs.{job}" for job in jobs)):
            monkeypatch.setattr(f"functions.{module}.datetime", Stopped)

    return stop


@pytest.fixture
def in_2028(stop_clock: Callable[..., None]) -> None:
    """Before the dates that tests have written down."""
    stop_clock(datetime(2028, 1, 10, 12, tzinfo=UTC))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("CI"):
        terminalreporter.write_line(f"{len(skipped)} skipped tests fail this run", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

"""What several tests of the local stack stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stores import Aws


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """A moto server of the session's own."""
    with Aws(tmp_path_factory.mktemp("aws")) as started:
        yield started


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    """A folder for handler modules that a test writes."""
    folder = tmp_path / "code"
    folder.mkdir()
    return folder

"""The version stands where packaging wants it and where the product tells it."""

import tomllib
from pathlib import Path

import convoke

ROOT = Path(__file__).parents[2]


def test_the_package_and_the_project_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert convoke.__version__ == project["version"]

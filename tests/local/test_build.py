"""What is made from sources is made again only when they change, and is whole or not there."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.build import KEPT, Builder
from local.process import CannotStart


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose infra/ writes down that it ran, into the assembly it was asked for."""
    for name in ("infra/__init__.py", "functions/routes.py", "layers/core/python/convoke/ids.py", "cdk.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "layers/vendor").mkdir()
    (tmp_path / "layers/vendor/requirements.lock").write_text("")
    script = (
        "import pathlib, sys; out = pathlib.Path(sys.argv[2]); out.mkdir(); (out / 'manifest.json').touch()"
    )
    (tmp_path / "infra/app.py").write_text(script)
    return tmp_path


def test_assembly_is_made_once_for_the_same_sources(root: Path) -> None:
    said: list[str] = []
    first = Builder(root, root / "out", said.append).assembly()
    assert (first / "manifest.json").exists()
    assert Builder(root, root / "out", said.append).assembly() == first
    assert len(said) == 1


def test_change_of_a_source_makes_another_and_bytecode_does_not(root: Path) -> None:
    first = Builder(root, root / "out", print).assembly()
    cache = root / "functions/__pycache__"
    cache.mkdir()
    (cache / "routes.cpython-311.pyc").write_text("x")
    assert Builder(root, root / "out", print).assembly() == first
    (root / "functions/routes.py").write_text("ROUTES = {}")
    assert Builder(root, root / "out", print).assembly() != first


def test_failed_synth_is_told_and_leaves_nothing_to_be_taken_for_a_result(root: Path) -> None:
    (root / "infra/app.py").write_text("raise SystemExit('no such stack')")
    for _ in range(2):
        with pytest.raises(CannotStart, match=r"(?s)synth failed.*no such stack"):
            Builder(root, root / "out", print).assembly()
    assert list((root / "out").glob("cdk.out-*")) == []


def test_only_the_latest_results_are_kept(root: Path) -> None:
    made = []
    for number in range(KEPT + 2):
        (root / "functions/routes.py").write_text(f"N = {number}")
        made.append(Builder(root, root / "out", print).assembly())
    assert sorted((root / "out").glob("cdk.out-*")) == sorted(made[-KEPT:])


def test_build_that_is_stopped_ends_at_once(root: Path) -> None:
    (root / "infra/app.py").write_text("import time; print('working', flush=True); time.sleep(60)")
    builder = Builder(root, root / "out", print)
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(builder.assembly)
        log = root / "out/synth-synth.log"
        while not (log.exists() and log.read_text()):
            time.sleep(0.01)
        builder.stop()
        with pytest.raises(CannotStart, match="synth failed"):
            making.result()

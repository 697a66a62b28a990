"""What is deployed has bytecode that its interpreter takes, and nothing that it has no use for."""

import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from infra import bundling


def test_sources_are_copied_with_bytecode_that_is_never_checked_against_them(tmp_path: Path) -> None:
    assert bundling.bundle_sources([bundling.ROOT / "functions"], tmp_path, host=True)
    source = tmp_path / "functions/routes.py"
    (compiled,) = source.parent.glob("__pycache__/routes.*.pyc")
    head = compiled.read_bytes()[:8]
    assert head[:4] == MAGIC_NUMBER
    # PEP 552: bit 0 hash-based, bit 1 check the source; a layer's times say nothing.
    assert int.from_bytes(head[4:8], "little") == 0b01


def test_bytecode_is_used_even_when_the_sources_time_changed(tmp_path: Path) -> None:
    package = tmp_path / "sources/thing"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("ANSWER = 'compiled'\n")
    target = tmp_path / "target"
    target.mkdir()
    assert bundling.bundle_sources([package], target, host=True)
    (target / "thing/__init__.py").write_text("ANSWER = 'source'\n")
    done = subprocess.run(
        [sys.executable, "-c", "import thing; print(thing.ANSWER)"],
        cwd=target,
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    assert done.stdout == "compiled\n"


def test_old_bytecode_does_not_travel(tmp_path: Path) -> None:
    package = tmp_path / "sources/thing"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__pycache__/gone.cpython-311.pyc").write_bytes(b"old")
    target = tmp_path / "target"
    target.mkdir()
    bundling.bundle_sources([package], target, host=True)
    assert not list(target.rglob("gone*"))


def test_an_interpreter_of_another_version_compiles_nothing_for_lambda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor = tmp_path / "python3.13"
    impostor.write_text("#!/bin/sh\necho 3 12\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("LAMBDA_PYTHON", str(impostor))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bundling, "LAMBDA_PYTHON", (3, 99))
    assert bundling.lambda_python() is None
    (tmp_path / "module.py").write_text("")
    assert not bundling.compile_bytecode(tmp_path)
    assert not list(tmp_path.rglob("*.pyc"))


def test_the_named_interpreter_is_used_when_it_has_lambdas_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 3 13\n")
    python.chmod(0o755)
    monkeypatch.setenv("LAMBDA_PYTHON", str(python))
    assert bundling.lambda_python() == str(python)


def test_a_shim_that_starts_nothing_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("LAMBDA_PYTHON", str(shim))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bundling, "LAMBDA_PYTHON", (3, 99))
    assert bundling.lambda_python() is None


def test_this_machines_layer_has_the_deployed_packages_in_versions_locked_for_every_python() -> None:
    everything, deployed = bundling.HOST_LOCK.read_text(), bundling.LOCK.read_text()
    lock = bundling.host_lock()
    names = {line.split("==")[0] for line in deployed.splitlines() if "==" in line}
    assert names == {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert all(line in everything for line in lock.splitlines())
    assert lock.count("--hash=sha256:") > len(names)

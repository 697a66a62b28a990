"""One synth for all questions: 4 s of a second process, as `make synth` does it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.assembly import ROOT, Assembly, Synthesize


@pytest.fixture(scope="session")
def synthesize() -> Synthesize:
    """`synthesize(folder, *options)` runs `python -m infra.app` and hands back how it went."""

    def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra.app", "--outdir", str(folder), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, synthesize: Synthesize) -> Assembly:
    folder = tmp_path_factory.mktemp("cdk.out")
    done = synthesize(folder)
    assert done.returncode == 0, done.stderr
    return Assembly.read(folder)

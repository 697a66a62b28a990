"""Makes what goes into a layer or a function: locked wheels, and bytecode compiled ahead of the first start.

Plain Python without CDK, so that a bench can make the same layer for this machine (`host=True`).
Importing without bytecode costs twice the time, on every cold start, since Lambda's folders are read-only.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "layers/vendor/requirements.lock"
IMAGING_LOCK = ROOT / "layers/imaging/requirements.lock"
HOST_LOCK = ROOT / "requirements.lock"
LAMBDA_PYTHON = (3, 13)
# Both: with the older name alone, pip quietly picks older versions of what is only built for the newer.
LAMBDA_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")
# RECORD lists files that pruning removed; a layer is never uninstalled.
_PRUNED_FILES = ("*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "*.dist-info/RECORD", "*.dist-info/INSTALLER")
_PRUNED_FOLDERS = ("tests", "test", "__pycache__")


def bundle_vendor(target: Path, *, lock: Path = LOCK, host: bool = False) -> bool:
    """Install a layer of wheels into `target`/python; True when it also got its bytecode.

    For Lambda (Python 3.13, arm64), or for the running interpreter and machine with `host`. Every wheel is
    checked against its hash in the lock, and nothing is built from source.
    """
    folder = target / "python"
    folder.mkdir(parents=True)
    if host:
        with tempfile.NamedTemporaryFile("w", suffix=".lock") as hosts:
            hosts.write(host_lock(lock))
            hosts.flush()
            _install(Path(hosts.name), folder)
    else:
        # The lock was resolved for Lambda's version; pip would hold the version it runs on against it.
        words = ["--ignore-requires-python", "--implementation", "cp"]
        words += ["--python-version", ".".join(map(str, LAMBDA_PYTHON))]
        for platform in LAMBDA_PLATFORMS:
            words += ["--platform", platform]
        _install(lock, folder, *words)
    _prune(folder)
    return compile_bytecode(folder, host=host)


def host_lock(lock: Path = LOCK) -> str:
    """A layer's packages in the versions that the repository locks for every Python from 3.11 on."""
    names = {name for name, _ in _locked(lock)}
    return "".join(block for name, block in _locked(HOST_LOCK) if name in names)


def _locked(lock: Path) -> list[tuple[str, str]]:
    """Each package's name and its lines: version, marker, hashes."""
    blocks = re.findall(r"^\S.*\n(?:[ \t]+.*\n)*", lock.read_text(), flags=re.MULTILINE)
    return [(block.partition("==")[0], block) for block in blocks]


def _install(lock: Path, folder: Path, *words: str) -> None:
    subprocess.run(  # noqa: S603 (every word is ours)
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "--only-binary=:all:", "--no-compile", "--no-deps"),
            *("--requirement", str(lock), "--target", str(folder), *words),
        ],
        check=True,
        stdout=sys.stderr,
    )


def bundle_sources(packages: Iterable[Path], target: Path, *, host: bool = False) -> bool:
    """Copy packages of this repository into `target`; True when they also got their bytecode."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for package in packages:
        shutil.copytree(package, target / package.name, ignore=ignored)
    return compile_bytecode(target, host=host)


def compile_bytecode(folder: Path, *, host: bool = False) -> bool:
    """Compile everything below `folder` for whom it is meant; False when that interpreter is not here.

    `unchecked-hash`: unpacking a layer changes times, so bytecode that looks at them would be thrown away.
    """
    python = sys.executable if host else lambda_python()
    if python is None:
        return False
    subprocess.run(  # noqa: S603
        [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", str(folder)],
        check=True,
        stdout=sys.stderr,
    )
    return True


def lambda_python() -> str | None:
    """An interpreter of Lambda's version (bytecode of another one is ignored), or None."""
    candidates = [os.environ.get("LAMBDA_PYTHON"), sys.executable, shutil.which("python3.13")]
    return next((name for name in candidates if name and _version(name) == LAMBDA_PYTHON), None)


def _version(python: str) -> tuple[int, ...] | None:
    """Asked of the interpreter itself: a version manager's shim may be there and yet start nothing."""
    question = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        answer = subprocess.run(  # noqa: S603
            [python, "-I", "-c", question], check=True, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(int(part) for part in answer.stdout.split())


def _prune(folder: Path) -> None:
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for name in _PRUNED_FOLDERS:
        for found in list(folder.rglob(name)):
            if found.is_dir():
                shutil.rmtree(found)
    for pattern in _PRUNED_FILES:
        for found in list(folder.rglob(pattern)):
            found.unlink()

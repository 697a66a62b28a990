"""Valkey (or Redis): one client per process. Every key that the product writes has a time to live."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from convoke.settings import settings

if TYPE_CHECKING:
    import redis

SOCKET_TIMEOUT_SECONDS = 2.0


@cache
def client() -> "redis.Redis":
    """The process's client: text in, text out, thread-safe, reconnects by itself.

    A connection idle for 30 s is asked before it is used, since Lambda freezes processes between events.
    """
    return _connect(SOCKET_TIMEOUT_SECONDS)


def run(script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
    """A Lua script, atomically: by its hash, and in full where the server does not know it (any more)."""
    return client().register_script(script)(keys=list(keys), args=list(args))


def run_each(script: str, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
    """A Lua script for each pair of keys and arguments, all in one round trip; not atomic together.

    Those that found the server without the script (it was restarted) did nothing, and are sent again.
    """
    from redis.exceptions import NoScriptError  # noqa: PLC0415

    sha = client().register_script(script).sha
    answers = _evaluate(sha, calls)
    again = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if again:
        client().script_load(script)
        for place, answer in zip(again, _evaluate(sha, [calls[i] for i in again]), strict=True):
            answers[place] = answer
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def ping(timeout_seconds: float) -> None:
    """Raise unless the store answers a new connection within the time."""
    probe = _connect(timeout_seconds)
    try:
        probe.ping()
    finally:
        probe.close()


def _evaluate(sha: str, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
    with client().pipeline(transaction=False) as pipe:
        for keys, args in calls:
            pipe.evalsha(sha, len(keys), *keys, *args)
        return pipe.execute(raise_on_error=False)


def _connect(timeout_seconds: float) -> "redis.Redis":
    import redis  # noqa: PLC0415 (33 ms, not wanted by documents and health checks)
    from redis.backoff import ExponentialBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    secret_id = settings().redis_auth_secret_id
    password = _password(secret_id) if secret_id else None
    options = {} if password is None else {"password": password}
    return redis.Redis.from_url(
        settings().redis_url,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        **options,
    )


def _password(secret_id: str) -> str:
    from convoke.backends.secrets import secret  # noqa: PLC0415 (cloud only)

    return str(secret(secret_id)["token"])

"""python -m local run [--port 8080]: the whole system on this machine, in the foreground until Ctrl-C."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from local.demo import make_accounts
from local.outside import Outside
from local.process import CannotStart
from local.settled import Settled
from local.stack import Options, Stack

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8080))
    parser.add_argument("--nodes", type=int, default=int(os.environ.get("NODES") or 1), help="media nodes")
    parser.add_argument("--data", type=Path, default=ROOT / ".local", help="where everything is kept")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return asyncio.run(_run(asked.port, asked.nodes, asked.data))
    except CannotStart as error:
        print(f"\ncannot start: {error}", file=sys.stderr)
        return 1


async def _run(port: int, nodes: int, data: Path) -> int:
    stopping = _stop_signals()
    report = _reporter()
    outside = Outside.read(os.environ)
    options = Options(build_dir=data / "build")
    stack = Stack(ROOT, data, port=port, nodes=nodes, outside=outside, options=options, report=report)
    starting = asyncio.create_task(stack.start())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        report("stopping")
        starting.cancel()
        await asyncio.wait({starting})
        return 130
    await starting
    try:
        await _announce(stack, outside, report)
        warming = asyncio.create_task(stack.warm())
        await stopping
        warming.cancel()
        print("\nstopping", flush=True)
    finally:
        await stack.stop()
    return 0


async def _announce(stack: Stack, outside: Outside, report: Callable[[str], None]) -> None:
    if not outside.database_url:  # nobody wants known accounts in a database of their own
        for account in await make_accounts(stack.url, Settled(stack.data_dir).secret):
            report(f"demo account {account.email}, password {account.password}")
    phases = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in stack.phases.items())
    report(f"took {phases}; addresses are in {stack.data_dir / 'env'}, logs in {stack.data_dir / 'logs'}")
    print(f"ready {stack.url}", flush=True)


def _reporter() -> Callable[[str], None]:
    started = monotonic()
    return lambda text: print(f"[{monotonic() - started:5.1f} s] {text}", flush=True)


def _stop_signals() -> "asyncio.Future[None]":
    """Done at the first Ctrl-C or SIGTERM; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    asked = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if asked.done():
            os._exit(128 + number)  # children follow: the kernel ends them with their parent
        asked.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    return asked


if __name__ == "__main__":
    sys.exit(main())

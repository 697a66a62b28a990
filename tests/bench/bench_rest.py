"""GET /v1/meetings/{id} through the local gateway, and what a cold start imports: JSON lines.

    python -m tests.bench.bench_rest

`through gateway` is the client's view (gateway, Runtime API, handler); `handler` is the same request timed
by the Runtime API, from handing the event out to taking the answer, and so an upper bound of the handler.
`cold import` starts a fresh interpreter on layers bundled with bytecode, without any site-packages.
Targets: handler p50 ≤ 5 ms; cold import ≤ 250 ms.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from functions.routes import REST_ROUTES
from infra.bundling import bundle_sources, bundle_vendor
from local.stack import Options, Stack

ROOT = Path(__file__).parents[2]
REQUESTS = 500
STARTS = 9


def say(**values: Any) -> None:
    print(json.dumps({"bench": "rest", **values}), flush=True)


async def requests(folder: Path) -> None:
    stack = Stack(ROOT, folder, options=Options(durable=False, s3=False, cassandra=False))
    await stack.start()
    try:
        async with aiohttp.ClientSession(stack.url) as http:
            account = {"email": "bench@example.org", "password": "correct horse battery", "display_name": "B"}
            async with http.post("/v1/auth/register", json=account) as answer:
                headers = {"authorization": f"Bearer {(await answer.json())['access_token']}"}
            async with http.post("/v1/meetings", json={"type": "instant"}, headers=headers) as answer:
                path = f"/v1/meetings/{(await answer.json())['id']}"
            function = stack.function("functions.rest.meetings")
            around: list[float] = []
            inside: list[float] = []
            invoke = function.invoke

            async def timed(event: Any, **options: Any) -> Any:
                started = time.perf_counter()
                outcome = await invoke(event, **options)
                inside.append((time.perf_counter() - started) * 1000)
                return outcome

            function.invoke = timed  # type: ignore[method-assign]
            for _ in range(REQUESTS):
                started = time.perf_counter()
                async with http.get(path, headers=headers) as answer:
                    assert answer.status == 200
                    await answer.read()
                around.append((time.perf_counter() - started) * 1000)
    finally:
        await stack.stop()
    for what, found in (("through gateway", around), ("handler", inside)):
        found.sort()
        say(
            what=f"GET meeting, {what}",
            requests=len(found),
            p50_ms=round(statistics.median(found), 2),
            p95_ms=round(found[len(found) * 95 // 100], 2),
            **({"target_p50_ms": 5} if what == "handler" else {}),
        )


def imports(folder: Path) -> None:
    vendor, core, code = folder / "vendor", folder / "core", folder / "code"
    bundle_vendor(vendor, host=True)
    bundle_sources([ROOT / "layers/core/python/convoke"], core, host=True)
    bundle_sources([ROOT / "functions"], code, host=True)
    path = os.pathsep.join(map(str, (code, core, vendor / "python")))
    program = (
        "import sys, time; started = time.perf_counter(); __import__(sys.argv[1]);"
        "print(time.perf_counter() - started, 'boto3' in sys.modules, 'cassandra' in sys.modules)"
    )
    for module in (*(f"functions.rest.{name}" for name in REST_ROUTES), "functions.socket"):
        times: list[float] = []
        for _ in range(STARTS):
            answer = subprocess.run(
                [sys.executable, "-S", "-c", program, module],
                check=True,
                capture_output=True,
                text=True,
                env={"PYTHONPATH": path, "PATH": os.defpath, "POWERTOOLS_SERVICE_NAME": "bench"},
            ).stdout.split()
            times.append(float(answer[0]) * 1000)
        times.sort()
        say(
            what="cold import",
            module=module,
            median_ms=round(statistics.median(times)),
            worst_ms=round(times[-1]),
            boto3=answer[1] == "True",
            cassandra=answer[2] == "True",
            target_ms=250,
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        imports(Path(made))
        shutil.rmtree(made)
        Path(made).mkdir()
        asyncio.run(requests(Path(made) / "stack"))

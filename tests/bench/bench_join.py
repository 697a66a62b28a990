"""Join click to first remote video frame on one machine, through the whole stack: JSON lines.

    python -m tests.bench.bench_join [--joins 20]

Ada sits in a meeting with her camera on. A guest opens the link, clicks "Join now", and the page itself
marks the click and the first decoded frame of Ada's camera. Target: median ≤ 800 ms, p95 ≤ 1,500 ms.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser, async_playwright

from local.stack import Options, Stack
from tests import browser as chromium
from tests.flows.people import Person, eventually

ROOT = Path(__file__).parents[2]


async def one_join(browser: Browser, stack: Stack, link: str, number: int) -> dict[str, float]:
    guest = await Person.arrive(browser, stack.url, f"Guest {number}")
    try:
        await guest.open(link)
        await guest.page.locator("video").first.wait_for()  # the preview runs: devices are ready
        await guest.button("Join now").click()
        await guest.in_meeting()
        stats = await eventually(guest.stats, lambda found: "first-remote-frame" in found["marks"])
        marks: dict[str, float] = stats["marks"]
        await guest.leave()
        return {name: at - marks["join-click"] for name, at in marks.items()}
    finally:
        await guest.go_home()


async def measure(joins: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(ROOT, Path(folder), options=Options(durable=False, s3=False, cassandra=False))
        await stack.start()
        try:
            await stack.warm()
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=chromium.executable(), args=list(chromium.ARGUMENTS)
                )
                ada = await Person.arrive(browser, stack.url, "Ada")
                await ada.register(f"ada-{uuid4().hex[:8]}@example.org")
                link = await ada.start_meeting()
                await one_join(browser, stack, link, 0)  # a first one, not counted: fills caches
                found = [await one_join(browser, stack, link, number) for number in range(1, joins + 1)]
                await browser.close()
        finally:
            await stack.stop()
    for number, marks in enumerate(found, 1):
        print(f"join {number}: {json.dumps({k: round(v) for k, v in marks.items()})}", file=sys.stderr)
    frames = sorted(marks["first-remote-frame"] for marks in found)
    print(
        json.dumps(
            {
                "bench": "join",
                "what": "click to first remote frame",
                "joins": joins,
                "median_ms": round(statistics.median(frames)),
                "p95_ms": round(frames[max(0, -(-len(frames) * 95 // 100) - 1)]),
                "target_median_ms": 800,
                "target_p95_ms": 1500,
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=20)
    asyncio.run(measure(parser.parse_args().joins))

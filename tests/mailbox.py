"""SESv2 at the other end of HTTP, for tests in one process: the stack's own, in a thread with a loop."""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from aiohttp import web

from local.aws import ACCESS_KEY
from local.mail import SES_PATH, Mailbox


class Letters:
    """`answers` are statuses with which the next letters are refused (0: taken)."""

    def __init__(self, folder: Path) -> None:
        self.answers: list[int] = []
        self._box = Mailbox(folder, ACCESS_KEY)
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def messages(self, to: str | None = None) -> list[EmailMessage]:
        """What was taken, oldest first."""
        found = [
            message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
            for path in sorted(self._folder.glob("*.eml"))
        ]
        return [letter for letter in found if to is None or to in letter["To"]]

    async def _start(self) -> None:
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_post(f"{SES_PATH}/v2/email/outbound-emails", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{SES_PATH}"

    async def _take(self, request: web.Request) -> web.Response:
        status = self.answers.pop(0) if self.answers else 0
        if not status:
            return await self._box.take(request)
        kind = "MessageRejected" if status == 400 else "TooManyRequestsException"
        return web.json_response({"message": "not now"}, status=status, headers={"x-amzn-ErrorType": kind})

"""Participants in a real browser: one page holds several clients of the node."""

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from tests.media_node.node_process import Answer, NodeProcess

ALL_TYPES = ["microphone", "camera", "screen", "screen_audio"]


@dataclass
class Person:
    """A participant of `room`, driven through `page`."""

    page: Page
    node: NodeProcess
    room: str
    name: str
    connected_ms: float = 0.0
    session_id: str = ""

    @property
    def path(self) -> str:
        return f"/rooms/{self.room}/participants/{self.name}"

    async def ask(self, method: str, *arguments: object) -> Any:
        """Calls a method of the page's client and returns what it returns."""
        return await self.page.evaluate(
            "([name, method, args]) => client(name)[method](...args)", [self.name, method, list(arguments)]
        )

    async def control(self, method: str, suffix: str = "", body: object = None) -> Answer:
        return await asyncio.to_thread(self.node.call, method, self.path + suffix, body)

    async def offer(self, **options: object) -> dict[str, Any]:
        """A fresh client and its publish offer."""
        await self.page.evaluate("(name) => { newClient(name) }", self.name)
        offer: dict[str, Any] = await self.ask("offer", options)
        return offer

    async def join(self, *, may_publish: list[str] | None = None, **options: object) -> "Person":
        offer = await self.offer(**options)
        body = {"publish": offer, "may_publish": ALL_TYPES if may_publish is None else may_publish}
        answer = await self.control("PUT", body=body)
        assert answer.status == 200, answer
        self.session_id = answer.body["session_id"]
        self.connected_ms = await self.ask("accept", answer.body)
        return self

    async def restart_over_control(self) -> Answer:
        sdp = await self.ask("restartOffer")
        streams = [{"mid": str(mid), "type": kind, "active": mid < 2} for mid, kind in enumerate(ALL_TYPES)]
        answer = await self.control("POST", "/restart", {"publish": {"sdp": sdp, "streams": streams}})
        if answer.status == 200:
            await self.ask("acceptRestart", answer.body)
        return answer

    async def sees(self, *others: "Person", types: tuple[str, ...] = ("microphone", "camera")) -> Any:
        """Waits until picture and sound of the others go on arriving; the page's statistics."""
        return await self.ask("rising", [f"{other.name}/{kind}" for other in others for kind in types])

    async def told(self, op: str) -> Any:
        return await self.ask("message", op)

    async def statistics(self) -> Any:
        everything = await asyncio.to_thread(self.node.statistics)
        return everything["rooms"][self.room]["participants"][self.name]

"""A device as clients should be written: it follows a chat by events, and asks for what it has missed."""

import itertools
import random
import threading
from typing import Any

from convoke.chat import actions
from convoke.chat.model import Message
from convoke.delivery import actions as delivery
from tests.convoke.chat.people import User, open_socket
from tests.sockets import Sockets

_numbers = itertools.count(1)


class Device:
    """Holds a chat's messages and marks; `seq` is the number up to which it has everything."""

    def __init__(self, user: User, chat_id: str, sockets: Sockets) -> None:
        self.user, self.chat_id, self.sockets = user, chat_id, sockets
        self.messages: dict[str, Message] = {}
        self.marks: dict[str, int] = {}
        self.seq = 0
        self.lossless = True
        self.connection: str | None = None
        self._lock = threading.RLock()
        self._heard = 0
        self.connect()

    def connect(self) -> None:
        """Open a socket, and only then ask for what has happened: nothing falls between."""
        with self._lock:
            if self.connection is None:
                self.connection, self._heard = f"device-{next(_numbers)}", 0
                open_socket(self.user, self.connection)
                self.sync()

    def disconnect(self, *, known: bool = True) -> None:
        """The socket is gone; with what was under way."""
        with self._lock:
            if self.connection is not None and known:
                delivery.close_connection(self.connection)
            self.connection, self.lossless = None, False

    def lose(self) -> None:
        """What has arrived until now is lost, and the socket stays."""
        with self._lock:
            if self.connection is not None:
                self._heard = len(self.sockets.frames[self.connection])
                self.lossless = False

    def listen(self, chance: random.Random | None = None) -> None:
        """Take what has arrived; events of different functions may come in any order."""
        with self._lock:
            if self.connection is None:
                return
            frames = self.sockets.frames[self.connection][self._heard :]
            self._heard += len(frames)
            if chance is not None:
                chance.shuffle(frames)
            for frame in frames:
                self._hear(frame["event"], frame["data"])

    def sync(self) -> None:
        with self._lock:
            after = self.seq
            while True:
                page = actions.changes(self.user.principal, self.chat_id, after=after, limit=5)
                for message in page.items:
                    self._keep(message)
                for mark in page.marks:
                    self._mark(mark.member_id, mark.read_seq)
                if page.next_after is None:
                    break
                after = page.next_after
            self.seq = max(self.seq, page.seq)

    def unread(self) -> int:
        """As a client counts it."""
        mine = self.marks.get(self.user.id, 0)
        return sum(
            message.seq > mine
            and message.type != "system"
            and message.deleted_at is None
            and message.sender.user_id != self.user.id
            for message in self.messages.values()
        )

    def _hear(self, event: str, data: dict[str, Any]) -> None:
        if event == "chat.read":
            self._mark(data["member_id"], data["read_seq"])
        elif event in ("message.created", "message.updated"):
            self._keep(Message.model_validate(data["message"]))
            if data["chat_seq"] > self.seq + 1:
                self.sync()
            self.seq = max(self.seq, data["chat_seq"])

    def _keep(self, message: Message) -> None:
        known = self.messages.get(message.id)
        if known is None or known.changed_seq < message.changed_seq:
            self.messages[message.id] = message

    def _mark(self, member_id: str, read_seq: int) -> None:
        self.marks[member_id] = max(read_seq, self.marks.get(member_id, 0))

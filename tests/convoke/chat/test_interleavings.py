"""Whatever people do at once, and whatever their devices miss: in the end all devices hold the same chat."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convoke.chat import actions
from convoke.chat.model import Message
from convoke.errors import Problem
from tests.conftest import Product
from tests.convoke.chat.device import Device
from tests.convoke.chat.people import NOW, User, make_group, make_user
from tests.convoke.chat.test_marks import truth
from tests.sockets import Sockets

USERS, DEVICES_EACH, AT_ONCE = 3, 2, 4
DEEDS = (
    *("send", "send", "edit", "delete", "react", "unreact", "read"),
    *("listen", "listen", "lose", "disconnect", "connect", "come", "flush"),
)


@dataclass(frozen=True)
class Step:
    """Who does what; `number` chooses the message, the device, the emoji and the order of what arrives."""

    who: int
    deed: str
    number: int


STEPS = st.builds(Step, st.integers(0, USERS - 1), st.sampled_from(DEEDS), st.integers(0, 1000))
ROUNDS = st.lists(st.lists(STEPS, min_size=1, max_size=AT_ONCE), min_size=1, max_size=12)


class Scene:
    """People in a group, on two devices each."""

    def __init__(self, product: Product, sockets: Sockets) -> None:
        self.product, self.sockets = product, sockets
        self.users = [make_user(product, f"User{number}") for number in range(USERS)]
        self.chat_id = make_group(*self.users)
        for user in self.users[1:]:
            # Everybody may delete what others wrote: that too happens at once.
            actions.change_role(self.users[0].principal, self.chat_id, user.id, "admin", NOW)
        self.said = [self.users[0].send(self.chat_id, "first")]
        actions.recent(self.chat_id, self.users[0].principal)
        self.devices = [
            Device(user, self.chat_id, sockets) for user in self.users for _ in range(DEVICES_EACH)
        ]

    def take(self, step: Step) -> None:
        user, message = self.users[step.who], self.said[step.number % len(self.said)]
        device = self.devices[step.who * DEVICES_EACH + step.number % DEVICES_EACH]
        deeds: dict[str, Callable[[], object]] = {
            "send": lambda: self.said.append(user.send(self.chat_id, f"{step.number}")),
            "edit": lambda: user.edit(message, f"changed {step.number}"),
            "delete": lambda: user.delete(message),
            "react": lambda: user.react(message, "👍🎉"[step.number % 2]),
            "unreact": lambda: user.react(message, "👍🎉"[step.number % 2], on=False),
            "read": lambda: user.read(self.chat_id, step.number % (len(self.said) * 2 + 4)),
            "listen": lambda: device.listen(random.Random(step.number)),
            "lose": device.lose,
            "disconnect": device.disconnect,
            "connect": device.connect,
            # What Redis keeps for who comes in is built, and then has to follow.
            "come": lambda: actions.recent(self.chat_id, user.principal),
            "flush": self.flush,
        }
        try:
            deeds[step.deed]()
        except Problem as problem:
            if problem.slug not in ("not_sender", "message_deleted"):
                raise

    def flush(self) -> None:
        """Redis has lost everything: no socket is known any more, and clients connect anew."""
        self.product.redis.flushall()
        for device in self.devices:
            device.disconnect(known=False)

    def settle(self) -> None:
        """Everybody is back and listens. Who has lost something without noticing asks once more."""
        for device in self.devices:
            device.connect()
            device.listen()
            if not device.lossless:
                device.sync()

    def whole(self, user: User) -> dict[str, Message]:
        """The chat as the database has it."""
        found: dict[str, Message] = {}
        cursor = None
        while True:
            page = actions.history(user.principal, self.chat_id, cursor=cursor)
            found |= {message.id: message for message in page.items}
            if (cursor := page.next_cursor) is None:
                return found


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rounds=ROUNDS)
def test_all_devices_end_in_the_same_state(
    product: Product, sockets: Sockets, rounds: list[list[Step]]
) -> None:
    scene = Scene(product, sockets)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for steps in rounds:
            list(threads.map(scene.take, steps))
    scene.settle()
    people = {
        member.member_id: member.read_seq
        for member in actions.read_chat(scene.users[0].principal, scene.chat_id).members
    }
    for user in scene.users:
        whole, unread = scene.whole(user), truth(product, user, scene.chat_id)
        numbers = [number for message in whole.values() for number in {message.seq, message.changed_seq}]
        assert len(numbers) == len(set(numbers))
        assert user.unread(scene.chat_id) == unread
        for device in (device for device in scene.devices if device.user is user):
            assert device.messages == whole
            assert {who: device.marks.get(who, 0) for who in people} == people
            assert device.unread() == unread
            # What Redis gives to who comes in is the end of the same chat.
            recent = actions.recent(scene.chat_id, user.principal, limit=100)
            assert recent == sorted(whole.values(), key=lambda message: message.seq)[-100:]

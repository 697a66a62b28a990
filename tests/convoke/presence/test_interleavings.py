"""Whatever devices do in whatever order, Redis says of the person what a simple account of it says."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convoke.presence import live, model
from convoke.presence.live import Device
from convoke.presence.model import State
from tests.conftest import Product
from tests.convoke.presence.conftest import NOW

EVENTS = st.one_of(
    st.just(("beat", "")),
    st.just(("release", "")),
    st.just(("gone", "")),
    st.sampled_from([("activity", "online"), ("activity", "away")]),
    st.sampled_from([("engage", "in_meeting"), ("engage", "in_call"), ("engage", "queuing")]),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["laptop=", "phone=", "tablet="]), EVENTS, st.integers(0, 100)), max_size=30
)


class Account:
    """The devices with what they are and when they were last heard of."""

    def __init__(self) -> None:
        self.devices: dict[str, tuple[str, str, datetime]] = {}

    def take(self, device: str, event: str, value: str, now: datetime) -> State:
        activity, engagement, _ = self.devices.get(device, ("online", "", now))
        if event == "gone":
            self.devices.pop(device, None)
        elif event != "release" or device in self.devices:
            if event == "activity":
                activity = value
            elif event in ("engage", "release"):
                engagement = value
            self.devices[device] = (activity, engagement, now)
        oldest = now - timedelta(seconds=model.DEVICE_SECONDS)
        self.devices = {name: each for name, each in self.devices.items() if each[2] >= oldest}
        return model.best(engaged or active for active, engaged, _ in self.devices.values())


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_redis_and_a_simple_account_agree(
    product: Product, steps: list[tuple[str, tuple[str, str], int]]
) -> None:
    product.redis.flushall()
    account, now, before, told = Account(), NOW, State.OFFLINE, NOW
    for device, (event, value), seconds in steps:
        now += timedelta(seconds=seconds)
        expected = account.take(device, event, value, now)
        [change] = live.change([Device("user", device, event, value)], now)
        assert (change.before, change.after) == (before, expected)
        assert model.state_in(live.look(["user"])[0], now) is expected
        assert bool(product.redis.hexists("presence:{user}", "state")) == (expected is not State.OFFLINE)
        if change.before is not change.after:
            # Watchers order what they hear by this.
            assert model.instant(change.at) > told or change.at == model.milliseconds(now)
        before, told = expected, model.instant(change.at)

"""UUIDv7: RFC 9562 section 5.7."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoke.ids import EPOCH, instant_of, lowest_id_at, new_id

NOW = datetime(2026, 11, 20, 12, 0, 0, 123_000, tzinfo=UTC)
instants = st.datetimes(min_value=EPOCH.replace(tzinfo=None), timezones=st.just(UTC))


def test_an_id_has_the_version_and_variant_of_the_rfc() -> None:
    value = UUID(new_id())
    assert value.version == 7
    assert value.variant == "specified in RFC 4122"


def test_ids_of_one_process_rise_also_within_a_millisecond() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_ids_of_one_given_instant_rise_and_keep_the_instant() -> None:
    ids = [new_id(NOW) for _ in range(1_000)]
    assert ids == sorted(set(ids))
    assert {instant_of(identifier) for identifier in ids} == {NOW}


def test_a_given_instant_of_the_past_does_not_hold_back_the_clock() -> None:
    before = new_id()
    old = new_id(NOW - timedelta(days=3650))
    assert old < before < new_id()


def test_threads_get_different_ids() -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = [i for some in pool.map(lambda _: [new_id() for _ in range(2_000)], range(4)) for i in some]
    assert len(set(ids)) == len(ids)


@given(instants)
def test_the_instant_can_be_read_back_to_the_millisecond(instant: datetime) -> None:
    found = instant_of(new_id(instant))
    assert timedelta() <= instant - found < timedelta(milliseconds=1)


@given(instants)
def test_nothing_of_an_instant_is_below_its_lowest(instant: datetime) -> None:
    lowest = lowest_id_at(instant)
    assert lowest <= new_id(instant)
    assert lowest.endswith("-7000-8000-000000000000")


@pytest.mark.parametrize("other", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_another_kind_of_id_has_no_instant(other: str) -> None:
    with pytest.raises(ValueError, match=r"UUID"):
        instant_of(other)

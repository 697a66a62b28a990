"""People who call each other."""

from collections.abc import Callable

import pytest

from tests.calling import Phone, Phones
from tests.conftest import Person
from tests.sockets import Sockets


@pytest.fixture
def phone(sockets: Sockets, sign_up: Callable[..., Person]) -> Phones:
    """`phone("Ada")`: a new person with one open device."""
    return lambda name: Phone(sockets, sign_up(name))

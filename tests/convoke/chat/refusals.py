"""What an action says no with."""

from collections.abc import Callable
from typing import Any

import pytest

from convoke.errors import Problem


def refused(act: Callable[..., Any], *args: Any, **fields: Any) -> str:
    """The slug of the Problem that this must raise."""
    with pytest.raises(Problem) as caught:
        act(*args, **fields)
    return caught.value.slug

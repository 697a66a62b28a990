"""A spreadsheet shows what the file says, and runs none of it."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoke.analytics.model.table import table


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "\n=1"])
def test_text_that_would_be_a_formula_is_told_to_be_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(table(["name"], [[text]]), newline="")))
    assert rows == [["name"], [f"'{text}"]]


def test_numbers_stay_numbers_also_negative_ones() -> None:
    assert table(["a", "b", "c"], [[-1, 2.5, None]]) == '"a","b","c"\r\n-1,2.5,""\r\n'


def test_moments_and_days_are_iso() -> None:
    moment = datetime(2026, 11, 20, 10, 42, 0, 500_000, tzinfo=UTC)
    assert table(["t", "d"], [[moment, date(2026, 11, 20)]]) == (
        '"t","d"\r\n"2026-11-20T10:42:00.500+00:00","2026-11-20"\r\n'
    )


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4))
def test_whatever_the_text_it_comes_back_and_begins_no_formula(cells: list[str]) -> None:
    made = table(["c"] * len(cells), [cells])
    (_, row) = list(csv.reader(io.StringIO(made, newline="")))
    for sent, came in zip(cells, row, strict=True):
        assert came in (sent, f"'{sent}")
        assert not came.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))

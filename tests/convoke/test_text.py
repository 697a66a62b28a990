"""What people write for each other to see."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoke.text import line, prose


@given(st.text(min_size=1, max_size=60))
def test_a_line_is_one_visible_line_and_stays_as_it_is(text: str) -> None:
    try:
        name = line(text, 60)
    except ValueError:
        return
    assert name
    assert name == " ".join(name.split())
    assert not set(name) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\r\x00")
    assert line(name, 60) == name


@given(st.text(max_size=60))
def test_prose_stays_as_it_is(text: str) -> None:
    try:
        said = prose(text, 60)
    except ValueError:
        return
    assert prose(said, 60) == said
    assert unicodedata.is_normalized("NFC", said)


def test_names_keep_what_scripts_and_emoji_need() -> None:
    for name in ("Zoë", "می‌خواهم", "👩‍💻 Ada", "李雷", "O’Brien", "กิ่ง"):
        assert line(name, 60) == name


@pytest.mark.parametrize("name", ["", " ", "\u202e", "\u200d", "\x00\x07", "\u3164", "\u2800 \u115f\uffa0"])
def test_invisible_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="visible"):
        line(name, 60)


def test_marks_do_not_pile_up_over_other_lines() -> None:
    heap = "Z" + "\u0301\u0316" * 40
    for cleaned in (line(heap, 60), prose(heap, 60)):
        assert len(cleaned) <= 8


@pytest.mark.parametrize("clean", [line, prose])
def test_the_length_is_that_of_what_is_stored(clean: object) -> None:
    # NFC makes three characters of each of these: PostgreSQL counts those.
    assert callable(clean)
    with pytest.raises(ValueError, match="at most 20"):
        clean("\ufb2c" * 20, 20)
    assert len(clean("\ufb2c" * 6, 20)) == 18


def test_a_flag_keeps_its_tags_in_prose() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    assert prose(flag, 60) == flag

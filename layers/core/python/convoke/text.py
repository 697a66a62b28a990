"""Text that people show each other, without what hides it, turns it round, or spills over other lines.

Nothing here is escaped: that is done where text becomes HTML, and clients never let it become any.
"""

import re
import unicodedata
from typing import Final

# Persian, Indic scripts and emoji need the two joiners, also in names.
_JOINERS: Final = frozenset("\u200c\u200d")
# Overrides, embeddings and isolates reorder what others read around them (CVE-2021-42574); invisible
# operators hide text. Other format characters stay in prose: direction marks, soft hyphens, tags of flags.
_TRICKS: Final = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0001]"
)
# Letters by category, blank on every screen.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# More marks than any script stacks on one letter ("zalgo" text).
_MARKS_KEPT: Final = 6


def line(value: str, most: int) -> str:
    """One visible line, as names and titles are: white space folded, format characters gone.

    Raises ValueError when nothing visible is left, or more than `most` characters (NFC may lengthen a text).
    """
    kept = "".join(c for c in value if c.isspace() or _in_line(c))
    folded = " ".join(composed(kept).split())
    if not set(folded) - _JOINERS - _BLANK - {" "}:
        raise ValueError("must contain a visible character")
    return _short(folded, most)


def prose(value: str, most: int) -> str:
    """Several lines with `\\n` ends, as messages and descriptions are; may be empty. ValueError as `line`."""
    return _short(composed(visible(value)).strip(), most)


def visible(value: str) -> str:
    """The same text without control characters and tricks, with `\\n` ends; nothing else is changed."""
    unified = _TRICKS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in unified if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _in_line(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def composed(text: str) -> str:
    """In NFC, with a few marks on a letter at most. After what is dropped: that may bring marks to one."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS_KEPT:
            kept.append(character)
    return "".join(kept)


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(f"must have at most {most} characters")
    return text

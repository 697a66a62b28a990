"""Formatted messages: HTML of a small allow-list, so that no client has to trust what another one sent."""

import re
from typing import Final

import nh3

from convoke.text import composed, visible

MAX_FORMATTED = 16_000
# Deeper than any list is read, and shallow enough for whoever walks through it recursively.
MAX_DEPTH = 32

_CLEANER: Final = nh3.Cleaner(
    tags={"b", "i", "em", "strong", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote", "br", "p"},
    clean_content_tags={"script", "style", "template", "title", "textarea"},
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
_TAG: Final = re.compile(r"<(/?)([a-z]+)")
# Of what is clean, where no attribute has a bare angle bracket.
_PARTS: Final = re.compile(r"(<[^>]*>)")


def formatted(html: str) -> str | None:
    """The clean form of what somebody formatted; None when nothing is left of it. ValueError when too long.

    Without tricks as a text; and again when it is clean, since what an entity stood for is a character then.
    Only what stands between tags is composed: U+0338 after a tag would make its `>` another character.
    """
    cleaned = _CLEANER.clean(visible(_CLEANER.clean(visible(html))))
    kept = "".join(part if part.startswith("<") else composed(part) for part in _PARTS.split(cleaned)).strip()
    if len(kept) > MAX_FORMATTED:
        raise ValueError(f"must have at most {MAX_FORMATTED} characters when cleaned")
    if _depth(kept) > MAX_DEPTH:
        raise ValueError(f"must be nested at most {MAX_DEPTH} deep")
    return kept if _PARTS.sub("", kept).strip() else None


def _depth(cleaned: str) -> int:
    deepest = depth = 0
    for close, name in _TAG.findall(cleaned):
        if name != "br":
            depth += -1 if close else 1
            deepest = max(deepest, depth)
    return deepest

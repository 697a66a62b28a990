"""Formatted messages: what is kept of HTML, and that nothing of it runs, hides or breaks out."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from convoke.chat.formatting import MAX_FORMATTED, formatted
from convoke.chat.model import MAX_CONTENT, SendMessage
from convoke.ids import new_id
from tests.convoke.chat.people import User

LINK = 'rel="noopener noreferrer nofollow"'
ALLOWED = {"b", "i", "em", "strong", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote", "br", "p"}


class Reader(HTMLParser):
    """The elements and attributes of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", {}))


def assert_harmless(html: str) -> None:
    for tag, attributes in Reader(html).found:
        assert tag in ALLOWED
        assert attributes.keys() <= ({"href", "rel"} if tag == "a" else set())
        href = attributes.get("href")
        assert href is None or href.split(":")[0].lower() in ("http", "https", "mailto")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<b>bold</b> and <em>so</em>", "<b>bold</b> and <em>so</em>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<pre><code>a &lt; b</code></pre>", "<pre><code>a &lt; b</code></pre>"),
        (
            '<a href="https://example.org/?a=1&b">x</a>',
            f'<a href="https://example.org/?a=1&amp;b" {LINK}>x</a>',
        ),
        ('<a href="mailto:a@example.org">x</a>', f'<a href="mailto:a@example.org" {LINK}>x</a>'),
        ('<a href="javascript:alert(1)">x</a>', f"<a {LINK}>x</a>"),
        ('<a href=" java&#10;script:alert(1)">x</a>', f"<a {LINK}>x</a>"),
        ('<a href="data:text/html,x">x</a>', f"<a {LINK}>x</a>"),
        ('<a href="//evil.example">x</a>', f"<a {LINK}>x</a>"),
        ('<a href="/v1/me" target="_top" onclick="x()">x</a>', f"<a {LINK}>x</a>"),
        ('<b onmouseover="x()" style="position:fixed" class="c" id="i">x</b>', "<b>x</b>"),
        ("<script>alert(1)</script>hi<style>*{}</style>", "hi"),
        ('<img src="https://evil.example/pixel.gif">hi', "hi"),
        ("<iframe srcdoc='<script>x</script>'></iframe>hi", "hi"),
        ("<h1>big</h1><table><tr><td>cell", "bigcell"),
        ("<!-- c --><!--><b>x</b>-->", "<b>x</b>--&gt;"),
        ("<svg><style><img src=x onerror=x()></style></svg>hi", "hi"),
        ("<b>open <i>too", "<b>open <i>too</i></b>"),
        ("</p></div></body>hi", "<p></p>hi"),
        ("a\x00b\x07 \u202ec", "ab c"),
        ("<b>&#x202e;gpj.exe&#7;</b>", "<b>gpj.exe</b>"),
        ("<b>\u0338x</b>", "<b>\u0338x</b>"),
        ("<b>&#824;x</b>", "<b>\u0338x</b>"),
        ("<b>  </b><i>&#x2066;</i>", None),
        ("<img src=x onerror=x()>", None),
    ],
)
def test_of_html_a_short_list_is_kept(sent: str, kept: str | None) -> None:
    found = formatted(sent)
    assert found == kept
    if found:
        assert_harmless(found)
        assert formatted(found) == found


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "<",
                    ">",
                    "</",
                    "/>",
                    "<b>",
                    "</b>",
                    "<a href=",
                    '"',
                    "'",
                    "`",
                    "&lt;",
                    "&#60;",
                    "&",
                    ";",
                    "<!--",
                    "-->",
                ),
                *(
                    "<script>",
                    "</script>",
                    "<svg>",
                    "<math>",
                    "<style>",
                    "<mtext>",
                    "<title>",
                    "<plaintext>",
                    "<![CDATA[",
                ),
                *(
                    "javascript:",
                    "https:",
                    "onload=",
                    "\u0338",
                    "\u202e",
                    "\x00",
                    "\n",
                    "x",
                    " ",
                    "=",
                    "<p",
                    "<noscript>",
                ),
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_whatever_is_sent_what_is_kept_is_harmless_and_final(sent: str) -> None:
    found = formatted(sent)
    if found is not None:
        assert_harmless(found)
        assert formatted(found) == found


@pytest.mark.parametrize(
    "sent", ["x" * (MAX_FORMATTED + 1), "<b>" * 33 + "x", "&" * MAX_FORMATTED, "<i>" * 5000 + "x"]
)
def test_what_is_too_long_or_too_deep_is_refused(sent: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        formatted(sent)
    with pytest.raises(ValidationError):
        SendMessage(chat_id=new_id(), client_id="c", content="x", formatted_content=sent)


def test_a_message_keeps_its_formatted_form_and_its_plain_one(ada: User, group: str) -> None:
    said = ada.send(
        group, "a link", formatted_content='<a href="https://example.org">a link</a><script>x</script>'
    )
    assert said.content == "a link"
    assert said.formatted_content == f'<a href="https://example.org" {LINK}>a link</a>'


def test_a_message_says_something() -> None:
    for wrong in ({}, {"content": ""}, {"content": "\u202e"}, {"content": "x" * (MAX_CONTENT + 1)}):
        with pytest.raises(ValidationError):
            SendMessage.model_validate({"chat_id": new_id(), "client_id": "c", **wrong})
    with_file = {"chat_id": new_id(), "client_id": "c", "file_ids": [new_id()]}
    assert SendMessage.model_validate(with_file).content == ""

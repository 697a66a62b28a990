"""GET /v1/calls and /v1/calls/{id}: the history with its filters, page by page, for its people alone."""

from uuid import uuid4

import pytest

from tests.calling import Phone, Phones


@pytest.fixture
def history(phone: Phones) -> tuple[Phone, Phone, dict[str, str]]:
    """Ada and Bob with one call of each kind; ids by what became of them, as Ada saw it."""
    ada, bob = phone("Ada"), phone("Bob")
    chat_id = ada.direct(bob)
    made: dict[str, str] = {}

    def dial(name: str, caller: Phone, media_type: str = "audio") -> str:
        made[name] = caller.dial(chat_id, media_type)["call"]["id"]
        return made[name]

    bob.device.ask("call.decline", {"call_id": dial("declined", ada)})
    ada.device.ask("call.cancel", {"call_id": dial("cancelled", ada)})
    bob.device.ask("call.cancel", {"call_id": dial("missed", bob)})
    bob.answer(dial("talked", ada, "video"))
    bob.device.ask("leave")
    return ada, bob, made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["talked", "missed", "cancelled", "declined"]),
        ("status=declined", ["declined"]),
        ("status=cancelled", ["missed", "cancelled"]),
        ("status=ended", ["talked"]),
        ("status=busy", []),
        ("state=missed", ["missed"]),
        ("direction=incoming", ["missed"]),
        ("direction=outgoing", ["talked", "cancelled", "declined"]),
        ("media_type=video", ["talked"]),
        ("direction=outgoing&media_type=audio", ["cancelled", "declined"]),
    ],
)
def test_newest_first_and_as_filtered(
    query: str, expected: list[str], history: tuple[Phone, Phone, dict[str, str]]
) -> None:
    ada, _, made = history
    parameters = dict(part.split("=") for part in query.split("&")) if query else {}
    answer = ada.rest("GET", "/v1/calls", query=parameters)
    assert answer.status == 200, answer
    assert [call["id"] for call in answer.body["items"]] == [made[name] for name in expected]


def test_by_chat_and_page_by_page(history: tuple[Phone, Phone, dict[str, str]], phone: Phones) -> None:
    ada, bob, made = history
    cy = phone("Cy")
    other = cy.dial(cy.direct(ada))["call"]
    only = ada.rest("GET", "/v1/calls", query={"chat_id": other["chat_id"]}).body["items"]
    assert [call["id"] for call in only] == [other["id"]]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = ada.rest(
            "GET", "/v1/calls", query={"limit": "2"} | ({"cursor": cursor} if cursor else {})
        ).body
        seen += [call["id"] for call in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [other["id"], *(made[name] for name in ("talked", "missed", "cancelled", "declined"))]
    assert cursor is None
    assert len(bob.get("/v1/calls")["items"]) == 4


def test_a_call_with_all_that_happened(history: tuple[Phone, Phone, dict[str, str]]) -> None:
    ada, bob, made = history
    call = ada.call(made["talked"])
    assert [(event["type"], event["user_id"]) for event in call["events"]] == [
        ("started", ada.id),
        ("ringing", bob.id),
        ("answered", bob.id),
        ("left", bob.id),
        ("ended", bob.id),
    ]
    assert call["events"][-1]["reason"] == "hangup"
    assert call["events"][-1]["payload"] == {"status": "ended", "duration_seconds": call["duration_seconds"]}


def test_nobody_elses_calls(history: tuple[Phone, Phone, dict[str, str]], phone: Phones) -> None:
    _, _, made = history
    eve = phone("Eve")
    assert eve.get("/v1/calls") == {"items": [], "next_cursor": None}
    for wanted in (made["talked"], str(uuid4())):
        answer = eve.rest("GET", f"/v1/calls/{wanted}")
        assert (answer.status, answer.problem) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"cursor": "x"}, 400),
        ({"cursor": "' OR 1=1"}, 400),
        ({"limit": "0"}, 422),
        ({"limit": "101"}, 422),
        ({"status": "gone"}, 422),
        ({"state": "gone"}, 422),
        ({"direction": "up"}, 422),
        ({"chat_id": "x"}, 422),
    ],
)
def test_what_is_no_question_is_refused(phone: Phones, query: dict[str, str], status: int) -> None:
    assert phone("Ada").rest("GET", "/v1/calls", query=query).status == status

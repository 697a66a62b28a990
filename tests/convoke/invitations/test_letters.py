"""The minute's job: invitations, changes, cancellations and reminders, each told once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import vobject

from convoke.backends.postgres import System, transaction
from convoke.invitations import tokens
from convoke.invitations.actions import letters as letters_action
from convoke.invitations.actions import plan_letters, send_letters
from convoke.invitations.store import letters as store
from convoke.invitations.words import Facts, Letter, letter
from convoke.meetings.rrule import MAX_LENGTH
from tests.conftest import Person, Product
from tests.convoke.invitations.conftest import Host, run_job
from tests.gateway import Answer
from tests.mailbox import Letters

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def event_of(letter: EmailMessage) -> tuple[str, Any]:
    """Method and entry of the calendar part."""
    [part] = [each for each in letter.walk() if each.get_content_type() == "text/calendar"]
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    [event] = vobject.readOne(payload.decode()).vevent_list
    return str(part["Content-Type"].params["method"]), event


def token_in(letter: EmailMessage) -> str:
    found = re.search(r"inv_[A-Za-z0-9_-]{43}", text_of(letter))
    assert found
    return found[0]


def test_an_address_gets_a_letter_with_the_entry_and_a_way_to_answer(
    call: Call, host: Host, mailbox: Letters
) -> None:
    call("PATCH", "/v1/me", {"timezone": "Europe/Berlin"}, token=host.person.access_token)
    meeting = host.meet(description="Bring <b>numbers</b>")
    host.invite(emails=["cy@example.org"], message="See you & yours")
    assert run_job()["sent"] == 1
    [letter] = mailbox.messages()
    assert letter["To"] == "cy@example.org"
    assert letter["From"] == '"Ada (Convoke)" <noreply@convoke.test>'
    assert letter["Subject"] == "Invitation: Planning"
    text = text_of(letter)
    assert "Ada invites you to “Planning”." in text
    assert "See you & yours" in text
    assert "(Europe/Berlin)" in text
    html = letter.get_body(("html",))
    assert html is not None
    assert "Bring &lt;b&gt;numbers&lt;/b&gt;" in html.get_content()
    method, event = event_of(letter)
    assert method == "REQUEST"
    assert event.dtstart.value == host.start
    assert event.attendee.value == "mailto:cy@example.org"
    assert event.organizer.value == "mailto:noreply@convoke.test"
    answer = call("POST", f"/v1/invitations/by-token/{token_in(letter)}/accept")
    assert answer.body["meeting"]["id"] == meeting["id"]


def test_nothing_is_sent_twice(host: Host, mailbox: Letters) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    run_job()
    assert run_job() == {"changes": 0, "reminders": 0, "sent": 0, "failed": 0, "later": 0, "dropped": 0}
    assert len(mailbox.messages()) == 1


def test_of_many_jobs_at_once_each_letter_is_sent_by_one(host: Host, mailbox: Letters) -> None:
    host.meet()
    host.invite(emails=[f"cy{n}@example.org" for n in range(30)])
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: run_job()["sent"], range(4)))
    assert sum(done) == 30
    assert len({letter["To"] for letter in mailbox.messages()}) == len(mailbox.messages()) == 30


def test_a_job_that_is_killed_leaves_its_letters_to_the_next(host: Host, mailbox: Letters) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    now = datetime.now(UTC)
    with transaction(System()) as conn:
        claimed = store.claim(conn, now=now, again_at=now + letters_action.CLAIMED_FOR, limit=10)
    assert len(claimed.fetchall()) == 1  # and its process dies
    assert send_letters(lambda: now, lambda: True).sent == 0
    later = now + letters_action.CLAIMED_FOR
    assert send_letters(lambda: later, lambda: True).sent == 1


def test_one_that_ses_takes_later_is_sent_later(host: Host, mailbox: Letters, product: Product) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    mailbox.answers = [429]
    assert run_job()["later"] == 1
    assert run_job()["sent"] == 0
    product.owner.execute("UPDATE invitation_mails SET due_at = due_at - interval '3 minutes'")
    assert run_job()["sent"] == 1


def test_one_that_ses_never_takes_is_given_up(host: Host, mailbox: Letters, product: Product) -> None:
    host.meet()
    host.invite(emails=["cy@example.org", "di@example.org"])
    mailbox.answers = [400]
    done = run_job()
    assert (done["failed"], done["sent"]) == (1, 1)
    assert run_job()["failed"] == 0
    [row] = product.rows("SELECT failure FROM invitation_mails WHERE failed_at IS NOT NULL")
    assert row["failure"].startswith("refused")


def test_one_that_never_gets_through_is_given_up_after_some_attempts(
    host: Host, mailbox: Letters, product: Product
) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    for _ in range(letters_action.MAX_ATTEMPTS):
        mailbox.answers = [429]
        product.owner.execute("UPDATE invitation_mails SET due_at = now() - interval '1 second'")
        done = run_job()
    assert (done["failed"], done["later"]) == (1, 0)


def test_a_user_gets_the_letter_unless_they_want_none(
    call: Call, host: Host, mailbox: Letters, sign_up: SignUp
) -> None:
    bob, cy = sign_up("Bob"), sign_up("Cy")
    call("PATCH", "/v1/me", {"timezone": "Asia/Tokyo"}, token=bob.access_token)
    never = {"channels": {"invitation": {"in_app": True, "email": False, "push": False}}, "quiet_hours": None}
    changed = call("PUT", "/v1/me/notification-preferences", never, token=cy.access_token)
    assert changed.status == 200, changed.body
    host.meet()
    host.invite(user_ids=[bob.id, cy.id])
    done = run_job()
    assert (done["sent"], done["dropped"]) == (1, 1)
    [letter] = mailbox.messages()
    assert bob.email in letter["To"]
    assert "(Asia/Tokyo)" in text_of(letter)
    assert "unsubscribe" in letter["List-Unsubscribe"]


def test_a_change_is_told_once_with_a_higher_number(host: Host, mailbox: Letters) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    run_job()
    host.settle()
    later = host.start + timedelta(hours=2)
    host.ask("PATCH", body={"title": "Planning again"})
    host.ask("PATCH", body={"scheduled_end_time": (later + timedelta(hours=1)).isoformat()})
    host.ask("PATCH", body={"scheduled_start_time": later.isoformat()})
    assert run_job()["changes"] == 0  # it may change again in a moment
    host.settle()
    assert run_job()["changes"] == 1
    assert run_job()["changes"] == 0
    first, second = mailbox.messages()
    assert second["Subject"] == "Changed: Planning again"
    before, after = event_of(first)[1], event_of(second)[1]
    assert before.uid.value == after.uid.value
    assert int(after.sequence.value) > int(before.sequence.value)
    assert after.dtstart.value == later


def test_what_calendars_do_not_show_is_no_news(host: Host, mailbox: Letters) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    run_job()
    host.settle()
    host.ask("PATCH", body={"settings": {"mute_on_entry": True}})
    host.settle()
    run_job()
    assert len(mailbox.messages()) == 1


def test_a_cancelled_meeting_is_taken_out_of_calendars(
    call: Call, host: Host, mailbox: Letters, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    host.meet()
    host.invite(emails=["cy@example.org"], user_ids=[bob.id])
    run_job()
    host.settle()
    host.ask("DELETE")
    host.settle()
    run_job()
    letters = mailbox.messages()[2:]
    assert {letter["Subject"] for letter in letters} == {"Cancelled: Planning"}
    method, event = event_of(letters[0])
    assert (method, event.status.value) == ("CANCEL", "CANCELLED")
    notes = call("GET", "/v1/notifications", token=bob.access_token).body["items"]
    assert [note["type"] for note in notes] == ["meeting_cancelled", "invitation"]


def test_one_taken_back_is_told_to_whom_was_written(host: Host, mailbox: Letters) -> None:
    host.meet()
    told, never = host.invite(emails=["cy@example.org"]), None
    run_job()
    never = host.invite(emails=["di@example.org"])
    for made in (*told, *never):
        host.ask("DELETE", f"/invitations/{made['id']}")
    run_job()
    assert [letter["To"] for letter in mailbox.messages()] == ["cy@example.org", "cy@example.org"]
    last = mailbox.messages()[-1]
    assert "You are no longer invited" in text_of(last)
    assert "inv_" not in text_of(last)
    assert event_of(last)[0] == "CANCEL"


def test_who_has_declined_hears_no_more(call: Call, host: Host, mailbox: Letters) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    run_job()
    call("POST", f"/v1/invitations/by-token/{token_in(mailbox.messages()[0])}/decline")
    host.settle()
    host.ask("PATCH", body={"title": "Other"})
    host.settle()
    run_job()
    assert len(mailbox.messages()) == 1


def soon(host: Host, minutes: int = 8) -> None:
    host.product.owner.execute(
        "UPDATE meetings SET scheduled_start_time = date_trunc('minute', now()) + %s * interval '1 minute'",
        (minutes,),
    )


def test_people_are_reminded_of_each_start_once(
    call: Call, host: Host, mailbox: Letters, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    host.meet()
    host.invite(emails=["cy@example.org"], user_ids=[bob.id])
    run_job()
    assert run_job()["reminders"] == 0
    soon(host)
    assert [run_job()["reminders"] for _ in range(3)] == [1, 0, 0]
    letter = mailbox.messages("cy@example.org")[-1]
    assert letter["Subject"] == "Soon: Planning"
    assert f"/m/{host.meeting['code']}?invitation=inv_" in text_of(letter)
    for person in (bob, host.person):
        notes = call("GET", "/v1/notifications", token=person.access_token).body["items"]
        assert [note["type"] for note in notes].count("meeting_reminder") == 1
    soon(host, 5)
    assert run_job()["reminders"] == 1  # it was moved: another start


@pytest.mark.parametrize(("lead", "minutes", "told"), [(0, 5, 0), (30, 25, 1), (30, 35, 0), (1440, 1430, 1)])
def test_the_host_decides_how_long_before(lead: int, minutes: int, told: int, host: Host) -> None:
    host.meet(settings={"reminder_minutes": lead})
    soon(host, minutes)
    assert run_job()["reminders"] == told


def test_nobody_is_reminded_of_what_is_cancelled_or_has_begun(host: Host) -> None:
    host.meet()
    soon(host, 5)
    host.ask("DELETE")
    assert run_job()["reminders"] == 0
    host.meet()
    soon(host, -1)
    assert run_job()["reminders"] == 0


def test_each_occurrence_of_a_recurring_meeting_is_reminded_of(host: Host, product: Product) -> None:
    rule = {"rule": "FREQ=DAILY", "timezone": "UTC"}
    host.meet(type="recurring", recurrence=rule)
    now = host.start - timedelta(minutes=9)
    assert plan_letters(now).reminders == 1
    assert plan_letters(now).reminders == 0
    product.owner.execute(
        "UPDATE meetings SET scheduled_start_time = scheduled_start_time + interval '1 day',"
        " scheduled_end_time = scheduled_end_time + interval '1 day'"
    )
    assert plan_letters(now + timedelta(days=1)).reminders == 1


def test_a_recurring_meeting_is_one_entry_with_its_rule(host: Host, mailbox: Letters) -> None:
    host.meet(type="recurring", recurrence={"rule": "FREQ=DAILY;COUNT=3", "timezone": "Europe/Berlin"})
    host.invite(emails=["cy@example.org"])
    run_job()
    [letter] = mailbox.messages()
    assert "Repeats: Every day at" in text_of(letter)
    assert "3 times" in text_of(letter)
    assert event_of(letter)[1].rrule.value == "FREQ=DAILY;COUNT=3"


def test_a_meeting_without_a_time_has_no_entry(host: Host, mailbox: Letters, call: Call) -> None:
    wanted: dict[str, Any] = {"title": "Now"}
    made = call("POST", "/v1/meetings", wanted, token=host.person.access_token).body
    host.path = f"/v1/meetings/{made['id']}"
    host.invite(emails=["cy@example.org"])
    run_job()
    [letter] = mailbox.messages()
    assert "text/calendar" not in {part.get_content_type() for part in letter.walk()}


def test_a_key_that_is_out_of_use_makes_a_new_token(
    call: Call, host: Host, mailbox: Letters, product: Product
) -> None:
    host.meet()
    host.invite(emails=["cy@example.org"])
    product.owner.execute("UPDATE invitations SET token_hash = %s", (tokens.hash_of("inv_of an older key"),))
    run_job()
    [letter] = mailbox.messages()
    assert call("GET", f"/v1/invitations/by-token/{token_in(letter)}").status == 200


def test_a_title_cannot_write_headers_or_calendar_lines(host: Host, mailbox: Letters) -> None:
    host.meet(title="Lunch =?utf-8?q?=0D=0ABcc:_eve=40example.org?=")
    host.invite(emails=["cy@example.org"])
    run_job()
    [letter] = mailbox.messages()
    assert letter["Bcc"] is None
    assert [str(each) for each in letter["To"].addresses] == ["cy@example.org"]


def test_one_that_cannot_be_written_holds_up_no_other_and_is_given_up_in_the_end(
    host: Host, mailbox: Letters, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbling(facts: Facts) -> Letter:
        if facts.message == "unspeakable":
            raise ValueError("a mistake of ours")
        return letter(facts)

    monkeypatch.setattr("convoke.invitations.actions.letters.letter", stumbling)
    host.meet()
    host.invite(emails=["cy@example.org"], message="unspeakable")
    host.invite(emails=["di@example.org"])
    done = run_job()
    assert (done["later"], done["sent"]) == (1, 1)
    for _ in range(letters_action.MAX_ATTEMPTS - 1):
        product.owner.execute("UPDATE invitation_mails SET due_at = now() - interval '1 second'")
        done = run_job()
    assert done["failed"] == 1
    [row] = product.rows("SELECT failure FROM invitation_mails WHERE failed_at IS NOT NULL")
    assert row["failure"] == "ValueError: a mistake of ours"


def test_a_rule_as_long_as_may_be_is_read_when_it_is_ended_too(
    call: Call, host: Host, mailbox: Letters, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    numbers = ",".join(str(-each) for each in range(366, 307, -1))
    rule = f"FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYYEARDAY={numbers}"
    rule = rule[:MAX_LENGTH].rpartition(",")[0]
    assert len(rule) > MAX_LENGTH - 5
    first = datetime(2050, 1, 1, 9, tzinfo=UTC)
    times = {"scheduled_start_time": first, "scheduled_end_time": first + timedelta(hours=1)}
    host.meet(
        type="recurring",
        recurrence={"rule": rule, "timezone": "UTC"},
        **{name: instant.isoformat() for name, instant in times.items()},
    )
    host.invite(user_ids=[bob.id])
    query = {"scope": "following"}
    changed = host.ask("PATCH", "/occurrences/2050-01-03T09:00:00Z", {"title": "Other"}, **query)
    assert changed.status == 200, changed.body
    assert host.ask("GET").status == 200
    assert run_job()["sent"] == 1
    window = {"from": "2050-01-01T00:00:00Z", "to": "2050-01-05T00:00:00Z"}
    seen = call("GET", "/v1/calendar/events", token=bob.access_token, query=window)
    assert [each["title"] for each in seen.body["items"]] == ["Planning", "Planning", "Other", "Other"]

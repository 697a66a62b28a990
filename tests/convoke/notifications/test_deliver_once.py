"""Each mail and push goes out once, however many jobs there are and wherever one of them dies."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from convoke.backends import mail, web_push
from convoke.notifications import actions
from convoke.notifications.store import deliveries
from tests.conftest import Product
from tests.convoke.notifications.conftest import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    NewReader,
    Reader,
    Tell,
    Waiting,
    run,
    states,
)
from tests.mailbox import Letters
from tests.push_service import PushService

JOB = """
import json, sys
from functions.jobs.deliver_notifications import handler
from tests.gateway import CONTEXT
handler(json.loads(sys.argv[1]), CONTEXT)
"""
pytestmark = pytest.mark.usefixtures("nothing_told")


def test_a_push_and_a_mail_go_out_by_the_queue(
    *, ada: Reader, tell: Tell, service: PushService, mailbox: Letters, waiting: Waiting, product: Product
) -> None:
    device = service.device()
    ada.subscribe(device)
    tell(
        ada,
        type="invitation",
        title="Bob invites you",
        message="Weekly",
        subject="meeting:1",
        action_url="/m/x",
    )
    done = waiting.work_off(NOW)
    assert (done.sent, done.failed) == (2, 0)
    [push] = device.got(service)
    assert (push["title"], push["body"], push["url"]) == ("Bob invites you", "Weekly", "/m/x")
    assert (push["type"], push["tag"], push["unread"]) == ("invitation", "meeting:1", 1)
    [letter] = mailbox.messages()
    assert (letter["Subject"], letter["To"]) == ("Bob invites you", f"Ada <{ada.email}>")
    assert ada.owed(product) == [("email", "sent"), ("push", "sent")]
    # The queue delivers a message again, or the backstop was quicker: nothing is left to do.
    assert run(product) == actions.Delivered()
    assert (len(service.pushes), len(mailbox.messages())) == (1, 1)


def test_ten_jobs_at_once_send_each_thing_once(
    new_reader: NewReader, tell: Tell, service: PushService, mailbox: Letters, product: Product
) -> None:
    readers = [new_reader(f"R{number}") for number in range(6)]
    for number, reader in enumerate(readers):
        reader.subscribe(service.device(f"{number}-a"))
        reader.subscribe(service.device(f"{number}-b"))
    tell(*readers, type="invitation")
    with ThreadPoolExecutor(10) as threads:
        done = list(threads.map(lambda _: run(product), range(10)))
    assert sum(each.sent for each in done) == 18
    assert len({push.path for push in service.pushes}) == len(service.pushes) == 12
    assert len({letter["To"] for letter in mailbox.messages()}) == len(mailbox.messages()) == 6


def until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Killed(BaseException):
    """The process is no more: nothing after it runs."""


def _die(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("when", ["before it went out", "after it went out"])
def test_a_job_that_is_killed_while_it_sends_never_makes_it_two(
    *,
    when: str,
    ada: Reader,
    tell: Tell,
    service: PushService,
    product: Product,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada.subscribe(service.device())
    tell(ada)
    real = web_push.post

    def post(*args: Any, **kwargs: Any) -> web_push.Answer:
        if when == "after it went out":
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(web_push, "post", post)
        with pytest.raises(Killed):
            run(product)
    assert states(product) == [("sending", None, 1)]
    # Nobody knows whether it went out, so nobody sends it; after a while it is told as it is.
    for later in (NOW, NOW + 9 * MINUTE):
        assert run(product, later).sent == 0
        assert actions.sweep_notifications(later).interrupted == 0
    assert actions.sweep_notifications(NOW + 11 * MINUTE).interrupted == 1
    assert states(product) == [("failed", "interrupted", 1)]
    assert run(product, NOW + HOUR).sent == 0
    assert len(service.pushes) == (1 if when == "after it went out" else 0)


def test_a_process_that_is_killed_while_the_service_has_its_push_is_followed_by_none(
    ada: Reader, tell: Tell, service: PushService, waiting: Waiting, product: Product
) -> None:
    ada.subscribe(service.device())
    tell(ada, now=datetime.now(UTC))
    [order] = waiting.orders()
    service.clock, service.hold = time.time, threading.Event()
    event = {"Records": [{"messageId": "m-1", "body": json.dumps(order)}]}
    with subprocess.Popen([sys.executable, "-c", JOB, json.dumps(event)]) as job:
        until(lambda: len(service.pushes) == 1)
        job.kill()
    service.hold.set()
    # The queue brings the message again, to two jobs at once.
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: run(product, datetime.now(UTC)), range(2)))
    assert states(product) == [("sending", None, 1)]
    assert len(service.pushes) == 1


def test_a_job_that_is_killed_before_its_claim_is_committed_leaves_all_to_the_next(
    ada: Reader, tell: Tell, service: PushService, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.subscribe(service.device())
    tell(ada)
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "claim", _die)
        with pytest.raises(Killed):
            run(product)
    assert states(product) == [("pending", None, 0)]
    assert run(product).sent == 1


def test_while_one_job_sends_another_goes_past(
    ada: Reader, tell: Tell, service: PushService, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.subscribe(service.device())
    tell(ada)
    real, sending, go_on = web_push.post, threading.Event(), threading.Event()

    def slow(*args: Any, **kwargs: Any) -> web_push.Answer:
        sending.set()
        assert go_on.wait(120)
        return real(*args, **kwargs)

    monkeypatch.setattr(web_push, "post", slow)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(run, product)
        assert sending.wait(120)
        assert run(product) == actions.Delivered()
        go_on.set()
        assert first.result().sent == 1
    assert len(service.pushes) == 1


def test_a_connection_that_breaks_half_way_is_not_tried_again(
    ada: Reader, tell: Tell, service: PushService, product: Product
) -> None:
    ada.subscribe(service.device())
    service.hang_up = True
    tell(ada)
    assert run(product).failed == 1
    assert len(service.pushes) == 1
    assert run(product, NOW + HOUR) == actions.Delivered()


def test_mail_that_was_perhaps_sent_is_not_sent_again(
    ada: Reader, tell: Tell, mailbox: Letters, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise mail.Uncertain("read timeout")

    tell(ada, type="system")
    with monkeypatch.context() as patched:
        patched.setattr(mail, "send", broken)
        assert run(product).failed == 1
    assert run(product, NOW + HOUR) == actions.Delivered()
    assert states(product) == [("failed", "perhaps sent", 1)]


def test_what_there_is_no_time_for_goes_back_into_the_queue(
    new_reader: NewReader, tell: Tell, mailbox: Letters, waiting: Waiting, product: Product
) -> None:
    readers = [new_reader(f"R{number}") for number in range(5)]
    tell(*readers, type="system")
    [order] = waiting.orders()
    time_left = iter([True, True, False])
    done = actions.deliver(
        order["notifications"], announce_them=False, clock=lambda: NOW, has_time=lambda: next(time_left)
    )
    assert (done.sent, done.left) == (2, 3)
    assert waiting.work_off(NOW).sent == 3
    assert len(mailbox.messages()) == 5


def test_the_backstop_finds_what_no_message_came_for(
    ada: Reader, tell: Tell, mailbox: Letters, waiting: Waiting, product: Product
) -> None:
    tell(ada, type="system")
    waiting.orders()  # and they are lost
    assert actions.sweep_notifications(NOW + 10 * SECOND).late == 0
    assert actions.sweep_notifications(NOW + 31 * SECOND).late == 1
    # A minute later it is in the queue already.
    assert actions.sweep_notifications(NOW + 40 * SECOND).late == 0
    assert waiting.work_off(NOW + 41 * SECOND).sent == 1
    assert len(mailbox.messages()) == 1

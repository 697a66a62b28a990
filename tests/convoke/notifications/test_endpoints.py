"""Where pushes may go: to browsers' own services, and nowhere that a client makes up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convoke.notifications.model.push import is_known_service, topic

GOOD = [
    "https://fcm.googleapis.com/fcm/send/dQw4w9:APA91bH",
    "https://fcm.googleapis.com/wp/dQw4w9:APA91bH",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk",
    "https://wns2-db5p.notify.windows.com/w/?token=BQYAAAD%2f",
    "https://web.push.apple.com/QGuQyavXutnMH",
    "https://updates.push.services.mozilla.com/wpush/v2/a@b:c",
]
BAD = [
    "http://fcm.googleapis.com/fcm/send/x",
    "https://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[",
    "https://[@fcm.googleapis.com/x",
    "https://localhost:8080/",
    "https://fcm.googleapis.com@169.254.169.254/x",
    "https://fcm.googleapis.com:443@evil.example/x",
    "https://evil.example/fcm.googleapis.com/",
    "https://evil.example\\@fcm.googleapis.com/",
    "https://fcm.googleapis.com\\.evil.example/",
    "https://fcm.googleapis.com.evil.example/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com:443/x",
    "https://fcm.googleapis.com.:443/x",
    "https://fcm.googleapis.com./x",
    "https://xfcm.googleapis.com/x",
    "https://notify.windows.com/x",
    "https://evilnotify.windows.com/x",
    "https://notify.windows.com.evil.example/x",
    "https://push.apple.com/x",
    "https://.push.apple.com/x",
    "https://evil.example#.push.apple.com/",
    "https://evil.example?.push.apple.com/",
    "https://web.push.apple.com%2f.evil.example/",
    "https://ⓕcm.googleapis.com/x",
    "https://fcm.googleapis.com\t/x",
    "https://fcm.google\napis.com/x",
    " https://fcm.googleapis.com/x",
    "https:/fcm.googleapis.com/x",
    "https:fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "HTTPS://FCM.GOOGLEAPIS.COM/x",
    "https://fcm.googleapis.com",
    "ftp://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "gopher://fcm.googleapis.com/x",
    "",
]


@pytest.mark.parametrize("endpoint", GOOD)
def test_the_services_of_browsers_are_known(endpoint: str) -> None:
    assert is_known_service(endpoint, ())


@pytest.mark.parametrize("endpoint", BAD)
def test_nothing_else_is(endpoint: str) -> None:
    assert not is_known_service(endpoint, ())


def test_a_deployment_names_its_own() -> None:
    assert is_known_service("http://127.0.0.1:8999/push/1", ("http://127.0.0.1:8999",))
    assert not is_known_service("http://127.0.0.1:8998/push/1", ("http://127.0.0.1:8999",))
    assert not is_known_service(GOOD[0], ("http://127.0.0.1:8999",))


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["@", "\\", "#", "?", "%00", "\0", "/", ":", "。"]))
def test_no_trick_before_the_host_leads_elsewhere(text: str, trick: str) -> None:
    for endpoint in (
        f"https://{text}{trick}fcm.googleapis.com/x",
        f"https://fcm.googleapis.com{trick}{text}/x",
    ):
        if is_known_service(endpoint, ()):
            assert endpoint.startswith("https://fcm.googleapis.com/")


@settings(deadline=None)
@given(st.text(max_size=100))
def test_a_topic_fits_what_services_take(subject: str) -> None:
    made = topic(subject)
    assert made is not None
    assert len(made) == 32
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

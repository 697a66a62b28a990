"""The log-in to Keyspaces, against the example that AWS publishes with its own plugin."""

from datetime import UTC, datetime

from botocore.credentials import ReadOnlyCredentials

from convoke.backends.cassandra_sigv4 import Signer

MOMENT = datetime(2020, 6, 9, 22, 41, 51, tzinfo=UTC)
CHALLENGE = b"garbage nonce=91703fdc2ef562e19fbdab0f58e42fe5 garbage"
SIGNED = (
    b"signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,"
    b"access_key=UserID-1,amzdate=2020-06-09T22:41:51.000Z"
)


def test_the_published_example_is_signed_alike() -> None:
    signer = Signer(ReadOnlyCredentials("UserID-1", "UserSecretKey-1", None), "us-west-2", lambda: MOMENT)
    assert signer.initial_response() == b"SigV4\0\0"
    assert signer.evaluate_challenge(CHALLENGE) == SIGNED


def test_a_role_sends_its_session_token_along() -> None:
    signer = Signer(ReadOnlyCredentials("UserID-1", "UserSecretKey-1", "tok"), "us-west-2", lambda: MOMENT)
    assert signer.evaluate_challenge(CHALLENGE) == SIGNED + b",session_token=tok"


def test_milliseconds_never_round_up_to_a_thousand() -> None:
    late = MOMENT.replace(microsecond=999_900)
    signer = Signer(ReadOnlyCredentials("UserID-1", "UserSecretKey-1", None), "us-west-2", lambda: late)
    assert b"amzdate=2020-06-09T22:41:51.999Z" in signer.evaluate_challenge(CHALLENGE)

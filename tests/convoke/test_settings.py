"""Settings name what is missing."""

import pytest

from convoke.settings import Settings


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(RuntimeError, match="DATABASE_URL is not set"):
        _ = Settings({"DATABASE_URL": ""}).database_url


def test_only_the_known_ways_of_logging_in_are_taken() -> None:
    assert Settings({"DATABASE_AUTH": "iam"}).database_auth == "iam"
    assert Settings({}).database_auth == "password"
    with pytest.raises(RuntimeError, match="iam or password"):
        _ = Settings({"DATABASE_AUTH": "none"}).database_auth


def test_addresses_have_no_trailing_slash() -> None:
    found = Settings({"PUBLIC_URL": "https://x/", "SOCKET_CALLBACK_URL": "https://y/socket/"})
    assert (found.public_url, found.socket_callback_url) == ("https://x", "https://y/socket")


def test_the_controller_is_named_after_its_region() -> None:
    assert Settings({"AWS_REGION": "eu-central-1"}).controller_id == "mc-eu-central-1-1"

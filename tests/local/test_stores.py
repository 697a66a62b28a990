"""Embedded stores start, answer on 127.0.0.1 only, keep their data and end."""

import socket
from pathlib import Path

import psycopg
import pytest
import redis

from local.process import CannotStart, answers
from local.stores import S3, Postgres, Valkey, start_all


def test_postgres_keeps_data_and_passwords_across_starts(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres") as postgres, psycopg.connect(postgres.url()) as connection:
        connection.execute("create table kept as select 7 as n")
        connection.commit()
        password = postgres.password("convoke")
    assert not answers("127.0.0.1", postgres.port)
    with Postgres(tmp_path / "postgres") as postgres, psycopg.connect(postgres.url()) as connection:
        assert connection.execute("select n from kept").fetchone() == (7,)
        assert postgres.password("convoke") == password


def test_postgres_makes_a_role_that_may_do_nothing_but_log_in(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres", durable=False) as postgres:
        with psycopg.connect(postgres.url("convoke_app"), autocommit=True) as stranger:
            query = "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
            assert stranger.execute(query).fetchone() == (False, False, False)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute("create table public.mine ()")
        wrong = postgres.url("convoke_app").replace(postgres.password("convoke_app"), "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_postgres_runs_unprivileged_below_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    with Postgres(closed / "postgres", durable=False) as postgres:
        status = Path(f"/proc/{postgres.pid}/status").read_text()
        uid = next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))
        assert uid != "0"


def test_valkey_keeps_data_across_starts(tmp_path: Path) -> None:
    for expected in (1, 2):
        with Valkey(tmp_path / "valkey") as valkey, redis.Redis.from_url(valkey.url) as client:
            assert client.incr("starts") == expected


def test_s3_keeps_objects_across_starts_and_refuses_strangers(tmp_path: Path) -> None:
    with S3(tmp_path / "s3", buckets=["files"]) as s3:
        s3.client().put_object(Bucket="files", Key="a", Body=b"kept")
        rules = s3.client().get_bucket_cors(Bucket="files")["CORSRules"]
        assert "ETag" in rules[0]["ExposeHeaders"]
    with S3(tmp_path / "s3", buckets=["files"]) as s3:
        client = s3.client()
        assert client.get_object(Bucket="files", Key="a")["Body"].read() == b"kept"
        client._request_signer._credentials.secret_key = "guess"
        with pytest.raises(client.exceptions.ClientError, match="SignatureDoesNotMatch"):
            client.get_object(Bucket="files", Key="a")


def test_one_that_cannot_start_takes_the_others_with_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        valkey = Valkey(tmp_path / "valkey", durable=False)
        postgres = Postgres(tmp_path / "postgres", taken.getsockname()[1], durable=False)
        with pytest.raises(CannotStart, match="Address already in use"):
            start_all([valkey, postgres])
    assert not answers("127.0.0.1", valkey.port)

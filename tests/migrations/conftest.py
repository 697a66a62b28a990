"""A database as Aurora's are: its owner is no superuser."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Stores

OWNER, DATABASE = "migrations_owner", "migrating"


@pytest.fixture
def owned(stores: Stores) -> Iterator[tuple[str, str]]:
    """A database of somebody whom row security binds, as in Aurora: its address as owner, as superuser."""
    with psycopg.connect(stores.postgres.url(database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'x'").format(sql.Identifier(OWNER)))
        # Whom 0001 makes is there already, and has a maker.
        admin.execute(sql.SQL("GRANT convoke_app TO {} WITH ADMIN OPTION").format(sql.Identifier(OWNER)))
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
        )
        everything = stores.postgres.url(database=DATABASE)
        yield re.sub(r"//[^@]*@", f"//{OWNER}:x@", everything), everything
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(OWNER)))

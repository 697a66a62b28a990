"""What PostgreSQL itself lets the functions' role do with contacts and blocks, should a check be missing."""

from collections.abc import Callable

import psycopg
import pytest

from convoke.backends.postgres import System, transaction
from convoke.identity.model import Principal
from tests import gateway
from tests.conftest import Person, Product

SignUp = Callable[..., Person]


def as_user(person: Person) -> Principal:
    return Principal(person.id, None, None, None, "user", "basic")


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def bob(ada: Person, sign_up: SignUp) -> Person:
    """Is in Ada's list, under a name that is none of his business, and blocked by her."""
    person = sign_up("Bob")
    request = {"user_id": person.id, "alias": "The loud one"}
    assert gateway.call("POST", "/v1/contacts", request, token=ada.access_token).status == 201
    assert gateway.call("PUT", f"/v1/blocks/{person.id}", token=ada.access_token).status == 200
    return person


@pytest.mark.parametrize("table", ["contacts", "blocks"])
def test_nobody_reads_changes_or_deletes_what_others_say_of_them(
    table: str, ada: Person, bob: Person, product: Product
) -> None:
    for statement in (f"SELECT 1 FROM {table}", f"DELETE FROM {table} RETURNING 1"):  # noqa: S608
        with transaction(as_user(bob)) as conn:
            found = conn.execute(statement.encode())
        assert found.fetchall() == []
    assert len(product.rows(f"SELECT 1 FROM {table} WHERE user_id = %s", ada.id)) == 1  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO contacts (user_id, contact_user_id, created_at) VALUES (%s, %s, now())",
        "INSERT INTO blocks (user_id, blocked_user_id, created_at) VALUES (%s, %s, now())",
    ],
)
def test_nobody_writes_in_the_name_of_another(
    statement: str, ada: Person, bob: Person, sign_up: SignUp
) -> None:
    eve = sign_up("Eve")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(as_user(eve)) as conn:
        conn.execute(statement.encode(), (bob.id, eve.id))


def test_a_function_that_reads_as_the_system_leaves_the_caller_as_they_were(ada: Person, bob: Person) -> None:
    questions = (
        "SELECT app_blocked(%(me)s, %(other)s)",
        "SELECT * FROM person_cards(ARRAY[%(other)s]::uuid[])",
        "SELECT * FROM find_person(%(other)s)",
        "SELECT * FROM search_people('a', 20)",
        "SELECT * FROM presence_shown(ARRAY[%(me)s]::uuid[], ARRAY[%(other)s]::uuid[])",
    )
    values = {"me": bob.id, "other": ada.id}
    for question in questions:
        with transaction(as_user(bob)) as conn:
            conn.execute(question.encode(), values)
            role = conn.execute("SELECT current_setting('app.role') AS role, count(*) AS n FROM users")
        assert role.fetchone() == {"role": "user", "n": 1}, question


@pytest.mark.parametrize("condition", ["email = 'u7@example.org'", "email = 'x' OR username = 'x'"])
def test_an_exact_name_is_found_by_an_index_under_row_security(condition: str, product: Product) -> None:
    product.owner.execute(
        """
        INSERT INTO users (user_id, email, display_name, created_at, updated_at)
        SELECT uuidv7(), 'u' || n || '-' || random() || '@example.org', 'U', now(), now()
        FROM generate_series(1, 5000) n
        """
    )
    product.owner.execute("ANALYZE users")
    with transaction(System()) as conn:
        plan = conn.execute(f"EXPLAIN SELECT user_id FROM users WHERE {condition}".encode())  # noqa: S608
    lines = [str(row["QUERY PLAN"]) for row in plan.fetchall()]
    assert not any("Seq Scan" in line for line in lines), lines

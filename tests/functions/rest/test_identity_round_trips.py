"""What identity's routes cost in round trips to PostgreSQL. The budget of a hot route is two."""

from collections.abc import Callable

from convoke.ids import new_id
from tests.conftest import Person
from tests.gateway import Answer
from tests.wire import Relay

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def test_no_route_of_identity_takes_more_than_two(call: Call, sign_up: SignUp, round_trips: Relay) -> None:
    person = sign_up("Ada")
    login = {"email": person.email, "password": person.password}
    cost: dict[str, int] = {}

    def measured(name: str, expected: int, method: str, path: str, *body: object) -> Answer:
        with round_trips.counted() as counted:
            answer = call(method, path, *body, token=person.access_token)
        assert answer.status == expected, answer
        cost[name] = counted.trips
        return answer

    measured("me", 200, "GET", "/v1/me")
    measured("change me", 200, "PATCH", "/v1/me", {"bio": "x"})
    measured("sessions", 200, "GET", "/v1/me/sessions")
    measured("ticket", 201, "POST", "/v1/socket-tickets")
    fresh = measured("login", 200, "POST", "/v1/auth/login", login).body["refresh_token"]
    measured("refresh", 200, "POST", "/v1/auth/refresh", {"refresh_token": fresh})
    other = {"email": f"{new_id()}@example.org", "password": "a long password", "display_name": "Second"}
    measured("register", 201, "POST", "/v1/auth/register", other)
    assert cost == {
        "me": 1,
        "change me": 1,
        "sessions": 1,
        "ticket": 0,
        "login": 2,
        "refresh": 2,
        "register": 2,
    }

"""What goes wrong and is told to the caller: one exception, which is an RFC 9457 problem document."""

from collections.abc import Mapping, Sequence
from typing import Any


class Problem(Exception):  # noqa: N818 (the RFC's own noun)
    """A refusal with a stable `slug`. All of it is public: never put a secret or another's data in it."""

    def __init__(
        self,
        slug: str,
        status: int,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug, status, title, detail)
        self.slug = slug
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = [dict(error) for error in errors or ()]
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The members of application/problem+json (RFC 9457 section 3); `errors` is an extension."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = self.errors
        return document


def unauthorized(slug: str = "unauthorized", detail: str = "") -> Problem:
    """401 with the challenge that RFC 9110 section 11.6.1 asks for."""
    return Problem(slug, 401, "Authentication needed", detail, headers={"www-authenticate": "Bearer"})


def forbidden(slug: str = "forbidden", detail: str = "", *, title: str = "Not allowed") -> Problem:
    return Problem(slug, 403, title, detail)


def not_found(detail: str = "") -> Problem:
    """One and the same answer for what is not there and for what the caller may not know of."""
    return Problem("not_found", 404, "Not found", detail)


def conflict(slug: str, detail: str = "", *, title: str = "Conflict") -> Problem:
    return Problem(slug, 409, title, detail)


def invalid(detail: str, *, field: str | None = None) -> Problem:
    """422 for what the shapes cannot say; the same form as a validation error of a shape."""
    errors = [{"loc": ["body", field], "msg": detail, "type": "value_error"}] if field else None
    return Problem("validation", 422, "The request is not valid", detail, errors=errors)


def rate_limited(retry_after: int) -> Problem:
    """429; `retry_after` in seconds."""
    return Problem(
        "rate_limited",
        429,
        "Too many requests",
        f"Try again in {retry_after} s.",
        headers={"retry-after": str(retry_after)},
    )

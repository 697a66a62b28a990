"""Two accounts to try the product with, made by the same public address that people register at."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from local.process import CannotStart

PEOPLE = (("ada@example.com", "Ada Lovelace"), ("grace@example.com", "Grace Hopper"))
_THERE_ALREADY = 409


@dataclass(frozen=True)
class Account:
    email: str
    password: str


async def make_accounts(url: str, secret: Callable[[str, int], str]) -> list[Account]:
    """Registers both, or finds them there. Passwords are of this installation, by `secret(name, length)`."""
    accounts = []
    async with aiohttp.ClientSession() as session:
        for email, name in PEOPLE:
            account = Account(email, secret(f"demo:{email}", 9))
            form = {"email": email, "password": account.password, "display_name": name}
            async with session.post(f"{url}/v1/auth/register", json=form) as answer:
                if answer.status not in (201, _THERE_ALREADY):
                    text = (await answer.text())[:300]
                    raise CannotStart(f"cannot register {email}: {answer.status} {text}")
            accounts.append(account)
    return accounts

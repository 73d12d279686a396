"""Invented hosts who open an account."""

import uuid
from typing import Any

import httpx

from asm.accounts.own.sign_up import TERMS_VERSION

PASSWORD = "ba con vit bau duoi ao"


def wish(**changes: Any) -> dict[str, Any]:
    """What a landlady sends; every call another phone number."""
    return {
        "sign_in_name": f"09{uuid.uuid4().int % 10**8:08d}",
        "display_name": "Nguyễn Thị Thử",
        "role": "landlord",
        "password": PASSWORD,
        "terms_version": TERMS_VERSION,
        **changes,
    }


async def open_account(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """The answer, once it is a good one."""
    answer = await client.post("/api/v1/accounts", json=wish(**changes))
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


async def token_of(
    client: httpx.AsyncClient, name: str, password: str = PASSWORD, label: str = "thử"
) -> dict[str, str] | None:
    """Headers of whoever signs in by this pair; None when nobody does."""
    answer = await client.post(
        "/api/v1/tokens", json={"login": name, "password": password, "label": label}
    )
    if answer.status_code == 401:
        return None
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}

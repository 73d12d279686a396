"""A look-up is written down for good before anything opens, whatever happens then."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.people import fresh_key, party, sign_in


async def _look_ups(session: AsyncSession) -> int:
    count = await session.execute(
        text("SELECT count(*) FROM audit_entry WHERE action = 'stays.in_house_read'")
    )
    return int(count.scalar_one())


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    headers = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=headers | fresh_key()
    )
    assert answer.status_code == 201
    return headers


async def test_no_audit_row_no_reading(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], admin_session: AsyncSession
) -> None:
    """With the audit trail refusing entries, nothing is opened and nothing leaves."""
    await admin_session.execute(text("REVOKE INSERT ON audit_entry FROM asm_api"))
    await admin_session.commit()
    answer = await client.get(f"/api/v1/facilities/{cast.hoa_sen}/stays", headers=lan)
    assert answer.status_code >= 500
    assert "Nguyễn" not in answer.text


async def test_a_reading_that_fails_afterwards_is_still_on_record(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], admin_session: AsyncSession
) -> None:
    """The look-up stays although the request that made it was undone: here a record was changed
    behind the vault's back, so that it no longer opens.
    """
    before = await _look_ups(admin_session)
    await admin_session.execute(
        text(
            "UPDATE vault.guest_record "
            "SET sealed = set_byte(sealed, 20, (get_byte(sealed, 20) + 1) % 256)"
        )
    )
    await admin_session.commit()
    answer = await client.get(f"/api/v1/facilities/{cast.hoa_sen}/stays", headers=lan)
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert await _look_ups(admin_session) == before + 1

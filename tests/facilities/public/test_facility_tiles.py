"""The database's own list of public kinds keeps step with the code's."""

import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.facilities.kinds import KINDS
from asm.facilities.public.facility_tiles import PUBLIC_KINDS

_POLICY = text("SELECT qual FROM pg_policies WHERE policyname = 'facility_public'")


async def test_the_policy_names_the_kinds_that_are_no_private_home(
    admin_session: AsyncSession,
) -> None:
    policy = (await admin_session.execute(_POLICY)).scalar_one()
    assert set(re.findall(r"'([a-z_]+)'", policy)) & KINDS.keys() == set(PUBLIC_KINDS)
    assert {c for c, kind in KINDS.items() if kind.private_home}.isdisjoint(PUBLIC_KINDS)

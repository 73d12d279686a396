"""Is every facility in the ward that its point is in, and is every officer's ward in force?"""

from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.roles import DatabaseRole, act_as

MOST_LISTED = 50

_IN_ENDED = text("""
SELECT f.id FROM facility f JOIN ward w ON w.code = f.ward_code
WHERE w.valid_to IS NOT NULL ORDER BY f.id LIMIT 50
""")
_ELSEWHERE = text("""
SELECT f.id FROM facility f JOIN ward w ON w.code = f.ward_code
WHERE NOT w.boundary_approximate AND NOT ST_DWithin(w.boundary, f.point, 0.01)
ORDER BY f.id LIMIT 50
""")
_OFFICERS = text("""
SELECT a.id FROM account a JOIN ward w ON w.code = a.ward_code
WHERE w.valid_to IS NOT NULL AND a.disabled_at IS NULL AND NOT EXISTS (
  SELECT FROM officer_ward o JOIN ward w ON w.code = o.ward_code
  WHERE o.account_id = a.id AND w.valid_to IS NULL)
ORDER BY a.id LIMIT 50
""")
# A declaration that was on its way while a change of areas was recorded.
_LEFT_BEHIND = text("""
SELECT count(*) FROM facility f JOIN stay s ON s.facility_id = f.id
WHERE f.ward_since IS NOT NULL AND s.ward_code <> f.ward_code
  AND (s.end_night IS NULL OR s.end_night > f.ward_since OR s.first_night >= f.ward_since)
""")


class WardsOfFacilities(msgspec.Struct, frozen=True, kw_only=True):
    """Ids, at most MOST_LISTED each. `elsewhere`: facilities more than about a kilometre outside
    the boundary of their ward; `officers`: accounts whose wards have all ended; `left_behind`:
    running stays that an event did not hand over (run `asm areas event` with its file again).
    """

    in_ended_wards: list[UUID]
    elsewhere: list[UUID]
    officers: list[UUID]
    left_behind: int

    @property
    def in_order(self) -> bool:
        """Everybody is where they belong."""
        return not (self.in_ended_wards or self.elsewhere or self.officers or self.left_behind)


async def check_wards(session: AsyncSession) -> WardsOfFacilities:
    """Look at all facilities, officers and running stays. `session` belongs to the owner."""
    await act_as(session, DatabaseRole.KEEPER)
    misplaced: dict[str, list[UUID]] = {
        name: list((await session.execute(statement)).scalars())
        for name, statement in (
            ("in_ended_wards", _IN_ENDED), ("elsewhere", _ELSEWHERE), ("officers", _OFFICERS),
        )
    }  # fmt: skip
    left = (await session.execute(_LEFT_BEHIND)).scalar_one()
    await session.execute(text("RESET ROLE"))
    return WardsOfFacilities(**misplaced, left_behind=left)

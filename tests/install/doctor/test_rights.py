"""The rights that the doctor expects are those of the newest schema.

After a migration that grants something, with ASM_WRITE_RIGHTS=1 this file records them anew.
"""

import os
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

import asm.install.doctor.rights
from asm.install.doctor.rights import RIGHTS, rights_of_the_schema

RECORDED = Path(asm.install.doctor.rights.__file__).with_name("rights.txt")


async def test_what_is_expected_is_what_the_migrations_gave(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as connection:
        given = frozenset((await connection.execute(RIGHTS)).scalars())
    if os.environ.get("ASM_WRITE_RIGHTS"):
        RECORDED.write_text("".join(f"{line}\n" for line in sorted(given)), encoding="utf-8")
    assert len(given) > 300
    assert rights_of_the_schema() == given

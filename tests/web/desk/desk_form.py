"""The desk's form, filled in and read back without a browser."""

import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.people import fresh_number
from tests.web.visitor import Visitor


def typed(**changes: str) -> dict[str, str]:
    return {
        "full_name": "Lê Thị Nháp",
        "birth_date": "270390",
        "sex": "female",
        "nationality": "Việt Nam",
        "document_type": "1",
        "document_number": fresh_number(),
        "room": "101",
        "nights": "2",
        **changes,
    }


def shown_fields(visitor: Visitor) -> dict[str, str]:
    """What the text inputs of the open page hold."""
    inputs = re.findall(
        r'<input type="(?:text|tel|hidden)"[^>]*?name="(\w+)"\s+value="([^"]*)"', visitor.html
    )
    return dict(inputs)


async def count(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT count(*) FROM stay"))).scalar_one())

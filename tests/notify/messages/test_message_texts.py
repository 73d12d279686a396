"""Every topic that somebody may be told of has its words, and no words are left over."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.locales.texts import catalogue
from asm.notify.deliver import CODE, CONFIRM
from tests.locales.test_texts import filling_texts

#: The link that confirms an address goes to that address alone, never to the inbox; nor does the
#: code of who cannot sign in.
ONLY_OUTSIDE = {f"{topic}:{part}" for topic in (CODE, CONFIRM) for part in ("subject", "outside")}


async def test_every_topic_has_its_words(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as connection:
        topics = set(await connection.scalars(text("SELECT DISTINCT topic FROM notice_rule")))
    assert {"receipt", "flag.high", "outage"} <= topics
    parts = ("title", "body", "subject", "outside")
    ids = {f"{topic}:{part}" for topic in topics for part in parts} | ONLY_OUTSIDE
    texts = catalogue("messages", "vi").keys()
    assert sorted(ids - texts) == []
    assert texts - ids == filling_texts("messages", ids)

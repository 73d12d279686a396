"""What there is of published releases, for pages and commands."""

from datetime import date, datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.published.model import catalogue_file, release, release_file
from asm.analytics.published.release_files import FileFacts, ReleaseFile


class ReleaseHead(msgspec.Struct, frozen=True, kw_only=True):
    """One release. `newest`: of its week, and not withdrawn."""

    id: str
    monday: date
    vintage: int
    published_at: datetime
    revised_cells: int
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    newest: bool

    @property
    def week(self) -> str:
        return self.id.partition(".")[0]


async def list_releases(session: AsyncSession) -> list[ReleaseHead]:
    """All of them, the newest week and vintage first."""
    columns = release.c
    rows = await session.execute(
        select(
            columns.id,
            columns.monday,
            columns.vintage,
            columns.published_at,
            columns.revised_cells,
            columns.withdrawn_at,
            columns.withdrawn_reason,
        ).order_by(columns.monday.desc(), columns.vintage.desc())
    )
    weeks: set[date] = set()
    heads = []
    for row in rows.mappings():
        newest = row["withdrawn_at"] is None and row["monday"] not in weeks
        if newest:
            weeks.add(row["monday"])
        heads.append(ReleaseHead(**row, newest=newest))
    return heads


async def file_of(session: AsyncSession, release_id: str, name: str) -> ReleaseFile | None:
    """A file of a release that is not withdrawn."""
    rows = await session.execute(
        select(release_file.c.name, release_file.c.media_type, release_file.c.content)
        .join(release, release.c.id == release_file.c.release_id)
        .where(
            release_file.c.release_id == release_id,
            release_file.c.name == name,
            release.c.withdrawn_at.is_(None),
        )
    )
    row = rows.mappings().one_or_none()
    return ReleaseFile(**row) if row else None


async def catalogue(session: AsyncSession, name: str) -> ReleaseFile | None:
    """`catalogue.ttl` or `catalogue.jsonld`; None before the first release."""
    columns = catalogue_file.c
    rows = await session.execute(
        select(columns.name, columns.media_type, columns.content).where(columns.name == name)
    )
    row = rows.mappings().one_or_none()
    return ReleaseFile(**row) if row else None


async def facts_of_files(
    session: AsyncSession, release_id: str | None = None
) -> dict[str, list[FileFacts]]:
    """What there is to say of all files, or of one release's, by release; without their bytes."""
    columns = release_file.c
    query = select(
        columns.release_id,
        columns.name,
        columns.media_type,
        columns.sha256,
        func.length(columns.content).label("size"),
    ).order_by(columns.release_id, columns.name)
    if release_id is not None:
        query = query.where(columns.release_id == release_id)
    facts: dict[str, list[FileFacts]] = {}
    for row in await session.execute(query):
        file = FileFacts(name=row.name, media_type=row.media_type, sha256=row.sha256, size=row.size)
        facts.setdefault(row.release_id, []).append(file)
    return facts


async def files_of(session: AsyncSession, release_id: str) -> list[ReleaseFile]:
    """The files of a release with their bytes, by name."""
    rows = await session.execute(
        select(release_file.c.name, release_file.c.media_type, release_file.c.content)
        .where(release_file.c.release_id == release_id)
        .order_by(release_file.c.name)
    )
    return [
        ReleaseFile(name=row.name, media_type=row.media_type, content=row.content) for row in rows
    ]

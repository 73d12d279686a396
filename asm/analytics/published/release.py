"""Publish a week, correct it by a new vintage, withdraw it. What is published is never changed.

1. One at a time; the week's counts are read and, if they are those of the newest vintage, nothing
   is done.
2. The tables are computed by another process (`compute`), the files and their manifest written.
3. Release, files and the catalogue of all releases go into one transaction with the audit entry.
"""

from concurrent.futures import BrokenExecutor
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.published.compute import compute, counts_hash, has_figures, revised_cells
from asm.analytics.published.listed import facts_of_files, files_of
from asm.analytics.published.manifest import Edition, manifest_file
from asm.analytics.published.model import catalogue_file, release, release_file
from asm.analytics.published.read_week import newest_final, read_week, week_name
from asm.analytics.published.release_files import ReleaseFile
from asm.analytics.published.sums import CannotHideError
from asm.analytics.published.tables import COLUMNS
from asm.analytics.published.write_files import table_files
from asm.audit.trail import record
from asm.db.actor_kinds import OPERATOR, WORKER
from asm.db.base import vietnam_time
from asm.db.locks import Lock, hold, try_to_hold
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.errors import Conflict, invalid_field, not_found

#: When a new week is out, corrections of so many weeks before it are looked for.
WEEKS_CORRECTED: Final = 4
LONGEST_REASON: Final = 500
log = structlog.get_logger(__name__)


class Publishing(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `release`: the one that is newest now; None where there is nothing to
    publish. `published`: it is new.
    """

    week: str
    release: str | None
    published: bool
    revised_cells: int = 0


class WeeksPublished(msgspec.Struct, frozen=True, kw_only=True):
    """The releases that came of one look."""

    releases: list[str]


async def publish_week(
    session: AsyncSession, monday: date, base: str, *, actor_role: str = OPERATOR
) -> Publishing:
    """Publish the week that begins on `monday`, or its next vintage, as the worker.

    Raises what `read_week` raises, Conflict `revision_would_reveal`, `release_not_computed`.
    """
    await hold(session, Lock.PUBLISH)
    now = await database_now(session)
    week = await read_week(session, monday, now)
    newest = await _newest(session, monday)
    name = week_name(monday)
    if not has_figures(week) or (newest and newest.counts_hash == counts_hash(week)):
        return Publishing(week=name, release=newest.id if newest else None, published=False)
    before = await _rows_of(session, newest.id) if newest else None
    try:
        tables = await compute(week, before)
    except CannotHideError as error:
        raise Conflict("revision_would_reveal", week=name) from error
    except (ValueError, BrokenExecutor) as error:  # totals that do not add up, or no memory
        raise Conflict("release_not_computed", week=name) from error
    edition = Edition(
        monday=monday,
        vintage=newest.vintage + 1 if newest else 1,
        published_on=vietnam_time(now).date(),
        revised_cells=revised_cells(tables, before) if before else 0,
    )
    files = table_files(tables)
    files.append(manifest_file(edition, files))
    await _store(session, edition, counts_hash(week), files)
    await write_catalogue(session, base)
    await record(
        session,
        actor_id=None,
        actor_role=actor_role,
        action="release.published",
        details={"release": edition.id},
    )
    return Publishing(
        week=name, release=edition.id, published=True, revised_cells=edition.revised_cells
    )


async def withdraw(
    session: AsyncSession, release_id: str, reason: str, base: str, *, actor_role: str = OPERATOR
) -> None:
    """Give a release out no longer; it stays listed with the reason. Raises not_found, Invalid
    `reason_missing`; withdrawing twice changes nothing.
    """
    reason = " ".join(reason.split())
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise invalid_field("/reason", "withdrawal_reason", most=LONGEST_REASON)
    await hold(session, Lock.PUBLISH)
    rows = await session.execute(select(release.c.withdrawn_at).where(release.c.id == release_id))
    row = rows.one_or_none()
    if row is None:
        raise not_found("release")
    if row.withdrawn_at is not None:
        return
    await session.execute(
        update(release)
        .where(release.c.id == release_id)
        .values(withdrawn_at=func.clock_timestamp(), withdrawn_reason=reason)
    )
    await write_catalogue(session, base)
    await record(
        session,
        actor_id=None,
        actor_role=actor_role,
        action="release.withdrawn",
        details={"release": release_id},
    )


async def publish_due(engine: AsyncEngine, base: str) -> WeeksPublished | None:
    """Publish the newest final week if it is not out yet, and what changed in the weeks before it.
    None where there is nothing to do, or another worker is at it. A week that the totals do not
    reach, or whose correction would give something away, is left alone.
    """
    async with one_transaction(engine) as session:
        if not await try_to_hold(session, Lock.PUBLISH):
            return None
        monday = newest_final(await database_now(session))
        if await _newest(session, monday):
            return None
    published = []
    for weeks in range(WEEKS_CORRECTED + 1):
        try:
            async with one_transaction(engine) as session:
                done = await publish_week(
                    session, monday - timedelta(weeks=weeks), base, actor_role=WORKER
                )
        except Conflict as refusal:
            log.warning("week_held_back", weeks_before=weeks, reason=refusal.code)
            continue
        if done.published and done.release:
            published.append(done.release)
    return WeeksPublished(releases=published) if published else None


async def write_catalogue(session: AsyncSession, base: str) -> None:
    """Write the catalogue of all releases anew."""
    # rdflib takes a third of a second to load.
    from asm.analytics.published.catalogue import ListedRelease, catalogue_files  # noqa: PLC0415

    rows = await session.execute(
        select(release).order_by(release.c.monday.desc(), release.c.vintage.desc())
    )
    facts = await facts_of_files(session)
    listed = [
        ListedRelease(
            edition=edition_of(row), files=facts.get(row.id, []), withdrawn=row.withdrawn_reason
        )
        for row in rows.all()
    ]
    await session.execute(catalogue_file.delete())
    for file in catalogue_files(listed, base):
        await session.execute(
            insert(catalogue_file).values(
                name=file.name, media_type=file.media_type, sha256=file.sha256, content=file.content
            )
        )


def edition_of(row: Any) -> Edition:
    """Which release a row of `release` is."""
    return Edition(
        monday=row.monday,
        vintage=row.vintage,
        published_on=_day(row.published_at),
        revised_cells=row.revised_cells,
    )


def _day(moment: datetime) -> date:
    return vietnam_time(moment).date()


async def _newest(session: AsyncSession, monday: date) -> Any | None:
    rows = await session.execute(
        select(release)
        .where(release.c.monday == monday)
        .order_by(release.c.vintage.desc())
        .limit(1)
    )
    return rows.one_or_none()


async def _rows_of(session: AsyncSession, release_id: str) -> dict[str, list[dict[str, Any]]]:
    files = {file.name: file for file in await files_of(session, release_id)}
    return {table: msgspec.json.decode(files[f"{table}.json"].content)["rows"] for table in COLUMNS}


async def _store(
    session: AsyncSession, edition: Edition, hashed: str, files: list[ReleaseFile]
) -> None:
    await session.execute(
        insert(release).values(
            id=edition.id,
            monday=edition.monday,
            vintage=edition.vintage,
            counts_hash=hashed,
            revised_cells=edition.revised_cells,
        )
    )
    for file in files:
        await session.execute(
            insert(release_file).values(
                release_id=edition.id,
                name=file.name,
                media_type=file.media_type,
                sha256=file.sha256,
                content=file.content,
            )
        )

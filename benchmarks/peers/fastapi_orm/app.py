"""The endpoint as the tutorials of FastAPI and SQLAlchemy write it: a pydantic model in, three ORM
objects added to a session of the request, one commit, a pydantic model out.

It checks no sign-in, seals nothing, signs nothing and keeps no key for resends.
"""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar

from fastapi import Depends, FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=20, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: TIMESTAMP(timezone=True), dict[str, Any]: JSONB}


class Stay(Base):
    __tablename__ = "stay"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    facility_id: Mapped[uuid.UUID]
    full_name: Mapped[str]
    birth_date: Mapped[date]
    sex: Mapped[str]
    document_type: Mapped[int]
    document_number: Mapped[str]
    residence_kind: Mapped[int]
    residence_province: Mapped[str]
    arrived_at: Mapped[datetime]
    planned_departure_at: Mapped[datetime]
    room: Mapped[str]
    reason: Mapped[int]
    received_at: Mapped[datetime]


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    stay_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stay.id"))
    at: Mapped[datetime]
    action: Mapped[str]
    details: Mapped[dict[str, Any]]


class OutboxRow(Base):
    __tablename__ = "outbox"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Guest(BaseModel):
    full_name: str = Field(min_length=1, max_length=200)
    birth_date: date
    sex: str
    document_type: int = Field(ge=1, le=9)
    document_number: str = Field(min_length=5, max_length=20)
    residence_kind: int
    residence_province: str


class Declaration(BaseModel):
    arrived_at: datetime
    planned_departure_at: datetime
    room: str
    reason: int
    guests: list[Guest] = Field(min_length=1, max_length=100)


class Received(BaseModel):
    id: uuid.UUID
    received_at: datetime


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


app = FastAPI()


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/v1/facilities/{facility_id}/stays", status_code=201)
async def declare(
    facility_id: uuid.UUID,
    declaration: Declaration,
    session: Annotated[AsyncSession, Depends(get_session)],
) -> list[Received]:
    now = datetime.now(UTC)
    stays = [
        Stay(
            id=uuid.uuid4(),
            facility_id=facility_id,
            **guest.model_dump(),
            **declaration.model_dump(exclude={"guests"}),
            received_at=now,
        )
        for guest in declaration.guests
    ]
    session.add_all(stays)
    await session.flush()
    for stay in stays:
        session.add(AuditEntry(stay_id=stay.id, at=now, action="declared", details={"via": "api"}))
        payload = {"stay_id": str(stay.id), "version": 1}
        session.add(OutboxRow(topic="stay.changed", payload=payload, created_at=now))
    await session.commit()
    return [Received(id=stay.id, received_at=stay.received_at) for stay in stays]

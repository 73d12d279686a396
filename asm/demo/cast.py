"""The named cast and a month of invented stays, for the demo and for tests.

All goes through the same use cases as real input. Every person is invented, numbers too.
"""

from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.create import account_id_of, create_account
from asm.accounts.demo_passwords import DEMO_PASSWORDS
from asm.accounts.model import account
from asm.accounts.passwords import Turn, hash_unchecked
from asm.accounts.roles import (
    ADMINISTRATOR,
    HOSPITAL_CLERK,
    HOTEL_SYSTEM,
    LANDLORD,
    MINISTRY_OFFICER,
    PROVINCIAL_OFFICER,
    RECEPTIONIST,
    TOURISM_OFFICER,
    WARD_OFFICER,
    Role,
)
from asm.accounts.sessions import actor_of_login
from asm.analytics.totals.fill import fill
from asm.analytics.totals.rebuild import as_worker
from asm.db.session import one_transaction
from asm.demo.causes import seed_causes
from asm.demo.messages import put_demo_messages
from asm.demo.past_month import NIGHTS, Evenings, seed_month
from asm.facilities.decide import activate_facility
from asm.facilities.model import facility, room
from asm.facilities.people.members import add_member
from asm.facilities.register import register_facility
from asm.facilities.registration import Registration, RoomInput
from asm.geo.areas.fill_areas import fill_empty_areas
from asm.geo.model import degrees_of, ward
from asm.identity.vault.keyring import KeyRing

WARD_A, WARD_B = "00070", "00004"  # phường Hoàn Kiếm, phường Ba Đình


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the cast."""

    login: str
    password: str
    name: str
    role: Role
    ward_code: str | None = None
    province_code: str | None = None


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Who is there, and the facilities they belong to."""

    people: dict[str, Person]
    hoa_sen: UUID
    boarding_house: UUID
    hospital: UUID
    guest_house_b: UUID


PEOPLE = {
    "lan": Person(login="lan", password=DEMO_PASSWORDS["lan"], name="Lan", role=RECEPTIONIST),
    "hai": Person(login="hai", password=DEMO_PASSWORDS["hai"], name="Hải", role=LANDLORD),
    "bich": Person(
        login="bich", password=DEMO_PASSWORDS["bich"], name="Bích", role=HOSPITAL_CLERK
    ),
    "pms": Person(
        login="pms", password=DEMO_PASSWORDS["pms"], name="PMS Hoa Sen", role=HOTEL_SYSTEM
    ),
    "minh": Person(
        login="minh", password=DEMO_PASSWORDS["minh"], name="Minh", role=WARD_OFFICER,
        ward_code=WARD_A,
    ),
    "thao": Person(
        login="thao", password=DEMO_PASSWORDS["thao"], name="Thảo", role=WARD_OFFICER,
        ward_code=WARD_B,
    ),
    "tuan": Person(login="tuan", password=DEMO_PASSWORDS["tuan"], name="Tuấn", role=RECEPTIONIST),
    "quang": Person(
        login="quang", password=DEMO_PASSWORDS["quang"], name="Quang", role=PROVINCIAL_OFFICER,
        province_code="01",
    ),
    "nga": Person(login="nga", password=DEMO_PASSWORDS["nga"], name="Nga", role=MINISTRY_OFFICER),
    "van": Person(
        login="van", password=DEMO_PASSWORDS["van"], name="Vân", role=TOURISM_OFFICER,
        province_code="01",
    ),
    "admin": Person(
        login="admin", password=DEMO_PASSWORDS["admin"], name="Quản trị", role=ADMINISTRATOR
    ),
}  # fmt: skip


def _rooms(numbers: range, beds: int) -> list[RoomInput]:
    return [RoomInput(name=str(number), beds=beds) for number in numbers]


async def seed_cast(session: AsyncSession, *, apart: bool = False) -> Cast:
    """Accounts and four active facilities, all at the centre of their ward, or (`apart`) some
    hundred metres from each other, as a map shows them. Needs the areas; run it once.
    """
    north_west, south_east = (NORTH_WEST, SOUTH_EAST) if apart else (CENTRE, CENTRE)
    for person in PEOPLE.values():
        identifier = await create_account(
            session,
            login=person.login,
            password=None,
            display_name=person.name,
            role=person.role,
            ward_code=person.ward_code,
            province_code=person.province_code,
        )
        # Everybody knows them, so they are refused wherever else a password is chosen.
        hashed = await hash_unchecked(person.password, Turn())
        await session.execute(
            update(account).where(account.c.id == identifier).values(password_hash=hashed)
        )
    cast = Cast(
        people=PEOPLE,
        hoa_sen=await _facility(
            session, "lan", "minh", "hotel", "Khách sạn Hoa Sen", "12 Hàng Thử", WARD_A,
            _rooms(range(101, 109), 2) + _rooms(range(201, 209), 2),
        ),
        boarding_house=await _facility(
            session, "hai", "minh", "boarding_house", "Nhà trọ Hải Yến", "5 ngõ Mẫu", WARD_A,
            _rooms(range(1, 7), 3), north_west,
        ),
        hospital=await _facility(
            session, "bich", "minh", "hospital", "Bệnh viện Mẫu", "1 Tràng Thử", WARD_A,
            _rooms(range(301, 306), 4), south_east,
        ),
        guest_house_b=await _facility(
            session, "tuan", "thao", "guest_house", "Nhà nghỉ Sao Mai", "7 Đội Thử", WARD_B,
            _rooms(range(1, 5), 2),
        ),
    )  # fmt: skip
    lan = await actor_of_login(session, "lan")
    await add_member(Scope(session, lan), cast.hoa_sen, "pms")
    return cast


class Beside(NamedTuple):
    """Degrees east and north of a ward's centre."""

    east: float
    north: float


CENTRE = Beside(east=0.0, north=0.0)
NORTH_WEST = Beside(east=-0.0014, north=0.0016)
SOUTH_EAST = Beside(east=0.0012, north=-0.0015)


class _CastFacility(NamedTuple):
    """A facility of the cast: who owns it, who activates it, what and where it is."""

    owner: str
    officer: str
    kind: str
    name: str
    address: str
    ward_code: str
    rooms: list[RoomInput]
    beside: Beside = CENTRE


async def _facility(session: AsyncSession, *values: Any) -> UUID:
    cast_facility = _CastFacility(*values)
    # Ward centres lie in their ward whichever boundaries are loaded, the approximate ones included.
    centre = (
        await session.execute(
            select(*degrees_of(ward.c.centre)).where(ward.c.code == cast_facility.ward_code)
        )
    ).one()
    registered = await register_facility(
        Scope(session, await actor_of_login(session, cast_facility.owner)),
        Registration(
            kind=cast_facility.kind,
            name=cast_facility.name,
            phone="0240000000",
            address_text=cast_facility.address,
            lat=centre.lat + cast_facility.beside.north,
            lon=centre.lon + cast_facility.beside.east,
            rooms=cast_facility.rooms,
        ),
    )
    await activate_facility(
        Scope(session, await actor_of_login(session, cast_facility.officer)), registered.id
    )
    return registered.id


async def seed_demo(engine: AsyncEngine, vault: KeyRing) -> list[dict[str, str]]:
    """Areas, the cast and a month of stays, once; return the accounts to show."""
    async with one_transaction(engine) as session:
        known = await account_id_of(session, "lan")
    if known is None:
        async with one_transaction(engine) as session:
            await fill_empty_areas(session)
        async with one_transaction(engine) as session:
            cast = await seed_cast(session, apart=True)
            await _open_since(session)
        keys = await vault.current()
        async with one_transaction(engine) as session:
            houses = (
                ("lan", cast.hoa_sen, 6),
                ("hai", cast.boarding_house, 1),
                ("bich", cast.hospital, 2),
                ("tuan", cast.guest_house_b, 2),
            )
            await seed_month(session, keys, [Evenings(*house) for house in houses])
            await put_demo_messages(session)
        async with one_transaction(engine) as session:
            await seed_causes(session, keys, cast.hoa_sen, cast.guest_house_b)
        await fill(partial(as_worker, engine))
    return [
        {"role": p.role, "login": p.login, "password": p.password, "name": p.name}
        for p in PEOPLE.values()
    ]


async def _open_since(session: AsyncSession) -> None:
    """Let the demo's facilities have been open for as long as the demo looks back."""
    back = timedelta(days=NIGHTS + 1)
    await session.execute(
        update(facility).values(
            registered_at=facility.c.registered_at - back, decided_at=facility.c.decided_at - back
        )
    )
    await session.execute(update(room).values(opened_on=room.c.opened_on - back.days))

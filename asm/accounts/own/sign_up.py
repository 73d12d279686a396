"""A host opens an account of their own. Alone it may do nothing but register a facility, which the
ward's officer activates.

No answer says whether somebody uses a name: names to sign in with are not unique, and a login of
its own is given to each account.
"""

import re
import secrets
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account, sign_up
from asm.accounts.own.named import Hashed, hash_with_salt, salt_of_name
from asm.accounts.own.sign_in_name import same_name, sign_in_name_error
from asm.accounts.passwords import password_errors, password_matches, turn_in_network
from asm.accounts.roles import HOSPITAL_CLERK, LANDLORD, RECEPTIONIST, Role
from asm.audit.trail import record
from asm.db.base import new_id
from asm.errors import Conflict, field_error
from asm.geo.folding import fold
from asm.identity.pasted_text import clean_number, clean_text

#: Who may open an account by themselves; software gets its own from a facility's people.
SIGN_UP_ROLES: Final[tuple[Role, ...]] = (RECEPTIONIST, LANDLORD, HOSPITAL_CLERK)
#: Of the page `/terms`, and the day on which they were last changed.
TERMS_VERSION: Final = "1"
TERMS_SINCE: Final = date(2026, 11, 30)
MOST_NAME: Final = 120
_WORD: Final = re.compile(r"[a-z0-9]{1,20}")


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a host types. `sign_in_name`: a phone number, or a name of 3 to 64 signs;
    `terms_version`: of the terms that were accepted, empty for none. `key`: one for each form that
    was shown; sent twice, it opens one account.
    """

    key: UUID
    sign_in_name: str
    display_name: str
    role: str
    password: str
    terms_version: str
    email: str | None = None
    language: str = "vi"

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "display_name", clean_text(self.display_name))
        if self.email:
            msgspec.structs.force_setattr(self, "email", clean_number(self.email).strip())

    def __repr__(self) -> str:
        return "SignUp(…)"


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was opened. `login` is its own, unlike the name to sign in with. `before`:
    the same form opened it when it came first.
    """

    id: UUID
    login: str
    role: Role
    before: bool = False


class HashedSignUp(msgspec.Struct, frozen=True, kw_only=True):
    """A form and what is stored of its password; `before`: of the account that it has opened."""

    wish: SignUp
    hashed: Hashed
    before: bool = False

    def __repr__(self) -> str:
        return "HashedSignUp(…)"


class FormSentTwice(Exception):  # noqa: N818 -- what happened: it is looked at once more
    """The same form was taken while the password of this one was hashed."""


def sign_up_errors(wish: SignUp) -> list[dict[str, Any]]:
    """What is wrong with the form, one entry of `errors` for each field. Asks nothing of the
    database: it cannot tell who has an account.
    """
    errors: list[dict[str, Any]] = []
    if name_error := sign_in_name_error(wish.sign_in_name):
        errors.append(name_error)
    if not is_display_name(wish.display_name):
        errors.append(field_error("/display_name", "display_name_length", most=MOST_NAME))
    if wish.role not in SIGN_UP_ROLES:
        errors.append(field_error("/role", "sign_up_role"))
    known = (wish.sign_in_name, same_name(wish.sign_in_name), wish.display_name, wish.email or "")
    errors += password_errors(wish.password, known)
    if wish.terms_version != TERMS_VERSION:
        errors.append(field_error("/terms_version", "terms_not_accepted"))
    return errors


def is_display_name(text: str) -> bool:
    """Whether it can be shown as a person's name."""
    return 1 <= len(text.strip()) <= MOST_NAME and text.strip().isprintable()


async def hash_sign_up(session: AsyncSession, wish: SignUp, network: str) -> HashedSignUp:
    """Hash the password of a form without errors, or compare it where the form came before. Both
    may wait for their turn: no connection is held meanwhile, and what was done before is committed.

    Raises Conflict `form_used` when the same form comes with another password, Unavailable.
    """
    row = (await session.execute(_opened_with(wish.key))).one_or_none()
    salt = await salt_of_name(session, same_name(wish.sign_in_name))
    await session.commit()
    turn = turn_in_network(network)
    if row is None:
        return HashedSignUp(wish=wish, hashed=await hash_with_salt(wish.password, salt, turn))
    if not await password_matches(row.password_hash, wish.password, turn):
        raise Conflict("form_used")
    stored = Hashed(password_hash=row.password_hash, name_hash=row.name_hash)
    return HashedSignUp(wish=wish, hashed=stored, before=True)


async def open_account(session: AsyncSession, sent: HashedSignUp) -> NewAccount:
    """Open the account of a form. How often a network does is counted before.

    Raises FormSentTwice, Conflict `form_used`.
    """
    new, wish = new_id(), sent.wish
    claimed = await session.execute(
        insert(sign_up)
        .values(key=wish.key, account_id=new)
        .on_conflict_do_nothing()
        .returning(sign_up.c.key)
    )
    if claimed.one_or_none() is None:
        return await _opened_before(session, sent)
    login = await _insert(session, new, wish, sent.hashed)
    await record(
        session,
        actor_id=new,
        actor_role=wish.role,
        action="account.signed_up",
        subject_id=new,
        details={"role": wish.role, "terms": TERMS_VERSION},
    )
    role = next(role for role in SIGN_UP_ROLES if role == wish.role)
    return NewAccount(id=new, login=login, role=role)


async def _insert(session: AsyncSession, new: UUID, wish: SignUp, hashed: Hashed) -> str:
    while True:
        done = await session.execute(
            insert(account)
            .values(
                id=new,
                login=_some_login(wish.display_name),
                sign_in_name=same_name(wish.sign_in_name),
                named_at=func.clock_timestamp(),
                password_hash=hashed.password_hash,
                name_hash=hashed.name_hash,
                display_name=wish.display_name.strip(),
                role=wish.role,
                language="en" if wish.language == "en" else "vi",
                terms_version=TERMS_VERSION,
                terms_accepted_at=func.clock_timestamp(),
            )
            .on_conflict_do_nothing(index_elements=["login"])
            .returning(account.c.login)
        )
        login: str | None = done.scalar_one_or_none()
        if login is not None:
            return login


def _some_login(display_name: str) -> str:
    """`hai-480213`: a given name and chance, nothing of what was typed to sign in with."""
    names = _WORD.findall(fold(display_name))
    return f"{names[-1] if names else 'host'}-{secrets.randbelow(900_000) + 100_000}"


def _opened_with(key: UUID) -> Select[Any]:
    return (
        select(
            account.c.id,
            account.c.login,
            account.c.role,
            account.c.password_hash,
            account.c.name_hash,
        )
        .join(sign_up, sign_up.c.account_id == account.c.id)
        .where(sign_up.c.key == key, account.c.disabled_at.is_(None))
    )


async def _opened_before(session: AsyncSession, sent: HashedSignUp) -> NewAccount:
    # Held until the session that opens on it is there, too (`asm.accounts.own.unchanged`).
    held = _opened_with(sent.wish.key).with_for_update(read=True, of=account)
    row = (await session.execute(held)).one_or_none()
    if row is not None and not sent.before:
        raise FormSentTwice
    if row is None or row.password_hash != sent.hashed.password_hash:
        raise Conflict("form_used")
    return NewAccount(id=row.id, login=row.login, role=row.role, before=True)

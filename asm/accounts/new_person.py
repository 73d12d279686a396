"""What somebody writes who opens an account by a code."""

import re
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.create import create_account
from asm.accounts.model import account
from asm.accounts.own.sign_up import TERMS_VERSION
from asm.accounts.passwords import check_strength
from asm.accounts.roles import Role
from asm.accounts.typed_login import as_login
from asm.errors import Conflict, Invalid, field_error, invalid_field

_LOGIN: Final = re.compile(r"[^\s\x00-\x1f\x7f]{3,64}")
LONGEST_NAME: Final = 100


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """As it was typed. `terms`: whether they were accepted."""

    login: str
    display_name: str
    password: str
    terms: bool

    def __repr__(self) -> str:
        return "NewPerson(…)"


def check_names(login: str, display_name: str) -> list[dict[str, Any]]:
    """What is wrong with a login and a name, by field."""
    errors = []
    # Software has logins of its own that begin so.
    if not _LOGIN.fullmatch(as_login(login)) or as_login(login).startswith("sw-"):
        errors.append(field_error("/login", "login_form"))
    if not 1 <= len(display_name.strip()) <= LONGEST_NAME or not display_name.isprintable():
        errors.append(field_error("/display_name", "display_name_form", most=LONGEST_NAME))
    return errors


async def open_account(session: AsyncSession, person: NewPerson, role: Role) -> UUID:
    """Make the account. Raises Invalid that names the fields: `login_taken` is one of them, since
    whoever got here holds a code, and tries are counted.
    """
    errors = check_names(person.login, person.display_name)
    try:
        check_strength(person.password, (person.login, person.display_name))
    except Invalid as refusal:
        errors += refusal.errors
    if not person.terms:
        errors.append(field_error("/terms", "terms_not_accepted"))
    if errors:
        raise Invalid("account_invalid", errors=errors)
    try:
        account_id = await create_account(
            session,
            login=person.login,
            password=person.password,
            display_name=person.display_name.strip(),
            role=role,
        )
    except Conflict as refusal:
        raise invalid_field("/login", "login_taken") from refusal
    accepted = {"terms_version": TERMS_VERSION, "terms_accepted_at": func.clock_timestamp()}
    await session.execute(update(account).where(account.c.id == account_id).values(accepted))
    return account_id

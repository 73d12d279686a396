"""Somebody changes their own account: name, language, what they sign in with, password."""

from collections.abc import Collection

import msgspec
from sqlalchemy import case, func, select, update

from asm.accounts.access import Scope
from asm.accounts.codes.withdraw import withdraw_password_codes
from asm.accounts.devices.end import end_devices_of
from asm.accounts.model import account
from asm.accounts.own.named import hash_with_salt, salt_of_name
from asm.accounts.own.opened import end_sessions_of, end_tokens_of
from asm.accounts.own.sign_in_name import same_name, sign_in_name_error
from asm.accounts.own.sign_up import MOST_NAME, is_display_name
from asm.accounts.own.unchanged import hold_to_change
from asm.accounts.passwords import is_one_of, password_matches, turn_of_account
from asm.accounts.roles import HOST_ROLES
from asm.accounts.sessions import without_connection
from asm.accounts.throttling.known_origins import forget_known
from asm.audit.trail import record
from asm.errors import Invalid, NotAllowed, invalid_field
from asm.identity.pasted_text import clean_text


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True):
    """`end_tokens`: whether the software that is signed in is signed out, too."""

    current: str
    new: str
    end_tokens: bool = False

    def __repr__(self) -> str:
        return "PasswordChange(…)"


async def change_profile(scope: Scope, display_name: str, language: str) -> None:
    """How pages name the person, and in which language messages come. Raises Invalid."""
    display_name = clean_text(display_name)
    if not is_display_name(display_name):
        raise invalid_field("/display_name", "display_name_length", most=MOST_NAME)
    if language not in {"vi", "en"}:
        raise invalid_field("/language", "language_unknown")
    await scope.session.execute(
        update(account)
        .where(account.c.id == scope.actor.id)
        .values(display_name=display_name.strip(), language=language)
    )
    await _record(scope, "account.profile_changed")


async def own_sign_in_name(scope: Scope) -> str | None:
    """What the person signs in with, beside the account's own login."""
    result = await scope.session.execute(
        select(account.c.sign_in_name).where(account.c.id == scope.actor.id)
    )
    name: str | None = result.scalar_one()
    return name


async def change_sign_in_name(scope: Scope, typed: str, password: str) -> None:
    """Sign in with another phone number or name from now on; nothing typed takes it away. For
    hosts: an office's people have the login that they were given. Raises Invalid, NotAllowed.
    """
    if scope.actor.role not in HOST_ROLES:
        raise NotAllowed("role_not_allowed")
    name_error = sign_in_name_error(typed) if typed.strip() else None
    if name_error:
        raise Invalid("sign_in_name_invalid", errors=[name_error])
    checked = await require_password(scope, password)
    name = same_name(typed) if typed.strip() else None
    if name is not None and is_one_of(password, (typed, name)):
        raise invalid_field("/sign_in_name", "password_is_known")
    # With the name the hash of both; a change of the password at the same moment sees that it came
    # second (`Hashed`).
    salt = None if name is None else await salt_of_name(scope.session, name)
    async with without_connection(scope):
        hashed = await hash_with_salt(password, salt, turn_of_account(scope.actor.id), fresh=False)
    await hold_unchanged(scope, checked)
    same = account.c.sign_in_name.is_not_distinct_from(name)
    await scope.session.execute(
        update(account)
        .where(account.c.id == scope.actor.id)
        .values(
            sign_in_name=name,
            named_at=case(
                (same, account.c.named_at),
                else_=None if name is None else func.clock_timestamp(),
            ),
            **msgspec.structs.asdict(hashed),
        )
    )
    await _record(scope, "account.sign_in_name_changed")


async def change_password(
    scope: Scope, change: PasswordChange, opened_by: bytes, here: Collection[bytes] = ()
) -> None:
    """Take another password. Every other session and device ends, at once and everywhere, and every
    other token where that is wished; codes for a password that wait are good no more. `opened_by`:
    the hash of the session or token that asks, which stays; `here`: the hashes of its device and
    network, which stay known of the account, and no others. Raises Invalid for a wrong current or a
    weak new one, TooMany.
    """
    checked = await require_password(scope, change.current)
    if change.new == change.current:
        raise invalid_field("/new", "password_same")
    name = await own_sign_in_name(scope)
    names = (scope.actor.login, scope.actor.display_name, name or "")
    salt = None if name is None else await salt_of_name(scope.session, name)
    try:
        async with without_connection(scope):
            hashed = await hash_with_salt(change.new, salt, turn_of_account(scope.actor.id), names)
    except Invalid as refusal:
        for error in refusal.errors:
            error["pointer"] = "/new"
        raise
    await hold_unchanged(scope, checked)
    await scope.session.execute(
        update(account)
        .where(account.c.id == scope.actor.id)
        .values(**msgspec.structs.asdict(hashed))
    )
    await forget_known(scope.session, scope.actor.id, here)
    await withdraw_password_codes(scope.session, scope.actor.id)
    sessions = await end_sessions_of(scope.session, scope.actor.id, opened_by)
    tokens = (
        await end_tokens_of(scope.session, scope.actor.id, opened_by) if change.end_tokens else 0
    )
    devices = await end_devices_of(scope.session, scope.actor.id, "password", but_token=opened_by)
    ended = {"sessions": sessions, "tokens": tokens, "devices": devices}
    await _record(scope, "account.password_replaced", ended)


async def require_password(scope: Scope, password: str, pointer: str = "/current") -> str:
    """Let on who knows the account's password, and return its hash for `hold_unchanged`. The try
    was counted before (AT_SCREEN of `asm.accounts.throttling.limits`). Call it before anything is
    changed or locked, and within no savepoint: no connection is held while it is compared, so what
    was done before is committed. Raises Invalid `password_wrong` of the field `pointer`,
    Unavailable.
    """
    result = await scope.session.execute(
        select(account.c.password_hash).where(account.c.id == scope.actor.id)
    )
    checked: str = result.scalar_one()
    async with without_connection(scope):
        right = await password_matches(checked, password, turn_of_account(scope.actor.id))
    if not right:
        raise invalid_field(pointer, "password_wrong")
    return checked


async def hold_unchanged(scope: Scope, checked: str, pointer: str = "/current") -> None:
    """The password is still the one that was right, and stays so until the transaction ends: of two
    who change it at once the second knows it no longer. Raises Invalid `password_wrong`.
    """
    if not await hold_to_change(scope.session, scope.actor.id, checked):
        raise invalid_field(pointer, "password_wrong")


async def _record(scope: Scope, action: str, details: dict[str, int] | None = None) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        ward_code=scope.actor.ward_code,
        subject_id=scope.actor.id,
        details=details,
    )

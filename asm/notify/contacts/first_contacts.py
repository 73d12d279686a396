"""Where a new account is reached: what its owner typed when they signed up."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.own.sign_in_name import phone_number
from asm.accounts.own.sign_up import (
    FormSentTwice,
    HashedSignUp,
    NewAccount,
    SignUp,
    hash_sign_up,
    open_account,
    sign_up_errors,
)
from asm.db.rls import enter_scope
from asm.errors import Invalid
from asm.notify.channels.guarded_http import Reach
from asm.notify.contacts.contact_address import read_address
from asm.notify.contacts.contacts import Adding, keep_contact
from asm.notify.contacts.sealed_contact import ContactKeys


async def sign_up_host(
    session: AsyncSession,
    keys: ContactKeys,
    wish: SignUp,
    available: Collection[str],
    network: str,
) -> NewAccount:
    """Open a host's account, from `network`; of two forms sent at once the second is looked at when
    the first is there. Raises as `checked_sign_up` and `open_host` do, and then opens nothing.
    """
    while True:
        sent = await checked_sign_up(session, wish, network)
        try:
            async with session.begin_nested():
                return await open_host(session, keys, sent, available)
        except FormSentTwice:
            continue


async def checked_sign_up(session: AsyncSession, wish: SignUp, network: str) -> HashedSignUp:
    """Before the transaction, as `hash_sign_up`. Raises Invalid `sign_up_invalid` with all that is
    wrong, and as `hash_sign_up` does.
    """
    errors = [*sign_up_errors(wish), *_email_errors(wish.email)]
    if errors:
        raise Invalid("sign_up_invalid", errors=errors)
    return await hash_sign_up(session, wish, network)


async def open_host(
    session: AsyncSession, keys: ContactKeys, sent: HashedSignUp, available: Collection[str]
) -> NewAccount:
    """Open a host's account, and seal the phone number and the e-mail address with it. They prove
    nothing: what is sent there waits until a link or code sent there came back. Raises as
    `open_account` does.
    """
    opened, wish = await open_account(session, sent), sent.wish
    if opened.before:
        return opened
    await enter_scope(session, actor=opened.id, role=opened.role, ward=None, facilities=())
    # The password is set just now, by who types the address; there is nobody else to tell.
    adding = Adding(available=available, for_codes=True, announced=False)
    if wish.email:
        await keep_contact(session, keys, opened.id, "email", wish.email, adding)
    phone = phone_number(wish.sign_in_name)
    if phone:
        await keep_contact(session, keys, opened.id, "sms", phone, adding)
    return opened


def _email_errors(email: str | None) -> list[dict[str, Any]]:
    if not email:
        return []
    try:
        read_address("email", email, Reach(()))
    except Invalid as refusal:
        return [error | {"pointer": "/email"} for error in refusal.errors]
    return []

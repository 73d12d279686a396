"""What a browser is given for a passkey, and what its answer must be a proof of."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
)
from webauthn.helpers import parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from asm.accounts.actor import Actor
from asm.accounts.passkeys.challenges import Challenges, answer_once
from asm.accounts.passkeys.relying_party import RelyingParty
from asm.accounts.roles import HOST_ROLES, Role
from asm.errors import Invalid, invalid_field

#: An answer is a few kilobytes at most.
MOST_ANSWER: Final = 32 * 1024
log = structlog.get_logger()
_Kind = TypeVar("_Kind")


class Ceremony(msgspec.Struct, frozen=True, kw_only=True):
    """One use of passkeys by one browser, now."""

    party: RelyingParty
    challenges: Challenges
    now: datetime


def passkey_refused(why: str) -> Invalid:
    """The one refusal of what proves nothing: an unknown passkey, a removed one and a wrong
    signature look alike.
    """
    log.info("passkey_refused", why=why)
    return invalid_field("/answer", "passkey_refused")


def needs_verification(role: Role) -> bool:
    """An office sees a whole ward: who holds the key must also have unlocked it."""
    return role not in HOST_ROLES


def sign_in_options(ceremony: Ceremony, rp_id: str) -> str:
    """For `navigator.credentials.get`, as JSON: for any passkey that the browser has."""
    return options_to_json(
        generate_authentication_options(
            rp_id=rp_id,
            challenge=ceremony.challenges.make(ceremony.now),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
    )


def adding_options(ceremony: Ceremony, actor: Actor, known: Sequence[bytes]) -> str:
    """For `navigator.credentials.create`, as JSON. `known`: passkeys that the account has."""
    verification = (
        UserVerificationRequirement.REQUIRED
        if needs_verification(actor.role)
        else UserVerificationRequirement.PREFERRED
    )
    return options_to_json(
        generate_registration_options(
            rp_id=ceremony.party.ids[0],
            rp_name="ASM",
            user_id=actor.id.bytes,
            user_name=actor.login,
            user_display_name=actor.display_name,
            challenge=ceremony.challenges.make(ceremony.now),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=verification
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        )
    )


def read_answer(typed: str, parse: Callable[[str], _Kind]) -> _Kind:
    """The browser's answer. Raises Invalid `passkey_refused`."""
    if not typed or len(typed) > MOST_ANSWER:
        raise passkey_refused("no_answer")
    return proved(lambda: parse(typed))


def proved(look: Callable[[], _Kind]) -> _Kind:
    """What `look` says. Raises Invalid `passkey_refused`, whatever a stranger's bytes did."""
    try:
        return look()
    except Exception as error:
        # The library reads CBOR, X.509 and JSON of strangers and lets their errors through.
        raise passkey_refused(type(error).__name__) from error


async def spend_challenge(session: AsyncSession, ceremony: Ceremony, client_data: bytes) -> bytes:
    """The challenge that the answer is to, which from now on is answered, whatever comes of it.
    Commits. Raises Invalid `passkey_refused`, `passkey_too_late`.
    """
    challenge = proved(lambda: parse_client_data_json(client_data)).challenge
    if not ceremony.challenges.is_fresh(challenge, ceremony.now):
        log.info("passkey_refused", why="challenge")
        raise invalid_field("/answer", "passkey_too_late")
    first = await answer_once(session, challenge, ceremony.now)
    await session.commit()
    if not first:
        raise passkey_refused("answered_before")
    return challenge

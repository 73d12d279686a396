"""Step-up: the password once more, at most five minutes ago, before persons are looked up, figures
leave as files, or a watch list changes. A screen that was left open does none of that.

Of a page session alone: software has no password to type, so what needs a step-up is a page's.
"""

import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.own.change_own import hold_unchanged, require_password
from asm.accounts.passwords import hash_for_name, turn_of_account
from asm.accounts.sessions import enter_again, sign_in_required, without_connection
from asm.audit.trail import record
from asm.errors import NotAllowed, TooMany, field_error, invalid_field

_SALT: Final = text("SELECT step_up_salt(:session)")
_PROVE: Final = text("SELECT step_up_session(:session, :salt, :proof)")
#: Trust: step-up at most five minutes before a look-up or an export.
STEP_UP_LASTS: Final = timedelta(minutes=5)


class StepUpRequired(NotAllowed):
    """The password has to be typed once more. A page leads to where that is done, and back."""


def step_up_required() -> StepUpRequired:
    """The one refusal of what needs a step-up."""
    return StepUpRequired("step_up_required")


def require_step_up(actor: Actor) -> None:
    """Let on who typed the password again within STEP_UP_LASTS. Raises StepUpRequired: as a page it
    leads to `/step-up` and comes back, with what was typed.
    """
    if actor.stepped_up_at is None or actor.now - actor.stepped_up_at > STEP_UP_LASTS:
        raise step_up_required()


async def step_up(scope: Scope, session_hash: bytes, password: str) -> None:
    """Note that the password was typed again in the session with this hash; the database checks it
    by a hash of its own, which no process reads (decision 62). The try was counted before
    (AT_SCREEN). Raises Invalid `password_wrong` of `/password`, TooMany, Unavailable.
    """
    checked = await require_password(scope, password, "/password")
    outcome = await _prove(scope, session_hash, password, checked)
    if outcome == "salt":  # somebody stepped up for the first time at the same moment
        outcome = await _prove(scope, session_hash, password, checked)
    if outcome == "open":
        await record(
            scope.session,
            actor_id=scope.actor.id,
            actor_role=scope.actor.role,
            action="account.stepped_up",
            ward_code=scope.actor.ward_code,
        )
        return
    # What did not prove it was counted, and stays so.
    await scope.session.commit()
    await enter_again(scope)
    if outcome == "sign_in":
        raise sign_in_required()
    if outcome in {"locked", "too_many"}:
        error = field_error("/password", "step_up_locked")
        raise TooMany("step_up_locked", errors=[error], retry_after_s=3600)
    raise invalid_field("/password", "password_wrong")


async def _prove(scope: Scope, session_hash: bytes, password: str, checked: str) -> str:
    """What the database says of the proof."""
    kept = await scope.session.execute(_SALT, {"session": session_hash})
    salt = kept.scalar_one() or secrets.token_bytes(16)
    async with without_connection(scope):
        proof = await hash_for_name(password, salt, turn_of_account(scope.actor.id))
    await hold_unchanged(scope, checked, "/password")
    result = await scope.session.execute(
        _PROVE, {"session": session_hash, "salt": salt, "proof": proof.encode()}
    )
    outcome: str = result.scalar_one()
    return outcome

"""Step-up: the password once more, at most five minutes ago, before persons are looked up, figures
leave as files, or a watch list changes. A screen that was left open does none of that.

Of a page session alone: software has no password to type, so what needs a step-up is a page's.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, update

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.model import web_session
from asm.accounts.own.change_own import hold_unchanged, require_password
from asm.audit.trail import record
from asm.errors import NotAllowed

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
    """Note that the password was typed again in the session with this hash. The try was counted
    before (AT_SCREEN). Raises Invalid `password_wrong` of `/password`, Unavailable.
    """
    checked = await require_password(scope, password, "/password")
    await hold_unchanged(scope, checked)
    await scope.session.execute(
        update(web_session)
        .where(
            web_session.c.token_hash == session_hash,
            web_session.c.account_id == scope.actor.id,
        )
        .values(stepped_up_at=func.clock_timestamp())
    )
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="account.stepped_up",
        ward_code=scope.actor.ward_code,
    )

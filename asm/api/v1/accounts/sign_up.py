"""A host opens an account over JSON, as on the page `/sign-up`."""

from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.own.sign_up import SignUp
from asm.accounts.throttling.limits import SIGN_UP
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.problems import documented
from asm.db.base import new_id
from asm.identity.vault.keys import Keys
from asm.notify.channels.available import available_channels
from asm.notify.contacts.first_contacts import sign_up_host
from asm.notify.contacts.sealed_contact import contact_keys
from asm.settings import Settings


class SignUpRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`sign_in_name`: a phone number or a name of 3 to 64 signs; others may use the same. `role`:
    `receptionist`, `landlord` or `hospital_clerk`. `terms_version`: of the page `/terms` that the
    person has accepted. `key`: a UUID of your own; sent again with it, the same account answers.
    """

    sign_in_name: str
    display_name: str
    role: str
    password: str
    terms_version: str
    email: str | None = None
    language: str = "vi"
    key: UUID | None = None


class SignUpAnswer(msgspec.Struct, kw_only=True):
    """`login`: the account's own, which nobody else has. `sign_in_name` and password open it, too:
    get a token with `issueToken`, then register a facility.
    """

    id: UUID
    login: str
    role: str


@post("/accounts", operation_id="signUp", responses=documented(409, 422, 429))
async def sign_up(
    data: JSONBody[SignUpRequest],
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    keys: NamedDependency[Keys],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> SignUpAnswer:
    """Open a host's account. Whether somebody uses a name or number is never told: it need not be
    unique, name and password together are what opens an account.
    """
    wish = SignUp(
        key=data.key or new_id(),
        sign_in_name=data.sign_in_name,
        display_name=data.display_name,
        role=data.role,
        password=data.password,
        terms_version=data.terms_version,
        email=data.email,
        language=data.language,
    )
    await throttle.count_try(SIGN_UP, origin)
    opened = await sign_up_host(
        session,
        contact_keys(*keys.files.notify_keys),
        wish,
        available_channels(settings.notify),
        origin.network,
    )
    return SignUpAnswer(id=opened.id, login=opened.login, role=opened.role)

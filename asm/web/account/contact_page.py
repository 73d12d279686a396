"""Where I am reached: an e-mail address or a phone number, added or taken away."""

from typing import Any, Literal
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Conflict, Invalid, TooMany, invalid_field
from asm.notify.contacts.contacts import remove_contact
from asm.notify.contacts.own_contacts import keep_own_contact
from asm.settings import Settings
from asm.web.account.account_page import show_account
from asm.web.page import WebRequest


@post("/account/contacts", include_in_schema=False, status_code=200)
async def add_contact_page(
    request: WebRequest,
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    typed = str(form.get("address", "")).strip()
    lettered = any(letter.isalpha() or letter == "@" for letter in typed)
    channel: Literal["email", "sms"] = "email" if lettered else "sms"
    try:
        if not typed:
            raise invalid_field("/address", "address_missing")
        await throttle.count_try(AT_SCREEN, origin, str(access.actor.id))
        password = str(form.get("contact_password", ""))
        await keep_own_contact(access, settings.notify, channel, typed, password)
    except (Invalid, Conflict, TooMany) as refusal:
        fields = {"address": "address", "": "address", "password": "contact_password"}
        return await show_account(request, access, settings, refusal, fields, address=typed)
    return Redirect("/account?saved=contacts#contacts", status_code=303)


@post("/account/contacts/{contact_id:uuid}/remove", include_in_schema=False, status_code=303)
async def remove_own_contact(
    contact_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await remove_contact(in_scope.session, in_scope.actor.id, contact_id)
    return Redirect("/account?saved=contacts#contacts", status_code=303)

"""Where I am reached: an e-mail address or a phone number, added or taken away."""

from typing import Any, Literal
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.errors import Conflict, Invalid
from asm.notify.channels.available import available_channels
from asm.notify.contacts.contacts import keep_contact, remove_contact
from asm.notify.contacts.sealed_contact import contact_keys
from asm.settings import Settings
from asm.web.account.account_page import show_account
from asm.web.page import WebRequest


@post("/account/contacts", include_in_schema=False, status_code=200)
async def add_own_contact(
    request: WebRequest, access: NamedDependency[Access], settings: NamedDependency[Settings]
) -> Response[Any]:
    form = await request.form()
    typed = str(form.get("address", "")).strip()
    channel: Literal["email", "sms"] = "email" if "@" in typed else "sms"
    try:
        async with access.session.begin_nested():
            await keep_contact(
                access.session,
                contact_keys(*access.keys.files.notify_keys),
                access.actor.id,
                channel,
                typed,
                available_channels(settings.notify),
            )
    except (Invalid, Conflict) as refusal:
        fields = {"address": "address", "": "address"}
        return await show_account(request, access, settings, refusal, fields, address=typed)
    return Redirect("/account?saved=contacts#contacts", status_code=303)


@post("/account/contacts/{contact_id:uuid}/remove", include_in_schema=False, status_code=303)
async def remove_own_contact(
    contact_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await remove_contact(in_scope.session, in_scope.actor.id, contact_id)
    return Redirect("/account?saved=contacts#contacts", status_code=303)

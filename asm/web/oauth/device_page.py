"""Signing a phone out from the page of one's account."""

from contextlib import suppress
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.devices.listed import sign_out_device
from asm.errors import NotFound


@post("/account/devices/{device_id:uuid}/end", include_in_schema=False, status_code=303)
async def end_device_page(device_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    with suppress(NotFound):  # pressed twice, or ended elsewhere meanwhile: it has ended
        await sign_out_device(in_scope, device_id)
    return Redirect("/account?saved=ended#devices", status_code=303)


HANDLERS = [end_device_page]

"""The phones that the account is signed in on."""

import base64
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from asm.accounts.access import Scope
from asm.accounts.devices.listed import devices_of, sign_out_device
from asm.accounts.devices.outbox_key import outbox_key
from asm.accounts.own.device import device_name
from asm.api.problems import documented
from asm.api.shown_once import SHOWN_ONCE
from asm.errors import Conflict


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """A phone that is signed in. `label`: what it calls itself; `kind`: what it is, such as
    `Chrome, Android`, empty when not known; `current`: the one that asks.
    """

    id: UUID
    client_id: str
    label: str
    kind: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class OutboxKey(msgspec.Struct, frozen=True, kw_only=True):
    """32 bytes in base64url, without padding: they seal what waits on the phone to be sent. The
    same account in the same storage (`device_binding`) gets the same.
    """

    device_id: UUID
    key: str


@get("/me/devices", operation_id="myDevices", responses=documented(401))
async def my_devices(in_scope: NamedDependency[Scope]) -> list[DeviceView]:
    """Phones in which the account is signed in, the latest used first."""
    return [
        DeviceView(
            id=each.id,
            client_id=each.client_id,
            label=each.label,
            kind=device_name(each.kind),
            created_at=each.created_at,
            last_used_at=each.last_used_at,
            expires_at=each.expires_at,
            current=each.current,
        )
        for each in await devices_of(in_scope)
    ]


@delete("/me/devices/{device_id:uuid}", operation_id="endDevice", responses=documented(401, 404))
async def end_device(device_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> None:
    """Sign one phone out, at once. When it next asks it hears `device_ended`, and removes what it
    keeps of the account.
    """
    await sign_out_device(in_scope, device_id)


@post(
    "/me/devices/current/outbox-key",
    operation_id="outboxKey",
    status_code=200,
    responses=documented(401, Conflict("no_device")),
    cache_control=SHOWN_ONCE,
)
async def give_outbox_key(in_scope: NamedDependency[Scope], state: State) -> OutboxKey:
    """The key that seals what waits on this phone to be sent."""
    key = await outbox_key(in_scope, (await state.vault.files()).form)
    actor_device = in_scope.actor.device
    if actor_device is None:
        raise Conflict("no_device")
    text = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    return OutboxKey(device_id=actor_device.id, key=text)


HANDLERS = [my_devices, end_device, give_outbox_key]

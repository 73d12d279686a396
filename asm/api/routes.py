"""Every handler of the JSON interface, listed; who may call without signing in is said here."""

from litestar import Router
from litestar.di import Provide

from asm.api.access import provide_access, provide_actor, provide_scope, provide_stay_at
from asm.api.json_body import JsonRequest
from asm.api.v1 import (
    addresses,
    areas,
    capacity,
    facilities,
    imports,
    messages,
    readings,
    receipts,
    stay_changes,
    stays,
    tokens,
    wards,
)
from asm.api.v1.accounts import members, own_account, sign_up
from asm.api.v1.figures import area_figures
from asm.api.v1.gates import gate_counts
from asm.api.v1.oauth import client_token, devices, token_endpoint
from asm.api.v1.sync import changes, send_batch
from asm.api.v1.ward import flags

#: Handlers that need no actor: signing in and up, public catalogues, checking a receipt.
PUBLIC = [
    tokens.issue,
    *token_endpoint.HANDLERS,
    sign_up.sign_up,
    *areas.HANDLERS,
    *receipts.HANDLERS,
    *area_figures.PUBLIC,
    *gate_counts.PUBLIC,
]
SIGNED_IN = [
    tokens.me,
    tokens.revoke,
    *own_account.HANDLERS,
    *devices.HANDLERS,
    *facilities.HANDLERS,
    *members.HANDLERS,
    *capacity.HANDLERS,
    *stays.HANDLERS,
    *stay_changes.HANDLERS,
    *send_batch.HANDLERS,
    *changes.HANDLERS,
    *imports.HANDLERS,
    *readings.HANDLERS,
    *wards.HANDLERS,
    *flags.HANDLERS,
    *area_figures.HANDLERS,
    *addresses.HANDLERS,
    *messages.HANDLERS,
]

public_router = Router(path="/", route_handlers=PUBLIC)
signed_in_router = Router(
    path="/",
    route_handlers=SIGNED_IN,
    dependencies={
        "actor": Provide(provide_actor),
        "in_scope": Provide(provide_scope),
        "access": Provide(provide_access),
        "stay_at": Provide(provide_stay_at),
    },
    security=[{"clientCredentials": [client_token.SCOPE]}, {"dpop": []}, {"bearer": []}],
)
api_router = Router(
    path="/api/v1",
    route_handlers=[public_router, signed_in_router],
    request_class=JsonRequest,
)

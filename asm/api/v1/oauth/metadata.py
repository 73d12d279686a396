"""Where an app finds how to sign a phone in (RFC 8414)."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from asm.accounts.devices.proof import ALGORITHM
from asm.api.v1.oauth.client_token import SCOPE
from asm.api.v1.oauth.device_grants import DEVICE_SCOPE
from asm.api.v1.oauth.token_endpoint import OF_PHONES, OF_SOFTWARE
from asm.headers import Header
from asm.settings import Settings


class ServerMetadata(msgspec.Struct, kw_only=True):
    """The names are the standards': RFC 8414, 7636, 9207 and 9449."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = (*OF_PHONES, OF_SOFTWARE)
    scopes_supported: tuple[str, ...] = (DEVICE_SCOPE, SCOPE)
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    dpop_signing_alg_values_supported: tuple[str, ...] = (ALGORITHM,)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (
        "none",
        "client_secret_basic",
        "client_secret_post",
    )
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = ("none",)
    authorization_response_iss_parameter_supported: bool = True
    ui_locales_supported: tuple[str, ...] = ("vi", "en")


@get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def server_metadata(settings: NamedDependency[Settings]) -> Response[ServerMetadata]:
    """The same for everybody, as long as the installation stays where it is."""
    url = settings.public_url
    said = ServerMetadata(
        issuer=url,
        authorization_endpoint=f"{url}/oauth/authorize",
        token_endpoint=f"{url}/api/v1/oauth/token",
        revocation_endpoint=f"{url}/api/v1/oauth/revoke",
    )
    return Response(said, headers={Header.CACHE_CONTROL: "public, max-age=3600"})


metadata_handlers = [server_metadata]

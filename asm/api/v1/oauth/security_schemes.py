"""The ways to sign in of the published contract."""

from typing import Final

from litestar.openapi.spec import OAuthFlow, OAuthFlows, Reference, SecurityScheme

from asm.api.v1.oauth.client_token import SCOPE
from asm.api.v1.oauth.device_grants import DEVICE_SCOPE

_TOKEN_URL: Final = "/api/v1/oauth/token"  # noqa: S105 -- an address
SECURITY_SCHEMES: Final[dict[str, SecurityScheme | Reference]] = {
    "bearer": SecurityScheme(type="http", scheme="bearer"),
    "clientSecret": SecurityScheme(type="http", scheme="basic"),
    "clientCredentials": SecurityScheme(
        type="oauth2",
        flows=OAuthFlows(
            client_credentials=OAuthFlow(
                token_url=_TOKEN_URL,
                scopes={SCOPE: "Declare for the facility that made the client"},
            )
        ),
    ),
    "dpop": SecurityScheme(
        type="http",
        scheme="DPoP",
        description=(
            "A phone's access token, bound to the phone's key (RFC 9449): `Authorization: DPoP "
            "<token>` beside a header `DPoP` with a proof for this one request, ES256, with "
            "`htm`, `htu`, `jti`, `iat`, `ath` and the `nonce` of the last header `DPoP-Nonce`. "
            "The token comes from the authorization code flow with PKCE (S256), scope "
            f"`{DEVICE_SCOPE}`."
        ),
    ),
}

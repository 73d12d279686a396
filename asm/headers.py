"""Names of HTTP headers that ASM reads or writes: one list, in every direction (our own answers,
what we ask of other servers, what they ask of us). Names of mail headers are another matter.
"""

from typing import Final


class Header:
    """As in their standards; case does not matter on the wire."""

    ACCEPT_ENCODING: Final = "Accept-Encoding"
    ACCESS_CONTROL_ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"
    #: Ours: the version of the contract for software, on every answer below /api/v1.
    ASM_CONTRACT_VERSION: Final = "ASM-Contract-Version"
    #: Ours: what the clock of a phone shows as it sends.
    ASM_DEVICE_TIME: Final = "ASM-Device-Time"
    #: Ours: the same however often a webhook is sent.
    ASM_DELIVERY: Final = "ASM-Delivery"
    #: Ours: `t=<unix>,v1=<HMAC-SHA256 of "t.body">`, on webhooks and from providers that call back.
    ASM_SIGNATURE: Final = "ASM-Signature"
    AUTHORIZATION: Final = "Authorization"
    CACHE_CONTROL: Final = "Cache-Control"
    CONNECTION: Final = "Connection"
    CONTENT_DISPOSITION: Final = "Content-Disposition"
    CONTENT_ENCODING: Final = "Content-Encoding"
    CONTENT_LENGTH: Final = "Content-Length"
    CONTENT_SECURITY_POLICY: Final = "Content-Security-Policy"
    CONTENT_TYPE: Final = "Content-Type"
    COOKIE: Final = "Cookie"
    CROSS_ORIGIN_OPENER_POLICY: Final = "Cross-Origin-Opener-Policy"
    DATE: Final = "Date"
    #: A proof that who asks holds the key that a token is bound to (RFC 9449).
    DPOP: Final = "DPoP"
    DPOP_NONCE: Final = "DPoP-Nonce"
    #: Since when an operation should not be used (RFC 9745), and until when it answers (`SUNSET`).
    DEPRECATION: Final = "Deprecation"
    ETAG: Final = "ETag"
    FORWARDED: Final = "Forwarded"
    HOST: Final = "Host"
    #: htmx: a part of a page is wanted.
    HX_REQUEST: Final = "HX-Request"
    IDEMPOTENCY_KEY: Final = "Idempotency-Key"
    #: Ours: the stored answer of an earlier request.
    IDEMPOTENCY_REPLAYED: Final = "Idempotency-Replayed"
    IF_MATCH: Final = "If-Match"
    IF_NONE_MATCH: Final = "If-None-Match"
    LINK: Final = "Link"
    PERMISSIONS_POLICY: Final = "Permissions-Policy"
    #: Beside `Cache-Control`, as RFC 6749 (section 5.1) has it.
    PRAGMA: Final = "Pragma"
    REFERER: Final = "Referer"
    REFERRER_POLICY: Final = "Referrer-Policy"
    RETRY_AFTER: Final = "Retry-After"
    SET_COOKIE: Final = "Set-Cookie"
    SUNSET: Final = "Sunset"
    #: Web push (RFC 8030), as are `TTL` and `URGENCY`.
    TOPIC: Final = "Topic"
    TTL: Final = "TTL"
    URGENCY: Final = "Urgency"
    USER_AGENT: Final = "User-Agent"
    VARY: Final = "Vary"
    WWW_AUTHENTICATE: Final = "WWW-Authenticate"
    X_CONTENT_TYPE_OPTIONS: Final = "X-Content-Type-Options"
    X_FORWARDED_FOR: Final = "X-Forwarded-For"
    X_REAL_IP: Final = "X-Real-IP"
    #: Ours: names a request in the log and in its answer.
    X_REQUEST_ID: Final = "X-Request-Id"


def raw(name: str) -> bytes:
    """A header's name as ASGI has it."""
    return name.lower().encode("ascii")

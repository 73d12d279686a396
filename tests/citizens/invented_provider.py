"""An identity provider that answers as it is told: good answers, each of which a test may spoil."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
CODE = "invented-code"


class InventedProvider:
    """`nonce`: of the sign-in under way. What is in `claims` (of the ID token),
    `metadata`, `tokens`, `userinfo`, `jwks`, `status` and `body` takes the place of what is good;
    `sign` signs the ID token. `requests`: path and form of each.
    """

    def __init__(self) -> None:
        self.issuer = ""
        self.number = ""
        self.nonce = ""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.reset()

    def reset(self) -> None:
        """Good answers again."""
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.tokens: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.jwks: Any = KeySet([KEY]).as_dict(private=False)
        self.status: dict[str, int] = {}
        self.body: dict[str, bytes] = {}
        self.sign: Callable[[dict[str, Any]], str] = _signed

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        self.requests.append((path, form))
        kinds = {
            "/.well-known/openid-configuration": self._metadata,
            "/token": self._tokens,
            "/userinfo": lambda: {"sub": "s", "personal_number": self.number} | self.userinfo,
            "/jwks": lambda: self.jwks,
        }
        body = self.body.get(path) or json.dumps(kinds[path]()).encode()
        return self.status.get(path, 200), body

    def _metadata(self) -> dict[str, Any]:
        at = {"authorization_endpoint": "/auth", "token_endpoint": "/token",
              "userinfo_endpoint": "/userinfo", "jwks_uri": "/jwks"}  # fmt: skip
        good = {name: self.issuer + path for name, path in at.items()}
        return {"issuer": self.issuer} | good | self.metadata

    def _tokens(self) -> dict[str, Any]:
        now = int(time.time())
        good = {"iss": self.issuer, "sub": "s", "aud": "asm-test", "iat": now, "exp": now + 300,
                "nonce": self.nonce, "auth_time": now}  # fmt: skip
        claims = {name: value for name, value in (good | self.claims).items() if value is not None}
        tokens = {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)}
        return tokens | self.tokens


def _signed(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


@contextmanager
def invented_provider() -> Iterator[InventedProvider]:
    """It listens while this lasts."""
    provider = InventedProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = parse_qs(self.rfile.read(length).decode())
            status, body = provider.answer(self.path, {name: form[name][0] for name in form})
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 -- as http.server names it

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()

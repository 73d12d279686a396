"""A phone as an app of somebody else's would be: it knows the standards (RFC 6749, 7636, 9449), its
own key and what the server answers, and nothing of ASM's code.
"""

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

AUTHORIZE = "/oauth/authorize"
TOKEN = "/api/v1/oauth/token"
ORIGIN = "http://127.0.0.1"
_FORM_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def es256(key: ECKey) -> Callable[[bytes], bytes]:
    """Signs as RFC 7518 (section 3.4) has it: both numbers, one after the other."""

    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(key.private_key.sign(signed, ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


class Browser:
    """What signs in on the page: cookies of its own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def sign_in(self, login: str, password: str) -> None:
        page = await self.client.get("/sign-in")
        form = {"_csrf_token": form_token(page.text), "login": login, "password": password}
        answer = await self.client.post("/sign-in", data=form)
        assert answer.status_code == 303, answer.text


def form_token(html: str) -> str:
    hidden = _FORM_TOKEN.search(unescape(html))
    assert hidden is not None, html
    return hidden.group(1)


class Phone:
    """An app with its key. `seconds_off`: how far its clock is ahead."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        client_id: str = "asm-app",
        redirect_uri: str = f"{ORIGIN}/app/signed-in",
        seconds_off: float = 0,
    ) -> None:
        self.http = http
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.seconds_off = seconds_off
        self.key = ECKey.generate_key("P-256")
        self.verifier = secrets.token_urlsafe(48)
        self.binding = secrets.token_urlsafe(16)
        self.nonce: str | None = None
        self.access = self.refresh = self.device_id = ""

    def request(self, **changes: str | None) -> dict[str, str]:
        """What it asks the authorization endpoint for."""
        asked_for = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": b64(hashlib.sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "state": "xyz",
            "dpop_jkt": self.key.thumbprint(),
            "device_label": "Điện thoại của Hải",
            **changes,
        }
        return {name: value for name, value in asked_for.items() if value is not None}

    def proof(
        self,
        method: str,
        url: str,
        *,
        token: str | None = None,
        key: ECKey | None = None,
        header: dict[str, Any] | None = None,
        sign: Callable[[bytes], bytes] | None = None,
        **claims: Any,
    ) -> str:
        """The proof of one request; `header` and `claims` change it, `sign` signs otherwise."""
        key = key or self.key
        head = {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": key.as_dict(private=False),
            **(header or {}),
        }
        body: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": ORIGIN + urlsplit(url).path,
            "iat": int(time.time() + self.seconds_off),
        }
        if self.nonce is not None:
            body["nonce"] = self.nonce
        if token is not None:
            body["ath"] = b64(hashlib.sha256(token.encode()).digest())
        body = {name: value for name, value in {**body, **claims}.items() if value is not None}
        signed = ".".join(b64(json.dumps(part).encode()) for part in (head, body))
        signature = (sign or es256(key))(signed.encode())
        return f"{signed}.{b64(signature)}"

    async def ask_token(self, proof: str | None = None, **form: str | None) -> httpx.Response:
        """Ask the token endpoint; the nonce of an answer is used from then on."""
        sent = {"client_id": self.client_id, **form}
        fields = {name: value for name, value in sent.items() if value is not None}
        headers = {"DPoP": self.proof("POST", TOKEN) if proof is None else proof}
        answer = await self.http.post(TOKEN, data=fields, headers=headers if proof != "" else {})
        self.nonce = answer.headers.get("dpop-nonce", self.nonce)
        return answer

    async def exchange(self, issued: str, **changes: Any) -> httpx.Response:
        """A code for tokens; the first try learns the nonce."""
        form = {
            "grant_type": "authorization_code",
            "code": issued,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            "device_binding": self.binding,
            **changes,
        }
        if self.nonce is None:
            assert (await self.ask_token(**form)).json()["error"] == "use_dpop_nonce"
        return self.keep(await self.ask_token(**form))

    async def renew(self, token: str | None = None, **changes: Any) -> httpx.Response:
        """A refresh token for the next tokens."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.refresh if token is None else token,
            **changes,
        }
        return self.keep(await self.ask_token(**form))

    def keep(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            tokens = answer.json()
            self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]
            self.device_id = tokens["device_id"]
        return answer

    def headers(self, method: str, url: str, **changes: Any) -> dict[str, str]:
        """Of a request to a resource."""
        proof = self.proof(method, url, **{"token": self.access, **changes})
        return {"Authorization": f"DPoP {self.access}", "DPoP": proof}

    async def call(
        self, method: str, url: str, headers: dict[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        """Ask a resource, with a proof of its own."""
        answer = await self.http.request(
            method, url, headers={**(headers or {}), **self.headers(method, url)}, **sent
        )
        self.nonce = answer.headers.get("dpop-nonce", self.nonce)
        return answer

    async def code(self, browser: Browser, **changes: str | None) -> str:
        """The code that the browser is sent back with."""
        answer = await browser.client.get(f"{AUTHORIZE}?{urlencode(self.request(**changes))}")
        return code_of(answer, self.redirect_uri)

    async def sign_in(self, browser: Browser) -> None:
        answer = await self.exchange(await self.code(browser))
        assert answer.status_code == 200, answer.text


def code_of(answer: httpx.Response, redirect_uri: str) -> str:
    """The code in the address that a browser is sent to."""
    assert answer.status_code == 303, answer.text
    said = answer_of(answer, redirect_uri)
    assert said["state"] == "xyz"
    assert said["iss"] == ORIGIN
    return said["code"]


def answer_of(answer: httpx.Response, redirect_uri: str) -> dict[str, str]:
    """What an app is told."""
    address = answer.headers["location"]
    assert address.partition("?")[0] == redirect_uri, address
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

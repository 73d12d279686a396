"""Read what people type as an address of a channel."""

import re
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from asm.errors import Invalid, field_error
from asm.identity.pasted_text import clean_number, clean_text
from asm.notify.channels.guarded_http import Reach

_EMAIL: Final = re.compile(r"[^@\s<>\",;]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_DIGITS: Final = re.compile(r"\+?\d{8,15}")
_URL_LENGTH: Final = 500


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """`values` are what the channel needs; `natural` is the same for the same address however it
    was typed; `hint` is what the page shows of it.
    """

    values: dict[str, Any]
    natural: str
    hint: str

    def __repr__(self) -> str:
        return "Address(…)"


class _PushKeys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class _Subscription(msgspec.Struct, frozen=True):
    endpoint: str
    keys: _PushKeys


def read_address(channel: str, typed: str, webhooks: Reach) -> Address:
    """Raises Invalid `address_invalid`, saying how it should look."""
    text = clean_text(typed).strip()
    if channel == "email":
        return _email(clean_number(text))
    if channel == "webhook":
        return _webhook(text, webhooks)
    if channel == "web_push":
        return _subscription(text)
    return _phone(clean_number(text))


def natural_of(channel: str, values: dict[str, Any]) -> str:
    """`Address.natural` of an address that was read before."""
    if channel == "email":
        return str(values["email"]).lower()
    names = {"webhook": "url", "web_push": "endpoint"}
    return str(values[names.get(channel, "phone")])


def _email(text: str) -> Address:
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise _invalid_address("address_invalid.email")
    name, _, host = text.rpartition("@")
    return Address(
        values={"email": f"{name}@{host.lower()}"},
        natural=text.lower(),
        hint=f"{name[:1]}…@{host.lower()}",
    )


def _phone(text: str) -> Address:
    bare = re.sub(r"[\s.\-()]", "", text)
    if not _DIGITS.fullmatch(bare):
        raise _invalid_address("address_invalid.phone")
    # Without a country it is a Vietnamese number.
    number = bare if bare.startswith("+") else "+84" + bare.removeprefix("0")
    return Address(values={"phone": number}, natural=number, hint=f"…{number[-3:]}")


def _webhook(text: str, webhooks: Reach) -> Address:
    if len(text) > _URL_LENGTH or webhooks.refuses(text) is not None:
        raise _invalid_address("address_invalid.webhook")
    return Address(
        values={"url": text, "secret": secrets.token_urlsafe(32)},
        natural=text,
        hint=str(urlsplit(text).hostname),
    )


def _subscription(text: str) -> Address:
    try:
        given = msgspec.json.decode(text, type=_Subscription)
        host = urlsplit(given.endpoint).hostname
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        host = None
    if host is None:
        raise _invalid_address("address_invalid.web_push")
    return Address(values=msgspec.to_builtins(given), natural=given.endpoint, hint=host)


def _invalid_address(text: str) -> Invalid:
    error = field_error("/address", "address_invalid", text=text)
    return Invalid("address_invalid", errors=[error])

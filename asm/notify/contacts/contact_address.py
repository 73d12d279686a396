"""Read what people type as an address of a channel."""

import re
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from asm.errors import Invalid, field_error
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
    told = typed.strip()
    if channel == "email":
        return _email(told)
    if channel == "webhook":
        return _webhook(told, webhooks)
    if channel == "web_push":
        return _subscription(told)
    return _phone(told)


def natural_of(channel: str, values: dict[str, Any]) -> str:
    """`Address.natural` of an address that was read before."""
    if channel == "email":
        return str(values["email"]).lower()
    names = {"webhook": "url", "web_push": "endpoint"}
    return str(values[names.get(channel, "phone")])


def _email(told: str) -> Address:
    if not _EMAIL.fullmatch(told) or len(told) > 254:
        raise _unreadable("Ghi địa chỉ thư như ten@vidu.vn.", "Write it like name@example.com.")
    name, _, host = told.rpartition("@")
    return Address(
        values={"email": f"{name}@{host.lower()}"},
        natural=told.lower(),
        hint=f"{name[:1]}…@{host.lower()}",
    )


def _phone(told: str) -> Address:
    bare = re.sub(r"[\s.\-()]", "", told)
    if not _DIGITS.fullmatch(bare):
        raise _unreadable(
            "Ghi số điện thoại như 0912 345 678 hoặc +84 912 345 678.",
            "Write it like 0912 345 678 or +84 912 345 678.",
        )
    # Without a country it is a Vietnamese number.
    number = bare if bare.startswith("+") else "+84" + bare.removeprefix("0")
    return Address(values={"phone": number}, natural=number, hint=f"…{number[-3:]}")


def _webhook(told: str, webhooks: Reach) -> Address:
    if len(told) > _URL_LENGTH or webhooks.refuses(told) is not None:
        raise _unreadable(
            "Ghi địa chỉ https:// của một máy chủ mà đơn vị vận hành cho phép.",
            "Give an https:// address on a host that the operator allows.",
        )
    return Address(
        values={"url": told, "secret": secrets.token_urlsafe(32)},
        natural=told,
        hint=str(urlsplit(told).hostname),
    )


def _subscription(told: str) -> Address:
    try:
        given = msgspec.json.decode(told, type=_Subscription)
        host = urlsplit(given.endpoint).hostname
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        host = None
    if host is None:
        raise _unreadable("Trình duyệt không cho đăng ký.", "The browser did not subscribe.")
    return Address(values=msgspec.to_builtins(given), natural=given.endpoint, hint=host)


def _unreadable(remedy: str, remedy_en: str) -> Invalid:
    message, message_en = "Không đọc được nơi nhận này.", "This address cannot be read."
    error = field_error("/address", "address_invalid", message, message_en)
    error |= {"remedy": remedy, "remedy_en": remedy_en}
    return Invalid("address_invalid", message, message_en, errors=[error])

"""Which apps there are and where they may be answered, letter by letter (RFC 8252)."""

import pytest

from asm.accounts.devices.clients import BUILT_IN, find_client, may_answer_at
from asm.settings import read_settings
from asm.variables.given import VariablesInvalid
from asm.variables.native_clients import read_native_clients

PUBLIC = "https://luutru.example.vn"
TWO = read_native_clients(
    "hoa-sen=Hoa Sen=vn.example.hoasen:/signed-in http://127.0.0.1/cb http://[::1]:80/cb; "
    "other=Other app=https://app.example.vn/cb?x=1"
)


@pytest.mark.parametrize(
    ("client_id", "uri", "may"),
    [
        (BUILT_IN, f"{PUBLIC}/app/signed-in", True),
        (BUILT_IN, f"{PUBLIC}/app/signed-in/", False),
        (BUILT_IN, f"{PUBLIC}/app/signed-in?x=1", False),
        (BUILT_IN, f"{PUBLIC}/app/signed-in#x", False),
        (BUILT_IN, f"{PUBLIC}/app/../app/signed-in", False),
        (BUILT_IN, "https://LUUTRU.example.vn/app/signed-in", False),
        (BUILT_IN, "https://luutru.example.vn.evil.example/app/signed-in", False),
        (BUILT_IN, "https://luutru.example.vn@evil.example/app/signed-in", False),
        (BUILT_IN, "http://luutru.example.vn/app/signed-in", False),
        (BUILT_IN, "http://127.0.0.1/app/signed-in", False),
        ("hoa-sen", "vn.example.hoasen:/signed-in", True),
        ("hoa-sen", "vn.example.hoasen://signed-in", False),
        ("hoa-sen", "vn.example.hoasen:/signed-in2", False),
        ("hoa-sen", "http://127.0.0.1/cb", True),
        ("hoa-sen", "http://127.0.0.1:51004/cb", True),
        ("hoa-sen", "http://[::1]:51004/cb", True),
        ("hoa-sen", "http://127.0.0.1:51004/cb2", False),
        ("hoa-sen", "http://127.0.0.1:51004/cb?x=1", False),
        ("hoa-sen", "http://127.0.0.2:51004/cb", False),
        ("hoa-sen", "http://localhost:51004/cb", False),
        ("hoa-sen", "http://127.0.0.1:x/cb", False),
        ("hoa-sen", "http://127.0.0.1:99999/cb", False),
        ("hoa-sen", "http://a@127.0.0.1:51004/cb", False),
        ("hoa-sen", "http://127.0.0.1:51004@evil.example/cb", False),
        ("hoa-sen", "http://127.0.0.1:51004\\@evil.example/cb", False),
        ("hoa-sen", "https://127.0.0.1/cb", False),
        ("hoa-sen", "https://app.example.vn/cb?x=1", False),
        ("hoa-sen", "", False),
        ("other", "https://app.example.vn/cb?x=1", True),
        ("other", "https://app.example.vn/cb", False),
        ("other", "https://app.example.vn:8443/cb?x=1", False),
    ],
)
def test_only_an_address_of_its_own(client_id: str, uri: str, may: bool) -> None:
    client = find_client(client_id, PUBLIC, TWO)
    assert client is not None
    assert may_answer_at(client, uri) is may


def test_nobody_else_is_the_built_in_app() -> None:
    named = read_native_clients("asm-app=Evil=https://evil.example/cb")
    client = find_client(BUILT_IN, PUBLIC, named)
    assert client is not None
    assert client.redirect_uris == (f"{PUBLIC}/app/signed-in",)
    assert find_client("unknown", PUBLIC, TWO) is None
    assert find_client("", PUBLIC, TWO) is None


@pytest.mark.parametrize(
    "text",
    [
        "x=X",
        "x=X=",
        "=X=https://a.example/cb",
        "x==https://a.example/cb",
        "X Y=X=https://a.example/cb",
        "x=X=http://a.example/cb",
        "x=X=http://localhost/cb",
        "x=X=javascript:alert(1)",
        "x=X=data:text/html,x",
        "x=X=myapp:/cb",
        "x=X=https://*.example.vn/cb",
        "x=X=https://a.example/cb#x",
        "x=X=https://u@a.example/cb",
        "x=X=vn.example.app:",
        "x=X=https:///cb",
        "x=X=https://[::1/cb",
        f"x={'X' * 61}=https://a.example/cb",
        "x=X=https://a.example/cb; x=Y=https://b.example/cb",
    ],
)
def test_what_is_no_app_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(VariablesInvalid, match="ASM_NATIVE_CLIENTS"):
        read_settings({"ASM_NATIVE_CLIENTS": text})


def test_nothing_is_no_app() -> None:
    assert read_settings({}).native_clients == ()
    assert read_native_clients("") == read_native_clients(" ; ") == ()

"""Checking a receipt on the server, for browsers without scripts."""

import json
import re
from datetime import UTC, datetime

from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles, public_key_bytes
from asm.stays.receipts.attempts import sign_attempt
from asm.web.verify import token_in
from tests.people import fresh_key, party, sign_in
from tests.web.visitor import Visitor


async def a_token(visitor: Visitor, cast: Cast) -> str:
    answer = await visitor.client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        json=party(),
        headers=await sign_in(visitor.client, cast, "lan") | fresh_key(),
    )
    return str(answer.json()["results"][0]["receipt"]["token"])


async def test_a_genuine_receipt(visitor: Visitor, cast: Cast, keys: KeyFiles) -> None:
    token = await a_token(visitor, cast)
    await visitor.open("/verify")
    assert public_key_bytes(keys.receipt.public_key()).hex() in visitor.html
    for pasted in (token, f"  https://asm.example/verify#{token}\n", json.dumps({"token": token})):
        await visitor.send("/verify", token=pasted)
        assert "<h2>Giấy tiếp nhận thật</h2>" in shown(visitor)
        assert str(cast.hoa_sen) in shown(visitor)
    await visitor.send("/verify", files={"file": ("r.json", json.dumps({"token": token}))})
    assert "<h2>Giấy tiếp nhận thật</h2>" in shown(visitor)


async def test_a_changed_receipt(visitor: Visitor, cast: Cast) -> None:
    token = await a_token(visitor, cast)
    swapped = token.replace(".T.", ".F.") if ".T." in token else token.replace(".F.", ".T.")
    await visitor.open("/verify")
    for forged in (swapped, token[:-1], "ASM1.x", "", "{not json"):
        await visitor.send("/verify", status=422, token=forged)
        assert "<h2>Không phải giấy tiếp nhận thật</h2>" in shown(visitor)


async def test_an_attempt_is_genuine_and_no_receipt(
    visitor: Visitor, cast: Cast, keys: KeyFiles
) -> None:
    attempt = sign_attempt(keys, cast.hoa_sen, datetime.now(UTC), "key-12345", b"sent")
    await visitor.open("/verify")
    for pasted in (attempt.token, json.dumps({"attempt": {"token": attempt.token}})):
        await visitor.send("/verify", token=pasted)
        assert "<h2>Không phải giấy tiếp nhận</h2>" in shown(visitor)
        assert "chưa được lưu" in shown(visitor)
        assert str(cast.hoa_sen) in shown(visitor)
    await visitor.send("/verify", status=422, token=attempt.token[:-3] + "AAA")
    assert "<h2>Không phải giấy tiếp nhận thật</h2>" in shown(visitor)


def shown(visitor: Visitor) -> str:
    """The answer on the page, without the templates that scripts use."""
    return re.sub(r"<template.*?</template>", "", visitor.html, flags=re.DOTALL)


def test_the_token_is_found_in_what_people_paste() -> None:
    assert token_in(" ASM1.a ") == "ASM1.a"
    assert token_in("https://x/verify#ASM1.a") == "ASM1.a"
    assert token_in('{"token": "ASM1.a"}') == "ASM1.a"


async def test_without_scripts_nobody_is_told_that_nothing_is_sent(visitor: Visitor) -> None:
    await visitor.open("/verify")
    assert '<span class="js-only">Việc kiểm tra diễn ra ngay trong trình duyệt' in visitor.html
    without = visitor.html.partition("<main")[2].partition("<noscript>")[2]
    assert without.startswith("Trình duyệt không chạy JavaScript: mã được gửi tới máy chủ này")
    assert "ASMA1" in visitor.html

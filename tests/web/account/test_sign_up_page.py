"""From nobody to a facility that waits for its ward, on pages without scripts."""

import re
import uuid
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.own.sign_up import TERMS_VERSION
from asm.accounts.throttling.limits import Limit, Purpose
from asm.demo.cast import WARD_A, Cast
from tests.accounts.own.hosts import PASSWORD
from tests.notify.messages.rows import rows
from tests.web.visitor import Visitor

CENTRE = "SELECT ST_Y(centre) AS lat, ST_X(centre) AS lon FROM ward WHERE code = :ward"
WAITING = "data-waiting"
LINK_TO_TERMS = '<a href="/terms" target="_blank" rel="noopener">'


def typed(**changes: str) -> dict[str, str]:
    return {
        "sign_in_name": "0912 345 678",
        "display_name": "Nguyễn Thị Thử",
        "email": "",
        "role": "landlord",
        "password": PASSWORD,
        "terms": "1",
        "key": str(uuid.uuid4()),
        **changes,
    }


async def test_the_terms_are_named_led_to_and_asked_for_in_peoples_words(visitor: Visitor) -> None:
    await visitor.open("/sign-up")
    assert LINK_TO_TERMS in visitor.html
    await visitor.send("/sign-up", status=422, **typed(terms="", key=visitor.key))
    assert "Cần đồng ý với điều khoản." in visitor.html
    assert "“Đọc điều khoản”" in visitor.html
    assert "phần mềm gửi" not in visitor.html
    assert '<input type="hidden" name="next" value="/sign-up">' in visitor.html


async def test_the_way_from_nobody_to_an_active_facility(
    visitor: Visitor, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    await visitor.open("/")
    assert 'href="/sign-up"' in visitor.html
    await visitor.open("/sign-in")
    assert 'href="/sign-up"' in visitor.html
    await visitor.open("/sign-up")
    answer = await visitor.send("/sign-up", **typed(key=visitor.key))
    assert answer.url.path == "/facilities/new"
    assert "Đã mở tài khoản và đăng nhập" in visitor.html
    await visitor.open("/desk")
    assert "Chưa có cơ sở nào, nên chưa khai báo được." in visitor.html

    (centre,) = await rows(admin_engine, CENTRE, ward=WARD_A)
    await visitor.open("/facilities/new")
    # The ward calls it: no "–" beside "call and ask".
    phone = re.search(r'id="phone"\s+name="phone"\s+value="([^"]*)"', visitor.html)
    assert phone is not None
    assert phone.group(1) == "0912345678"
    answer = await visitor.send(
        "/facilities/new",
        kind="boarding_house",
        name="Nhà trọ Thử",
        address_text="9 ngõ Mẫu",
        phone="0912345678",
        latitude=f"{centre.lat:.6f}, {centre.lon:.6f}",  # as a map program copies it
        longitude="",
        rooms="1-4, 2",
    )
    facility = answer.url.path
    assert "Đang chờ kích hoạt." in visitor.html
    assert "Bạn không cần làm gì thêm." in visitor.html
    assert WAITING not in visitor.html  # the page itself says it
    for page in ("/desk", "/inbox", "/account", "/verify", "/facilities/new"):
        await visitor.open(page)
        waits = page != "/verify"  # which is the same for everybody
        assert (WAITING in visitor.html and "Nhà trọ Thử" in visitor.html) is waits, page

    minh = Visitor(httpx.AsyncClient(transport=client._transport, base_url=client.base_url))
    await minh.sign_in(cast, "minh")
    await minh.send(f"/ward{facility}/activate")
    await visitor.open("/inbox")
    assert WAITING not in visitor.html
    (event,) = await rows(admin_engine, "SELECT * FROM outbox WHERE topic = 'facility.activated'")
    assert facility.endswith(str(event.facility_id))


async def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(visitor: Visitor) -> None:
    await visitor.open("/sign-up")
    for name, autocomplete in (
        ("sign_in_name", "username"),
        ("password", "new-password"),
        ("display_name", "name"),
        ("email", "email"),
    ):
        field = visitor.html.split(f'name="{name}"', 1)[1].split(">", 1)[0]
        assert f'autocomplete="{autocomplete}"' in field
    wrong = typed(sign_in_name="a b", role="", password="ngan", email="x")
    del wrong["terms"]
    await visitor.send("/sign-up", status=422, **wrong)
    for name in ("sign_in_name", "role", "password", "email", "terms"):
        assert f'href="#{name}"' in visitor.html
        assert f'id="{name}"' in visitor.html
    assert 'value="Nguyễn Thị Thử"' in visitor.html
    assert 'value="ngan"' not in visitor.html  # a password is never sent back


async def test_a_taken_name_looks_like_a_free_one(visitor: Visitor, cast: Cast) -> None:
    pages = []
    for name in (cast.people["lan"].login, "nobody-has-this"):
        visitor.client.cookies.clear()
        await visitor.open("/sign-up")
        answer = await visitor.send("/sign-up", **typed(sign_in_name=name, key=visitor.key))
        pages.append((answer.url.path, answer.status_code, len(answer.history)))
    assert pages[0] == pages[1]
    assert pages[0][0] == "/facilities/new"


async def test_too_many_from_one_network_wait_and_keep_the_form(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = Limit(free=1, forgotten_after=timedelta(minutes=1))
    monkeypatch.setattr(
        "asm.web.account.sign_up_page.SIGN_UP", Purpose(name="sign_up", network=single)
    )
    await visitor.open("/sign-up")
    await visitor.send("/sign-up", **typed())
    visitor.client.cookies.clear()
    await visitor.open("/sign-up")
    answer = await visitor.send("/sign-up", status=429, **typed(display_name="Trần Văn Mẫu"))
    assert int(answer.headers["retry-after"]) > 0
    assert "Thử quá nhiều lần" in visitor.html
    assert 'value="Trần Văn Mẫu"' in visitor.html


@pytest.mark.parametrize(
    ("language", "said"),
    [("vi", "Luật Bảo vệ dữ liệu"), ("en", "Personal Data Protection")],
)
async def test_the_terms_are_a_page_in_both_languages(
    visitor: Visitor, language: str, said: str
) -> None:
    await visitor.open("/terms")
    await visitor.send("/language", language=language, next="/terms")
    number = {"vi": "Bản", "en": "Version"}[language]
    for text in (said, "91/2025/QH15", f"{number} {TERMS_VERSION}", "2026"):
        assert text in visitor.html


@pytest.mark.parametrize("path", ["/terms", "/verify"])
async def test_who_is_signed_in_is_not_asked_to_open_an_account(
    path: str, visitor: Visitor, cast: Cast
) -> None:
    await visitor.open(path)
    assert 'href="/sign-up"' in visitor.html
    await visitor.sign_in(cast, "lan")
    await visitor.open(path)
    assert 'href="/sign-up"' not in visitor.html
    assert "Đăng xuất" in visitor.html
    await visitor.open("/")
    await visitor.send("/sign-out")
    await visitor.open(path)
    assert 'href="/sign-up"' in visitor.html


@pytest.mark.parametrize(
    "number", ["0912", "091234567", "09123456789", "079301000025", "+8491234", "12345678"]
)
async def test_digits_that_nobody_dials_are_no_sign_in_name(visitor: Visitor, number: str) -> None:
    """A phone number that was cut would be typed whole the next time, and open nothing."""
    await visitor.open("/sign-up")
    form = typed(sign_in_name=number, key=visitor.key)
    await visitor.send("/sign-up", status=422, **form)
    assert "không phải số điện thoại Việt Nam" in visitor.html
    assert "Ghi đủ số, ví dụ 0912 345 678" in visitor.html


@pytest.mark.parametrize("name", ["024 3825 1234", "912345678", "+33 1 23 45 67 89", "phong101"])
async def test_numbers_that_are_dialled_open_an_account(visitor: Visitor, name: str) -> None:
    await visitor.open("/sign-up")
    answer = await visitor.send("/sign-up", **typed(sign_in_name=name, key=visitor.key))
    assert answer.url.path == "/facilities/new"


async def test_a_wrong_address_is_named_as_its_field(visitor: Visitor) -> None:
    await visitor.open("/sign-up")
    await visitor.send("/sign-up", status=422, **typed(email="khong phai thu", key=visitor.key))
    assert "Không đọc được địa chỉ thư điện tử này." in visitor.html
    assert "nơi nhận này" not in visitor.html


async def test_mail_promises_nothing_where_none_is_sent(visitor: Visitor) -> None:
    await visitor.open("/sign-up")
    assert "mật khẩu không lấy lại được bằng thư" in visitor.html
    await visitor.open("/forgotten")
    assert 'action="/forgotten"' not in visitor.html
    assert "Chỉ biết số điện thoại thì không lấy lại được mật khẩu." in visitor.html

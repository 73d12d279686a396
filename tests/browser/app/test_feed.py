"""What others change reaches the phone, stays there without signal, and wins over old wishes."""

from typing import Any

import httpx
from playwright.async_api import Route

from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone
from tests.people import fresh_key, hours_ago, party, sign_in


class OtherPhone:
    """Hải's second phone, or his computer: it speaks to the server alone."""

    def __init__(self, phone: LandlordPhone) -> None:
        self.phone = phone
        self.stays = f"/api/v1/facilities/{phone.house}/stays"
        self.http = httpx.AsyncClient(base_url=phone.address, timeout=60)

    async def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        hai = await sign_in(self.http, self.phone.cast, "hai")
        answer = await self.http.request(method, path, json=body, headers=hai | fresh_key())
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def declare(self, room: str) -> str:
        answer = await self.send("POST", self.stays, party(room=room))
        return str(answer["results"][0]["stay_id"])


async def rooms_shown(phone: LandlordPhone) -> dict[str, int]:
    """Room and version of each stay that the phone knows."""
    stays = await phone.page.evaluate("house => asm.stays(house)", phone.house)
    return {stay["room"]: stay["version"] for stay in stays}


async def test_changes_of_others_are_shown_offline_and_beat_an_older_wish(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    other = OtherPhone(phone)
    async with other.http:
        ids = [await other.declare(room) for room in ("1", "2")]
        await phone.sync()
        assert await rooms_shown(phone) == {"1": 1, "2": 1}
        await phone.context.set_offline(True)
        await phone.reload()
        assert await rooms_shown(phone) == {"1": 1, "2": 1}
        receipt = await phone.page.evaluate("stay => asm.receipt(stay)", ids[0])
        assert receipt["token"]
        guests = await phone.page.evaluate("house => asm.lastGuests(house)", phone.house)
        assert [guest["full_name"] for guest in guests] == ["Nguyễn Văn Mẫu"] * 2
        # What the phone wants of the stay that it saw, while somebody moves that at the desk.
        later = {"planned_departure_at": hours_ago(-90)}
        deed = {"deed": "extend", "stay": {"id": ids[0]}, "version": 1, "body": later}
        await phone.save(deed)
        await other.send("POST", f"{other.stays}/{ids[0]}/room", {"room": "7"})
        await phone.context.set_offline(False)
        await phone.until("asm.net().unsent === 1 && !asm.net().syncing && asm.net().lastTry")
        [record] = await phone.records()
        assert record["state"] == "sent_back"
        assert record["problem"]["status"] in {409, 412}
        await phone.sync()
        assert await rooms_shown(phone) == {"7": 2, "2": 1}
        # The server forgot how far this phone had read: from the beginning, and nothing is lost.
        network.requests.clear()
        queries: list[str] = []

        async def forget(route: Route) -> None:
            queries.append(route.request.url.partition("?")[2])
            if "since=" in queries[-1]:
                problem = {"status": 410, "code": "changes_expired"}
                headers = {"ASM-Contract-Version": "1.0.0"}
                await route.fulfill(status=410, json=problem, headers=headers)
            else:
                await route.continue_()

        await phone.context.route("**/stays/changes?*", forget, times=2)
        await phone.sync()
        assert [("since=" in query) for query in queries] == [True, False]
        assert await rooms_shown(phone) == {"7": 2, "2": 1}
